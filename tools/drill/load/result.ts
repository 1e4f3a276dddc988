import type { Verdict } from "./judge";
import type { Attack, Pace } from "./stream";

/** What became of one request. */
export interface RequestResult {
    /** `<stream>-<number>`, unique within a load. */
    readonly id: string;
    /** Name of its stream. */
    readonly stream: string;
    /** Its stream waits in the service. */
    readonly isLong: boolean;
    /** How its client took its time; undefined where it was as quick as it could be. */
    readonly pace: Pace["kind"] | undefined;
    /** Epoch milliseconds, by the constant rate. */
    readonly shouldHaveBeenSentAtMilliseconds: number;
    /** Epoch milliseconds. Later than it should have been where the machine that makes the load is too busy. */
    readonly sentAtMilliseconds: number;
    /** Until the whole answer or its loss, from when it should have been sent: slow answers hide no others. */
    readonly tookMilliseconds: number;
    /** Epoch milliseconds, when this process was told. Later than it was over where this process is too busy. */
    readonly heardAtMilliseconds: number;
    /** HTTP status; undefined where there was no whole answer. */
    readonly status: number | undefined;
    /** Anything but the right and whole answer within the deadline. */
    readonly isLost: boolean;
    /** Why it is lost, in a few words: "502", "connection reset"; undefined where it is not. */
    readonly error: string | undefined;
    /** That answered, by its own account; undefined where it is lost, or does not tell. */
    readonly pod: string | undefined;
}

/** Epoch milliseconds; the latency from when it was sent. */
export interface Times {
    readonly dueAtMs: number;
    readonly sentAtMs: number;
    readonly latencyMs: number;
}

/** @param code HTTP status; 0 where there was no whole answer */
export function resultOf(
    id: string,
    { stream }: Attack,
    { dueAtMs, sentAtMs, latencyMs }: Times,
    code: number,
    verdict: Verdict,
): RequestResult {
    return {
        id,
        stream: stream.name,
        isLong: (stream.waitSeconds ?? 0) > 0,
        pace: stream.pace?.kind,
        shouldHaveBeenSentAtMilliseconds: dueAtMs,
        sentAtMilliseconds: sentAtMs,
        tookMilliseconds: sentAtMs - dueAtMs + latencyMs,
        heardAtMilliseconds: Date.now(),
        status: code === 0 ? undefined : code,
        isLost: "error" in verdict,
        error: "error" in verdict ? verdict.error : undefined,
        pod: "pod" in verdict ? verdict.pod : undefined,
    };
}
