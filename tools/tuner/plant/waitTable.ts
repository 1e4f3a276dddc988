/**
 * How long requests wait at each load that lasts, found once by playing them one by one: for pods in numbers that double, as
 * what reaches one of many pods in turn is more even than what reaches one of two.
 */
import { sharedArray } from "../traffic/traffic";
import { PodCapacity, type PodShape, type RequestShape } from "./podCapacity";
import { waitsByRequest } from "./requests";
import type { Spread } from "./spread";

/** Steady loads that are played. What is between two of them is mixed. */
export const loads = [0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95] as const;

/** From here on waits follow a straight line by 1 / (1 - load), which is truer than what a play of some minutes finds. */
const heavyLoad = 0.9;
const lineFrom = 0.7;

/** Numbers of pods that are played; others are taken as the nearest of them. */
const podCounts = [1, 2, 4, 16] as const;

/** Neighbouring waits differ by 5 %; what is between two of them is interpolated. */
const waitRatio = 1.05;
const waitSteps = 320;
/** Parts of what a full pod needs for one request. */
const leastPart = 1e-3;

const seed = 20;

/** Of one number of pods: by load and step of wait the share of the requests that wait longer, and the mean waits. */
interface Plays {
    readonly above: Float64Array<SharedArrayBuffer>;
    readonly means: Float64Array<SharedArrayBuffer>;
}

/** Plain data on shared memory, by place in podCounts: threads go on where others have begun. */
export type PlayedWaits = (Plays | undefined)[];

export class WaitTable {
    /** The least wait that is told from none. */
    readonly leastSeconds: number;
    private readonly capacity: PodCapacity;

    /** Of a pod that serves its most. */
    readonly requestsPerSecond: number;

    constructor(
        private readonly pod: PodShape,
        private readonly request: RequestShape,
        private readonly spread: Spread,
        private readonly played: PlayedWaits = [],
    ) {
        this.capacity = new PodCapacity(pod, request);
        this.requestsPerSecond = this.capacity.requestsPerSecond;
        this.leastSeconds = leastPart / this.requestsPerSecond;
    }

    /** The place of a number of pods; at random each pod has its own, however many there are. */
    placeOf(pods: number): number {
        if (this.spread.kind === "random" || pods <= 1) return 0;
        return pods < 3 ? 1 : pods < 8 ? 2 : 3;
    }

    /** Mean wait in seconds at a load of 0 to below 1. */
    meanSeconds(place: number, load: number): number {
        const { means } = this.at(place);
        const step = stepOf(load);
        const below = step < 0 ? 0 : (means[step] ?? 0);
        if (step === loads.length - 1) return (below * (1 - lastLoad)) / (1 - load);
        return below + ((means[step + 1] ?? 0) - below) * partOf(load, step);
    }

    /** Of so many requests at each played load, those that wait longer. */
    countAbove(place: number, requestsByStep: Float64Array, seconds: number): number {
        const { above } = this.at(place);
        const at = seconds <= this.leastSeconds ? 0 : Math.log(seconds / this.leastSeconds) / Math.log(waitRatio);
        const low = Math.floor(at);
        if (low >= waitSteps - 1) return 0;
        let sum = 0;
        for (let step = 0; step < loads.length; step++) {
            const requests = requestsByStep[step] ?? 0;
            if (requests === 0) continue;
            const from = step * waitSteps + low;
            const a = above[from] ?? 0;
            sum += requests * (a + ((above[from + 1] ?? 0) - a) * (at - low));
        }
        return sum;
    }

    /** For all numbers of pods but one, which hardly any setting has: threads then need not do it each for itself. */
    playAll(): void {
        for (let pods = 2; pods <= 16; pods *= 2) this.at(this.placeOf(pods));
    }

    private at(place: number): Plays {
        return (this.played[place] ??= this.play(podCounts[place] ?? 1));
    }

    private play(pods: number): Plays {
        const above = sharedArray(loads.length * waitSteps);
        const means = sharedArray(loads.length);
        const samples = loads.map((load, step) => {
            const service = {
                pod: this.pod,
                request: this.request,
                pods,
                spread: this.spread,
                requestsPerSecond: load * pods * this.capacity.requestsPerSecond,
            };
            const requests = requestsAt(load);
            const waits = waitsByRequest(service, requests, requests / 10, seed + step);
            means[step] = waits.reduce((a, b) => a + b, 0) / requests;
            return waits;
        });
        const line = lineThrough(means);
        samples.forEach((waits, step) => {
            const load = loads[step] ?? 0;
            const played = means[step] ?? 0;
            const mean = load <= heavyLoad ? played : line(load) / (1 - load);
            means[step] = mean;
            const mine = above.subarray(step * waitSteps, (step + 1) * waitSteps);
            this.count(waits, played === 0 ? 1 : mean / played, mine);
            if (load >= straightLoad) this.straighten(mine);
        });
        return { above, means };
    }

