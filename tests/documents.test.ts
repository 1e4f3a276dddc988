import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

import { expect } from "chai";

import { repositoryRoot } from "../tools/common/paths";

const read = (path: string) => readFileSync(join(repositoryRoot, path), "utf8");

describe("CHANGELOG.md", () => {
    it("says of every entry whether it rolls pods", () => {
        const entries = read("CHANGELOG.md")
            .split(/^- /m)
            .slice(1)
            .map((entry) => (entry.split(/\n\n/)[0] ?? "").replaceAll(/\s+/g, " ").trim());
        expect(entries).to.not.be.empty;
        for (const entry of entries) expect(entry).to.match(/\. Rolls (?:no|the|all) pods[^.]*\.$/);
    });
});

describe("docs/decisions/README.md", () => {
    it("lists every decision by its number and title", () => {
        const lines = globSync("docs/decisions/0*.md", { cwd: repositoryRoot })
            .sort()
            .map((path) => read(path).replace(/^# (\d+)\. (.*)\n[^]*$/, `$1. [$2](${basename(path)})\n`));
        expect(read("docs/decisions/README.md").replace(/^[^]*?\n(?=1\. )/, "")).to.equal(lines.join(""));
    });
});
