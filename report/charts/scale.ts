/** From values to pixels and back to the values that stand beside an axis. */

/** Where a value lies, in pixels. What lies outside of the domain lies on its edge. */
export type Scale = (value: number) => number;

export interface Domain {
    readonly from: number;
    readonly until: number;
}

export function linearScale(domain: Domain, fromPixels: number, untilPixels: number): Scale {
    // A domain without width is one of a chart without data: everything at its beginning.
    const width = domain.until - domain.from || 1;
    return (value) => fromPixels + clamp((value - domain.from) / width) * (untilPixels - fromPixels);
}

/** For positive domains; what is not positive lies on the lower edge. */
export function logScale(domain: Domain, fromPixels: number, untilPixels: number): Scale {
    const linear = linearScale(
        { from: Math.log10(domain.from), until: Math.log10(domain.until) },
        fromPixels,
        untilPixels,
    );
    return (value) => (value > 0 ? linear(Math.log10(value)) : fromPixels);
}

const clamp = (share: number): number => Math.min(1, Math.max(0, share));

/**
 * Round values around the domain, about as many as asked for; the first and the last may lie outside of it. Where there
 * are only whole values, no tick lies between two of them.
 */
export function linearTicks(domain: Domain, about: number, isWhole: boolean): readonly number[] {
    const step = Math.max(roundStep((domain.until - domain.from) / about), isWhole ? 1 : 0);
    const first = Math.floor(domain.from / step);
    const last = Math.ceil(domain.until / step - 1e-9);
    return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** 1, 2 or 5 times a power of ten, and no less than asked for. */
function roundStep(least: number): number {
    if (!(least > 0)) return 1;
    const power = 10 ** Math.floor(Math.log10(least));
    return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least * 0.999) ?? 10 * power;
}

/** The powers of ten around the domain. */
export function logTicks(domain: Domain): readonly number[] {
    const first = Math.floor(Math.log10(domain.from) + 1e-9);
    const last = Math.max(first + 1, Math.ceil(Math.log10(domain.until) - 1e-9));
    return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
}

const timeStepsSeconds = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
];

/** Steps that clocks have, at most as many ticks as asked for, none outside of the domain. */
export function timeTicks(domain: Domain, atMost: number): readonly number[] {
    const width = domain.until - domain.from;
    const step = timeStepsSeconds.find((each) => width / each <= atMost) ?? roundStep(width / atMost);
    const first = Math.ceil(domain.from / step);
    const last = Math.floor(domain.until / step);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step);
}
