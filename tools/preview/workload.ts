/** What a review reads from workloads and autoscalers, with Kubernetes' own defaults filled in. */
import { defaultGraceSeconds, defaultHpaBounds, defaultScaledObjectBounds } from "../../policy/kubernetesDefaults";
import type { Manifest } from "../render/manifests";
import { nameOf, namespaceOf, nameStem } from "./objects";
import { listAt, numberAt, objectAt, textAt, at, isObject } from "./values";

const workloadKinds = ["Deployment", "DaemonSet", "StatefulSet"] as const;
export type WorkloadKind = (typeof workloadKinds)[number];

/** The kind where the object is a workload whose controller rolls its pods. */
export function workloadKind(manifest: Manifest): WorkloadKind | undefined {
    return manifest.apiVersion === "apps/v1" ? workloadKinds.find((kind) => kind === manifest.kind) : undefined;
}

export function podTemplate(manifest: Manifest): unknown {
    return at(manifest, "spec", "template");
}

/** Containers of a pod template by name; native sidecars and other init containers included. */
export function container(manifest: Manifest, name: string): unknown {
    const spec = at(podTemplate(manifest), "spec");
    return [...listAt(spec, "containers"), ...listAt(spec, "initContainers")].find(
        (candidate) => textAt(candidate, "name") === name,
    );
}

export function graceSeconds(manifest: Manifest): number {
    return numberAt(podTemplate(manifest), "spec", "terminationGracePeriodSeconds") ?? defaultGraceSeconds;
}

/**
 * The most that the pod's startup probes allow until all containers have started, in seconds; undefined where a
 * container has none, as in this project's pods: then nothing but readiness says how long a start takes. Native sidecars start one after the other, then the other containers all at once.
 */
export function startupBudgetSeconds(manifest: Manifest): number | undefined {
    const spec = at(podTemplate(manifest), "spec");
    const sidecars = listAt(spec, "initContainers");
    const containers = listAt(spec, "containers");
    if (sidecars.some((sidecar) => textAt(sidecar, "restartPolicy") !== "Always")) return undefined;
    const budgets = (items: readonly unknown[]) =>
        items.map((item) => {
            const probe = at(item, "startupProbe");
            if (!isObject(probe)) return Number.NaN;
            return (
                (numberAt(probe, "initialDelaySeconds") ?? 0) +
                (numberAt(probe, "periodSeconds") ?? 10) * (numberAt(probe, "failureThreshold") ?? 3)
            );
        });
    const seconds = budgets(sidecars).reduce((a, b) => a + b, 0) + Math.max(...budgets(containers));
    return Number.isFinite(seconds) ? seconds : undefined;
}

// --- Numbers of pods -------------------------------------------------------------------------------------------------

/** One metric of an autoscaler with a target in percent of a request. */
export interface UtilizationTarget {
    /** cpu or memory. */
    readonly resource: string;
    /** The container that is measured; the whole pod where absent. */
    readonly container?: string;
    readonly percent: number;
}

export interface Autoscaler {
    readonly manifest: Manifest;
    readonly minReplicas: number;
    readonly maxReplicas: number;
    readonly targets: readonly UtilizationTarget[];
}

/** Reads a HorizontalPodAutoscaler or a KEDA ScaledObject; undefined for any other object. */
export function readAutoscaler(manifest: Manifest): Autoscaler | undefined {
    if (manifest.kind === "HorizontalPodAutoscaler") {
        return {
            manifest,
            minReplicas: numberAt(manifest, "spec", "minReplicas") ?? defaultHpaBounds.minReplicas,
            maxReplicas: numberAt(manifest, "spec", "maxReplicas") ?? defaultHpaBounds.maxReplicas,
            targets: listAt(manifest, "spec", "metrics").flatMap(utilizationTarget),
        };
    }
    if (manifest.kind === "ScaledObject") {
        return {
            manifest,
            minReplicas: numberAt(manifest, "spec", "minReplicaCount") ?? defaultScaledObjectBounds.minReplicas,
            maxReplicas: numberAt(manifest, "spec", "maxReplicaCount") ?? defaultScaledObjectBounds.maxReplicas,
            targets: listAt(manifest, "spec", "triggers").flatMap(utilizationTrigger),
        };
    }
    return undefined;
}

function utilizationTarget(metric: unknown): readonly UtilizationTarget[] {
    const ofContainer = objectAt(metric, "containerResource");
    const ofPod = objectAt(metric, "resource");
    const source = textAt(ofContainer, "name") === undefined ? ofPod : ofContainer;
    const resource = textAt(source, "name");
    const percent = numberAt(source, "target", "averageUtilization");
    if (resource === undefined || percent === undefined) return [];
    const container = textAt(ofContainer, "container");
    return [{ resource, percent, ...(container === undefined ? {} : { container }) }];
}

function utilizationTrigger(trigger: unknown): readonly UtilizationTarget[] {
    const resource = textAt(trigger, "type");
    const percent = Number(textAt(trigger, "metadata", "value"));
    if ((resource !== "cpu" && resource !== "memory") || !Number.isFinite(percent)) return [];
    if (textAt(trigger, "metricType") !== "Utilization") return [];
    const container = textAt(trigger, "metadata", "containerName");
    return [{ resource, percent, ...(container === undefined ? {} : { container }) }];
}

/** The workload that an autoscaler scales, by kind and name; an auto-named one by its name without the suffix. */
export function scaledWorkload(autoscaler: Autoscaler, manifests: readonly Manifest[]): Manifest | undefined {
    const reference = at(autoscaler.manifest, "spec", "scaleTargetRef");
    const kind = textAt(reference, "kind") ?? "Deployment";
    const name = textAt(reference, "name") ?? "";
    const candidates = manifests.filter(
        (manifest) => manifest.kind === kind && namespaceOf(manifest) === namespaceOf(autoscaler.manifest),
    );
    return (
        candidates.find((manifest) => nameOf(manifest) === name) ??
        candidates.find((manifest) => nameStem(nameOf(manifest)) === nameStem(name))
    );
}

export function autoscalerOf(workload: Manifest, manifests: readonly Manifest[]): Autoscaler | undefined {
    return manifests
        .flatMap((manifest) => readAutoscaler(manifest) ?? [])
        .find((autoscaler) => scaledWorkload(autoscaler, manifests) === workload);
}

/** A number of pods, or where an autoscaler decides, its bounds. */
export interface PodCount {
    readonly least: number;
    readonly most: number;
}

/** Undefined for a DaemonSet: its pods are as many as there are nodes, which no object says. */
export function podCount(workload: Manifest, manifests: readonly Manifest[]): PodCount | undefined {
    if (workload.kind === "DaemonSet") return undefined;
    const autoscaler = autoscalerOf(workload, manifests);
    if (autoscaler !== undefined) return { least: autoscaler.minReplicas, most: autoscaler.maxReplicas };
    const replicas = numberAt(workload, "spec", "replicas") ?? 1;
    return { least: replicas, most: replicas };
}
