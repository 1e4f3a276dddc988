/** The settings that are tried. */
import { clusterTolerance } from "../../../settings/schema";
import type { Plant } from "../plant/plant";
import { PodCapacity, type RequestShape } from "../plant/podCapacity";
import type { Setting } from "../plant/setting";
import { meanCpuSeconds } from "../plant/simulation";
import type { Traffic } from "../traffic/traffic";

export interface Bounds {
    /** The least minReplicas that is tried: 2, as one replica does not survive a node's drain. */
    readonly leastReplicas: number;
    /** The most maxReplicas that is tried. */
    readonly mostReplicas: number;
    /** The highest target that is tried; above it the HPA would never act. */
    readonly highestTargetPercent: number;
}

/** A low target and more traffic than the trace's can need so many times the replicas that full pods would. */
const roomAtPeak = 8;

/** The most that a stack file takes. */
export const mostReplicasAtAll = 1000;

/** Values of minReplicas that are tried at first; between them is looked afterwards. */
const mostMins = 12;

/** Neighbouring targets differ by a tenth at least. */
const targetStep = 1.1;

/** Replicas that the busiest tick needs where every pod is filled to the brim. */
export function replicasAtPeak(traffic: Traffic, plant: Plant): number {
    const cpuSeconds = meanCpuSeconds(traffic, plant);
    let peak = 0;
    for (let i = 0; i < traffic.requestsPerSecond.length; i++) {
        const cost = (traffic.cpuSecondsPerRequest?.[i] ?? cpuSeconds) / cpuSeconds;
        peak = Math.max(peak, (traffic.requestsPerSecond[i] ?? 0) * cost);
    }
    return Math.max(1, Math.ceil(peak / capacityOf(plant, cpuSeconds).requestsPerSecond));
}

/** The mean request, where it is known how much CPU it takes. */
function requestOf(plant: Plant, cpuSeconds: number): RequestShape {
    const cpuTime = cpuSeconds / Math.min(1, plant.cpuLimitCores);
    return { cpuSeconds, idleSeconds: Math.max(0, plant.requestSeconds - cpuTime) };
}

/** A pod for the trace's mean request. */
export const capacityOf = (plant: Plant, cpuSeconds: number): PodCapacity =>
    new PodCapacity(plant, requestOf(plant, cpuSeconds));

/** php-fpm's CPU use, in percent of its request, of a pod that serves its most: less than its limit where workers run out. */
export function reachableUtilizationPercent(plant: Plant, cpuSeconds: number): number {
    return (capacityOf(plant, cpuSeconds).requestsPerSecond * cpuSeconds * 1e5) / plant.cpuRequestMillicores;
}

/** Requests that wait for something else than CPU fill a pod's workers first: then CPU does not show that a pod is full. */
export function workersRunOut(plant: Plant, cpuSeconds: number): boolean {
    const { idleSeconds } = requestOf(plant, cpuSeconds);
    return idleSeconds >= cpuSeconds && plant.workers * cpuSeconds < plant.cpuLimitCores * plant.requestSeconds;
}

/** From so many times its target on, the HPA scales out. */
export function actsAbove({ scaleUp }: Setting): number {
    return 1 + (scaleUp.tolerance ?? clusterTolerance);
}

/** How far a search looks, where nobody says so. */
export function boundsOf(current: Setting, traffic: Traffic, plant: Plant, mostReplicas: number | undefined): Bounds {
    const reachablePercent = reachableUtilizationPercent(plant, meanCpuSeconds(traffic, plant));
    return {
        leastReplicas: Math.min(2, current.minReplicas),
        mostReplicas:
            mostReplicas ??
            Math.min(mostReplicasAtAll, Math.max(current.maxReplicas, roomAtPeak * replicasAtPeak(traffic, plant))),
        highestTargetPercent: Math.max(1, Math.ceil(reachablePercent / actsAbove(current)) - 1),
    };
}

/** From the least to the most allowed, each so many times the one before. */
export function minsOf(current: Setting, bounds: Bounds): readonly number[] {
    const { leastReplicas, mostReplicas } = bounds;
    const ratio = Math.max(1.1, (mostReplicas / leastReplicas) ** (1 / (mostMins - 1)));
    const own = Math.min(mostReplicas, Math.max(leastReplicas, current.minReplicas));
    return ascending([own, mostReplicas, ...stepsBy(ratio, leastReplicas, mostReplicas)]);
}

/** From 1 % to the highest that makes the HPA act. */
export const targetsOf = (current: Setting, { highestTargetPercent }: Bounds): readonly number[] =>
    ascending([
        Math.min(highestTargetPercent, current.targetCPUUtilizationPercentage),
        highestTargetPercent,
        ...stepsBy(targetStep, 1, highestTargetPercent),
    ]);

/** Of busy workers, from 1 % to all of them: at that only requests that wait make the HPA act. */
export const busyTargetsOf = ({ busyWorkersTargetPercent: own }: Setting): readonly number[] =>
    ascending([...(own === undefined ? [] : [own]), ...stepsBy(targetStep, 1, mostBusyPercent), mostBusyPercent]);

export const mostBusyPercent = 100;

function stepsBy(ratio: number, from: number, to: number): readonly number[] {
    const steps: number[] = [];
    for (let value = from; value <= to; value = Math.max(value + 1, Math.round(value * ratio))) steps.push(value);
    return steps;
}

export const ascending = (values: readonly number[]): readonly number[] => [...new Set(values)].sort((a, b) => a - b);
