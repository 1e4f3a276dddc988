/** What all charts draw with. */
import { markup, nothing, type Markup } from "../markup";

/**
 * A role, not a shade: style.css has its colour in light and in dark. The series' colours can be told apart with every
 * kind of colour blindness, and their lightness in greyscale.
 */
export type Colour =
    "series1" | "series2" | "series3" | "series4" | "series5" | "series6" | "ink" | "muted" | "faint" | "good" | "bad";

export type Shape = "circle" | "square" | "diamond" | "triangle" | "cross" | "tick";

/** A tenth of a pixel is enough, and short. */
export function px(value: number): string {
    return String(Math.round(value * 10) / 10);
}

/** About as wide as the text is drawn: charts are drawn where no font can be measured. */
export function textWidth(text: string): number {
    return text.length * 6.3;
}

/** The text, shortened to about a width; empty where hardly a letter fits. */
export function fitted(text: string, widthPixels: number): string {
    if (textWidth(text) <= widthPixels) return text;
    const letters = Math.floor(widthPixels / 6.3) - 1;
    return letters < 3 ? "" : `${text.slice(0, letters)}…`;
}

/** A mark of about 9 pixels; a tick is as high as a row and thin, so that it hides nothing. With details it can be pointed at. */
export function mark(shape: Shape, x: number, y: number, colour: Colour, details?: string): Markup {
    return markup`<path class="mark ${shape} c-${colour}" d="${outline(shape, x, y)}">${titled(details)}</path>`;
}

function outline(shape: Shape, x: number, y: number): string {
    switch (shape) {
        case "circle":
            return `M${px(x - 4)} ${px(y)}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z`;
        case "square":
            return `M${px(x - 3.5)} ${px(y - 3.5)}h7v7h-7z`;
        case "diamond":
            return `M${px(x)} ${px(y - 4.5)}l4.5 4.5l-4.5 4.5l-4.5 -4.5z`;
        case "triangle":
            return `M${px(x - 4.5)} ${px(y - 4)}h9l-4.5 8z`;
        case "cross":
            return `M${px(x)} ${px(y - 1.8)}l3 -3l1.8 1.8l-3 3l3 3l-1.8 1.8l-3 -3l-3 3l-1.8 -1.8l3 -3l-3 -3l1.8 -1.8z`;
        case "tick":
            return `M${px(x - 1)} ${px(y - 8)}h2v16h-2z`;
    }
}

/** Shown by browsers on hovering, and read out by the page's own program. */
export function titled(details: string | undefined): Markup {
    return details === undefined ? nothing : markup`<title>${details}</title>`;
}

export interface LegendEntry {
    readonly name: string;
    readonly colour: Colour;
    readonly swatch: "line" | "dashed" | "block" | Shape;
}

/** The title of a panel, and beside it what its colours are. */
export function heading(title: string, legend: readonly LegendEntry[], x: number, y: number): Markup {
    let at = x + title.length * 6.9 + 18;
    const entries = legend.map((entry) => {
        const drawn = markup`${swatch(entry, at, y - 4)}<text x="${px(at + 20)}" y="${px(y)}">${entry.name}</text>`;
        at += 20 + textWidth(entry.name) + 16;
        return drawn;
    });
    return markup`<text class="heading" x="${px(x)}" y="${px(y)}">${title}</text><g class="legend">${entries}</g>`;
}

function swatch(entry: LegendEntry, x: number, y: number): Markup {
    const colour = `c-${entry.colour}`;
    switch (entry.swatch) {
        case "line":
            return markup`<path class="line ${colour}" d="M${px(x)} ${px(y)}h15"/>`;
        case "dashed":
            return markup`<path class="line dashed ${colour}" d="M${px(x)} ${px(y)}h15"/>`;
        case "block":
            return markup`<path class="fill ${colour}" d="M${px(x + 1)} ${px(y - 5)}h13v10h-13z"/>`;
        case "circle":
        case "square":
        case "diamond":
        case "triangle":
        case "cross":
        case "tick":
            return mark(entry.swatch, x + 8, y, entry.colour);
    }
}
