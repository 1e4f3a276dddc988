/** An outcome as plain numbers, which can go from thread to thread and into a file. */
import type { Outcome } from "./simulation";

/** Percentiles that an objective may name. */
export const percentiles = ["p50", "p90", "p95", "p99", "p99.9"] as const;
export type Percentile = (typeof percentiles)[number];

export interface Figures extends Omit<Outcome, "waits" | "worstHour"> {
    /** Of all requests of the trace. */
    readonly waitSeconds: Readonly<Record<Percentile, number>>;
    /** p99 of the worst hour, and when it begins: seconds since 1970. */
    readonly worstHourP99Seconds: number;
    readonly worstHourStartSeconds: number;
    /** Share of the requests, 0 to 1, that waited longer than the objective's limit. */
    readonly waitedShare: number;
    /** Refused or timed out, whole requests: fractions of one are the model's dust. */
    readonly lost: number;
}

export function figuresOf({ waits, worstHour, ...outcome }: Outcome, limitSeconds: number): Figures {
    const waitSeconds = Object.fromEntries(
        percentiles.map((name) => [name, waits.quantileSeconds(Number(name.slice(1)) / 100)]),
    ) as Record<Percentile, number>;
    return {
        ...outcome,
        waitSeconds,
        worstHourP99Seconds: worstHour.p99Seconds,
        worstHourStartSeconds: worstHour.startSeconds,
        waitedShare: waits.shareAbove(limitSeconds),
        lost: Math.round(outcome.refused + outcome.timedOut),
    };
}
