/** Who imports whom, and that every file that a text names is there. docs/architecture.md tells what the folders are. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

import { expect } from "chai";
import { preProcessFile } from "typescript";

import { dependencies } from "../package.json";
import { repositoryRoot } from "../tools/common/paths";

/** Whom the files of a folder may import, beside each other. Whoever is not here imports nobody; only tests import tests. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
    // Of the tools the stack has one, which tells why a rollout has failed.
    "index.ts": ["components", "settings", "tools/why"],
    settings: ["components"],
    examples: ["components"],
    policy: ["components"],
    "tools/common": ["settings"],
    "tools/html": ["tools/common"],
    "tools/render": ["settings", "tools/common"],
    "tools/why": ["tools/common", "tools/render"],
    "tools/exec": ["components", "tools/common", "tools/render"],
    "tools/preview": ["components", "policy", "tools/common", "tools/render"],
    "tools/lab": ["components", "settings", "tools/common", "tools/render"],
    "tools/drill": ["components", "settings", "tools/common", "tools/html", "tools/render"],
    "tools/league": ["components", "tools/common", "tools/drill", "tools/html", "tools/lab"],
    "tools/releases": ["tools/common", "tools/drill", "tools/html", "tools/lab"],
    "tools/tuner": ["components", "settings", "tools/common", "tools/html", "tools/render"],
    "tools/bench": ["components", "settings", "tools/common", "tools/html", "tools/lab", "tools/render", "tools/tuner"],
};

const read = (path: string) => readFileSync(join(repositoryRoot, path), "utf8");

const files = globSync("**", {
    cwd: repositoryRoot,
    withFileTypes: true,
    exclude: ({ name }) => [".git", "node_modules", "out", "plans"].includes(name),
})
    .filter((entry) => entry.isFile())
    .map((entry) => relative(repositoryRoot, join(entry.parentPath, entry.name)));

/** Of tools/ each folder is one of its own. */
const folderOf = (path: string) => /^(?:tools\/)?[^/]+/.exec(path)?.[0] ?? path;

// --- Imports ---------------------------------------------------------------------------------------------------------

interface Imports {
    readonly files: readonly string[];
    readonly packages: readonly string[];
}

function importsOf(path: string): Imports {
    const names = preProcessFile(read(path), true, true).importedFiles.map(({ fileName }) => fileName);
    return {
        files: names.filter((name) => name.startsWith(".")).map((name) => resolved(path, name)),
        packages: names.filter((name) => !/^(?:\.|node:)/.test(name)),
    };
}

function resolved(from: string, name: string): string {
    const bare = join(dirname(from), name);
    const found = [bare, `${bare}.ts`, join(bare, "index.ts")].find((each) => files.includes(each));
    if (found === undefined) throw new Error(`${from} imports ${name}, which is not there.`);
    return found;
}

const imports = new Map(files.filter((path) => /\.[cm]?[jt]s$/.test(path)).map((path) => [path, importsOf(path)]));

/** Every import from one folder of another one, but for what tests import. */
const arrows = [...imports].flatMap(([from, { files: imported }]) =>
    imported
        .filter((to) => folderOf(from) !== "tests" && folderOf(to) !== folderOf(from))
        .map((to) => ({ from, to, text: `${from} imports ${to}` })),
);

/** All that a file loads, itself included. */
function loadedBy(path: string, known = new Set<string>()): ReadonlySet<string> {
    if (known.has(path)) return known;
    known.add(path);
    for (const to of imports.get(path)?.files ?? []) loadedBy(to, known);
    return known;
}

/** Circles of imports, each as the way round; of several through the same files perhaps not all. */
function circles(): readonly string[] {
    const found: string[] = [];
    const done = new Set<string>();
    const visit = (path: string, way: readonly string[]) => {
        if (way.includes(path)) found.push([...way.slice(way.indexOf(path)), path].join(" -> "));
        if (done.has(path)) return;
        done.add(path);
        for (const to of imports.get(path)?.files ?? []) visit(to, [...way, path]);
    };
    for (const path of imports.keys()) visit(path, []);
    return found;
}

