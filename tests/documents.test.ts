import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

import { expect } from "chai";
import { parse } from "yaml";

import { parseSettings } from "../settings/parse";
import { project } from "../settings/project";
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

/** What is said against the stack file in a text, and above all that there is none. */
function problemsOf(text: string, further: Record<string, unknown> = {}): readonly unknown[] {
    const file = /^```yaml\n([^]*?)^```$/m.exec(text)?.[1] ?? "";
    const { config } = parse(file) as { config: Record<string, Record<string, unknown>> };
    const values = Object.fromEntries(
        Object.entries(config).map(([key, value]) => [key.replace(`${project}:`, ""), { ...further, ...value }]),
    );
    const parsed = parseSettings({ values });
    return parsed.ok ? [] : parsed.problems;
}

describe("README.md", () => {
    for (const title of ["Your application", "Tune it"]) {
        it(`has lines of a stack file below "${title}", and nothing against them`, () => {
            const section = read("README.md").split(`\n## ${title}\n`)[1] ?? "";
            expect(problemsOf(section, { host: "www.example.com" })).to.deep.equal([]);
        });
    }
});

describe("docs/applications.md", () => {
    const sections = read("docs/applications.md").split(/^## /m).slice(1);

    for (const section of sections) {
        const [title = "", ...lines] = section.split("\n");
        it(`has a whole stack file for ${title}, and nothing against it`, () => {
            expect(problemsOf(lines.join("\n"))).to.deep.equal([]);
        });
    }

    it("has six of them", () => {
        expect(sections).to.have.length(6);
    });
});
