/**
 * The service's pods. They are a stack: a ReplicaSet that shrinks takes the youngest first, so that those that are left are
 * always the first ones, and each place in the stack keeps its share of the traffic. Nothing is allocated per tick.
 */
import { highestStationaryLoad, type PodCapacity } from "./podCapacity";
import { seededNormal, seededRandom } from "./random";
import type { WaitTable } from "./waitTable";

/** listen.backlog, php-fpm's own default; the kernel's net.core.somaxconn allows it. */
export const listenBacklog = 511;

/**
 * How fast a queue grows by chance alone when a pod gets just what it can serve: variance of arrivals and services, both
 * random, times 2 / pi for a walk that cannot go below 0.
 */
const chanceGrowth = (2 * 2) / Math.PI;

export class Pods {
    count = 0;
    /** When the pod was created, seconds since the trace began; -Infinity for those that were there before. */
    readonly createdAt: Float64Array;
    /** CPU since the window of metrics-server began, in core seconds. */
    readonly windowCpuSeconds: Float64Array;
    /** Requests that wait. */
    private readonly waiting: Float64Array;
    private readonly share: Float64Array;

    constructor(
        mostPods: number,
        imbalance: number,
        seed: number,
        private readonly table: WaitTable,
    ) {
        this.createdAt = new Float64Array(mostPods);
        this.windowCpuSeconds = new Float64Array(mostPods);
        this.waiting = new Float64Array(mostPods);
        const random = seededRandom(seed);
        this.share = Float64Array.from({ length: mostPods }, () => Math.exp(imbalance * seededNormal(random)));
    }

    /** Creates or removes pods until there are so many. */
    resize(count: number, nowSeconds: number): void {
        for (let pod = this.count; pod < count; pod++) {
            this.createdAt[pod] = nowSeconds;
            this.windowCpuSeconds[pod] = 0;
            this.waiting[pod] = 0;
        }
        this.count = count;
    }

    /** Shares of the pods that are ready, each weighted by the part of the tick in which it is, added up. */
    readyShares(fromSeconds: number, untilSeconds: number, startupSeconds: number): number {
        let sum = 0;
        for (let pod = 0; pod < this.count; pod++) {
            sum += (this.share[pod] ?? 0) * this.readyPart(pod, fromSeconds, untilSeconds, startupSeconds);
        }
        return sum;
    }

    /** The part of the tick, 0 to 1, in which the pod is ready. */
    readyPart(pod: number, fromSeconds: number, untilSeconds: number, startupSeconds: number): number {
        const readyAt = (this.createdAt[pod] ?? 0) + startupSeconds;
        if (readyAt <= fromSeconds) return 1;
        return readyAt >= untilSeconds ? 0 : (untilSeconds - readyAt) / (untilSeconds - fromSeconds);
    }

    shareOf(pod: number): number {
        return this.share[pod] ?? 0;
    }

    /**
     * One pod serves for some seconds. Its queue moves towards the one that random arrivals make in the long run, no faster
     * than a surplus and chance can fill it and than spare capacity can empty it.
     *
     * @param requestsPerSecond what arrives, steady in the mean
     * @param place of the number of pods in the table of waits
     * @param slowness how much longer requests take than those of the table
     * @param out filled in
     */
    serve(
        pod: number,
        capacity: PodCapacity,
        requestsPerSecond: number,
        seconds: number,
        place: number,
        slowness: number,
        out: Served,
    ): void {
        const before = this.waiting[pod] ?? 0;
        const arrivals = requestsPerSecond * seconds;
        const load = requestsPerSecond / capacity.requestsPerSecond;
        const surplus = (requestsPerSecond - capacity.requestsPerSecond) * seconds;
        const most = Math.sqrt((before + Math.max(0, surplus)) ** 2 + chanceGrowth * arrivals);
        const isStationary = load < 1;
        const stationaryLoad = Math.min(load, highestStationaryLoad);
        const inTheLongRun = isStationary
            ? requestsPerSecond * this.table.meanSeconds(place, stationaryLoad) * slowness
            : Infinity;
        let after = Math.min(most, Math.max(inTheLongRun, before + surplus));
        const room = listenBacklog + capacity.roomInWorkers;
        out.refused = Math.max(0, after - room);
        after -= out.refused;
        this.waiting[pod] = after;
        out.load = load;
        out.arrivals = arrivals;
        out.served = Math.max(0, arrivals - out.refused - (after - before));
        out.backlogShare = isStationary ? Math.min(1, Math.max(0, before - inTheLongRun) / -surplus) : 1;
        out.waitBeforeSeconds = before / capacity.requestsPerSecond;
        out.waitAfterSeconds = after / capacity.requestsPerSecond;
        out.stationaryLoad = stationaryLoad;
        // A queue that has not yet grown to what it would be in the long run is shorter for everybody.
        out.waitFactor = slowness * (isStationary && inTheLongRun > 0 ? Math.min(1, after / inTheLongRun) : 0);
    }

    /** From this pod on, how many are in the same state and get as much: what one of them does, all do. */
    alike(pod: number): number {
        let next = pod + 1;
        while (
            next < this.count &&
            this.createdAt[next] === this.createdAt[pod] &&
            this.waiting[next] === this.waiting[pod] &&
            this.share[next] === this.share[pod]
        ) {
            next++;
        }
        return next - pod;
    }

    /** What one pod did, those after it did too. */
    repeat(pod: number, count: number): void {
        this.waiting.fill(this.waiting[pod] ?? 0, pod + 1, pod + count);
        this.windowCpuSeconds.fill(this.windowCpuSeconds[pod] ?? 0, pod + 1, pod + count);
    }
}

/** What a pod did in a tick. */
export interface Served {
    /** Requests that arrived. */
    arrivals: number;
    /** Of those that arrived or waited, requests that were worked on. */
    served: number;
    /** Of those that arrived, requests that found the listen queue full. */
    refused: number;
    /** Arrivals as a part of what the pod can serve; above 1 is too much. */
    load: number;
    /** The part of the arrivals, 0 to 1, that finds more waiting than random arrivals explain, and has to wait for it. */
    backlogShare: number;
    /** For what arrives at the tick's beginning and at its end, of those that find a backlog. */
    waitBeforeSeconds: number;
    waitAfterSeconds: number;
    /** Of the others, by chance alone: the load that lasts and by how much their waits are longer than the table's. */
    stationaryLoad: number;
    waitFactor: number;
}

export const nothingServed = (): Served => ({
    arrivals: 0,
    served: 0,
    refused: 0,
    load: 0,
    backlogShare: 0,
    waitBeforeSeconds: 0,
    waitAfterSeconds: 0,
    stationaryLoad: 0,
    waitFactor: 0,
});