// --- Paths in texts --------------------------------------------------------------------------------------------------

/** Paths below a folder of ours with an ending or a slash at their end, and names of files that are only ours. */
const named = new RegExp(
    [
        `(?<![\\w./@:-])(?:${[...new Set(files.filter((path) => path.includes("/")).map(folderOf))].join("|")})/` +
            "[\\w./-]*(?:\\.[a-z]+\\b(?![\\w/-])|/(?=[`\\s,.;:)]))",
        "(?<![\\w./@{}*-])(?:[\\w-]+/)*[\\w-]+(?:\\.[\\w-]+)*\\.(?:ts|sh|md)\\b(?![\\w/-])",
        "(?<=\\]\\()(?!https?:)[\\w./-]+(?=[)#])",
    ].join("|"),
    "g",
);

/** What commands write, and other projects' names that look like files of ours. */
const notOurs = /^out\/|^(?:\w+\/)?review-\w+\.md$|^STACK\.md$|^(?:report|league)\.md$|^(?:scaledobjects\.)?keda\.sh$/;

/** Of tests the comments alone: they make files that are nowhere else. */
const textOf = (path: string) =>
    folderOf(path) === "tests" && path.endsWith(".ts")
        ? (read(path).match(/^\s*(?:\/?\*|\/\/).*$/gm) ?? []).join("\n")
        : read(path);

const isThere = (from: string, path: string) =>
    existsSync(join(repositoryRoot, path)) ||
    existsSync(join(repositoryRoot, dirname(from), path)) ||
    files.some((each) => each.endsWith(`/${path}`));

/** Where it fails, each has a line. */
const expectNone = (found: readonly string[]) => expect(found.join("\n")).to.equal("");

describe("the architecture", () => {
    it("has no import that its folder may not have", () => {
        const forbidden = arrows.filter(({ from, to }) => mayImport[folderOf(from)]?.includes(folderOf(to)) !== true);
        expectNone(forbidden.map(({ text }) => text));
    });

    it("allows no import that nobody has", () => {
        const unused = Object.entries(mayImport).flatMap(([from, allowed]) =>
            allowed
                .filter((to) => !arrows.some((arrow) => folderOf(arrow.from) === from && folderOf(arrow.to) === to))
                .map((to) => `${from} may import ${to}`),
        );
        expectNone(unused);
    });

    it("has no circle of imports", () => {
        expectNone(circles());
    });

    it("loads for the stack no package that only developers have", () => {
        const loaded = [...loadedBy("index.ts")].flatMap((path) => imports.get(path)?.packages ?? []);
        const own = Object.keys(dependencies);
        expect(loaded).to.include("@pulumi/kubernetes");
        expectNone(loaded.filter((name) => !own.some((each) => name === each || name.startsWith(`${each}/`))));
    });

    it("computes settings, services and specs without Pulumi: of it they have no more than types", () => {
        const computed = /^(?:settings|components\/specs)\/.*\.ts$|^components\/(?:service|defaults|problems)\.ts$/;
        const pure = [
            ...new Set(files.filter((path) => computed.test(path)).flatMap((path) => [...loadedBy(path)])),
        ].filter((path) => path !== "settings/read.ts");
        expect(pure).to.include("components/drain.ts").and.include("components/specs/nginxConf.ts");
        expectNone(pure.filter((path) => /^import (?!type)[^;]* "@pulumi\//m.test(read(path))));
    });

    it("has every file that a text names", () => {
        const texts = files.filter((path) => /\.(?:ts|[cm]?js|md|sh|go|ya?ml|php|css)$|^Makefile$/.test(path));
        const missing = texts.flatMap((path) =>
            [...textOf(path).matchAll(named)].flatMap(([name]) =>
                notOurs.test(name) || isThere(path, name) ? [] : `${path} names ${name}`,
            ),
        );
        expectNone(missing);
    });
});
