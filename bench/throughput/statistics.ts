/** What is made of samples taken in turn. */

/** A median with the ends of what it stands for. */
export interface Spread {
    readonly median: number;
    readonly least: number;
    readonly most: number;
}

/** @throws where there is none */
export function spreadOf(values: readonly number[]): Spread {
    const sorted = [...values].sort((a, b) => a - b);
    const [least, most] = [sorted[0], sorted.at(-1)];
    const lower = sorted[Math.floor((sorted.length - 1) / 2)];
    const upper = sorted[Math.floor(sorted.length / 2)];
    if (least === undefined || most === undefined || lower === undefined || upper === undefined) {
        throw new Error("There is no median of nothing.");
    }
    return { median: (lower + upper) / 2, least, most };
}

/**
 * Ratios of two series, round by round: what slows a machine down for a while slows both of a round down.
 *
 * @throws where they have not the same rounds
 */
export function ratios(series: readonly number[], reference: readonly number[]): readonly number[] {
    if (series.length !== reference.length) {
        throw new Error(`${series.length} rounds cannot be compared with ${reference.length}.`);
    }
    return series.map((value, round) => value / (reference[round] ?? NaN));
}
