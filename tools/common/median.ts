/** The value in the middle, or the mean of the two in the middle; undefined where there is none. */
export function median(values: readonly number[]): number | undefined {
    const sorted = [...values].sort((a, b) => a - b);
    const middle = Math.floor(sorted.length / 2);
    const upper = sorted[middle];
    if (upper === undefined || sorted.length % 2 === 1) return upper;
    return ((sorted[middle - 1] ?? upper) + upper) / 2;
}
