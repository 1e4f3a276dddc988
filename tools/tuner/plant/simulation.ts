/** One setting on one trace: the HPA decides, pods come and go, requests are served or wait. */
import type { Controller } from "../controller";
import { tickSeconds, type Traffic } from "../traffic/traffic";
import { busyWorkersOfPod } from "../../../components/busyWorkers";
import { BusyWorkers } from "./busyWorkers";
import { MetricsServer } from "./metricsServer";
import type { Plant } from "./plant";
import { PodCapacity } from "./podCapacity";
import { nothingServed, Pods } from "./pods";
import { scheduledReplicas } from "./schedule";
import { busyWorkersMetric, scheduleMetric, type Setting } from "./setting";
import { WaitDistribution } from "./waitDistribution";
import { waitTableOf, type WaitTable } from "./waitTable";

/** The part of the controller that the loop needs. */
export type Autoscaler = Pick<Controller, "reconcile">;

export interface Outcome {
    readonly requests: number;
    /** Requests that found a listen queue full. */
    readonly refused: number;
    /** Requests that nginx gave up, as they were not answered within fastcgiReadTimeoutSeconds. */
    readonly timedOut: number;
    readonly waits: WaitDistribution;
    /** The worst of the trace's hours by p99: a quantile over days hides it. Hours with next to no requests do not count. */
    readonly worstHour: { readonly startSeconds: number; readonly p99Seconds: number };
    /** Seconds in which at least one pod got more than it can serve. */
    readonly saturatedSeconds: number;
    /** Seconds with as many replicas as maxReplicas allows. */
    readonly atMaxSeconds: number;
    /** Replicas times hours, those that end included. */
    readonly replicaHours: number;
    /** Of the trace. */
    readonly hours: number;
    readonly meanReplicas: number;
    readonly peakReplicas: number;
    /** Mean of php-fpm's CPU use in percent of its request. */
    readonly meanUtilizationPercent: number;
    /** Times that the number of replicas changed. */
    readonly rescales: number;
    /** Seconds in which more than minReplicas were asked for, by CPU; and those in which busy workers asked for more still. */
    readonly cpuRulesSeconds: number;
    readonly busyWorkersRuleSeconds: number;
}

/** What happened tick by tick, for charts; one value for each tick of the trace. */
export interface Course {
    /** The Deployment's number. */
    readonly replicas: Float32Array;
    /** php-fpm's CPU use in percent of its request, over the pods that are ready. */
    readonly utilizationPercent: Float32Array;
    readonly p99WaitSeconds: Float32Array;
    readonly lost: Float32Array;
}

export const emptyCourse = (ticks: number): Course => ({
    replicas: new Float32Array(ticks),
    utilizationPercent: new Float32Array(ticks),
    p99WaitSeconds: new Float32Array(ticks),
    lost: new Float32Array(ticks),
});

const hourTicks = 3600 / tickSeconds;

/** An hour with fewer requests says nothing about their p99. */
const fewestRequestsOfHour = 100;

/** Capacities are built anew when a request's CPU differs by more. */
const cpuStep = 1.02;

/**
 * Plays the trace.
 *
 * @param autoscaler that of the setting, new
 * @param course filled in where given; costs time
 */
