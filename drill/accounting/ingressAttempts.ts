/** What the ingress's log knows of requests that the client does not. Pure. */
import { type IngressLogEntry, queryParameter } from "../../common/ingressNginxLog";

/** Of one id. */
export interface IngressAttempts {
    /** Pods' addresses that it was sent to, in that order. */
    readonly upstreamAddresses: readonly string[];
    /** How often the ingress got it: more than once where a client sends it again. The drill's own does not. */
    readonly timesReceived: number;
}

/** By the id in the request's query. What has none is left out: probes, other people's requests. */
export function attemptsById(entries: Iterable<IngressLogEntry>): ReadonlyMap<string, IngressAttempts> {
    const attempts = new Map<string, IngressAttempts>();
    for (const { requestLine, upstreamAddresses } of entries) {
        const id = queryParameter(requestLine, "id");
        if (id === undefined) continue;
        const before = attempts.get(id);
        attempts.set(id, {
            upstreamAddresses: [...(before?.upstreamAddresses ?? []), ...upstreamAddresses],
            timesReceived: (before?.timesReceived ?? 0) + 1,
        });
    }
    return attempts;
}

/** Ids of requests that took more than one try at a pod: losses that the ingress hides from the client. */
export function retriedIds(attempts: ReadonlyMap<string, IngressAttempts>): ReadonlySet<string> {
    return idsWhere(attempts, ({ upstreamAddresses }) => upstreamAddresses.length > 1);
}

/** Ids that reached the ingress more than once: losses that the client hides. Empty, or the drill proves nothing. */
export function repeatedIds(attempts: ReadonlyMap<string, IngressAttempts>): ReadonlySet<string> {
    return idsWhere(attempts, ({ timesReceived }) => timesReceived > 1);
}

function idsWhere(
    attempts: ReadonlyMap<string, IngressAttempts>,
    holds: (attempts: IngressAttempts) => boolean,
): ReadonlySet<string> {
    return new Set([...attempts].filter(([, each]) => holds(each)).map(([id]) => id));
}
