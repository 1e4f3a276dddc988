/** One panel of a chart over time: lines, steps, areas and stacked bars. */
import { markup, nothing, type Markup } from "../markup";
import { px, titled, type Colour, type LegendEntry } from "./drawing";
import { linearAxis, logAxis, type Axis, type Domain, type Scale } from "./scale";

export interface Point {
    readonly atSeconds: number;
    /** Undefined is a gap. */
    readonly value: number | undefined;
}

export interface Series {
    /**
     * `line` joins its points, `area` fills what is below them; `step` holds a value until the next one; `bars` of one
     * panel stand on one another. `marks` are bars of which not even a
     * single 1 can be overlooked, with their sum above them.
     */
    readonly kind: "line" | "step" | "area" | "bars" | "marks";
    readonly name: string;
    readonly colour: Colour;
    /** In the order of time. */
    readonly points: readonly Point[];
    readonly isDashed?: boolean;
}

export interface SeriesPanel {
    readonly kind: "series";
    /** With the unit: "Latency, ms". */
    readonly title: string;
    readonly series: readonly Series[];
    /** `log` is for what is never 0. */
    readonly yScale?: "linear" | "log";
    /** The axis goes at least so far, whatever the values are: so that panels of two charts can be compared. */
    readonly yFrom?: number;
    readonly yUntil?: number;
    /** How long a bar lasts; 1 where absent. */
    readonly barSeconds?: number;
    readonly heightPixels?: number;
    /** How a value is read out and written at the axis. */
    readonly format: (value: number) => string;
}

export interface Plot {
    readonly left: number;
    readonly right: number;
    readonly top: number;
    readonly bottom: number;
    readonly x: Scale;
    readonly time: Domain;
}

export function legendOf(panel: SeriesPanel): readonly LegendEntry[] {
    // A panel of one series has its name as title.
    if (panel.series.length < 2) return [];
    return panel.series.map(({ name, colour, kind, isDashed }) => ({
        name,
        colour,
        swatch: kind === "line" || kind === "step" ? (isDashed === true ? "dashed" : "line") : "block",
    }));
}

export function drawSeries(panel: SeriesPanel, plot: Plot): Markup {
    const stacks = stack(panel.series);
    const values = [...stacks.values()].flat().flatMap(({ until }) => (until === undefined ? [] : [until]));
    const { ticks, scale } = yAxis(panel, values);
    const y = scale(plot.bottom, plot.top);
    const grid = ticks.map(
        (tick) =>
            markup`<path class="grid" d="M${px(plot.left)} ${px(y(tick))}H${px(plot.right)}"/><text class="tick end" x="${px(plot.left - 6)}" y="${px(y(tick) + 4)}">${panel.format(tick)}</text>`,
    );
    const drawn = panel.series.map((series) => drawOne(series, stacks.get(series) ?? [], panel, plot, y));
    return markup`${grid}${drawn}`;
}

function yAxis(panel: SeriesPanel, values: readonly number[]): Axis {
    const until = values.reduce((a, b) => Math.max(a, b), panel.yUntil ?? 0) || 1;
    if (panel.yScale === "log") {
        const from = values.filter((value) => value > 0).reduce((a, b) => Math.min(a, b), panel.yFrom ?? until);
        return logAxis({ from, until });
    }
    const isWhole = values.every((value) => Number.isInteger(value));
    return linearAxis({ from: 0, until }, 3, isWhole);
}

/** From where to where a value is drawn; undefined is a gap. */
interface Span {
    readonly atSeconds: number;
    readonly from: number;
    readonly until: number | undefined;
}

function stack(all: readonly Series[]): Map<Series, readonly Span[]> {
    const heights = new Map<number, number>();
    return new Map(
        all.map((series) => [
            series,
            series.points.map(({ atSeconds, value }) => {
                if (series.kind !== "bars" || value === undefined) return { atSeconds, from: 0, until: value };
                const from = heights.get(atSeconds) ?? 0;
                heights.set(atSeconds, from + value);
                return { atSeconds, from, until: from + value };
            }),
        ]),
    );
}

function drawOne(series: Series, spans: readonly Span[], panel: SeriesPanel, plot: Plot, y: Scale): Markup {
    const classes = `c-${series.colour}${series.isDashed === true ? " dashed" : ""}`;
    const seen = spans.filter(({ atSeconds }) => atSeconds <= plot.time.until);
    switch (series.kind) {
        case "line":
            return path(`line ${classes}`, lines(seen, plot, y, false));
        case "area":
            return markup`${path(`area ${classes}`, lines(seen, plot, y, true))}${path(`line ${classes}`, lines(seen, plot, y, false))}`;
        case "step":
            return path(`line ${classes}`, steps(seen, plot, y));
        case "bars":
            return path(`fill ${classes}`, bars(seen, panel.barSeconds ?? 1, plot, y));
        case "marks":
            return marks(series, seen, panel, plot, y);
    }
}

