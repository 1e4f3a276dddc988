/** Panels over one another that share one axis of time. */
import { clock, dateOrTime } from "../format";
import { embeddedJson, markup, nothing, type Markup } from "../markup";
import { heading, px, textWidth, titled, type Colour } from "./drawing";
import { drawRows, legendOf as legendOfRows, rowPixels, type RowsPanel } from "./rows";
import { linearScale, timeTicks, type Scale } from "./scale";
import { drawSeries, legendOf as legendOfSeries, type Plot, type Series, type SeriesPanel } from "./series";

export type Panel = SeriesPanel | RowsPanel;

/** A time in which something went on: named above the panels, shaded through all of them. */
export interface Band {
    readonly label: string;
    readonly details: string;
    readonly fromSeconds: number;
    readonly untilSeconds: number;
}

/** A moment, as a thin line through all panels. */
export interface Moment {
    readonly atSeconds: number;
    readonly colour: Colour;
}

export interface TimeChart {
    /** Says to who cannot see it what there is to see. */
    readonly title: string;
    readonly fromSeconds: number;
    readonly untilSeconds: number;
    /** The midnight, in seconds since 1970, that times count from: they are then shown as dates and times of day. */
    readonly midnightSeconds?: number;
    readonly bands?: readonly Band[];
    readonly moments?: readonly Moment[];
    readonly panels: readonly Panel[];
}

const width = 1160;
const right = width - 22;
const headingPixels = 26;
const gapPixels = 8;
const axisPixels = 20;
const bandPixels = 18;

export function timeChart(chart: TimeChart): Markup {
    const time = { from: chart.fromSeconds, until: chart.untilSeconds };
    const left = gutter(chart.panels);
    const x = linearScale(time, left, right);
    const lanes = bandLanes(chart.bands ?? [], x);
    const bandsHeight = lanes.length * bandPixels;

    let top = bandsHeight + axisPixels;
    const panels = chart.panels.map((panel) => {
        const plot = { left, right, x, time, top: top + headingPixels, bottom: top + headingPixels + heightOf(panel) };
        top = plot.bottom + gapPixels;
        return { panel, plot };
    });
    const height = top + axisPixels;
    const ticks = timeTicks(time, 12);
    const shades = panels.flatMap(({ plot }) => (chart.bands ?? []).map((band) => shade(band, x, plot)));
    const moments = panels.map(({ plot }) => momentLines(chart.moments ?? [], x, plot));
    const drawn = panels.map(({ panel, plot }) => drawPanel(panel, plot, ticks));

    return markup`<div class="chart wide" tabindex="0" role="group" aria-label="${chart.title}"><svg role="img" aria-label="${chart.title}" viewBox="0 0 ${width} ${px(height)}" width="${width}" height="${px(height)}">
${lanes
    .map((lane, i) => lane.map((band) => bandLabel(band, x, i)))
    .flat()}${axis(ticks, x, bandsHeight + 13, chart.midnightSeconds)}${shades}${moments}
${drawn}
${axis(ticks, x, height - 6, chart.midnightSeconds)}<path class="cursor" d="M0 ${px(bandsHeight)}V${px(height - axisPixels)}"/></svg>${embeddedJson(readout(chart, left))}</div>`;
}

/** Room for the longest label of a row; otherwise for a value at the axis. */
function gutter(panels: readonly Panel[]): number {
    const labels = panels.flatMap((panel) => (panel.kind === "rows" ? panel.rows.map((row) => row.label) : []));
    return Math.min(240, Math.max(60, ...labels.map((label) => textWidth(label) + 12)));
}

function heightOf(panel: Panel): number {
    return panel.kind === "rows" ? Math.max(1, panel.rows.length) * rowPixels : (panel.heightPixels ?? 110);
}

function drawPanel(panel: Panel, plot: Plot, ticks: readonly number[]): Markup {
    const legend = panel.kind === "rows" ? legendOfRows(panel) : legendOfSeries(panel);
    const grid = ticks.map(
        (tick) => markup`<path class="grid" d="M${px(plot.x(tick))} ${px(plot.top)}V${px(plot.bottom)}"/>`,
    );
    const content = panel.kind === "rows" ? drawRows(panel, plot) : drawSeries(panel, plot);
    return markup`<g class="panel">${heading(panel.title, legend, plot.left, plot.top - 9)}${grid}${content}</g>
`;
}

