/** The tables that every form of the report has, as texts: what was lost by variant, and by event and variant. */
import type { Verdict } from "../../html";
import { absent, count, decimal, milliseconds, plural, seconds } from "../../html/format";
import type { EventResult, Report, VariantResult } from "../model";

/** The variant that the promise is about; without it the last one, as variants go from nothing to everything. */
export function reference(report: Report): VariantResult | undefined {
    return report.variants.find(({ name }) => name === "ours") ?? report.variants.at(-1);
}

export const variantColumns = [
    "Variant",
    "Requests",
    "Lost",
    "Lost of the long ones",
    "Lost of slow clients",
    "Hidden retries",
    "p99",
    "Replica-seconds",
    "Scheduled to first served",
] as const;

/** "70 requests/s and 0.5 long requests/s for each variant". */
export function loadInWords({ load }: Report): string {
    return `${decimal(load.requestsPerSecond)} requests/s and ${decimal(load.longRequestsPerSecond)} long requests/s for each variant`;
}

/** Undefined where it is as much as a full drill's, or more. */
export function lessThanFull({ load }: Report): string | undefined {
    const rates = [
        ["requests/s", load.requestsPerSecond, load.full.requestsPerSecond],
        ["long requests/s", load.longRequestsPerSecond, load.full.longRequestsPerSecond],
        ["requests/s of each kind of slow client", load.slowRequestsPerSecond, load.full.slowRequestsPerSecond],
        ["requests/s more in scale-out", load.stepRequestsPerSecond, load.full.stepRequestsPerSecond],
    ] as const;
    const less = rates
        .filter(([, rate, full]) => rate < full)
        .map(([what, rate, full]) => `${decimal(rate)} of ${decimal(full)} ${what}`);
    return less.length === 0
        ? undefined
        : `With less load than a full drill, ${less.join(", ")}: these figures are not for setting beside a full drill's.`;
}

/** In the order of variantColumns. */
export function variantCells({ title, totals, startup }: VariantResult): readonly string[] {
    return [
        title,
        count(totals.requests),
        count(totals.lost),
        `${count(totals.longLost)} of ${count(totals.longRequests)}`,
        `${count(totals.slowClientLost)} of ${count(totals.slowClientRequests)}`,
        count(totals.retried),
        totals.requests === totals.lost ? absent : milliseconds(totals.latencyMs.p99),
        count(totals.replicaSeconds),
        seconds(startup.scheduledToFirstServedSeconds),
    ];
}

/** One event, and what it did to each variant; undefined where a variant did not have it. */
export interface EventRow {
    readonly title: string;
    readonly mayLose: string;
    readonly results: readonly (EventResult | undefined)[];
}

/** In the order of the first variant that has them. An event that happens twice has two rows. */
export function eventRows(report: Report): readonly EventRow[] {
    const keyed = report.variants.map((variant) => {
        const seen = new Map<string, number>();
        return new Map(
            variant.events.map((event) => {
                const nth = (seen.get(event.name) ?? 0) + 1;
                seen.set(event.name, nth);
                return [`${event.name} ${nth}`, event];
            }),
        );
    });
    const keys = new Set(keyed.flatMap((events) => [...events.keys()]));
    return [...keys].map((key) => {
        const results = keyed.map((events) => events.get(key));
        const first = results.find((result) => result !== undefined);
        return { title: first?.title ?? key, mayLose: first?.mayLose ?? absent, results };
    });
}

/** Lost while no event went on, or not known to have been lost in one: there is no excuse for these. */
export function lostWithoutEvent({ totals, events, lostRequests }: VariantResult): number {
    const known = new Set(events.map(({ name }) => name));
    const excused = lostRequests.filter((request) => request.events.some((name) => known.has(name)));
    return Math.max(0, totals.lost - excused.length);
}

/** What an event may lose is said before it. */
export function losesNoMoreThanAllowed(variant: VariantResult): boolean {
    return lostWithoutEvent(variant) === 0 && variant.events.every((event) => event.lost <= event.mayLoseAtMost);
}

/** The drill in one sentence, about the variant that the promise is about. */
export function verdictOf(report: Report): Verdict {
    const own = reference(report);
    if (own === undefined) return { tone: "doubtful", sentence: "Nothing was measured." };
    const sentence = `${losses(own)}, through ${plural(own.events.length, "event")}${excuse(own)}${comparison(report, own)}.`;
    if (!losesNoMoreThanAllowed(own)) return { tone: "bad", sentence };
    return report.doubts.length > 0
        ? { tone: "doubtful", sentence: `In doubt: ${sentence}` }
        : { tone: "good", sentence };
}

function losses({ title, totals }: VariantResult): string {
    const requests = plural(totals.requests, "request");
    const long = totals.longRequests === 0 ? undefined : count(totals.longRequests);
    if (totals.lost === 0)
        return `${title} lost none of ${requests}${long === undefined ? "" : `, ${long} of them long`}`;
    const longLost = long === undefined ? "" : `, ${count(totals.longLost)} of ${long} long ones among them`;
    return `${title} lost ${count(totals.lost)} of ${requests}${longLost}`;
}

function excuse(own: VariantResult): string {
    if (own.totals.lost === 0) return "";
    const steady = lostWithoutEvent(own);
    if (steady > 0) return `, ${count(steady)} while no event went on`;
    return losesNoMoreThanAllowed(own) ? ", no more than they may lose" : ", more than they may lose";
}

/** Of the others, who had the same load and the same events. */
function comparison(report: Report, own: VariantResult): string {
    const others = report.variants
        .filter((variant) => variant !== own)
        .sort((a, b) => a.totals.lost - b.totals.lost)
        .map(({ title, totals }) => `${title}: ${count(totals.lost)}`);
    return others.length === 0 ? "" : ` (${others.join("; ")})`;
}
