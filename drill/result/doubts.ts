/** What makes a drill's figures worth less, in sentences. */
import type { EventTime } from "../events/event";
import type { VariantResult } from "../model";

/** Of the ingress log's lines, the share that must be there to count retries by. */
const neededLogShare = 0.99;

/** A baseline that loses nothing says that the drill is too soft. */
export function tooSoft(variants: readonly VariantResult[]): readonly string[] {
    return variants.flatMap(({ name, title, totals }) => {
        const lost = { none: totals.lost, "write-up": totals.longLost }[name];
        return lost === 0 ? [`${title}: nothing was lost that should have been, so this drill is too soft.`] : [];
    });
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