function axis(ticks: readonly number[], x: Scale, y: number, midnightSeconds: number | undefined): Markup {
    const label = (tick: number) =>
        midnightSeconds === undefined ? clock(tick) : dateOrTime(midnightSeconds + tick, tick % 86_400 === 0);
    const labels = ticks.map(
        (tick) => markup`<text class="tick middle" x="${px(x(tick))}" y="${px(y)}">${label(tick)}</text>`,
    );
    return markup`<g class="axis">${labels}</g>`;
}

/** Bands whose names do not run into one another share a lane. */
function bandLanes(bands: readonly Band[], x: Scale): readonly (readonly Band[])[] {
    const lanes: { bands: Band[]; freeFrom: number }[] = [];
    for (const band of [...bands].sort((a, b) => a.fromSeconds - b.fromSeconds)) {
        const begin = labelBegin(band, x);
        let lane = lanes.find(({ freeFrom }) => freeFrom <= begin);
        if (lane === undefined) {
            lane = { bands: [], freeFrom: 0 };
            lanes.push(lane);
        }
        lane.bands.push(band);
        lane.freeFrom = Math.max(x(band.untilSeconds), begin + textWidth(band.label) + 10) + 4;
    }
    return lanes.map((lane) => lane.bands);
}

/** A name that would run out of the chart at the right begins before its band. */
function labelBegin(band: Band, x: Scale): number {
    return Math.min(x(band.fromSeconds), width - textWidth(band.label) - 8);
}

function bandLabel(band: Band, x: Scale, lane: number): Markup {
    const [begin, end] = [x(band.fromSeconds), x(band.untilSeconds)];
    const top = lane * bandPixels;
    return markup`<g class="bar">${titled(band.details)}<path class="band" d="M${px(begin)} ${px(top + 1)}H${px(Math.max(end, begin + 2))}V${px(top + bandPixels - 2)}H${px(begin)}z"/><text class="bandlabel" x="${px(labelBegin(band, x) + 5)}" y="${px(top + 12.5)}">${band.label}</text></g>`;
}

function shade(band: Band, x: Scale, plot: Plot): Markup {
    const [begin, end] = [x(band.fromSeconds), x(band.untilSeconds)];
    return markup`<path class="shade" d="M${px(begin)} ${px(plot.top)}H${px(Math.max(end, begin + 1))}V${px(plot.bottom)}H${px(begin)}z"/>`;
}

/** One path for each colour: moments that fall on the same pixel are drawn once. */
function momentLines(moments: readonly Moment[], x: Scale, plot: Plot): Markup {
    const colours = [...new Set(moments.map(({ colour }) => colour))];
    const drawn = colours.map((colour) => {
        const pixels = new Set(
            moments.filter((moment) => moment.colour === colour).map(({ atSeconds }) => Math.round(x(atSeconds))),
        );
        const d = [...pixels].map((each) => `M${each} ${px(plot.top)}V${px(plot.bottom)}`).join("");
        return markup`<path class="moment c-${colour}" d="${d}"/>`;
    });
    return drawn.length === 0 ? nothing : markup`${drawn}`;
}

/** What readout.mjs shows for the time under the pointer. */
function readout(chart: TimeChart, left: number): unknown {
    return {
        from: chart.fromSeconds,
        until: chart.untilSeconds,
        ...(chart.midnightSeconds === undefined ? {} : { midnight: chart.midnightSeconds }),
        left: left / width,
        right: right / width,
        bands: (chart.bands ?? []).map((band) => [band.fromSeconds, band.untilSeconds, band.label]),
        series: chart.panels.flatMap((panel) =>
            panel.kind === "rows" ? [] : panel.series.map((series) => readoutOf(series, panel)),
        ),
    };
}

/** Values are written out once each, as a second often has those of the one before. */
function readoutOf(series: Series, panel: SeriesPanel): unknown {
    const texts: string[] = [];
    const indices = new Map<string, number>();
    const values = series.points.map(({ value }) => {
        const text = value === undefined ? "" : panel.format(value);
        let index = indices.get(text);
        if (index === undefined) {
            index = texts.push(text) - 1;
            indices.set(text, index);
        }
        return index;
    });
    const times = series.points.map(({ atSeconds }) => Math.round(atSeconds * 10) / 10);
    return {
        panel: panel.title,
        name: series.name,
        colour: series.colour,
        ...regular(times),
        texts,
        values,
    };
}

/** Times at equal distances in two numbers. */
function regular(times: readonly number[]): { first: number; step: number } | { times: readonly number[] } {
    const [first, second] = times;
    if (first === undefined || second === undefined) return { times };
    const step = second - first;
    return times.every((time, i) => time === first + i * step) ? { first, step } : { times };
}
