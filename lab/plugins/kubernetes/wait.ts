/** Waiting for objects to become ready, or to be gone. */
import { at, listAt, textAt, type Properties } from "../rpc/values";
import type { KubeClient } from "./client";
import { problemsOf, readinessOf, type Readiness } from "./readiness";

export interface WaitOptions {
    readonly client: KubeClient;
    /** Of the object. */
    readonly path: string;
    readonly timeoutSeconds: number;
    /** Aborted when the engine asks to stop. */
    readonly signal: AbortSignal;
    /** Shown in the object's line. */
    readonly report: (status: string) => void;
}

/** Much is done in a moment, and what is not may take long. */
const firstPauseSeconds = 0.1;
const longestPauseSeconds = 0.8;

export class WaitError extends Error {
    constructor(
        message: string,
        /** Causes, one a line. */
        readonly problems: readonly string[],
        /** The object as it was seen last. */
        readonly live: Properties,
    ) {
        super(message);
    }
}

/** Returns the ready object. */
export async function untilReady(first: Properties, options: WaitOptions): Promise<Properties> {
    const { client, path, timeoutSeconds, signal, report } = options;
    const deadline = performance.now() + timeoutSeconds * 1000;
    let live = first;
    let told = "";
    for (let pauseSeconds = firstPauseSeconds; ; pauseSeconds = longer(pauseSeconds)) {
        const readiness: Readiness = await readinessOf(live, client);
        if (readiness.state === "ready") return live;
        const fail = async (message: string) => new WaitError(message, await problemsOf(live, client), live);
        if (readiness.state === "failed") throw await fail(readiness.why);
        if (performance.now() > deadline) {
            throw await fail(`Not ready after ${timeoutSeconds} s; it waits for ${readiness.for}.`);
        }
        if (readiness.for !== told && pauseSeconds > firstPauseSeconds) {
            told = readiness.for;
            report(`waits for ${told}`);
        }
        if (signal.aborted) throw new WaitError("Cancelled while it was waited for.", [], live);
        await pause(pauseSeconds, signal);
        live = (await client.find(path)) ?? live;
    }
}

/** Ends when the object is gone, or another one has its name. */
export async function untilGone(first: Properties, options: WaitOptions): Promise<void> {
    const { client, path, timeoutSeconds, signal, report } = options;
    const deadline = performance.now() + timeoutSeconds * 1000;
    const uid = textAt(first, "metadata", "uid");
    for (let pauseSeconds = firstPauseSeconds; ; pauseSeconds = longer(pauseSeconds)) {
        const live = await client.find(path);
        if (live === undefined || (uid !== undefined && textAt(live, "metadata", "uid") !== uid)) return;
        if (performance.now() > deadline) {
            throw new WaitError(`Not gone after ${timeoutSeconds} s. ${whatHoldsIt(live)}`, [], live);
        }
        if (signal.aborted) {
            throw new WaitError(`Cancelled while its end was waited for. ${whatHoldsIt(live)}`, [], live);
        }
        if (pauseSeconds === longestPauseSeconds) report("waits for its end");
        await pause(pauseSeconds, signal);
    }
}

function whatHoldsIt(live: Properties): string {
    const finalizers = [...listAt(live, "metadata", "finalizers"), ...listAt(live, "spec", "finalizers")].filter(
        (finalizer) => typeof finalizer === "string",
    );
    // A namespace says what is left in it, and which API does not answer.
    const conditions = listAt(live, "status", "conditions")
        .filter((condition) => at(live, "kind") === "Namespace" && at(condition, "status") === "True")
        .map((condition) => textAt(condition, "message") ?? "");
    return [
        ...(finalizers.length === 0 ? [] : [`These finalizers hold it: ${finalizers.join(", ")}.`]),
        ...conditions,
    ].join(" ");
}

function longer(pauseSeconds: number): number {
    return Math.min(2 * pauseSeconds, longestPauseSeconds);
}

function pause(seconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
        const timer = setTimeout(end, seconds * 1000);
        function end() {
            clearTimeout(timer);
            signal.removeEventListener("abort", end);
            resolve();
        }
        signal.addEventListener("abort", end);
    });
}
