import { expect } from "chai";

import { format, packed, scatter, timeChart, type Bar, type Series } from "../../../tools/html";

const points = (values: readonly (number | undefined)[]) => values.map((value, atSeconds) => ({ atSeconds, value }));

function seriesChart(...series: readonly Series[]): string {
    return chartOf(10, series);
}

function chartOf(untilSeconds: number, series: readonly Series[]): string {
    return timeChart({
        title: "A chart",
        fromSeconds: 0,
        untilSeconds,
        panels: [{ kind: "series", title: "Panel", format: format.count, series }],
    }).text;
}

/** The outlines of the paths that have a class. */
function outlines(svg: string, className: string): readonly string[] {
    return [...svg.matchAll(/<path class="([^"]*)" d="([^"]*)"/g)].flatMap(([, classes = "", d = ""]) =>
        classes.split(" ").includes(className) ? [d] : [],
    );
}

const bar = (from: number, until: number, label = "bar"): Bar => ({
    label,
    details: label,
    phases: [{ fromSeconds: from, untilSeconds: until, kind: "on" }],
    marks: [],
});

describe("tools/html/charts: over time", () => {
    it("has a name for who cannot see it", () => {
        expect(seriesChart()).to.match(/<svg role="img" aria-label="A chart"/);
    });

    it("breaks a line where there is no value, and shows a value between two gaps", () => {
        const line = { kind: "line", name: "a", colour: "series1" } as const;
        const [d = ""] = outlines(
            seriesChart({ ...line, points: points([1, 2, undefined, 3, undefined, 4, 5]) }),
            "line",
        );
        expect(d.match(/M/g)).to.have.length(3);
        expect(d).to.match(/M[\d.]+ [\d.]+h0M/);
    });

    it("holds a step until the next one, and the last until the end", () => {
        const step = { kind: "step", name: "a", colour: "series1" } as const;
        const short = outlines(seriesChart({ ...step, points: points([1, 2]) }), "line");
        const long = outlines(seriesChart({ ...step, points: points([1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]) }), "line");
        expect(short[0]).to.match(/^M60 [\d.]+H[\d.]+V[\d.]+H1138$/);
        expect(long[0]).to.match(/H1138$/);
    });

    it("puts bars on one another", () => {
        const bars = { kind: "bars", colour: "series1" } as const;
        const [lower = "", upper = ""] = outlines(
            seriesChart({ ...bars, name: "a", points: points([2]) }, { ...bars, name: "b", points: points([1]) }),
            "fill",
        ).filter((d) => !d.includes("h13"));
        const [, , top] = /^M([\d.]+) [\d.]+V([\d.]+)/.exec(lower) ?? [];
        expect(top).not.to.equal(undefined);
        expect(upper).to.match(new RegExp(`^M[\\d.]+ ${top ?? ""}V`));
    });

    it("shows a single mark among large ones, with its figure", () => {
        const marks = points([1000, ...Array.from({ length: 1798 }, () => 0), 1]);
        const svg = chartOf(1800, [{ kind: "marks", name: "lost", colour: "bad", points: marks }]);
        const lone = outlines(svg, "lone");
        expect(lone).to.have.length(2);
        const [, bottom, top, width] = /^M[\d.]+ ([\d.]+)V([\d.]+)h([\d.]+)/.exec(lone[1] ?? "") ?? [];
        expect(Number(bottom) - Number(top)).to.be.at.least(7);
        expect(Number(width)).to.be.at.least(3);
        expect([...svg.matchAll(/<text class="sum[^>]*>([^<]*)</g)].map(([, text]) => text)).to.deep.equal([
            "1,000",
            "1",
        ]);
    });

    it("reads out a value for every second, gaps as nothing", () => {
        const svg = seriesChart({ kind: "line", name: "a", colour: "series1", points: points([5, undefined, 5]) });
        const json = /<script type="application\/json">(.*?)<\/script>/.exec(svg)?.[1] ?? "";
        const { series } = JSON.parse(json) as { series: Record<string, unknown>[] };
        expect(series[0]).to.include({ name: "a", first: 0, step: 1 });
        expect(series[0]).to.deep.include({ texts: ["5", ""], values: [0, 1, 0] });
    });

    it("lets bars share a row unless they are at the same time", () => {
        const rows = packed([bar(5, 9), bar(0, 4), bar(2, 6), bar(4.5, 5)], 1);
        expect(rows.map((row) => row.bars.map(({ phases }) => phases[0]?.fromSeconds))).to.deep.equal([
            [0, 5],
            [2],
            [4.5],
        ]);
    });

    it("draws rows with their phases and marks, and says in the legend what occurs", () => {
        const svg = timeChart({
            title: "Rows",
            fromSeconds: 0,
            untilSeconds: 10,
            panels: [
                {
                    kind: "rows",
                    title: "Pods",
                    rows: [
                        {
                            label: "row <1>",
                            bars: [
                                {
                                    ...bar(0, 8, "long enough"),
                                    marks: [{ atSeconds: 4, kind: "x", details: "lost & gone" }],
                                },
                            ],
                        },
                    ],
                    phaseKinds: { on: { name: "on it", colour: "good" }, off: { name: "off it", colour: "muted" } },
                    markKinds: { x: { name: "loss", colour: "bad", shape: "cross" } },
                },
            ],
        }).text;
        expect(outlines(svg, "fill")).to.have.length(2);
        expect(svg)
            .to.include("row &lt;1&gt;")
            .and.include("<title>lost &amp; gone</title>")
            .and.include(">long enough</text>");
        expect(svg).to.include("on it").and.include(">loss</text>").and.not.include("off it");
    });

    it("keeps names of bands apart, and inside", () => {
        const band = (label: string, fromSeconds: number) => ({
            label,
            details: label,
            fromSeconds,
            untilSeconds: fromSeconds + 1,
        });
        const svg = timeChart({
            title: "Bands",
            fromSeconds: 0,
            untilSeconds: 100,
            bands: [
                band("a name longer than its band", 1),
                band("another such name", 3),
                band("a name at the very end", 99),
            ],
            panels: [],
        }).text;
        const places = new Map(
            [...svg.matchAll(/<text class="bandlabel" x="([\d.]+)" y="([\d.]+)">([^<]*)</g)].map(
                ([, x, y, text = ""]) => [text, { x: Number(x), y: Number(y) }],
            ),
        );
        expect(places.get("a name longer than its band")?.y).not.to.equal(places.get("another such name")?.y);
        expect(places.get("a name at the very end")?.x).to.be.below(1160 - 22 * 6);
    });

    it("draws nothing where there is nothing, and no NaN", () => {
        const empty = timeChart({
            title: "Empty",
            fromSeconds: 0,
            untilSeconds: 0,
            panels: [
                {
                    kind: "series",
                    title: "None",
                    format: format.count,
                    yScale: "log",
                    series: [{ kind: "line", name: "a", colour: "good", points: [] }],
                },
                { kind: "rows", title: "None", rows: [], phaseKinds: {}, markKinds: {} },
            ],
        }).text;
        expect(empty).not.to.match(/NaN|Infinity|undefined/);
    });
});

describe("tools/html/charts: scatter", () => {
    const axis = { title: "Cost", format: format.count };
    const group = { name: "settings", colour: "series1", shape: "circle" } as const;

    it("draws every point, and a staircase through the front", () => {
        const svg = scatter({
            title: "Cost against delay",
            x: axis,
            y: axis,
            groups: [
                { ...group, points: [{ x: 3, y: 3, details: "dominated" }] },
                {
                    ...group,
                    name: "front",
                    isFront: true,
                    points: [
                        { x: 4, y: 1, details: "cheap", label: "chosen <b>" },
                        { x: 1, y: 4, details: "fast" },
                    ],
                },
            ],
        }).text;
        expect(outlines(svg, "mark")).to.have.length(3 + 2);
        expect(outlines(svg, "line")[0]).to.match(/^M[\d.]+ [\d.]+H[\d.]+V[\d.]+$/);
        expect(svg).to.include("chosen &lt;b&gt;").and.include("<title>dominated</title>");
    });

    it("is drawn without points, and with one", () => {
        for (const points of [[], [{ x: 0, y: 0, details: "only" }]]) {
            for (const scale of ["linear", "log"] as const) {
                const svg = scatter({
                    title: "s",
                    x: { ...axis, scale },
                    y: { ...axis, scale },
                    groups: [{ ...group, points }],
                });
                expect(svg.text).not.to.match(/NaN|Infinity|undefined/);
            }
        }
    });
});
