/** One panel of a chart over time: rows of bars with phases, as of a Gantt chart. */
import { markup, nothing, type Markup } from "../markup";
import { fitted, mark, px, titled, type Colour, type LegendEntry, type Shape } from "./drawing";
import type { Plot } from "./series";

export interface Phase {
    readonly fromSeconds: number;
    readonly untilSeconds: number;
    /** One of the panel's kinds of phase. */
    readonly kind: string;
}

export interface MarkAt {
    readonly atSeconds: number;
    /** One of the panel's kinds of mark. */
    readonly kind: string;
    readonly details: string;
}

export interface Bar {
    /** Written into the bar where it fits. */
    readonly label: string;
    /** For who points at it. */
    readonly details: string;
    /** In the order of time. */
    readonly phases: readonly Phase[];
    readonly marks: readonly MarkAt[];
}

export interface Row {
    /** Left of the row; empty where bars say themselves what they are. */
    readonly label: string;
    readonly bars: readonly Bar[];
}

export interface RowsPanel {
    readonly kind: "rows";
    readonly title: string;
    readonly rows: readonly Row[];
    readonly phaseKinds: Readonly<Record<string, { readonly name: string; readonly colour: Colour }>>;
    readonly markKinds: Readonly<
        Record<string, { readonly name: string; readonly colour: Colour; readonly shape: Shape }>
    >;
}

export const rowPixels = 16;
const barPixels = 12;

/** As few rows as it takes when bars that are not at the same time share one. */
export function packed(bars: readonly Bar[], gapSeconds: number): readonly Row[] {
    const rows: { label: string; bars: Bar[]; freeFromSeconds: number }[] = [];
    const begin = (bar: Bar) => bar.phases[0]?.fromSeconds ?? 0;
    for (const bar of [...bars].sort((a, b) => begin(a) - begin(b))) {
        let row = rows.find(({ freeFromSeconds }) => freeFromSeconds <= begin(bar));
        if (row === undefined) {
            row = { label: "", bars: [], freeFromSeconds: 0 };
            rows.push(row);
        }
        row.bars.push(bar);
        row.freeFromSeconds = (bar.phases.at(-1)?.untilSeconds ?? begin(bar)) + gapSeconds;
    }
    return rows.map(({ label, bars: inRow }) => ({ label, bars: inRow }));
}

export function legendOf(panel: RowsPanel): readonly LegendEntry[] {
    const bars = panel.rows.flatMap((row) => row.bars);
    const phases = new Set(bars.flatMap((bar) => bar.phases.map(({ kind }) => kind)));
    const marks = new Set(bars.flatMap((bar) => bar.marks.map(({ kind }) => kind)));
    return [
        ...Object.entries(panel.phaseKinds).flatMap(([kind, { name, colour }]) =>
            phases.has(kind) ? [{ name, colour, swatch: "block" as const }] : [],
        ),
        ...Object.entries(panel.markKinds).flatMap(([kind, { name, colour, shape }]) =>
            marks.has(kind) ? [{ name, colour, swatch: shape }] : [],
        ),
    ];
}

export function drawRows(panel: RowsPanel, plot: Plot): Markup {
    const rows = panel.rows.map((row, i) => {
        const middle = plot.top + (i + 0.5) * rowPixels;
        const label =
            row.label === ""
                ? nothing
                : markup`<text class="tick end" x="${px(plot.left - 6)}" y="${px(middle + 4)}">${row.label}</text>`;
        return markup`${label}${row.bars.map((bar) => drawBar(bar, middle, panel, plot))}`;
    });
    return markup`${rows}`;
}

function drawBar(bar: Bar, middle: number, panel: RowsPanel, plot: Plot): Markup {
    const top = middle - barPixels / 2;
    const phases = bar.phases.map(({ fromSeconds, untilSeconds, kind }) => {
        const left = plot.x(fromSeconds);
        const width = Math.max(1, plot.x(untilSeconds) - left);
        const colour = panel.phaseKinds[kind]?.colour ?? "muted";
        return markup`<path class="fill c-${colour}" d="M${px(left)} ${px(top)}h${px(width)}v${barPixels}h${px(-width)}z"/>`;
    });
    const marks = bar.marks.map(({ atSeconds, kind, details }) => {
        const { colour, shape } = panel.markKinds[kind] ?? { colour: "muted", shape: "circle" };
        return mark(shape, plot.x(atSeconds), middle, colour, details);
    });
    return markup`<g class="bar">${titled(bar.details)}${phases}${labelIn(bar, middle, plot)}${marks}</g>`;
}

/** In the longest phase, clear of its marks. */
function labelIn(bar: Bar, middle: number, plot: Plot): Markup {
    const widths = bar.phases.map(({ fromSeconds, untilSeconds }) => plot.x(untilSeconds) - plot.x(fromSeconds));
    const longest = widths.indexOf(Math.max(...widths));
    const phase = bar.phases[longest];
    if (phase === undefined) return nothing;
    const text = fitted(bar.label, (widths[longest] ?? 0) - 18);
    if (text !== bar.label) return nothing;
    return markup`<text class="inbar" x="${px(plot.x(phase.fromSeconds) + 7)}" y="${px(middle + 3.5)}">${text}</text>`;
}
