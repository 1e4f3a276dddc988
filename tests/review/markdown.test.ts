import { expect } from "chai";
import fc from "fast-check";

import type { Manifest } from "../../render/manifests";
import { code, fence, plain, toMarkdown } from "../../review/markdown";
import { review } from "../../review/review";
import { diffLines } from "../../common/textDiff";
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
        expect(plain("<!-- x --> @all [a](b) `c` *d*")).to.equal("\\<!-- x --> \\@all \\[a\\](b) \\`c\\` \\*d\\*");
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