export function simulate(
    traffic: Traffic,
    setting: Setting,
    plant: Plant,
    autoscaler: Autoscaler,
    course?: Course,
): Outcome {
    const ticks = traffic.requestsPerSecond.length;
    const { startupSeconds, fastcgiReadTimeoutSeconds } = plant;
    const capacities = new Capacities(plant, traffic);
    const mostPods = setting.maxReplicas;
    const { table } = capacities;
    const pods = new Pods(mostPods, plant.imbalance, plant.seed, table);
    const metrics = new MetricsServer(plant, mostPods);
    const served = nothingServed();
    const waits = new WaitDistribution(table);
    const hour = new WaitDistribution(table);
    const tick = new WaitDistribution(table);
    let worstHour = { startSeconds: traffic.startSeconds, p99Seconds: 0 };

    let requests = 0;
    let refused = 0;
    let timedOut = 0;
    let saturatedTicks = 0;
    let atMaxTicks = 0;
    let replicaTicks = 0;
    let removedPods = 0;
    let peakReplicas = 0;
    let cpuSeconds = 0;
    let readyTicks = 0;
    let rescales = 0;
    let cpuRulesTicks = 0;
    let busyWorkersRuleTicks = 0;

    const start = replicasBefore(traffic, setting, plant, capacities);
    pods.resize(start.replicas, -Infinity);
    metrics.settle(start.replicas, start.millicores);
    const scheduled =
        setting.schedule === undefined ? undefined : scheduledReplicas(setting.schedule, traffic.startSeconds, ticks);
    const busyWorkers =
        setting.busyWorkersTargetPercent === undefined ? undefined : new BusyWorkers(plant, start.requestsInPods);

    for (let i = 0; i < ticks; i++) {
        const now = i * tickSeconds;
        const until = now + tickSeconds;
        const world = metrics.look(pods, now);
        const decision = autoscaler.reconcile(
            now * 1000,
            busyWorkers === undefined && scheduled === undefined
                ? world
                : {
                      ...world,
                      externalMetrics: {
                          ...(busyWorkers === undefined ? {} : { [busyWorkersMetric]: [busyWorkers.milliValue] }),
                          ...(scheduled === undefined ? {} : { [scheduleMetric]: [(scheduled[i] ?? 0) * 1000] }),
                      },
                  },
        );
        if ((decision.recommendation ?? 0) > setting.minReplicas) {
            if (decision.metric.includes(busyWorkersMetric)) busyWorkersRuleTicks++;
            else if (!decision.metric.includes(scheduleMetric)) cpuRulesTicks++;
        }
        const wanted = decision.replicas ?? pods.count;
        if (wanted !== pods.count) {
            rescales++;
            if (wanted < pods.count) {
                removedPods += pods.count - wanted;
                metrics.forget(wanted, pods.count);
            }
            pods.resize(wanted, now);
        }
        peakReplicas = Math.max(peakReplicas, wanted);
        replicaTicks += wanted;
        if (wanted === setting.maxReplicas) atMaxTicks++;

        const rate = traffic.requestsPerSecond[i] ?? 0;
        const cpuPerRequest = capacities.cpuSecondsAt(i);
        const capacity = capacities.of(cpuPerRequest);
        const shares = pods.readyShares(now, until, startupSeconds);
        const place = table.placeOf(Math.round(shares));
        const slowness = table.requestsPerSecond / capacity.requestsPerSecond;
        const mostWaitSeconds = fastcgiReadTimeoutSeconds - capacity.idlePodSeconds;
        let tickCpuSeconds = 0;
        let tickReady = 0;
        let tickLost = 0;
        let progressing = 0;
        let waiting = 0;
        let isSaturated = false;
        requests += rate * tickSeconds;
        for (let pod = 0; pod < wanted; pod += pods.alike(pod)) {
            const alike = pods.alike(pod);
            const part = pods.readyPart(pod, now, until, startupSeconds);
            if (part === 0) continue;
            tickReady += part * alike;
            const podRate = (rate * pods.shareOf(pod)) / shares;
            pods.serve(pod, capacity, podRate, part * tickSeconds, place, slowness, served);
            const cpu = served.served * cpuPerRequest;
            tickCpuSeconds += cpu * alike;
            pods.windowCpuSeconds[pod] = (pods.windowCpuSeconds[pod] ?? 0) + cpu;
            // By Little's law; what of a pod's requests waits is in its workers first, and then in its queue.
            progressing += ((served.served * capacity.idlePodSeconds) / tickSeconds) * alike;
            waiting +=
                ((served.waitBeforeSeconds + served.waitAfterSeconds) / 2) * capacity.requestsPerSecond * part * alike;
            pods.repeat(pod, alike);
            if (served.load >= 1) isSaturated = true;
            refused += served.refused * alike;
            tickLost += served.refused * alike;
            const admitted = (served.arrivals - served.refused) * alike;
            const { backlogShare, waitBeforeSeconds, waitAfterSeconds, stationaryLoad, waitFactor } = served;
            if (backlogShare > 0) {
                const behind = admitted * backlogShare;
                const late = behind * partAbove(mostWaitSeconds, waitBeforeSeconds, waitAfterSeconds);
                timedOut += late;
                tickLost += late;
                hour.addEven(behind, waitBeforeSeconds, waitAfterSeconds);
                if (course !== undefined) tick.addEven(behind, waitBeforeSeconds, waitAfterSeconds);
            }
            if (backlogShare < 1) {
                const others = admitted * (1 - backlogShare);
                hour.addStationary(others, place, stationaryLoad, waitFactor);
                if (course !== undefined) tick.addStationary(others, place, stationaryLoad, waitFactor);
            }
        }
        if (shares === 0) {
            // No pod is ready, so the ingress answers 503.
            refused += rate * tickSeconds;
            tickLost += rate * tickSeconds;
        }
        if (isSaturated) saturatedTicks++;
        cpuSeconds += tickCpuSeconds;
        readyTicks += tickReady;
        metrics.scrape(i, pods);
        busyWorkers?.record(progressing, waiting);

        if (course !== undefined) {
            course.replicas[i] = wanted;
            course.utilizationPercent[i] =
                tickReady === 0 ? 0 : (tickCpuSeconds / tickSeconds / tickReady / plant.cpuRequestMillicores) * 1e5;
            course.p99WaitSeconds[i] = tick.quantileSeconds(0.99, course.p99WaitSeconds[i - 1]);
            course.lost[i] = tickLost;
            tick.clear();
        }
        if ((i + 1) % hourTicks === 0 || i + 1 === ticks) {
            // A quantile is dear, one look at the distribution is not.
            if (hour.requests >= fewestRequestsOfHour && hour.shareAbove(worstHour.p99Seconds) > 0.01) {
                const first = i + 1 - (i % hourTicks) - 1;
                worstHour = {
                    startSeconds: traffic.startSeconds + first * tickSeconds,
                    p99Seconds: hour.quantileSeconds(0.99),
                };
            }
            waits.addAll(hour);
            hour.clear();
        }
    }

    return {
        requests,
        refused,
        timedOut,
        waits,
        worstHour,
        saturatedSeconds: saturatedTicks * tickSeconds,
        atMaxSeconds: atMaxTicks * tickSeconds,
        replicaHours: (replicaTicks * tickSeconds + removedPods * plant.drainSeconds) / 3600,
        hours: (ticks * tickSeconds) / 3600,
        meanReplicas: replicaTicks / ticks,
        peakReplicas,
        meanUtilizationPercent:
            readyTicks === 0 ? 0 : (cpuSeconds / (readyTicks * tickSeconds) / plant.cpuRequestMillicores) * 1e5,
        rescales,
        cpuRulesSeconds: cpuRulesTicks * tickSeconds,
        busyWorkersRuleSeconds: busyWorkersRuleTicks * tickSeconds,
    };
}

