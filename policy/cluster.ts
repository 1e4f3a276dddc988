/**
 * How Kubernetes objects point at one another: autoscaler -> workload, budget -> pods. (traffic.ts has the way of the
 * requests.) All objects are taken to be in one cluster.
 *
 * Functions that return an Iterable follow known.ts: first all that is known, then the first unknown is raised.
 */
import { defaultHpaBounds, defaultScaledObjectBounds } from "./kubernetesDefaults";
import { all, first, matching, some } from "./known";
import { groupOf, groupOfApi, nameOf, namespaceOf, type Field, type KubeObject } from "./manifest";

// --- Workloads -------------------------------------------------------------------------------------------------------

interface WorkloadKind {
    readonly groups: readonly string[];
    /** Where the pod template stands. */
    readonly template: readonly string[];
    /** How many pods there are is the object's spec.replicas. */
    readonly hasReplicas: boolean;
}

const workloadKinds: Readonly<Record<string, WorkloadKind>> = {
    Deployment: { groups: ["apps", "extensions"], template: ["spec", "template"], hasReplicas: true },
    StatefulSet: { groups: ["apps"], template: ["spec", "template"], hasReplicas: true },
    ReplicaSet: { groups: ["apps", "extensions"], template: ["spec", "template"], hasReplicas: true },
    ReplicationController: { groups: [""], template: ["spec", "template"], hasReplicas: true },
    // Argo's Rollout is a Deployment with other strategies. One with a workloadRef has no pods of its own description.
    Rollout: { groups: ["argoproj.io"], template: ["spec", "template"], hasReplicas: true },
    DaemonSet: { groups: ["apps", "extensions"], template: ["spec", "template"], hasReplicas: false },
    Job: { groups: ["batch"], template: ["spec", "template"], hasReplicas: false },
    CronJob: { groups: ["batch"], template: ["spec", "jobTemplate", "spec", "template"], hasReplicas: false },
    Pod: { groups: [""], template: [], hasReplicas: false },
};

function workloadKind(object: KubeObject): WorkloadKind | undefined {
    const kind = Object.hasOwn(workloadKinds, object.kind) ? workloadKinds[object.kind] : undefined;
    return kind?.groups.includes(groupOf(object)) === true ? kind : undefined;
}

/** True where the object makes pods, or is one. */
export function isWorkload(object: KubeObject): boolean {
    return workloadKind(object) !== undefined;
}

/** True where the pods come to an end by themselves, and are replaced by none. */
export function runsToCompletion(object: KubeObject): boolean {
    if (!isWorkload(object)) return false;
    // A Pod of its own, such as a chart's test; under a controller the API server takes Always alone.
    const isPodThatEnds = () => (podSpecOf(object).at("restartPolicy").text ?? "Always") !== "Always";
    return object.kind === "Job" || object.kind === "CronJob" || (object.kind === "Pod" && isPodThatEnds());
}

/** True where the object keeps a number of pods that an autoscaler could change. */
export function isScalable(object: KubeObject): boolean {
    return workloadKind(object)?.hasReplicas === true;
}

/** A workload's pod template: metadata and spec. */
export function podTemplateOf(workload: KubeObject): Field {
    return workload.root.at(...(workloadKind(workload)?.template ?? []));
}

export function podSpecOf(workload: KubeObject): Field {
    return podTemplateOf(workload).at("spec");
}

// --- Selectors -------------------------------------------------------------------------------------------------------

/** True where the labels have each of the wanted values. */
export function hasLabels(labels: Field, wanted: Field): boolean {
    return all(
        ...wanted.entries.map(
            ([key, value]) =>
                () =>
                    labels.at(key).text === value.text,
        ),
    );
}

function meetsExpression(labels: Field, expression: Field): boolean {
    const key = expression.at("key").text ?? "";
    const label = () => labels.at(key).text;
    const isListed = () => some(expression.at("values").items, (value) => value.text === label());
    switch (expression.at("operator").text) {
        case "In":
            return label() !== undefined && isListed();
        case "NotIn":
            return label() === undefined || !isListed();
        case "Exists":
            return label() !== undefined;
        case "DoesNotExist":
            return label() === undefined;
        case undefined:
        default:
            return false;
    }
}

/** True where a label selector (matchLabels, matchExpressions) takes these labels. An empty one takes all. */
export function selectorTakes(selector: Field, labels: Field): boolean {
    return all(
        () => hasLabels(labels, selector.at("matchLabels")),
        () => all(...selector.at("matchExpressions").items.map((one) => () => meetsExpression(labels, one))),
    );
}

