/** The frame of every report: one file that asks nothing of the network and can be mailed, archived and printed. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { markup, Markup, nothing } from "./markup";

export interface Page {
    readonly title: string;
    /** Small, above the title: "Drill". */
    readonly kind: string;
    /** Below the title: when and on what. */
    readonly subtitle: string;
    readonly sections: readonly Section[];
}

export interface Section {
    /** Anchor of the section; unique in the page. */
    readonly id: string;
    /** Absent for what opens the page. */
    readonly title?: string;
    /** One or two sentences on how to read it. */
    readonly lead?: string;
    readonly content: Markup;
}

/** What a reader is to know first, and whether it is good. */
export interface Verdict {
    readonly tone: "good" | "bad" | "doubtful";
    readonly sentence: string;
}

const own = (name: string) => readFileSync(join(__dirname, name), "utf8");

export function page({ title, kind, subtitle, sections }: Page): string {
    const style = own("style.css");
    const program = own("readout.mjs");
    // Nothing is fetched and nothing runs but the program above, even if a text should get past the escaping.
    const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${digest(program)}'; base-uri 'none'; form-action 'none'`;
    const links = sections.flatMap((section) =>
        section.title === undefined ? [] : [markup`<a href="#${section.id}">${section.title}</a> `],
    );
    return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>
${Markup.trusted(style)}</style>
</head>
<body>
<header><p class="kind">${kind}</p><h1>${title}</h1><p class="subtitle">${subtitle}</p>${links.length < 2 ? nothing : markup`<nav aria-label="Sections">${links}</nav>`}</header>
<main>
${sections.map(drawSection)}</main>
<script type="module">${Markup.trusted(program)}</script>
</body>
</html>
`.text;
}

function drawSection({ id, title, lead, content }: Section): Markup {
    return markup`<section id="${id}">${title === undefined ? nothing : markup`<h2>${title}</h2>`}${lead === undefined ? nothing : markup`<p class="lead">${lead}</p>`}
${content}
</section>
`;
}

const digest = (program: string) => createHash("sha256").update(program).digest("base64");

export function verdict({ tone, sentence }: Verdict): Markup {
    return markup`<p class="verdict ${tone}">${sentence}</p>`;
}

/** A chart with what it shows in words, and behind a click in figures. */
export function figure(caption: string, chart: Markup, figures?: Markup): Markup {
    return markup`<figure><figcaption>${caption}</figcaption>${chart}${figures === undefined ? nothing : folded("The figures as a table", figures)}</figure>`;
}

/** Behind a click. */
export function folded(summary: string, content: Markup): Markup {
    return markup`<details><summary>${summary}</summary>${content}</details>`;
}
