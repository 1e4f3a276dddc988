import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { repositoryRoot } from "../../tools/common/paths";
import { asUser } from "./asUser";
import { maySkip } from "./needs";

/** Suites of which one needs what no machine has. */
const suites = `
import { needs } from ${JSON.stringify(join(__dirname, "needs"))};
const broken = () => { throw new Error("a hook ran"); };
describe("a suite", () => {
    before(needs("no-such-program", "sh", "another-one"));
    before(broken);
    afterEach(broken);
    after(broken);
    it("a test", broken);
    describe("within it", () => {
        before(needs("no-such-program"));
        it("another test", broken);
    });
});
describe("another suite", () => {
    before(needs("sh"));
    it("passes", () => undefined);
});
`;

describe("what tests need", function () {
    this.timeout(60_000);
    let folder: string;
    let file: string;

    before(() => {
        folder = mkdtempSync(join(tmpdir(), "needs-"));
        file = join(folder, "suites.test.ts");
        writeFileSync(file, suites);
    });

    after(() => {
        rmSync(folder, { recursive: true });
    });

    const mocha = (env: Readonly<Record<string, string | undefined>>, ...options: readonly string[]) =>
        asUser([join(repositoryRoot, "node_modules", ".bin", "mocha"), ...options, file], {
            TEST_COUNTS_FILE: undefined,
            ...env,
        });

    for (const options of [[], ["--parallel"]]) {
        it(`is counted and named where it is missing${options.length === 0 ? "" : ", in parallel too"}`, async () => {
            const { code, stdout, stderr } = await mocha({ CI: undefined }, ...options);
            expect(stdout, stderr).to.include("- a test (no no-such-program, another-one)");
            expect(stdout).to.include("- another test (no no-such-program, another-one)");
            expect(stdout).to.match(/\n2 skipped: no no-such-program, another-one\n1 passed, 0 failed\n$/);
            expect(code).to.equal(0);
        });
    }

    it("has failed where it is missing in continuous integration", async () => {
        const { code, stdout } = await mocha({ CI: "true" });
        expect(stdout).to.include("There is no no-such-program, another-one here, and nothing is skipped");
        expect(stdout)
            .to.match(/\n1 passed, \d+ failed\n$/)
            .and.not.match(/ 0 failed\n$/);
        expect(code).not.to.equal(0);
    });

    it("may be missing for who is not root and not in continuous integration, and for nobody else", () => {
        expect(maySkip({}, 1000)).to.equal(true);
        expect(maySkip({ CI: "false" }, 1000)).to.equal(true);
        expect(maySkip({ CI: "true" }, 1000)).to.equal(false);
        expect(maySkip({}, 0)).to.equal(false);
    });
});
