import { expect } from "chai";
import fc from "fast-check";

import type { Manifest } from "../../../tools/render/manifests";
import { code, fence, plain, toMarkdown } from "../../../tools/preview/markdown";
import { review } from "../../../tools/preview/review";
import { diffLines } from "../../../tools/common/textDiff";
import { ofKind, service } from "./objects";

describe("Markdown of a review", () => {
    it("keeps backticks of a value inside its code", () => {
        expect(code("a`b")).to.equal("``a`b``");
        expect(code("`a")).to.equal("`` `a ``");
        expect(fence("text", ["```", "x"])).to.equal("````text\n```\nx\n````");
    });

    it("writes out control characters, which would act on a terminal", () => {
        expect(code("a\u001b[2Jb\u202ec")).to.equal("`a\\u001b[2Jb\\u202ec`");
    });

    it("takes every mark of Markdown out of a name", () => {
        expect(plain("<!-- x --> [a](b) `c` *d* &#64;")).to.equal("\\<!-- x --> \\[a\\](b) \\`c\\` \\*d\\* \\&`#`64;");
        expect(plain("- a")).to.equal("\\- a");
        expect(plain("1. a")).to.equal("1\\. a");
        expect(plain("max_children 3 -> 4")).to.equal("max_children 3 -> 4");
    });

    it("mentions nobody and no issue, which GitHub looks for behind a backslash, too", () => {
        expect(plain("@all a/b#1 nginx@sha256:ab (@x)")).to.equal("`@`all a/b`#`1 nginx@sha256:ab (`@`x)");
    });

    it("writes out marks that have no shape, in names and in blocks", () => {
        for (const mark of ["\u200b", "\u00ad", "\u2066", "\ufeff", "\u2028", "\u{e0041}", "\ud800"]) {
            for (const text of [code(`a${mark}b`), plain(`a${mark}b`), fence("text", [`a${mark}b`])]) {
                expect(text).not.to.include(mark);
                if (mark !== "\ufeff" && mark !== "\u2028") expect(text).to.include("\\u");
            }
        }
    });

    it("shows a long text cut, and says how much is left out", () => {
        expect(code("x".repeat(1_001))).to.equal(`\`${"x".repeat(1_000)}... 1 more character\``);
        expect(fence("text", ["x".repeat(100_000)]).length).to.be.lessThan(1_100);
        expect(plain("x".repeat(100_000)).length).to.be.lessThan(1_100);
    });

    it("takes any number of backticks", () => {
        const ticks = "` ".repeat(400_000);
        for (const text of [code(ticks), plain(ticks), fence("text", [ticks]), code("`".repeat(400_000))]) {
            expect(text.length).to.be.lessThan(5_000);
        }
    });

    it("never lets a value leave its code, whatever it is", () => {
        fc.assert(
            fc.property(fc.string({ unit: fc.constantFrom("`", "~", "a", "\n", "#", "<", "\u001b") }), (text) => {
                const block = fence("text", text.split("\n")).split("\n");
                const marks = block.at(-1) ?? "";
                expect(marks).to.match(/^`{3,}$/);
                expect(block.slice(1, -1).every((line) => !line.includes(marks))).to.equal(true);
                expect(block.join("")).not.to.include("\u001b");
            }),
        );
    });

    describe("with a hostile text in every place that a manifest has", () => {
        /** The kind of each line, without what is in code: what a hostile text must not change. */
        const structure = (text: string) => {
            const kinds: string[] = [];
            let open = "";
            for (const line of text.split("\n")) {
                const marks = /^(`{3,})[a-z]*$/.exec(line)?.[1] ?? "";
                if (open !== "") {
                    if (marks === open) open = "";
                    else if (/^`{3,}$/.test(line) && line.length >= open.length) throw new Error("a block ends early");
                } else if (marks === "") {
                    const outside = line.replace(/\\.|(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/g, "");
                    expect(outside).not.to.match(/[`*<[\]~]|(^|\W)@|#\d|!\[/);
                    kinds.push(/^(#+ |- )?/.exec(line)?.[0] ?? "");
                } else open = marks;
            }
            expect(open).to.equal("");
            return kinds;
        };
        const reviewOf = (text: string) => {
            const deployment = (value: string): Manifest => ({
                apiVersion: "apps/v1",
                kind: `Deployment${value}`,
                metadata: { name: `a${value}`, namespace: `b${value}`, annotations: { [`k${value}`]: `1${value}` } },
                spec: { list: [{ name: `i${value}`, [`k${value}`]: 1 }], selector: { [`s${value}`]: value } },
            });
            const changed = { ...deployment(text), spec: { list: [{ name: `i${text}`, other: text }] } };
            const configMap = (data: object): Manifest => ({
                apiVersion: "v1",
                kind: "ConfigMap",
                metadata: { name: `c${text}`, namespace: "b" },
                data,
            });
            const gone = { ...deployment(text), kind: "Deployment", metadata: { name: `gone${text}` } };
            const pod = (container: object, labels: object = {}) => ({
                template: { metadata: { labels }, spec: { containers: [container] } },
            });
            const served = (name: string): Manifest => ({
                ...deployment(text),
                kind: "Deployment",
                metadata: { name: `served${text}` },
                spec: pod({ name: "php-fpm", env: [{ name }] }),
            });
            const job: Manifest = {
                apiVersion: "batch/v1",
                kind: "Job",
                metadata: { name: `job${text}` },
                spec: pod({ name: "release", command: [text] }, { "app.kubernetes.io/component": "release" }),
            };
            const fresh = { ...deployment(text), kind: "Ingress", metadata: { name: `new${text}` } };
            return toMarkdown(
                review(
                    [
                        deployment(text),
                        gone,
                        served(`env${text}`),
                        configMap({ [`k${text}`]: "1\n2", constructor: text }),
                    ],
                    [changed, fresh, served("other"), job, configMap({ [`k${text}`]: `1\n${text}`, toString: text })],
                ),
            );
        };
        const hostile = [
            "\n\n# All is well\n\n![x](https://example.com/x.png)\n",
            "\r\n\r\n## Forged\r\n",
            "`\n\n```\n# x\n",
            "@all #1 <img src=x> <!-- ![x](y) [x]: y",
            "\n---\n===\n",
            "``` ~~~ `",
        ];
        it("has a part of the text for each of them", () => {
            for (const title of ["Look twice", "Release", "Rollouts", "Changes"])
                expect(reviewOf("x")).to.include(`## ${title}\n`);
        });

        for (const text of hostile) {
            it(`keeps its structure: ${JSON.stringify(text)}`, () => {
                const harmless = text.replace(/[^\n]/g, "x");
                expect(structure(reviewOf(text))).to.deep.equal(structure(reviewOf(harmless)));
            });
        }
    });

    it("puts what goes before what comes, so that a cut does not hide it", () => {
        const gone: Manifest = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "zz" } };
        const many = Array.from({ length: 9 }, (_, index) => ({ ...gone, metadata: { name: `new${index}` } }));
        const text = toMarkdown(review([...service({ min: 3 }), gone], [...many, ...service({ min: 4 })]));
        expect(text).to.match(/## Changes\n\n### ServiceAccount zz: DELETED/);
    });

    it("does not let a ConfigMap's text forge a comment's hidden mark or end its block", () => {
        const hostile = "x\n```\n<!-- php-web-service preview -->\n# All is well\n";
        const after = structuredClone(service({ nginxSuffix: "4e5f6a7b", nginxConf: hostile }));
        const text = toMarkdown(review(service(), after));
        expect(text).to.include("````diff");
        expect(text).to.include("+# All is well");
        expect(text).not.to.match(/^# All is well/m);
        expect(text).not.to.match(/^<!--/m);
    });

    it("counts the lines of a block that it leaves out", () => {
        const lines = Array.from({ length: 200 }, (_, i) => `line ${i}`).join("\n");
        const after = structuredClone(service()) as unknown as Manifest[];
        const configMap = ofKind(after, "ConfigMap") as unknown as { data: Record<string, string> };
        configMap.data["big"] = lines;
        expect(toMarkdown(review(service(), after))).to.include("... 120 more lines");
    });
});

describe("diffLines", () => {
    const apply = (before: string, after: string) => diffLines(before, after).flatMap((hunk) => hunk.lines);

    it("is empty for equal texts", () => {
        expect(diffLines("a\nb\n", "a\nb\n")).to.deep.equal([]);
    });

    it("puts changes far apart into hunks of their own, with the new text's line numbers", () => {
        const before = Array.from({ length: 20 }, (_, i) => `${i}`);
        const after = before.map((line) => (line === "3" || line === "15" ? `${line}!` : line));
        const hunks = diffLines(before.join("\n"), after.join("\n"));
        expect(hunks.map(({ line, lines }) => [line, lines.length])).to.deep.equal([
            [2, 6],
            [14, 6],
        ]);
    });

    it("loses no line: the removed ones and the added ones account for both texts", () => {
        const text = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 12 });
        fc.assert(
            fc.property(text, text, (a, b) => {
                const lines = apply(a.join("\n"), b.join("\n"));
                const count = (sign: string) => lines.filter((line) => line.sign === sign).length;
                const clean = (list: readonly string[]) => (list.join("\n") === "" ? 0 : list.length);
                expect(clean(b) - clean(a)).to.equal(count("+") - count("-"));
                if (a.join("\n") !== b.join("\n")) expect(count("+") + count("-")).to.be.greaterThan(0);
            }),
        );
    });
});
