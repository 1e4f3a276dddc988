/** Points of two figures each, such as what a setting costs against what it gains, with a Pareto front through them. */
import { markup, nothing, type Markup } from "../markup";
import { heading, mark, px, textWidth, type Colour, type Shape } from "./drawing";
import { linearAxis, logAxis, type Axis, type Scale } from "./scale";

export interface ScatterAxis {
    /** With the unit: "Replica-seconds". */
    readonly title: string;
    /** `log` is for what is never 0. */
    readonly scale?: "linear" | "log";
    /** The linear axis begins with the least value rather than with 0. */
    readonly isCropped?: boolean;
    readonly format: (value: number) => string;
}

export interface ScatterPoint {
    readonly x: number;
    readonly y: number;
    /** For who points at it. */
    readonly details: string;
    /** Written beside it. */
    readonly label?: string;
}

export interface ScatterGroup {
    readonly name: string;
    readonly colour: Colour;
    readonly shape: Shape;
    readonly points: readonly ScatterPoint[];
    /** The points are a front of the best: a staircase joins them, below and left of which there is nothing. */
    readonly isFront?: boolean;
}

export interface Scatter {
    /** Says to who cannot see it what there is to see. */
    readonly title: string;
    readonly x: ScatterAxis;
    readonly y: ScatterAxis;
    /** Later ones are drawn over earlier ones. */
    readonly groups: readonly ScatterGroup[];
}

const width = 760;
const height = 440;
const plot = { left: 70, right: width - 24, top: 52, bottom: height - 48 };

export function scatter(chart: Scatter): Markup {
    const points = chart.groups.flatMap((group) => group.points);
    const [xAxis, yAxis] = [
        axisOf(
            chart.x,
            points.map(({ x }) => x),
            7,
        ),
        axisOf(
            chart.y,
            points.map(({ y }) => y),
            6,
        ),
    ];
    const [x, y] = [xAxis.scale(plot.left, plot.right), yAxis.scale(plot.bottom, plot.top)];
    const legend = chart.groups.map(({ name, colour, shape }) => ({ name, colour, swatch: shape }));
    const xGrid = xAxis.ticks.map(
        (tick) =>
            markup`<path class="grid" d="M${px(x(tick))} ${plot.top}V${plot.bottom}"/><text class="tick middle" x="${px(x(tick))}" y="${plot.bottom + 16}">${chart.x.format(tick)}</text>`,
    );
    const yGrid = yAxis.ticks.map(
        (tick) =>
            markup`<path class="grid" d="M${plot.left} ${px(y(tick))}H${plot.right}"/><text class="tick end" x="${plot.left - 6}" y="${px(y(tick) + 4)}">${chart.y.format(tick)}</text>`,
    );
    return markup`<div class="chart" tabindex="0" role="group" aria-label="${chart.title}"><svg role="img" aria-label="${chart.title}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
${heading("", legend, plot.left - 18, 14)}<text class="heading" x="6" y="${plot.top - 14}">${chart.y.title}</text><text class="heading end" x="${plot.right}" y="${height - 10}">${chart.x.title}</text>
${xGrid}${yGrid}${chart.groups.map((group) => front(group, x, y))}${chart.groups.map((group) => drawGroup(group, x, y))}</svg></div>`;
}

function axisOf(axis: ScatterAxis, values: readonly number[], about: number): Axis {
    const isLog = axis.scale === "log";
    const shown = isLog ? values.filter((value) => value > 0) : values;
    const until = shown.reduce((a, b) => Math.max(a, b), shown[0] ?? 1);
    const least = shown.reduce((a, b) => Math.min(a, b), until);
    if (isLog) return logAxis({ from: least, until });
    const from = axis.isCropped === true ? least : Math.min(0, least);
    return linearAxis({ from, until }, about, shown.every(Number.isInteger));
}

function front(group: ScatterGroup, x: Scale, y: Scale): Markup {
    if (group.isFront !== true || group.points.length < 2) return nothing;
    const moves = [...group.points]
        .sort((a, b) => a.x - b.x)
        .map((point, i) => (i === 0 ? `M${px(x(point.x))} ${px(y(point.y))}` : `H${px(x(point.x))}V${px(y(point.y))}`));
    return markup`<path class="line c-${group.colour}" d="${moves.join("")}"/>`;
}

function drawGroup(group: ScatterGroup, x: Scale, y: Scale): Markup {
    const points = group.points.map((point) => {
        const [left, top] = [x(point.x), y(point.y)];
        const drawn = mark(group.shape, left, top, group.colour, point.details);
        if (point.label === undefined) return drawn;
        const isAtEdge = left + 8 + textWidth(point.label) > plot.right;
        return markup`${drawn}<text class="pointlabel${isAtEdge ? " end" : ""}" x="${px(left + (isAtEdge ? -8 : 8))}" y="${px(top - 6)}">${point.label}</text>`;
    });
    return markup`<g>${points}</g>`;
}
