/** From values to pixels, and which values stand beside an axis. */

/** Where a value lies, in pixels. What lies outside of the axis lies on its edge. */
export type Scale = (value: number) => number;

export interface Domain {
    readonly from: number;
    readonly until: number;
}

export interface Axis {
    readonly ticks: readonly number[];
    readonly scale: (fromPixels: number, untilPixels: number) => Scale;
}

export function linearScale(domain: Domain, fromPixels: number, untilPixels: number): Scale {
    // A domain without width is one of a chart without data: everything at its beginning.
    const width = domain.until - domain.from || 1;
    return (value) => fromPixels + clamp((value - domain.from) / width) * (untilPixels - fromPixels);
}

const clamp = (share: number): number => Math.min(1, Math.max(0, share));

/**
 * An axis from one round value to another around the domain, with about as many ticks as asked for. Where there are only
 * whole values, no tick lies between two of them.
 */
export function linearAxis({ from, until }: Domain, about: number, isWhole: boolean): Axis {
    const step = Math.max(roundStep((until - from) / about), isWhole ? 1 : 0);
    const first = Math.floor(from / step + 1e-9);
    const last = Math.max(first + 1, Math.ceil(until / step - 1e-9));
    const ticks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
    const domain = { from: first * step, until: last * step };
    return { ticks, scale: (fromPixels, untilPixels) => linearScale(domain, fromPixels, untilPixels) };
}

/** 1, 2 or 5 times a power of ten, and no less than asked for. */
function roundStep(least: number): number {
    if (!(least > 0)) return 1;
    const power = 10 ** Math.floor(Math.log10(least));
    return [1, 2, 5].map((factor) => factor * power).find((step) => step >= least * 0.999) ?? 10 * power;
}

/**
 * An axis for what is never 0, a little longer than the domain. It has powers of ten as ticks, and 2 and 5 times them
 * where there would be few. What is not positive lies on its lower edge.
 */
export function logAxis({ from, until }: Domain): Axis {
    const powers = [Math.floor(Math.log10(from) + 1e-9), Math.floor(Math.log10(until) + 1e-9)] as const;
    const factors = powers[1] - powers[0] < 2 ? [1, 2, 5] : [1];
    const all = Array.from({ length: powers[1] - powers[0] + 1 }, (_, i) =>
        factors.map((factor) => factor * 10 ** (powers[0] + i)),
    ).flat();
    const first = all.findLast((tick) => tick <= from * 1.001) ?? from;
    const domain = { from: Math.log10(first), until: Math.log10(until * 1.15) };
    return {
        ticks: all.filter((tick) => tick >= first && tick <= until * 1.15),
        scale: (fromPixels, untilPixels) => {
            const linear = linearScale(domain, fromPixels, untilPixels);
            return (value) => (value > 0 ? linear(Math.log10(value)) : fromPixels);
        },
    };
}

const timeStepsSeconds = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
];

/** Steps that clocks have, at most as many ticks as asked for, none outside of the domain. */
export function timeTicks(domain: Domain, atMost: number): readonly number[] {
    const width = domain.until - domain.from;
    const step = timeStepsSeconds.find((each) => width / each <= atMost) ?? roundStep(width / atMost);
    const first = Math.ceil(domain.from / step);
    const last = Math.floor(domain.until / step);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step);
}
