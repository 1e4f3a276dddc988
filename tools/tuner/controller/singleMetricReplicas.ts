/** Proposals of Object and External metrics: pkg/controller/podautoscaler/replica_calculator.go. */
import type { SingleMetric } from "./admission";
import { toInt32 } from "./int32";
import { isWithin, type Tolerances } from "./tolerances";
import type { World } from "./world";

const maxInt32 = 2 ** 31 - 1;
const maxInt64 = 2 ** 63;

/** @returns undefined where the metric fails */
export function replicasForSingle(metric: SingleMetric, world: World, tolerances: Tolerances): number | undefined {
    return metric.type === "Object"
        ? replicasForObject(metric, world.objectMetrics?.[metric.metric], world, tolerances)
        : replicasForExternal(metric, world.externalMetrics?.[metric.metric], world, tolerances);
}

function replicasForObject(
    { value, averageValue }: SingleMetric,
    total: number | undefined,
    world: World,
    tolerances: Tolerances,
): number | undefined {
    if (total === undefined) return undefined;
    if (value !== undefined) return replicasForRatio(total / value, world, tolerances);
    if (averageValue === undefined) return undefined;
    // `GetObjectPerPodMetricReplicas`
    const replicas = world.statusReplicas ?? world.replicas;
    return isWithin(tolerances, total / (averageValue * replicas))
        ? replicas
        : toInt32(Math.ceil(total / averageValue));
}

function replicasForExternal(
    { value, averageValue }: SingleMetric,
    series: readonly number[] | undefined,
    world: World,
    tolerances: Tolerances,
): number | undefined {
    if (series === undefined || series.length === 0) return undefined;
    if (averageValue === undefined) {
        return value === undefined ? undefined : replicasForRatio(cappedSum(series) / value, world, tolerances);
    }
    // `GetExternalPerPodMetricReplicas`
    const total = sumOrMost(series);
    const replicas = world.statusReplicas ?? world.replicas;
    if (isWithin(tolerances, total / (averageValue * replicas))) return replicas;
    return Math.min(Math.ceil(total / averageValue), maxInt32);
}

/** The end of a sum that would overflow is the most there is. */
function cappedSum(series: readonly number[]): number {
    let sum = 0;
    for (const amount of series) {
        sum += amount;
        if (sum >= maxInt64) return maxInt64;
    }
    return sum;
}

/** The controller takes a sum that falls below 0 on the way for one that has overflowed. */
function sumOrMost(series: readonly number[]): number {
    let sum = 0;
    for (const amount of series) {
        sum += amount;
        if (sum < 0 || sum >= maxInt64) return maxInt64;
    }
    return sum;
}

/** `getUsageRatioReplicaCount`. */
function replicasForRatio(ratio: number, world: World, tolerances: Tolerances): number | undefined {
    if (world.replicas === 0) return toInt32(Math.ceil(ratio));
    if (isWithin(tolerances, ratio)) return world.replicas;
    const ready = readyPods(world);
    return ready === undefined ? undefined : toInt32(Math.min(Math.ceil(ratio * ready), maxInt32));
}

/** `getReadyPodsCount`: deleted ones count until they are gone. undefined where there are no pods. */
function readyPods({ pods }: World): number | undefined {
    let all = 0;
    let ready = 0;
    for (const group of pods) {
        if (group.gone === true) continue;
        all += group.count;
        if ((group.phase ?? "Running") === "Running" && (group.ready ?? "True") === "True") ready += group.count;
    }
    return all === 0 ? undefined : ready;
}
