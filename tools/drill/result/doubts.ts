/** What makes a drill's figures worth less, in sentences. */
import type { EventTime } from "../events/event";
import { count, plural } from "../../html/format";
import type { VariantResult } from "../model";

/** Of the ingress log's lines, the share that must be there to count retries by. */
const neededLogShare = 0.99;
const mostLateShare = 0.01;

/** A baseline that loses nothing says that the drill is too soft, but where none of its pods was touched. */
export function tooSoft(
    variants: readonly Pick<VariantResult, "name" | "title" | "totals" | "pods">[],
): readonly string[] {
    return variants.flatMap(({ name, title, totals, pods }) => {
        const lost = { none: totals.lost, "write-up": totals.longLost }[name];
        const isTouched = pods.some(({ terminatingAtSeconds }) => terminatingAtSeconds !== undefined);
        return lost === 0 && isTouched
            ? [`${title}: nothing was lost that should have been, so this drill is too soft.`]
            : [];
    });
}

/** Without a loss, so few leave it open whether one of a hundred is lost. */
const fewest = 300;

/** Of the variant that the promise is about: no wonder that few requests lose nothing. */
export function tooFew({
    title,
    totals: { requests, lost },
}: Pick<VariantResult, "title" | "totals">): readonly string[] {
    return lost > 0 || requests >= fewest
        ? []
        : [`${title}: ${plural(requests, "request")} without a loss ${requests === 1 ? "is" : "are"} too few to tell.`];
}

/** @param late of the requests, those that the load's own machine sent more than a second late */
export function sentLate(requests: number, late: number): readonly string[] {
    return late <= requests * mostLateShare
        ? []
        : [
              `${count(late)} of ${plural(requests, "request")} were sent more than a second late: the machine was too slow for ` +
                  "this load, and latencies are its own.",
          ];
}

/** An event that did not happen, by what it said itself. */
export function notHappened(
    events: readonly EventTime[],
    variants: readonly Pick<VariantResult, "name" | "title">[],
): readonly string[] {
    return events.flatMap(({ event, changes, failure }) => [
        ...(failure === undefined ? [] : [`${event.title}: ${failure}`]),
        ...variants.flatMap(({ name, title }) => {
            const change = changes.get(name);
            const doubt = change === undefined ? undefined : event.doubt(change);
            return doubt === undefined ? [] : [`${event.title}; ${title}: ${doubt}.`];
        }),
    ]);
}

/** @param logged requests that the ingress log told of */
export function incompleteLog(title: string, requests: number, logged: number): readonly string[] {
    return logged >= requests * neededLogShare
        ? []
        : [`${title}: the ingress log has ${logged} of ${requests} requests, so retries may be missing.`];
}
