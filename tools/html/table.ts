/** Tables: read on a phone by scrolling sideways within themselves, with their first column in place. */
import { markup, nothing, type Embeddable, type Markup } from "./markup";

export interface Column {
    readonly title: string;
    /** Figures stand flush right, so that their digits can be compared. */
    readonly align?: "left" | "right";
}

/** `bad` is what the page wants to be seen first; `fair` is what was allowed; `good` is what is best of its column. */
export type Tone = "bad" | "fair" | "good" | "muted";

export interface Cell {
    readonly content: Embeddable;
    /** Smaller, below. */
    readonly note?: string;
    readonly tone?: Tone;
}

export interface Table {
    readonly caption: string;
    readonly columns: readonly Column[];
    /** The first cell of a row is its heading. */
    readonly rows: readonly (readonly (Cell | Embeddable)[])[];
}

export function table({ caption, columns, rows }: Table): Markup {
    const head = columns.map(({ title, align }) => markup`<th scope="col"${classes(align)}>${title}</th>`);
    const body = rows.map(
        (row) => markup`<tr>${row.map((cell, i) => drawCell(cell, i, columns[i]?.align))}</tr>
`,
    );
    // A <caption> would be as wide as the table, and be cut off with it.
    return markup`<p class="caption" aria-hidden="true">${caption}</p><div class="scroll" tabindex="0" role="group" aria-label="${caption}"><table aria-label="${caption}"><thead><tr>${head}</tr></thead><tbody>
${body}</tbody></table></div>`;
}

function drawCell(given: Cell | Embeddable, index: number, align: Column["align"]): Markup {
    const cell: Cell = isCell(given) ? given : { content: given };
    const note = cell.note === undefined ? nothing : markup`<small>${cell.note}</small>`;
    return index === 0
        ? markup`<th scope="row"${classes(align, cell.tone)}>${cell.content}${note}</th>`
        : markup`<td${classes(align, cell.tone)}>${cell.content}${note}</td>`;
}

function isCell(given: Cell | Embeddable): given is Cell {
    return typeof given === "object" && "content" in given;
}

function classes(...names: readonly (string | undefined)[]): Markup {
    const set = names.filter((name) => name !== undefined && name !== "left");
    return set.length === 0 ? nothing : markup` class="${set.join(" ")}"`;
}
