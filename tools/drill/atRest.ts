/** The load with nothing disturbed, before anything counts: what a machine cannot carry, or nobody answers, is not drilled. */
import type { RequestResult } from "./load";
import { whyNotCarried } from "./load/carried";
import { loadsOf, shortRequests, type LoadOfVariantsOptions } from "./loadOfVariants";

/** For each try. */
const restSeconds = 10;
/** Less is never too much, and tells nothing: a kind of request that is a tenth of it comes every 25 s. */
const leastRate = 0.4;

export interface AtRestOptions extends Pick<
    LoadOfVariantsOptions,
    "vegetaPath" | "isLab" | "url" | "variants" | "requestsPerSecond" | "page"
> {
    /** That are to be drilled, tried here or not. */
    readonly variantCount: number;
}

/**
 * Takes half a minute at most, and that only where it is not carried.
 *
 * @throws {NotCarriedError} and where a load generator fails; the signal's reason
 */
export async function requireCarried(
    options: AtRestOptions,
    signal: AbortSignal,
    seconds = restSeconds,
): Promise<void> {
    signal.throwIfAborted();
    const { requestsPerSecond, variantCount, variants } = options;
    if (requestsPerSecond < leastRate) return;
    const results = new Map<string, RequestResult[]>(variants.map(({ name }) => [name, []]));
    const begun = performance.now();
    const loads = loadsOf(
        options,
        (name) => [{ ...shortRequests(options.page), name: `${name}-rest`, requestsPerSecond, seconds }],
        (name, result) => results.get(name)?.push(result),
    );
    const kill = () => {
        for (const load of loads) load.kill().catch(() => undefined);
    };
    signal.addEventListener("abort", kill);
    const ends = await Promise.allSettled(loads.map((load) => load.ended()));
    signal.removeEventListener("abort", kill);
    signal.throwIfAborted();
    const failed = ends.find((end) => end.status === "rejected");
    // One that has sent for all of the time, and is not done in time, is ended: what it has told until then says why.
    const isOver = performance.now() - begun > seconds * 1000;
    const notCarried =
        failed === undefined || isOver
            ? whyNotCarried({ results, requestsPerSecond, seconds, variantCount })
            : undefined;
    if (notCarried !== undefined) throw notCarried;
    if (failed !== undefined) throw failed.reason;
}
