/** The settings that are tried. */
import { clusterTolerance } from "../../settings/schema";
import type { Plant } from "../plant/plant";
import { PodCapacity } from "../plant/podCapacity";
import type { Setting } from "../plant/setting";
import { meanCpuSeconds } from "../plant/simulate";
import type { Traffic } from "../traffic/traffic";

export interface Bounds {
    /** The least minReplicas that is tried: 2, as one replica does not survive a node's drain. */
    readonly leastReplicas: number;
    /** The most maxReplicas that is tried. */
    readonly mostReplicas: number;
    /** The highest target that is tried; above it the HPA would never act. */
    readonly highestTargetPercent: number;
}

const targetStepPercent = 5;
const lowestTargetPercent = 20;

/** A low target and more traffic than the trace's can need so many times the replicas that full pods would. */
const roomAtPeak = 8;

/** Values of minReplicas grow by a tenth at least, so that there are few of them however large the service is. */
const replicaStep = 1.1;

/** Jobs times ticks that a search may take: a minute's worth on one core, by measurement. */
const mostTicks = 9_000_000;

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

/** A pod for the trace's mean request. */
export function capacityOf(plant: Plant, cpuSeconds: number): PodCapacity {
    const idleSeconds = Math.max(0, plant.requestSeconds - cpuSeconds / Math.min(1, plant.cpuLimitCores));
    return new PodCapacity(plant, { cpuSeconds, idleSeconds });
}

/** php-fpm's CPU use, in percent of its request, of a pod that serves its most: less than its limit where workers run out. */
export function reachableUtilizationPercent(plant: Plant, cpuSeconds: number): number {
    return (capacityOf(plant, cpuSeconds).requestsPerSecond * cpuSeconds * 1e5) / plant.cpuRequestMillicores;
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
        mostReplicas: mostReplicas ?? Math.max(current.maxReplicas, roomAtPeak * replicasAtPeak(traffic, plant)),
        highestTargetPercent: Math.max(1, Math.min(90, Math.ceil(reachablePercent / actsAbove(current)) - 1)),
    };
}

/**
 * The grid: minReplicas times target. A long trace gets a coarser one, so that a search takes about a minute at most.
 * maxReplicas is the most that is allowed: what of it is needed is asked afterwards, under more traffic than the trace's.
 */
export function candidatesOf(current: Setting, traffic: Traffic, plant: Plant, bounds: Bounds): readonly Setting[] {
    const most = Math.min(bounds.mostReplicas, Math.max(4, 3 * replicasAtPeak(traffic, plant)));
    const steps = replicaSteps(bounds.leastReplicas, most);
    const targets: number[] = [];
    const lowest = Math.min(lowestTargetPercent, bounds.highestTargetPercent);
    for (let target = lowest; target <= bounds.highestTargetPercent; target += targetStepPercent) {
        targets.push(target);
    }
    const isLong = steps.length * targets.length * traffic.requestsPerSecond.length > mostTicks;
    const mins = [...everyNth(steps, isLong ? 2 : 1), Math.min(bounds.mostReplicas, current.minReplicas)];
    targets.push(Math.min(bounds.highestTargetPercent, current.targetCPUUtilizationPercentage));
    return ascending(mins).flatMap((minReplicas) =>
        ascending(targets).map((targetCPUUtilizationPercentage) => ({
            ...current,
            minReplicas,
            maxReplicas: Math.max(minReplicas, bounds.mostReplicas),
            targetCPUUtilizationPercentage,
        })),
    );
}

/** 2, 3, ... 10, 11, 13, 15, ...: each at least a tenth above the one before. */
function replicaSteps(from: number, to: number): readonly number[] {
    const steps: number[] = [];
    for (let replicas = from; replicas <= to; replicas = Math.max(replicas + 1, Math.round(replicas * replicaStep))) {
        steps.push(replicas);
    }
    return steps;
}

const everyNth = (values: readonly number[], n: number): readonly number[] =>
    values.filter((_, i) => i % n === 0 || i === values.length - 1);

const ascending = (values: readonly number[]): readonly number[] => [...new Set(values)].sort((a, b) => a - b);
