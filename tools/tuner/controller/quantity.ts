/** Kubernetes quantities, k8s.io/apimachinery/pkg/api/resource: "100m", "1.5", "2Gi", "1e3", or a plain number. */
import type { Quantity } from "./spec";

const binarySuffixes: Readonly<Record<string, bigint>> = {
    Ki: 2n ** 10n,
    Mi: 2n ** 20n,
    Gi: 2n ** 30n,
    Ti: 2n ** 40n,
    Pi: 2n ** 50n,
    Ei: 2n ** 60n,
};
const decimalExponents: Readonly<Record<string, number>> = {
    n: -9,
    u: -6,
    m: -3,
    k: 3,
    M: 6,
    G: 9,
    T: 12,
    P: 15,
    E: 18,
};

const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?\d{1,3}))?$/;

/** A quantity as digits * 10 ** exponent, with the binary suffix multiplied in. */
interface Decimal {
    readonly digits: bigint;
    readonly exponent: number;
}

/** undefined where it is no quantity. */
function parse(quantity: Quantity): Decimal | undefined {
    const match = pattern.exec(String(quantity));
    if (match === null) return undefined;
    const [, sign, whole = "", fraction = "", binary, decimal, exponent] = match;
    if (whole === "" && fraction === "") return undefined;
    let digits = BigInt(whole + fraction);
    if (sign === "-") digits = -digits;
    if (binary !== undefined) digits *= binarySuffixes[binary] ?? 1n;
    const shift = decimal === undefined ? Number(exponent ?? 0) : (decimalExponents[decimal] ?? 0);
    return { digits, exponent: shift - fraction.length };
}

/** -1, 0 or 1. NaN where it is no quantity. */
export function signOf(quantity: Quantity): number {
    const parsed = parse(quantity);
    if (parsed === undefined) return Number.NaN;
    return parsed.digits > 0n ? 1 : parsed.digits < 0n ? -1 : 0;
}

/**
 * A quantity in thousandths, rounded away from zero: `Quantity.MilliValue`. NaN where it is no quantity.
 */
export function milliValue(quantity: Quantity): number {
    const parsed = parse(quantity);
    if (parsed === undefined) return Number.NaN;
    const exponent = parsed.exponent + 3;
    if (exponent >= 0) return Number(parsed.digits * 10n ** BigInt(exponent));
    const divisor = 10n ** BigInt(-exponent);
    const quotient = parsed.digits / divisor;
    if (parsed.digits % divisor === 0n) return Number(quotient);
    return Number(parsed.digits > 0n ? quotient + 1n : quotient - 1n);
}

/**
 * A quantity as a double: `Quantity.AsApproximateFloat64` of what the API server stores, which is an integer and one of the
 * suffixes. It multiplies the two, so that 0.3 (stored as 300m) is 300 * 0.001. NaN where it is no quantity.
 */
export function approximateFloat64(quantity: Quantity): number {
    const parsed = parse(quantity);
    if (parsed === undefined) return Number.NaN;
    let { digits, exponent } = parsed;
    // Suffixes are three decimal places apart.
    for (; exponent % 3 !== 0; exponent--) digits *= 10n;
    for (; digits !== 0n && digits % 1000n === 0n; exponent += 3) digits /= 1000n;
    return exponent === 0 ? Number(digits) : Number(digits) * Number(`1e${exponent}`);
}
