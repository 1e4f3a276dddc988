/** What a run measured, as it is written as JSON, and what follows from it. */
import { ratios, spreadOf, type Spread } from "./statistics";
import type { Load, Sample } from "./wrk";

export interface Report {
    /** ISO 8601. */
    readonly date: string;
    readonly command: string;
    readonly machine: Machine;
    readonly load: Load & { readonly rounds: number };
    readonly comparisons: readonly Comparison[];
    readonly sweeps: readonly Sweep[];
}

export interface Machine {
    readonly cpu: string;
    readonly cores: number;
    readonly kernel: string;
    /** Of all cores' time, just before: what else the machine did. */
    readonly busyShareBefore: number;
}

/** Round by round. */
export type Series = readonly Sample[];

/** Two ways to the same page. */
export interface Comparison {
    readonly title: string;
    readonly page: string;
    readonly measured: { readonly name: string; readonly samples: Series };
    readonly reference: { readonly name: string; readonly samples: Series };
    /** Requests per second, measured ÷ reference. */
    readonly ratio: Spread;
    /** Undefined where the ratio is only there to explain. */
    readonly atLeast: number | undefined;
}

/** One page with ever more workers. */
export interface Sweep {
    readonly page: string;
    /** CPU limit of php-fpm, a quantity. */
    readonly cpu: string;
    readonly results: readonly { readonly maxChildren: number; readonly samples: Series }[];
    /** What our rule chooses. */
    readonly chosen: number;
    /** With the highest median. */
    readonly best: number;
    /** Requests per second, chosen ÷ best. */
    readonly ratio: Spread;
    readonly atLeast: number;
}

export const speeds = (samples: Series): readonly number[] => samples.map(({ requestsPerSecond }) => requestsPerSecond);

export function comparison(input: Omit<Comparison, "ratio">): Comparison {
    return { ...input, ratio: spreadOf(ratios(speeds(input.measured.samples), speeds(input.reference.samples))) };
}

/** @throws where the chosen one was not measured */
export function sweep(input: Omit<Sweep, "best" | "ratio">): Sweep {
    const byMedian = (a: Sweep["results"][number], b: Sweep["results"][number]) =>
        spreadOf(speeds(b.samples)).median - spreadOf(speeds(a.samples)).median;
    const best = [...input.results].sort(byMedian)[0];
    const chosen = input.results.find(({ maxChildren }) => maxChildren === input.chosen);
    if (best === undefined || chosen === undefined) throw new Error(`${input.chosen} workers were not measured.`);
    return { ...input, best: best.maxChildren, ratio: spreadOf(ratios(speeds(chosen.samples), speeds(best.samples))) };
}

/** What has no target is always met. */
export function isMet({ ratio, atLeast }: Pick<Comparison, "ratio" | "atLeast">): boolean {
    return atLeast === undefined || ratio.median >= atLeast;
}

export function areTargetsMet({ comparisons, sweeps }: Report): boolean {
    return [...comparisons, ...sweeps].every(isMet);
}
