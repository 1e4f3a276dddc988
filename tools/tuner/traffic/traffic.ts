/** What a service was asked for, in steps as long as those of the HPA controller. */

/** The HPA controller looks every 15 s (--horizontal-pod-autoscaler-sync-period), so nothing finer decides. */
export const tickSeconds = 15;

export interface Traffic {
    /** Start of the first tick, seconds since 1970 by the trace's own clock. */
    readonly startSeconds: number;
    /** Mean of each tick. On shared memory, so that threads need no copy. */
    readonly requestsPerSecond: Float64Array<SharedArrayBuffer>;
    /** php-fpm's CPU per request, mean of each tick; undefined where the trace does not tell. */
    readonly cpuSecondsPerRequest: Float64Array<SharedArrayBuffer> | undefined;
    /** How long a worker is taken up by a request, mean over the trace; undefined where the trace does not tell. */
    readonly requestSeconds: number | undefined;
    /** What a reader should know of the trace: gaps, clock changes, what was left out. Sentences. */
    readonly notes: readonly string[];
}

/** The trace is not one. The message says where, what is wrong and how to mend it. */
export class TraceError extends Error {}

/** Where something stands: "traffic.csv:17". */
export const at = (source: string, line: number): string => `${source}:${line}`;

/** A length of time for people: "45 s", "12 min", "3.5 h", "14 days". */
export function describeSeconds(seconds: number): string {
    if (seconds < 120) return `${round(seconds)} s`;
    if (seconds < 7200) return `${round(seconds / 60)} min`;
    if (seconds < 48 * 3600) return `${round(seconds / 3600)} h`;
    return `${round(seconds / 86_400)} days`;
}

const round = (value: number): number => (value < 10 ? Math.round(value * 10) / 10 : Math.round(value));

/** "2026-11-24 09:15:00", as the trace's clock has it. */
export function describeTime(epochSeconds: number): string {
    return new Date(epochSeconds * 1000).toISOString().slice(0, 19).replace("T", " ");
}

/** The same traffic, `factor` times as much of it. */
export function scaled(traffic: Traffic, factor: number): Traffic {
    const requestsPerSecond = sharedArray(traffic.requestsPerSecond.length);
    for (let i = 0; i < requestsPerSecond.length; i++) {
        requestsPerSecond[i] = (traffic.requestsPerSecond[i] ?? 0) * factor;
    }
    return { ...traffic, requestsPerSecond };
}

export function sharedArray(length: number): Float64Array<SharedArrayBuffer> {
    return new Float64Array(new SharedArrayBuffer(length * Float64Array.BYTES_PER_ELEMENT));
}