export function inSameNamespace(a: KubeObject, b: KubeObject): boolean {
    return namespaceOf(a) === namespaceOf(b);
}

// --- Autoscalers -----------------------------------------------------------------------------------------------------

const isHorizontalPodAutoscaler = (object: KubeObject): boolean =>
    object.kind === "HorizontalPodAutoscaler" && groupOf(object) === "autoscaling";

export const isScaledObject = (object: KubeObject): boolean =>
    object.kind === "ScaledObject" && groupOf(object) === "keda.sh";

/** A HorizontalPodAutoscaler, or KEDA's ScaledObject that makes one. */
export function isAutoscaler(object: KubeObject): boolean {
    return isHorizontalPodAutoscaler(object) || isScaledObject(object);
}

function scales(autoscaler: KubeObject, workload: KubeObject): boolean {
    const target = autoscaler.root.at("spec", "scaleTargetRef");
    // KEDA's defaults are Deployment of apps/v1. Kubernetes has none, and looks for what names no API in the core's.
    const [defaultApi, defaultKind] = isScaledObject(autoscaler) ? ["apps/v1", "Deployment"] : ["v1", undefined];
    return all(
        () => (target.at("kind").text ?? defaultKind) === workload.kind,
        () => groupOfApi(target.at("apiVersion").text ?? defaultApi) === groupOf(workload),
        () => inSameNamespace(autoscaler, workload),
        () => target.at("name").text !== undefined,
        () => target.at("name").text === nameOf(workload),
    );
}

/** The workloads that an autoscaler targets; none where its target is not among the objects. */
export function targetsOf(autoscaler: KubeObject, cluster: readonly KubeObject[]): Iterable<KubeObject> {
    return matching(cluster.filter(isScalable), (workload) => scales(autoscaler, workload));
}

/** The autoscalers that target a workload. */
export function autoscalersOf(workload: KubeObject, cluster: readonly KubeObject[]): Iterable<KubeObject> {
    if (!isScalable(workload)) return [];
    return matching(cluster.filter(isAutoscaler), (autoscaler) => scales(autoscaler, workload));
}

/** How many pods a workload may have. */
export interface Scale {
    readonly minReplicas: number;
    readonly maxReplicas: number;
    /** Who says so, for messages. */
    readonly source: string;
}

/** The scale of a workload: its autoscaler's bounds, or spec.replicas, or Kubernetes' default of 1. */
export function scaleOf(workload: KubeObject, cluster: readonly KubeObject[]): Scale {
    const autoscaler = first(autoscalersOf(workload, cluster));
    if (autoscaler !== undefined) return boundsOf(autoscaler);
    const replicas = workload.root.at("spec", "replicas").number;
    return {
        minReplicas: replicas ?? 1,
        maxReplicas: replicas ?? 1,
        source: replicas === undefined ? "no spec.replicas, which means 1, and no autoscaler" : "spec.replicas",
    };
}

/** The bounds of an autoscaler, or its defaults. */
export function boundsOf(autoscaler: KubeObject): Scale {
    const spec = autoscaler.root.at("spec");
    const source = autoscaler.label;
    return isScaledObject(autoscaler)
        ? {
              // As long as no trigger is active there are as many as idleReplicaCount says.
              minReplicas:
                  spec.at("idleReplicaCount").number ??
                  spec.at("minReplicaCount").number ??
                  defaultScaledObjectBounds.minReplicas,
              maxReplicas: spec.at("maxReplicaCount").number ?? defaultScaledObjectBounds.maxReplicas,
              source,
          }
        : {
              minReplicas: spec.at("minReplicas").number ?? defaultHpaBounds.minReplicas,
              maxReplicas: spec.at("maxReplicas").number ?? defaultHpaBounds.maxReplicas,
              source,
          };
}

// --- Disruption budgets ----------------------------------------------------------------------------------------------

/** The PodDisruptionBudgets that select a workload's pods. */
export function budgetsOf(workload: KubeObject, cluster: readonly KubeObject[]): Iterable<KubeObject> {
    const labels = podTemplateOf(workload).at("metadata", "labels");
    const budgets = cluster.filter((object) => object.kind === "PodDisruptionBudget" && groupOf(object) === "policy");
    return matching(budgets, (budget) => {
        const selector = budget.root.at("spec", "selector");
        return all(
            () => inSameNamespace(budget, workload),
            () => selector.exists,
            () => selectorTakes(selector, labels),
        );
    });
}
