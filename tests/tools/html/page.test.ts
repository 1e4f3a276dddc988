import { createHash } from "node:crypto";

import { expect } from "chai";

import { figure, markup, page, table, tiles, verdict } from "../../../tools/html";

const simple = page({
    title: "A <title>",
    kind: "Test",
    subtitle: "Sub & title",
    sections: [
        { id: "first", content: verdict({ tone: "bad", sentence: "1 < 2" }) },
        { id: "second", title: "Second", lead: "Lead", content: markup`<p>x</p>` },
        { id: "third", title: "Third", content: figure("Caption", markup`<svg></svg>`, markup`<table></table>`) },
    ],
});

describe("tools/html/page", () => {
    it("is one whole document with its title, its sections and links to them", () => {
        expect(simple).to.match(/^<!doctype html>\n<html lang="en">/);
        expect(simple)
            .to.include("<title>A &lt;title&gt;</title>")
            .and.include("Sub &amp; title")
            .and.include("1 &lt; 2");
        expect([...simple.matchAll(/<section id="(\w+)">/g)].map(([, id]) => id)).to.deep.equal([
            "first",
            "second",
            "third",
        ]);
        expect([...simple.matchAll(/href="#(\w+)"/g)].map(([, id]) => id)).to.deep.equal(["second", "third"]);
    });

    it("refers to nothing outside of itself", () => {
        expect(simple).not.to.match(/https?:|\bsrc=|<link|@import|url\(/);
    });

    it("lets no program run but its own", () => {
        const [, program = ""] = /<script type="module">([\s\S]*?)<\/script>/.exec(simple) ?? [];
        const digest = createHash("sha256").update(program).digest("base64");
        expect(program).not.to.equal("");
        expect(simple).to.include(`script-src &#39;sha256-${digest}&#39;`);
    });

    it("has figures of a chart behind a click", () => {
        expect(simple).to.include("<details><summary>The figures as a table</summary><table></table></details>");
    });
});

describe("tools/html/table and tools/html/tiles", () => {
    it("has headings for columns and rows, and tones and notes for cells", () => {
        const { text } = table({
            caption: "A & B",
            columns: [{ title: "Name" }, { title: "Lost", align: "right" }],
            rows: [["<pod>", { content: "3", note: "of <4>", tone: "bad" }]],
        });
        expect(text).to.include('<table aria-label="A &amp; B">');
        expect(text).to.include('<th scope="col">Name</th><th scope="col" class="right">Lost</th>');
        expect(text).to.include(
            '<tr><th scope="row">&lt;pod&gt;</th><td class="right bad">3<small>of &lt;4&gt;</small></td></tr>',
        );
    });

    it("shows a figure with what it is of", () => {
        expect(tiles([{ title: "<v>", figure: "1", unit: "of 2", tone: "good" }]).text).to.include(
            '<div class="tile good"><dt>&lt;v&gt;</dt><dd><b>1</b> <span>of 2</span></dd></div>',
        );
    });
});
