/** What is made of samples taken in turn. */
import { median } from "../../common/median";

/** A median with the ends of what it stands for. */
export interface Spread {
    readonly median: number;
    readonly least: number;
    readonly most: number;
}

/** @throws where there is none */
export function spreadOf(values: readonly number[]): Spread {
    const middle = median(values);
    if (middle === undefined) throw new Error("There is no median of nothing.");
    return { median: middle, least: Math.min(...values), most: Math.max(...values) };
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
