/** What the promise costs and gains: the variant that it is about beside each of the others. */
import { format, markup, table, type Markup } from "../../html";
import type { Report, VariantResult } from "../model";
import { reference } from "./summary";

interface Measure {
    readonly title: string;
    readonly of: (variant: VariantResult) => number | undefined;
    readonly format: (value: number | undefined) => string;
}

const measures: readonly Measure[] = [
    {
        title: "Pod scheduled to first request served, median",
        of: ({ startup }) => startup.scheduledToFirstServedSeconds,
        format: format.seconds,
    },
    {
        title: "Pod scheduled to ready, median",
        of: ({ startup }) => startup.scheduledToReadySeconds,
        format: format.seconds,
    },
    {
        title: "HPA's decision to a new pod's first answer, median",
        of: ({ startup }) => startup.decisionToFirstServedSeconds,
        format: format.seconds,
    },
    {
        title: "Step in load to enough capacity",
        of: ({ events }) => events.find((event) => event.capacityAfterSeconds !== undefined)?.capacityAfterSeconds,
        format: format.seconds,
    },
    { title: "Latency p50", of: ({ totals }) => totals.latencyMs.p50, format: format.milliseconds },
    { title: "Latency p99", of: ({ totals }) => totals.latencyMs.p99, format: format.milliseconds },
    { title: "Latency p99.9", of: ({ totals }) => totals.latencyMs.p999, format: format.milliseconds },
    { title: "Latency, slowest", of: ({ totals }) => totals.latencyMs.max, format: format.milliseconds },
    {
        title: "Pod ready to its first request, median",
        of: ({ routing }) => routing.readyToFirstRequest?.medianSeconds,
        format: format.seconds,
    },
    {
        title: "Pod terminating to its last request, median",
        of: ({ routing }) => routing.terminatingToLastRequest?.medianSeconds,
        format: format.seconds,
    },
    { title: "Replica-seconds", of: ({ totals }) => totals.replicaSeconds, format: format.count },
];

/** Undefined where there is nothing to compare with. */
export function ratios(report: Report): Markup | undefined {
    const own = reference(report);
    const others = report.variants.filter((variant) => variant !== own);
    if (own === undefined || others.length === 0) return undefined;
    const right = "right" as const;
    return table({
        caption: "Below 1 × is less than the other has: faster, or cheaper",
        columns: [
            { title: "" },
            ...report.variants.map(({ title }) => ({ title, align: right })),
            ...others.map((other) => ({ title: `${own.title} ÷ ${other.title}`, align: right })),
        ],
        rows: measures.map((measure) => [
            measure.title,
            ...report.variants.map((variant) => measure.format(measure.of(variant))),
            ...others.map((other) => markup`<b>${format.ratio(measure.of(own), measure.of(other))}</b>`),
        ]),
    });
}
