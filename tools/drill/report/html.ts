/** report.html: the verdict, the variants side by side, each over time, and every request that was lost. */
import {
    format,
    markup,
    nothing,
    page,
    table,
    tiles,
    verdict,
    type Cell,
    type Markup,
    type Section,
    type Tone,
} from "../../html";
import type { EventResult, Report, VariantResult } from "../model";
import { lostRequests } from "./lostRequests";
import { dateOf, method } from "./method";
import { ratios } from "./ratios";
import {
    eventRows,
    lessThanFull,
    losesNoMoreThanAllowed,
    lostWithoutEvent,
    variantCells,
    variantColumns,
    verdictOf,
} from "./summary";
import { axesOf, timeline } from "./timeline";

/** One file that needs nothing else. */
export function html(report: Report): string {
    const { machine, variants } = report;
    const compared = ratios(report);
    return page({
        kind: "Drill",
        title: "Does scaling or deploying lose a request?",
        subtitle:
            `${dateOf(report.startedAt)}, Kubernetes ${machine.kubernetesVersion}, ` +
            (variants.length > 1
                ? `${variants.length} variants under the same load and the same events`
                : "one variant"),
        sections: [
            { id: "verdict", content: opening(report) },
            {
                id: "events",
                title: "Event by event",
                lead: "Lost requests of those that were under way during the event. Below, what was seen to happen.",
                content: eventTable(report),
            },
            {
                id: "time",
                title: "Over time",
                lead: "All variants on the same axes. Red lines are seconds in which a request was lost, figures above them how many were lost in a row; on a pod's bar a cross is what it lost.",
                content: timelines(report),
            },
            {
                id: "lost",
                title: "Lost requests",
                content: markup`${variants.map(lostRequests)}`,
            },
            ...(compared === undefined
                ? []
                : [{ id: "ratios", title: "Side by side", content: compared } satisfies Section]),
            { id: "method", title: "How it was measured", content: method(report) },
        ],
    });
}

function opening(report: Report): Markup {
    const doubts =
        report.doubts.length === 0
            ? nothing
            : markup`<p>What leaves it in doubt:</p><ul class="doubts">${report.doubts.map((doubt) => markup`<li>${doubt}</li>`)}</ul>`;
    const less = lessThanFull(report);
    return markup`${verdict(verdictOf(report))}${less === undefined ? nothing : markup`<p>${less}</p>`}${doubts}${tiles(
        report.variants.map((variant) => ({
            title: variant.title,
            figure: format.count(variant.totals.lost),
            unit: `of ${format.plural(variant.totals.requests, "request")} lost`,
            note: variant.description,
            tone: toneOf(variant),
        })),
    )}${variantTable(report.variants)}`;
}

function variantTable(variants: readonly VariantResult[]): Markup {
    return table({
        caption:
            "Hidden retries are answers that only a second pod gave, after the ingress had asked a first one: losses where the request is not one that may be sent twice.",
        columns: variantColumns.map((title, i) => ({ title, align: i === 0 ? "left" : "right" })),
        rows: variants.map((variant) => {
            const [title = "", requests = "", lost = "", long = "", slow = "", ...rest] = variantCells(variant);
            return [
                title,
                requests,
                { content: lost, tone: toneOf(variant) },
                { content: long, tone: variant.totals.longLost === 0 ? "good" : toneOf(variant) },
                { content: slow, tone: variant.totals.slowClientLost === 0 ? "good" : toneOf(variant) },
                ...rest,
            ];
        }),
    });
}

function toneOf(variant: VariantResult): Tone {
    if (variant.totals.lost === 0) return "good";
    return losesNoMoreThanAllowed(variant) ? "fair" : "bad";
}

function eventTable(report: Report): Markup {
    const rows = eventRows(report).map(({ title, mayLose, results }) => [
        title,
        mayLose,
        ...results.map((result) => (result === undefined ? format.absent : eventCell(result))),
    ]);
    const steady = report.variants.map((variant) => {
        const lost = lostWithoutEvent(variant);
        return { content: format.count(lost), tone: lost === 0 ? ("muted" as const) : ("bad" as const) };
    });
    return table({
        caption: "Red: more was lost than the event may lose. Yellow: something was lost, and it was allowed.",
        columns: [
            { title: "Event" },
            { title: "May lose" },
            ...report.variants.map(({ title }) => ({ title, align: "right" as const })),
        ],
        rows: [...rows, ["No event", "0", ...steady]],
    });
}

function eventCell(event: EventResult): Cell {
    const long = event.longLost > 0 ? `${format.count(event.longLost)} long; ` : "";
    return {
        content: event.lost === 0 ? "0" : `${format.count(event.lost)} of ${format.count(event.requests)}`,
        note: `${long}${event.happened}`,
        tone: event.lost > event.mayLoseAtMost ? "bad" : event.lost > 0 ? "fair" : "muted",
    };
}

function timelines(report: Report): Markup {
    const axes = axesOf(report);
    const drawn = report.variants.map(
        (variant) => markup`<h3 id="${`time-${variant.name}`}">${variant.title}</h3>${timeline(variant, axes)}
`,
    );
    return markup`${drawn}`;
}
