/** Waiting that ends, and that says what it waits for. */
import { setTimeout as sleep } from "node:timers/promises";

export interface Wait {
    /** What is waited for, as it stands: "pod web-1 to be ready". */
    readonly pending: () => string;
    /** The longest. */
    readonly seconds: number;
    /** Default 100. */
    readonly pollMilliseconds?: number;
    readonly signal?: AbortSignal;
}

/**
 * Looks until there is something, and returns it.
 *
 * @throws after the time, with what is pending; the signal's reason as soon as it is aborted
 */
export async function until<T>(
    look: () => T | false | undefined | Promise<T | false | undefined>,
    { pending, seconds, pollMilliseconds = 100, signal }: Wait,
): Promise<T> {
    const deadline = performance.now() + seconds * 1000;
    for (;;) {
        signal?.throwIfAborted();
        const found = await look();
        if (found !== undefined && found !== false) return found;
        if (performance.now() > deadline) throw new Error(`After ${seconds} s still waiting for ${pending()}.`);
        await sleep(pollMilliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    }
}

/** Between two lines about the same wait. */
const tellSeconds = 30;

/** Returns what the work does; until then it says every half minute how long that has taken, and what is pending. */
export async function told<T>(
    work: Promise<T>,
    pending: () => string,
    say: (line: string) => void,
    everySeconds = tellSeconds,
): Promise<T> {
    const begun = performance.now();
    const timer = setInterval(() => {
        say(`  ${Math.round((performance.now() - begun) / 1000)} s: waiting for ${pending()}`);
    }, everySeconds * 1000);
    try {
        return await work;
    } finally {
        clearInterval(timer);
    }
}