/** The part of a tick, 0 to 1, in which a wait that changes evenly is above a limit. */
function partAbove(limit: number, before: number, after: number): number {
    const low = Math.min(before, after);
    const high = Math.max(before, after);
    if (high <= limit) return 0;
    return low >= limit ? 1 : (high - limit) / (high - low);
}

/** The service as it was before the trace: as many replicas as its first tick keeps up. */
function replicasBefore(
    traffic: Traffic,
    setting: Setting,
    plant: Plant,
    capacities: Capacities,
): { readonly replicas: number; readonly millicores: number; readonly requestsInPods: number } {
    const rate = traffic.requestsPerSecond[0] ?? 0;
    const used = rate * capacities.cpuSecondsAt(0) * 1000;
    const perPod = (plant.cpuRequestMillicores * setting.targetCPUUtilizationPercentage) / 100;
    const requestsInPods = rate * capacities.of(capacities.cpuSecondsAt(0)).idlePodSeconds;
    const { busyWorkersTargetPercent: targetPercent } = setting;
    const byWorkers =
        targetPercent === undefined
            ? 0
            : requestsInPods / busyWorkersOfPod({ maxChildren: plant.workers, targetPercent });
    const { schedule } = setting;
    const byClock = schedule === undefined ? 0 : (scheduledReplicas(schedule, traffic.startSeconds, 1)[0] ?? 0);
    const wanted = Math.ceil(Math.max(used / perPod, byWorkers, byClock));
    const replicas = Math.min(setting.maxReplicas, Math.max(setting.minReplicas, wanted));
    const millicores = Math.ceil(Math.min(used / replicas, plant.cpuLimitCores * 1000));
    return { replicas, millicores, requestsInPods };
}

