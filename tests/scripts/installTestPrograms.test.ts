import { copyFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { runToEnd } from "../../tools/common/commands";
import { repositoryRoot } from "../../tools/common/paths";
import { ProgramFolder } from "../helpers/programFolder";

describe("scripts/install-test-programs.sh", () => {
    let programs: ProgramFolder;

    beforeEach(() => {
        programs = new ProgramFolder(["bash", "dirname", "env"]);
        copyFileSync(
            join(repositoryRoot, "scripts", "install-test-programs.sh"),
            join(programs.path, "install-test-programs.sh"),
        );
    });

    afterEach(() => {
        programs.remove();
    });

    it("leaves it to the tests what to do where it may install nothing, but not where apt-get failed", async () => {
        for (const [code, expected] of [
            [0, 0],
            [1, 1],
            [3, 0],
        ] as const) {
            programs.add("install-debian-packages.sh", `exit ${code}`);
            const result = await runToEnd(join(programs.path, "install-test-programs.sh"), [], {
                env: { PATH: programs.path },
            });
            expect(result.code, `after ${code}`).to.equal(expected);
        }
    });
});