    private count(waits: Float64Array, factor: number, above: Float64Array): void {
        const counts = new Float64Array(waitSteps + 1);
        for (const wait of waits) {
            const seconds = wait * factor;
            if (seconds <= this.leastSeconds) continue;
            const step = Math.ceil(Math.log(seconds / this.leastSeconds) / Math.log(waitRatio));
            const slot = Math.min(waitSteps, step);
            counts[slot] = (counts[slot] ?? 0) + 1;
        }
        let sum = 0;
        for (let step = waitSteps - 1; step >= 0; step--) {
            sum += counts[step + 1] ?? 0;
            above[step] = sum / waits.length;
        }
    }

    /** The longest waits of a busy pod are of a few rushes only: what is rare is told by what is not. */
    private straighten(above: Float64Array): void {
        const secondsAt = (step: number) => this.leastSeconds * waitRatio ** step;
        const [from, until] = [straightFrom, straightUntil].map((share) => above.findIndex((each) => each < share));
        if (from === undefined || until === undefined || from < 0 || until <= from) return;
        const fall = Math.log((above[until] ?? 0) / (above[from] ?? 1)) / (secondsAt(until) - secondsAt(from));
        for (let step = until + 1; step < waitSteps; step++) {
            above[step] = (above[until] ?? 0) * Math.exp(fall * (secondsAt(step) - secondsAt(until)));
        }
    }
}

/** From the first share to the second, tails of busy pods are straight in their logarithm, and so beyond. */
const straightLoad = 0.85;
const straightFrom = 0.2;
const straightUntil = 0.02;

const known = new Map<string, PlayedWaits>();

/** The table for these, played once. Means that differ by little have one: their waits are as much longer as they are. */
export function waitTableOf(pod: PodShape, request: RequestShape, spread: Spread): WaitTable {
    const { workers, cpuLimitCores } = pod;
    const rounded = { cpuSeconds: about(request.cpuSeconds), idleSeconds: about(request.idleSeconds) };
    const key = JSON.stringify([workers, cpuLimitCores, rounded, spread]);
    const played = known.get(key) ?? [];
    known.set(key, played);
    return new WaitTable({ workers, cpuLimitCores }, rounded, spread, played);
}

/** What was played so far, for a thread to go on with. */
export const playedSoFar = (): ReadonlyMap<string, PlayedWaits> => known;

export function goOnWith(played: ReadonlyMap<string, PlayedWaits>): void {
    for (const [key, waits] of played) known.set(key, waits);
}

const about = (seconds: number): number => Number(seconds.toPrecision(2));

const lastLoad = loads[loads.length - 1] ?? 1;

/** Busy pods forget slowly: the tail is as exact only with more requests. */
const requestsAt = (load: number): number =>
    load <= 0.4
        ? 150_000
        : load < 0.8
          ? 300_000
          : load < straightLoad
            ? 500_000
            : load <= heavyLoad
              ? 1_000_000
              : 1_500_000;

/** The played load at or below; -1 below the first one. */
export function stepOf(load: number): number {
    let step = loads.length - 1;
    while (step >= 0 && (loads[step] ?? 0) > load) step--;
    return step;
}

/** How far a load is on the way from one played load to the next, 0 to 1. */
export function partOf(load: number, step: number): number {
    const from = step < 0 ? 0 : (loads[step] ?? 0);
    return (load - from) / ((loads[step + 1] ?? 1) - from);
}

/** Least squares of mean wait times (1 - load), by load, over those that are busy but not yet full. */
function lineThrough(means: Float64Array): (load: number) => number {
    const points = loads.flatMap((load, step) =>
        load < lineFrom || load > heavyLoad ? [] : [[load, (means[step] ?? 0) * (1 - load)] as const],
    );
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    const [x, y] = [mean(points.map(([load]) => load)), mean(points.map(([, value]) => value))];
    const slope =
        points.reduce((sum, [load, value]) => sum + (load - x) * (value - y), 0) /
        points.reduce((sum, [load]) => sum + (load - x) ** 2, 0);
    return (load) => Math.max(0, y + slope * (load - x));
}
