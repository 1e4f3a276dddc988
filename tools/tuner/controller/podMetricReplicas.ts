/** Proposals of metrics that pods have: `ReplicaCalculator` in pkg/controller/podautoscaler/replica_calculator.go. */
import type { PodsMetric, ResourceMetric } from "./admission";
import { percentage, toInt32 } from "./int32";
import { requestOf, usageOf } from "./podAmounts";
import { type ReadinessPeriods, standingOf } from "./podGroups";
import { isWithin, type Tolerances } from "./tolerances";
import type { World } from "./world";

/** What a proposal depends on besides metric and world. */
export interface Circumstances {
    readonly nowMilliseconds: number;
    readonly periods: ReadinessPeriods;
    readonly tolerances: Tolerances;
    readonly usesPodLevelRequests: boolean;
}

/** Sums over pods; amounts in thousandths. */
interface Tally {
    /** Pods with a sample that counts, the forgotten ones included. */
    samples: number;
    usage: number;
    /** Of the pods that the controller knows and whose sample counts. */
    knownUsage: number;
    knownRequests: number;
    ready: number;
    unready: number;
    unreadyRequests: number;
    missing: number;
    missingRequests: number;
    /** What missing pods are taken to use where the others use too little. */
    missingFallback: number;
}

/**
 * `GetResourceReplicas` and `GetRawResourceReplicas`.
 *
 * @returns undefined where the metric fails
 */
export function replicasForResource(
    metric: ResourceMetric,
    world: World,
    circumstances: Circumstances,
): number | undefined {
    if (world.failResourceMetrics === true) return undefined;
    const { averageValue, averageUtilization } = metric;
    const tally = tallyOf(metric, world, circumstances);
    if (tally === undefined || tally.samples === 0) return undefined;
    if (averageValue !== undefined) {
        return replicasForUsage(tally, averageValue, world.replicas, circumstances.tolerances);
    }
    if (averageUtilization === undefined || tally.knownRequests === 0) return undefined;
    return replicasForUtilization(tally, averageUtilization, world.replicas, circumstances.tolerances);
}

/**
 * The utilization that the status tells, per cent: of the pods whose sample counts, before what is missing is made up for.
 *
 * @returns undefined where the metric fails, or has a target of another type
 */
export function utilizationOf(metric: ResourceMetric, world: World, circumstances: Circumstances): number | undefined {
    if (world.failResourceMetrics === true || metric.averageUtilization === undefined) return undefined;
    const tally = tallyOf(metric, world, circumstances);
    if (tally === undefined || tally.samples === 0 || tally.knownRequests === 0) return undefined;
    return percentage(tally.knownUsage, tally.knownRequests);
}

/**
 * `GetMetricReplicas`. Readiness does not matter to Pods metrics.
 *
 * @returns undefined where the metric fails
 */
export function replicasForPodsMetric(
    metric: PodsMetric,
    world: World,
    circumstances: Circumstances,
): number | undefined {
    const tally = tallyOf(metric, world, circumstances);
    if (tally === undefined || tally.samples === 0) return undefined;
    return replicasForUsage(tally, metric.averageValue, world.replicas, circumstances.tolerances);
}

