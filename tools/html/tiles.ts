/** A few figures large enough to be read from across a room. */
import { markup, nothing, type Markup } from "./markup";
import type { Tone } from "./table";

export interface Tile {
    readonly title: string;
    readonly figure: string;
    /** Beside the figure: "of 100,012". */
    readonly unit?: string;
    readonly note?: string;
    readonly tone?: Tone;
}

export function tiles(all: readonly Tile[]): Markup {
    const drawn = all.map(
        ({ title, figure, unit, note, tone }) =>
            markup`<div class="tile ${tone ?? "plain"}"><dt>${title}</dt><dd><b>${figure}</b>${unit === undefined ? nothing : markup` <span>${unit}</span>`}${note === undefined ? nothing : markup`<small>${note}</small>`}</dd></div>
`,
    );
    return markup`<dl class="tiles">
${drawn}</dl>`;
}
