/** What a record comes to: in all, during an event, in each second. Pure. */
import type { Counts, Latency, SecondOfLoad } from "../model";
import type { RecordedRequest } from "./requestRecord";

/** Replicas are not known to who counts requests. */
export type RequestCounts = Omit<Counts, "replicaSeconds">;

/** Seconds since the drill began. `untilSeconds` itself is outside. */
export interface Interval {
    readonly fromSeconds: number;
    readonly untilSeconds: number;
}

export const always: Interval = { fromSeconds: -Infinity, untilSeconds: Infinity };

/**
 * Counts the requests of an interval: those that should have been sent in it, and of those sent before it the ones that
 * were lost in it. A long request that an event breaks is the event's loss, however long ago it was sent; one that an event
 * does not break is counted where it was sent. So events that follow each other, or overlap, may count the same loss: their
 * sum is no total.
 *
 * @param retriedIds of {@link retriedIds}; those that were lost nevertheless count as lost only
 */
export function countsOf(
    record: Iterable<RecordedRequest>,
    interval: Interval,
    retriedIds: ReadonlySet<string>,
): RequestCounts {
    const counts = { requests: 0, lost: 0, longRequests: 0, longLost: 0, retried: 0 };
    const latencies: number[] = [];
    for (const request of record) {
        const isOfIt = contains(interval, request.sentAtSeconds);
        if (!isOfIt && !(request.isLost && contains(interval, endOf(request)))) continue;
        counts.requests++;
        if (request.isLost) counts.lost++;
        if (request.isLong) counts.longRequests++;
        if (request.isLong && request.isLost) counts.longLost++;
        if (!request.isLost && retriedIds.has(request.id)) counts.retried++;
        if (hasLatency(request)) latencies.push(request.tookMilliseconds);
    }
    return { ...counts, latencyMs: latencyOf(latencies) };
}

/** Whether a request counts to an interval as {@link countsOf} counts it. */
export function isLostIn(interval: Interval, sentAtSeconds: number, tookMilliseconds: number): boolean {
    return contains(interval, sentAtSeconds) || contains(interval, sentAtSeconds + tookMilliseconds / 1000);
}

/**
 * One for each second from 0 on, without gaps. Each request is in the second in which it should have been sent, with its
 * loss; requests before the drill began or after its last second are in none.
 */
export function secondsOf(
    record: Iterable<RecordedRequest>,
    seconds: number,
    retriedIds: ReadonlySet<string>,
): readonly SecondOfLoad[] {
    const buckets = Array.from({ length: Math.ceil(seconds) }, () => ({
        requests: 0,
        lost: 0,
        retried: 0,
        latencies: [] as number[],
    }));
    for (const request of record) {
        const bucket = buckets[Math.floor(request.sentAtSeconds)];
        if (bucket === undefined) continue;
        bucket.requests++;
        if (request.isLost) bucket.lost++;
        else if (retriedIds.has(request.id)) bucket.retried++;
        if (hasLatency(request)) bucket.latencies.push(request.tookMilliseconds);
    }
    return buckets.map(({ latencies, ...bucket }, atSeconds) => {
        const sorted = Float64Array.from(latencies).sort();
        return { atSeconds, ...bucket, p50Ms: percentile(sorted, 50), p99Ms: percentile(sorted, 99) };
    });
}

function contains({ fromSeconds, untilSeconds }: Interval, atSeconds: number): boolean {
    return atSeconds >= fromSeconds && atSeconds < untilSeconds;
}

function endOf(request: RecordedRequest): number {
    return request.sentAtSeconds + request.tookMilliseconds / 1000;
}

/** A long one tells how long it was asked to wait, and a lost one nothing. */
function hasLatency(request: RecordedRequest): boolean {
    return !request.isLong && !request.isLost;
}

/** All 0 where nothing was answered. */
function latencyOf(latencies: readonly number[]): Latency {
    const sorted = Float64Array.from(latencies).sort();
    return { p50: percentile(sorted, 50) ?? 0, p99: percentile(sorted, 99) ?? 0, max: sorted.at(-1) ?? 0 };
}

/**
 * Nearest rank: the smallest value that so many per cent of the values do not exceed.
 *
 * @param sorted ascending
 */
export function percentile(sorted: Float64Array, percent: number): number | undefined {
    return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}
