/** A report that was recorded, drawn again by the command. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { run } from "../../../tools/common/commands";
import { repositoryRoot } from "../../../tools/common/paths";
import { formatVersion } from "../../../tools/drill/model";
import { html, markdown } from "../../../tools/drill/report";
import { plausibleReport } from "./plausibleReport";

describe("tools/drill/cli.ts --report", function () {
    this.timeout(20_000);
    let folder: string;

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "php-web-service-test-"));
    });

    afterEach(() => {
        rmSync(folder, { recursive: true });
    });

    const draw = (text: string, ...more: readonly string[]) => {
        writeFileSync(join(folder, "report.json"), text);
        const args = ["--import", "tsx", "tools/drill/cli.ts", "--report", join(folder, "report.json"), ...more];
        return run(process.execPath, args, { cwd: repositoryRoot });
    };

    it("writes what the drill wrote", async () => {
        const report = plausibleReport(1);
        const out = join(folder, "new", "out");
        await draw(JSON.stringify(report), "--out", out);
        expect(readFileSync(join(out, "report.html"), "utf8")).to.equal(html(report));
        expect(readFileSync(join(out, "report.md"), "utf8")).to.equal(markdown(report));
    });

    for (const [what, text, message] of [
        ["no JSON", "<html>", "it is not JSON"],
        ["another JSON", "[]", "its formatVersion is undefined"],
        ["an older one", '{"formatVersion":1}', `its formatVersion is 1, and this drill draws ${formatVersion}`],
    ] as const) {
        it(`refuses ${what}`, async () => {
            const error = await draw(text).catch((failure: unknown) => failure);
            expect(String(error)).to.include(message);
            expect(String(error)).to.not.match(/ at .*:\d+/);
        });
    }
});
