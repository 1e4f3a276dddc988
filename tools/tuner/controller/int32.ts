/** Arithmetic of the Go code where it is not that of JavaScript. */

const minInt32 = -(2 ** 31);
const maxInt32 = 2 ** 31 - 1;

/** int32(x) of a double on amd64: towards zero, and the least number for all that does not fit, NaN included. */
export function toInt32(x: number): number {
    return x > minInt32 - 1 && x < maxInt32 + 1 ? Math.trunc(x) | 0 : minInt32;
}

/**
 * int32(total * 100 / whole) of int64: a percentage, towards zero.
 *
 * @param whole not 0
 */
export function percentage(total: number, whole: number): number {
    const product = total * 100;
    if (Number.isSafeInteger(product)) return Math.trunc(product / whole) | 0;
    return Number(BigInt.asIntN(32, (BigInt(total) * 100n) / BigInt(whole)));
}
