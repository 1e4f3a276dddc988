/** One variant's drill over time: load, losses, latency, replicas and the life of every pod. */
import { figure, format, packed, table, timeChart, type Markup, type Panel, type SeriesPanel } from "../../html";
import type { PodLife, Report, SecondOfLoad, VariantResult } from "../model";
import { grouped } from "./grouped";
import { podBar, podPhases, shortNames } from "./pods";

/** Every variant on the same axes, so that their charts can be compared at a glance. */
export interface Axes {
    readonly seconds: number;
    readonly requestsUntil: number;
    readonly lostUntil: number;
    readonly retriedUntil: number;
    readonly latencyFromMs: number;
    readonly latencyUntilMs: number;
    readonly replicasUntil: number;
}

export function axesOf({ seconds, variants }: Report): Axes {
    const all = variants.flatMap((variant) => variant.seconds);
    const most = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), 0);
    const p50 = all.flatMap(({ p50Ms }) => (p50Ms === undefined || p50Ms <= 0 ? [] : [p50Ms]));
    return {
        seconds,
        requestsUntil: most(all.map(({ requests }) => requests)),
        lostUntil: most(all.map(({ lost }) => lost)),
        retriedUntil: most(all.map(({ retried }) => retried)),
        latencyFromMs: p50.reduce((a, b) => Math.min(a, b), p50[0] ?? 1),
        latencyUntilMs: most(all.map(({ p99Ms }) => p99Ms ?? 0)),
        replicasUntil: most(
            variants.flatMap(({ replicas }) => replicas.map(({ desired, ready }) => Math.max(desired, ready))),
        ),
    };
}

export function timeline(variant: VariantResult, axes: Axes): Markup {
    const chart = timeChart({
        title: `${variant.title} over time: requests, losses, latency, replicas and pods`,
        fromSeconds: 0,
        untilSeconds: axes.seconds,
        bands: variant.events.map((event) => ({
            label: event.title,
            details: `${event.title}\n${event.happened}\nlost ${format.count(event.lost)} of ${format.count(event.requests)}; may lose: ${event.mayLose}`,
            fromSeconds: event.fromSeconds,
            untilSeconds: event.untilSeconds,
        })),
        moments: variant.seconds
            .filter(({ lost }) => lost > 0)
            .map(({ atSeconds }) => ({ atSeconds: atSeconds + 0.5, colour: "bad" as const })),
        panels: [
            requests(variant, axes),
            losses(variant, axes),
            ...retries(variant, axes),
            latency(variant, axes),
            replicas(variant, axes),
            pods(variant, axes),
        ],
    });
    return figure(variant.description, chart, byTheMinute(variant));
}

function points(variant: VariantResult, value: (second: SecondOfLoad) => number | undefined) {
    return variant.seconds.map((second) => ({ atSeconds: second.atSeconds, value: value(second) }));
}

function requests(variant: VariantResult, axes: Axes): SeriesPanel {
    return {
        kind: "series",
        title: "Requests per second",
        heightPixels: 70,
        yUntil: axes.requestsUntil,
        format: format.count,
        series: [
            { kind: "area", name: "requests", colour: "muted", points: points(variant, (second) => second.requests) },
        ],
    };
}

function losses(variant: VariantResult, axes: Axes): SeriesPanel {
    return {
        kind: "series",
        title: "Lost per second",
        heightPixels: 60,
        yUntil: axes.lostUntil,
        format: format.count,
        series: [{ kind: "marks", name: "lost", colour: "bad", points: points(variant, (second) => second.lost) }],
    };
}

/** Where no variant had any, there is no panel. */
function retries(variant: VariantResult, axes: Axes): readonly SeriesPanel[] {
    if (axes.retriedUntil === 0) return [];
    return [
        {
            kind: "series",
            title: "Hidden retries per second",
            heightPixels: 40,
            yUntil: axes.retriedUntil,
            format: format.count,
            series: [
                {
                    kind: "marks",
                    name: "retried",
                    colour: "series6",
                    points: points(variant, (second) => second.retried),
                },
            ],
        },
    ];
}

