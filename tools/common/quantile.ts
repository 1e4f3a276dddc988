/**
 * The smallest value that so many of the values are not above; 0 where there is none.
 *
 * @param sorted ascending
 * @param share 0 to 1
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
    return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
