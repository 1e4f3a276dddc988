import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { runToEnd } from "../../common/commands";
import { repositoryRoot } from "../../common/paths";
import { programsOnPath } from "../../common/build/onPath";

describe("scripts that install Debian's packages, run by who is not root", () => {
    const script = (name: string) => join(repositoryRoot, "scripts", name);
    const packages = script("install-debian-packages.sh");
    let bin: string;

    beforeEach(() => {
        bin = mkdtempSync(join(tmpdir(), "bin-"));
        for (const name of ["bash", "dirname"]) symlinkSync(programsOnPath(name)[0] ?? "", join(bin, name));
        fake("id", "echo 1000");
    });

    afterEach(() => {
        rmSync(bin, { recursive: true });
    });

    function fake(name: string, text: string): void {
        writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    }

    const run = (path: string, ...args: readonly string[]) =>
        runToEnd("/usr/bin/env", ["bash", path, ...args], { env: { PATH: bin } });

    for (const [what, fakes] of [
        ["there is no apt-get", { sudo: "exit 0" }],
        ["sudo asks for a password", { "apt-get": "exit 1", sudo: "exit 1" }],
    ] as const) {
        it(`name what is missing where ${what}`, async () => {
            for (const [name, text] of Object.entries(fakes)) fake(name, text);
            expect(await run(packages, "bash=bash", "no-such-program=its-package", "/no/such/*=another")).to.deep.equal(
                {
                    code: 3,
                    stdout: "",
                    stderr: "Missing: its-package another. Install them, or run as root on Debian to have it done.\n",
                },
            );
        });
    }

    it("become root by a sudo that asks for no password", async () => {
        fake("apt-get", "exit 1");
        fake("sudo", `echo "$*" >>${join(bin, "asked")}`);
        const { code } = await run(packages, "bash=bash", "no-such-program=its-package");
        expect(code).to.equal(0);
        expect(readFileSync(join(bin, "asked"), "utf8")).to.equal(
            `-n true\n-n ${packages} bash=bash no-such-program=its-package\n`,
        );
    });

    it("leave it to the tests what to do without their programs, but not where apt-get failed", async () => {
        copyFileSync(script("install-test-programs.sh"), join(bin, "install-test-programs.sh"));
        for (const [code, expected] of [
            [0, 0],
            [1, 1],
            [3, 0],
        ] as const) {
            fake("install-debian-packages.sh", `exit ${code}`);
            expect((await run(join(bin, "install-test-programs.sh"))).code).to.equal(expected);
        }
    });
});