function latency(variant: VariantResult, axes: Axes): SeriesPanel {
    return {
        kind: "series",
        title: "Latency",
        yScale: "log",
        yFrom: axes.latencyFromMs,
        yUntil: axes.latencyUntilMs,
        format: format.milliseconds,
        series: [
            { kind: "line", name: "p99", colour: "series2", points: points(variant, (second) => second.p99Ms) },
            { kind: "line", name: "p50", colour: "series1", points: points(variant, (second) => second.p50Ms) },
        ],
    };
}

function replicas(variant: VariantResult, axes: Axes): SeriesPanel {
    const of = (value: (at: VariantResult["replicas"][number]) => number) =>
        variant.replicas.map((at) => ({ atSeconds: at.atSeconds, value: value(at) }));
    return {
        kind: "series",
        title: "Replicas",
        heightPixels: 120,
        yUntil: axes.replicasUntil,
        format: format.count,
        series: [
            { kind: "step", name: "HPA's maximum", colour: "muted", isDashed: true, points: of(({ max }) => max) },
            { kind: "step", name: "HPA's minimum", colour: "muted", isDashed: true, points: of(({ min }) => min) },
            { kind: "step", name: "desired", colour: "series2", points: of(({ desired }) => desired) },
            { kind: "step", name: "ready", colour: "series1", points: of(({ ready }) => ready) },
        ],
    };
}

function pods(variant: VariantResult, axes: Axes): Panel {
    const names = shortNames(variant.pods);
    const bars = variant.pods.map((pod) => podBar(pod, names.get(pod) ?? pod.name, variant.lostRequests, axes.seconds));
    return {
        kind: "rows",
        title: `Pods (${format.count(variant.pods.length)})`,
        // Pods that follow one another closely would look like one.
        rows: packed(bars, axes.seconds / 300),
        phaseKinds: podPhases,
        markKinds: {
            firstServed: { name: "first request served", colour: "ink", shape: "tick" },
            lost: { name: "request lost", colour: "bad", shape: "cross" },
        },
    };
}

/** What the chart shows, for who cannot see it: 1,800 seconds would be no table that anybody reads. */
function byTheMinute(variant: VariantResult): Markup {
    const minutes = grouped(variant.seconds, ({ atSeconds }) => Math.floor(atSeconds / 60));
    const worst = (values: readonly (number | undefined)[]) => {
        const known = values.filter((value) => value !== undefined);
        return known.length === 0 ? undefined : Math.max(...known);
    };
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    const rows = [...minutes].map(([minute, within]) => {
        const [from, until] = [minute * 60, minute * 60 + 60];
        const lost = sum(within.map((second) => second.lost));
        const during = variant.events.filter((event) => event.fromSeconds < until && event.untilSeconds > from);
        const at = variant.replicas.findLast(({ atSeconds }) => atSeconds < until);
        return [
            format.clock(from),
            format.count(sum(within.map((second) => second.requests))),
            lost === 0 ? "0" : { content: format.count(lost), tone: "bad" as const },
            format.count(sum(within.map((second) => second.retried))),
            format.milliseconds(worst(within.map((second) => second.p50Ms))),
            format.milliseconds(worst(within.map((second) => second.p99Ms))),
            at === undefined ? format.absent : `${at.ready} of ${at.desired}`,
            format.count(variant.pods.filter((pod) => isTerminating(pod, from, until)).length),
            during.map(({ title }) => title).join(", "),
        ];
    });
    const right = "right" as const;
    return table({
        caption: `${variant.title}, minute by minute; latencies are those of each minute's worst second, replicas those at its end`,
        columns: [
            { title: "From" },
            { title: "Requests", align: right },
            { title: "Lost", align: right },
            { title: "Hidden retries", align: right },
            { title: "p50", align: right },
            { title: "p99", align: right },
            { title: "Replicas ready", align: right },
            { title: "Pods terminating", align: right },
            { title: "Events" },
        ],
        rows,
    });
}

function isTerminating(pod: PodLife, fromSeconds: number, untilSeconds: number): boolean {
    const { terminatingAtSeconds: begins, goneAtSeconds: ends } = pod;
    return begins !== undefined && begins < untilSeconds && (ends ?? Infinity) > fromSeconds;
}
