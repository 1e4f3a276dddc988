import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { repositoryRoot } from "../tools/common/paths";
import { asUser } from "./helpers/asUser";

const layers = (env: Readonly<Record<string, string | undefined>>, ...names: readonly string[]) =>
    asUser([join(repositoryRoot, "node_modules", ".bin", "tsx"), "tests/layers.ts", ...names], env);

const needsRoot = /^The layer cluster needs root\. It starts the lab: .* make up CONTEXT=\.\.\. .*\.$/m;

describe("npm test", function () {
    this.timeout(60_000);

    it("says what a layer needs that this user cannot run, and takes nothing that ran for no success", async () => {
        const { code, stdout, stderr } = await layers({ CI: undefined }, "cluster");
        expect(stdout, stderr).to.match(needsRoot);
        expect(stdout).to.match(/\ntogether 0\.0 minutes, not run: cluster\n0 passed, 0 failed\n$/);
        expect(code).to.equal(1);
    });

    it("takes such a layer for failed in continuous integration", async () => {
        const { code, stdout } = await layers({ CI: "true" }, "cluster");
        expect(stdout).to.match(needsRoot);
        expect(stdout).to.match(/\n0 passed, 1 failed\n$/);
        expect(code).to.equal(1);
    });

    it("refuses a layer that there is not, and has a goal of make for each that there is", async () => {
        const { code, stderr } = await layers({}, "clutser");
        expect(code).to.equal(2);
        const names = /^There is no layer clutser\. The layers are (.*)\.$/m.exec(stderr)?.[1]?.split(", ") ?? [];
        expect(names).to.include("unit");
        const makefile = readFileSync(join(repositoryRoot, "Makefile"), "utf8");
        for (const name of names) expect(makefile, name).to.match(new RegExp(`^test-${name}: install ## `, "m"));
    });
});