/** Capacities by a request's CPU, each built once. */
class Capacities {
    private readonly known = new Map<number, PodCapacity>();
    private lastCpuSeconds = NaN;
    private last: PodCapacity | undefined;
    private readonly perTick: Float64Array | undefined;
    private readonly mean: number;
    private readonly idleSeconds: number;
    /** For the mean request. */
    readonly table: WaitTable;

    constructor(
        private readonly plant: Plant,
        traffic: Traffic,
    ) {
        this.perTick = traffic.cpuSecondsPerRequest;
        this.mean = meanCpuSeconds(traffic, plant);
        const cpuTime = this.mean / Math.min(1, plant.cpuLimitCores);
        this.idleSeconds = Math.max(0, plant.requestSeconds - cpuTime);
        this.table = tableOf(traffic, plant);
    }

    cpuSecondsAt(tick: number): number {
        return this.perTick?.[tick] ?? this.mean;
    }

    of(cpuSeconds: number): PodCapacity {
        if (cpuSeconds === this.lastCpuSeconds && this.last !== undefined) return this.last;
        // In steps from the mean, so that a CPU time that never changes is taken as it is.
        const key = Math.round(Math.log(cpuSeconds / this.mean) / Math.log(cpuStep));
        let capacity = this.known.get(key);
        if (capacity === undefined) {
            const shape = { cpuSeconds: this.mean * cpuStep ** key, idleSeconds: this.idleSeconds };
            capacity = new PodCapacity(this.plant, shape);
            this.known.set(key, capacity);
        }
        this.last = capacity;
        this.lastCpuSeconds = cpuSeconds;
        return capacity;
    }
}

/** Of what the trace's mean request waits. */
export function tableOf(traffic: Traffic, plant: Plant): WaitTable {
    const cpuSeconds = meanCpuSeconds(traffic, plant);
    const idleSeconds = Math.max(0, plant.requestSeconds - cpuSeconds / Math.min(1, plant.cpuLimitCores));
    return waitTableOf(plant, { cpuSeconds, idleSeconds }, plant.spread);
}

/** A request's CPU over the whole trace; by the plant where the trace does not tell. */
export function meanCpuSeconds(traffic: Traffic, plant: Pick<Plant, "cpuSecondsPerRequest"> | undefined): number {
    const { requestsPerSecond, cpuSecondsPerRequest } = traffic;
    if (cpuSecondsPerRequest === undefined) return plant?.cpuSecondsPerRequest ?? 0;
    let requests = 0;
    let cpuSeconds = 0;
    for (let i = 0; i < requestsPerSecond.length; i++) {
        requests += requestsPerSecond[i] ?? 0;
        cpuSeconds += (requestsPerSecond[i] ?? 0) * (cpuSecondsPerRequest[i] ?? 0);
    }
    return requests === 0 ? 0 : cpuSeconds / requests;
}
