/** What recurs in some weeks of traffic, as a schedule of replicas. */
import { median } from "../../common/median";
import { forEachLocalMinute, lastMinute, type Schedule, type ScheduleWindow } from "../plant/schedule";
import { tickSeconds, type Traffic } from "../traffic/traffic";

/** Days of the week that are taken for alike, 0 is Sunday. */
export interface Grouping {
    readonly title: string;
    readonly groups: readonly (readonly number[])[];
}

export const groupings: readonly Grouping[] = [
    { title: "every day alike", groups: [[0, 1, 2, 3, 4, 5, 6]] },
    { title: "working days and weekends", groups: [[1, 2, 3, 4, 5], [0, 6]] }, // prettier-ignore
];

/** A peak that is shorter is the autoscaler's own. */
const peakSeconds = 300;

/** Of a day, at most: a trigger each. */
const mostWindows = 4;

/** Pods are there when the hour begins that they are for. */
const leadMinutes = 10;

const hours = 24;

/** The peaks of the hours of a day, requests per second: for each group the median of its days. */
export function dailyPeaks(
    { requestsPerSecond, startSeconds }: Pick<Traffic, "requestsPerSecond" | "startSeconds">,
    { groups }: Grouping,
    timeZone: string,
): readonly (readonly number[])[] {
    const peakTicks = peakSeconds / tickSeconds;
    /** By day of the trace and hour. */
    const days: { readonly day: number; readonly peaks: number[] }[] = [];
    let sum = 0;
    let last = { day: NaN, minute: 0 };
    forEachLocalMinute(timeZone, startSeconds, requestsPerSecond.length, (tick, day, minute) => {
        sum += (requestsPerSecond[tick] ?? 0) - (requestsPerSecond[tick - peakTicks] ?? 0);
        if (day !== last.day) days.push({ day, peaks: new Array<number>(hours).fill(NaN) });
        last = { day, minute };
        const { peaks = [] } = days.at(-1) ?? {};
        const hour = Math.floor(minute / 60);
        const rate = sum / Math.min(peakTicks, tick + 1);
        peaks[hour] = Number.isNaN(peaks[hour]) ? rate : Math.max(peaks[hour] ?? 0, rate);
    });
    return groups.map((group) =>
        Array.from(
            { length: hours },
            (_, hour) =>
                median(
                    days
                        .filter(({ day }) => group.includes(day))
                        .map(({ peaks }) => peaks[hour] ?? NaN)
                        .filter((peak) => !Number.isNaN(peak)),
                ) ?? 0,
        ),
    );
}

/**
 * Replicas for these peaks.
 *
 * @param podRate requests per second that a pod is to have
 * @param minReplicas what there is anyway
 */
export function scheduleFor(
    peaks: readonly (readonly number[])[],
    { groups }: Grouping,
    timeZone: string,
    podRate: number,
    minReplicas: number,
    maxReplicas: number,
): Schedule {
    const windows = groups.flatMap((days, i): readonly ScheduleWindow[] =>
        segmentsOf(
            (peaks[i] ?? []).map((peak) => Math.min(maxReplicas, Math.max(minReplicas, Math.ceil(peak / podRate)))),
        )
            .filter(({ replicas }) => replicas > minReplicas)
            .map(({ from, until, replicas }) => ({
                days,
                fromMinute: Math.max(0, from * 60 - leadMinutes),
                untilMinute: Math.min(lastMinute, until * 60),
                replicas,
            })),
    );
    return { timeZone, windows };
}

interface Segment {
    readonly from: number;
    readonly until: number;
    readonly replicas: number;
}

/** Hours with as many replicas, in so few pieces that each is worth a trigger: what costs least to be joined is. */
function segmentsOf(replicas: readonly number[]): readonly Segment[] {
    let segments: readonly Segment[] = replicas.map((count, hour) => ({
        from: hour,
        until: hour + 1,
        replicas: count,
    }));
    for (;;) {
        const costs = segments.slice(1).map((right, i) => {
            const left = segments[i] ?? right;
            return Math.abs(left.replicas - right.replicas) * lengthOf(left.replicas < right.replicas ? left : right);
        });
        const least = Math.min(...costs);
        if (costs.length === 0 || (least > 0 && segments.length <= mostWindows)) return segments;
        const at = costs.indexOf(least);
        segments = segments.flatMap((segment, i) => {
            const next = segments[i + 1];
            if (i === at + 1) return [];
            if (i !== at || next === undefined) return [segment];
            return [{ from: segment.from, until: next.until, replicas: Math.max(segment.replicas, next.replicas) }];
        });
    }
}

const lengthOf = ({ from, until }: Segment): number => until - from;
