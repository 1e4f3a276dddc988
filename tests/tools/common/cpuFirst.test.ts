import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

import { expect } from "chai";

import { raiseSession } from "../../../tools/common/cpuFirst";
import { needs } from "../../helpers/needs";

describe("a session that is raised", () => {
    before(needs("root"));

    it("weighs as much as the lab's cluster, where sessions have a weight", () => {
        const child = spawn("sleep", ["10"], { detached: true, stdio: "ignore" });
        try {
            const path = `/proc/${child.pid ?? 0}/autogroup`;
            raiseSession(child.pid ?? 0);
            expect(existsSync(path) ? readFileSync(path, "utf8") : "nice -12").to.match(/nice -12$/m);
        } finally {
            child.kill();
        }
    });

    it("is none where its process has ended", () => {
        expect(() => {
            raiseSession(2 ** 30);
        }).to.not.throw();
    });
});