/** undefined where there are no pods, or where the metric needs requests and one has none. */
function tallyOf(
    metric: ResourceMetric | PodsMetric,
    world: World,
    { nowMilliseconds, periods, usesPodLevelRequests }: Circumstances,
): Tally | undefined {
    const tally: Tally = {
        samples: 0,
        usage: 0,
        knownUsage: 0,
        knownRequests: 0,
        ready: 0,
        unready: 0,
        unreadyRequests: 0,
        missing: 0,
        missingRequests: 0,
        missingFallback: 0,
    };
    const isCpu = metric.kind === "resource" && metric.resource === "cpu";
    // undefined where requests do not matter.
    const utilization =
        metric.kind === "resource" && metric.averageValue === undefined ? metric.averageUtilization : undefined;
    let hasPods = false;
    for (const group of world.pods) {
        const { count } = group;
        if (count === 0) continue;
        const usage =
            metric.kind === "pods"
                ? group.podsMetrics?.[metric.metric]
                : usageOf(group.sample, metric.resource, metric.container);
        const standing = standingOf(group, usage !== undefined, isCpu, nowMilliseconds, periods);
        let request = 0;
        if (standing !== "gone") {
            hasPods = true;
            if (metric.kind === "resource" && utilization !== undefined) {
                const requested = requestOf(group.template, metric.resource, metric.container, usesPodLevelRequests);
                // Even one of an ignored pod.
                if (requested === undefined) return undefined;
                request = requested;
            }
        }
        switch (standing) {
            case "gone":
                if (usage === undefined) break;
                tally.samples += count;
                tally.usage += usage * count;
                break;
            case "ready":
                tally.samples += count;
                tally.usage += (usage ?? 0) * count;
                tally.ready += count;
                tally.knownUsage += (usage ?? 0) * count;
                tally.knownRequests += request * count;
                break;
            case "unready":
                tally.unready += count;
                tally.unreadyRequests += request * count;
                break;
            case "missing":
                tally.missing += count;
                tally.missingRequests += request * count;
                if (utilization !== undefined) {
                    tally.missingFallback += Math.trunc((request * Math.max(100, utilization)) / 100) * count;
                }
                break;
            case "ignored":
                break;
        }
    }
    return hasPods ? tally : undefined;
}

function replicasForUtilization(tally: Tally, target: number, current: number, tolerances: Tolerances): number {
    const ratio = percentage(tally.knownUsage, tally.knownRequests) / target;
    const scalesUpWithUnready = tally.unready > 0 && ratio > 1;
    if (!scalesUpWithUnready && tally.missing === 0) {
        return isWithin(tolerances, ratio) ? current : toInt32(Math.ceil(ratio * tally.ready));
    }
    let { knownUsage: usage, knownRequests: requests, samples } = tally;
    if (tally.missing > 0 && ratio !== 1) {
        // What is not known is taken for what speaks against the change: all of the request down, nothing up.
        if (ratio < 1) usage += tally.missingFallback;
        requests += tally.missingRequests;
        samples += tally.missing;
    }
    if (scalesUpWithUnready) {
        requests += tally.unreadyRequests;
        samples += tally.unready;
    }
    return replicasForCorrected(ratio, percentage(usage, requests) / target, samples, current, tolerances);
}

/** `calcPlainMetricReplicas`. */
function replicasForUsage(tally: Tally, target: number, current: number, tolerances: Tolerances): number {
    const ratio = Math.trunc(tally.usage / tally.samples) / target;
    const scalesUpWithUnready = tally.unready > 0 && ratio > 1;
    if (!scalesUpWithUnready && tally.missing === 0) {
        return isWithin(tolerances, ratio) ? current : toInt32(Math.ceil(ratio * tally.ready));
    }
    let { usage, samples } = tally;
    if (tally.missing > 0 && ratio !== 1) {
        if (ratio < 1) usage += target * tally.missing;
        samples += tally.missing;
    }
    if (scalesUpWithUnready) samples += tally.unready;
    return replicasForCorrected(ratio, Math.trunc(usage / samples) / target, samples, current, tolerances);
}

/** The end of both: no change that would be too small, or in another direction than the samples alone ask for. */
function replicasForCorrected(
    ratio: number,
    corrected: number,
    samples: number,
    current: number,
    tolerances: Tolerances,
): number {
    if (isWithin(tolerances, corrected)) return current;
    if ((ratio < 1 && corrected > 1) || (ratio > 1 && corrected < 1)) return current;
    const replicas = toInt32(Math.ceil(corrected * samples));
    if ((corrected < 1 && replicas > current) || (corrected > 1 && replicas < current)) return current;
    return replicas;
}