function path(classes: string, d: string): Markup {
    return d === "" ? nothing : markup`<path class="${classes}" d="${d}"/>`;
}

function lines(spans: readonly Span[], plot: Plot, y: Scale, isClosed: boolean): string {
    return runs(spans)
        .map((run) => {
            const points = run.map(({ atSeconds, until }) => `${px(plot.x(atSeconds))} ${px(y(until))}`);
            const ends = [run[0], run.at(-1)].map((end) => px(plot.x(end?.atSeconds ?? 0)));
            const base = px(plot.bottom);
            if (isClosed) return `M${ends[0] ?? ""} ${base}L${points.join(" ")}L${ends[1] ?? ""} ${base}z`;
            // A point without neighbours is seen as the round end of a line without length.
            return points.length === 1 ? `M${points[0] ?? ""}h0` : `M${points.join(" ")}`;
        })
        .join("");
}

/** Points between gaps. */
function runs(spans: readonly Span[]): readonly (readonly { readonly atSeconds: number; readonly until: number }[])[] {
    const found: { atSeconds: number; until: number }[][] = [];
    let isGap = true;
    for (const { atSeconds, until } of spans) {
        if (until !== undefined) {
            if (isGap) found.push([]);
            found.at(-1)?.push({ atSeconds, until });
        }
        isGap = until === undefined;
    }
    return found;
}

function steps(spans: readonly Span[], plot: Plot, y: Scale): string {
    return runs(spans)
        .map((run) => {
            const moves = run.map(({ atSeconds, until }, i) =>
                i === 0 ? `M${px(plot.x(atSeconds))} ${px(y(until))}` : `H${px(plot.x(atSeconds))}V${px(y(until))}`,
            );
            const last = run.at(-1);
            const gap = spans.find((span) => span.until === undefined && span.atSeconds > (last?.atSeconds ?? 0));
            return `${moves.join("")}H${px(plot.x(gap?.atSeconds ?? plot.time.until))}`;
        })
        .join("");
}

function bars(spans: readonly Span[], barSeconds: number, plot: Plot, y: Scale): string {
    return spans
        .map(({ atSeconds, from, until }) => {
            if (until === undefined || until === from) return "";
            const left = plot.x(atSeconds);
            const width = Math.max(0.6, plot.x(atSeconds + barSeconds) - left);
            return `M${px(left)} ${px(y(from))}V${px(y(until))}h${px(width)}V${px(y(from))}z`;
        })
        .join("");
}

/** The least that is seen at a glance beside nothing. */
const leastMarkPixels = { width: 3, height: 7 };

function marks(series: Series, spans: readonly Span[], panel: SeriesPanel, plot: Plot, y: Scale): Markup {
    const barSeconds = panel.barSeconds ?? 1;
    const all = spans.flatMap(({ atSeconds, until: value }) => {
        if (value === undefined || value === 0) return [];
        return [{ middle: plot.x(atSeconds + barSeconds / 2), value }];
    });
    const width = Math.max(leastMarkPixels.width, plot.x(plot.time.from + barSeconds) - plot.left);
    const drawn = all.map(({ middle, value }) => {
        const top = Math.min(y(value), plot.bottom - leastMarkPixels.height);
        return markup`<path class="fill lone c-${series.colour}" d="M${px(middle - width / 2)} ${px(plot.bottom)}V${px(top)}h${px(width)}V${px(plot.bottom)}z">${titled(`${series.name}: ${panel.format(value)}`)}</path>`;
    });
    const sums = clusters(all).map(
        ({ middle, value, top }) =>
            markup`<text class="sum middle c-${series.colour}" x="${px(middle)}" y="${px(Math.max(plot.top + 10, Math.min(y(top), plot.bottom - leastMarkPixels.height) - 4))}">${panel.format(value)}</text>`,
    );
    return markup`${drawn}${sums}`;
}

interface Cluster {
    readonly middle: number;
    readonly value: number;
    readonly top: number;
}

/** Marks whose figures would run into one another, with the sum of them. */
function clusters(all: readonly { readonly middle: number; readonly value: number }[]): readonly Cluster[] {
    const found: { begin: number; end: number; value: number; top: number }[] = [];
    for (const { middle, value } of all) {
        const last = found.at(-1);
        if (last === undefined || middle - last.end > clusterGapPixels) {
            found.push({ begin: middle, end: middle, value, top: value });
            continue;
        }
        last.end = middle;
        last.value += value;
        last.top = Math.max(last.top, value);
    }
    return found.map(({ begin, end, value, top }) => ({ middle: (begin + end) / 2, value, top }));
}

const clusterGapPixels = 14;
