import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { checkLock, takeLock } from "../../../tools/lab/lock";
import { spawned } from "../../helpers/spawned";

describe("the lab's lock", () => {
    let folder: string;
    let path: string;

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "lock-"));
        path = join(folder, "lock");
    });

    afterEach(() => {
        rmSync(folder, { recursive: true });
    });

    it("lets nobody in beside its holder", () => {
        checkLock(path);
        takeLock(path);
        expect(() => {
            takeLock(path);
        }).to.throw(`pid ${process.pid}`);
        expect(() => {
            checkLock(path);
        }).to.throw(`pid ${process.pid}`);
        expect(readdirSync(folder)).to.deep.equal(["lock"]);
    });

    for (const [what, text] of [
        ["a killed process", JSON.stringify({ pid: 1, startTicks: "0", bootId: "another" })],
        ["a machine without power", ""],
    ] as const) {
        it(`is taken from ${what}`, () => {
            writeFileSync(path, text);
            takeLock(path);
            expect(() => {
                checkLock(path);
            }).to.throw(`pid ${process.pid}`);
            expect(readdirSync(folder)).to.deep.equal(["lock"]);
        });
    }

    it("lets one in at a time, however many try, also where one has left it", async function () {
        this.timeout(120_000);
        const program = join(__dirname, "lockTaker.ts");
        const ended = await Promise.all(
            Array.from({ length: 4 }, () => spawned(process.execPath, "--import", "tsx", program, folder, "4", "40")),
        );
        for (const { code, stderr } of ended) expect(code, stderr).to.equal(0);
    });
});
