/** What an autoscaler needs from its target, and what it must be left alone with. */
import {
    autoscalersOf,
    boundsOf,
    inSameNamespace,
    isAutoscaler,
    isScalable,
    isScaledObject,
    podSpecOf,
    scaleOf,
    targetsOf,
} from "../cluster";
import { all, any, first, gather, knownFirst, matching } from "../known";
import { nameOf, namespaceOf, UnknownFieldError, type Field, type KubeObject } from "../manifest";
import { describeContainer, runningContainers } from "../pod";
import type { Rule } from "../rule";
import { isServed } from "../traffic";

// --- autoscaler-targets-have-requests --------------------------------------------------------------------------------

export const autoscalerTargetsHaveRequests: Rule = {
    name: "autoscaler-targets-have-requests",
    description:
        "What an autoscaler targets is there, and has the requests in percent of which it is measured; otherwise the autoscaler " +
        "reports an error and stands still.",
    enforcementLevel: "mandatory",
    scope: "stack",
    appliesTo: isAutoscaler,
    problems: (autoscaler, cluster) =>
        knownFirst(
            [
                () => targetProblems(autoscaler, cluster),
                () =>
                    knownFirst(targetsOf(autoscaler, cluster), (target) =>
                        knownFirst(measuresOf(autoscaler), (measure) => measureProblems(measure, target)),
                    ),
                () => behaviorProblems(autoscaler),
            ],
            (problems) => problems(),
        ),
};

/**
 * The target may be made elsewhere. It is mistaken where a workload without an autoscaler has its name, or has no number of pods
 * in the same namespace.
 */
function* targetProblems(autoscaler: KubeObject, cluster: readonly KubeObject[]): Generator<string, void> {
    if (first(targetsOf(autoscaler, cluster)) !== undefined) return;
    const target = autoscaler.root.at("spec", "scaleTargetRef");
    const name = target.at("name").text;
    const isLeftAlone = (workload: KubeObject): boolean =>
        all(
            () => inSameNamespace(autoscaler, workload),
            () => !workload.root.at("spec", "replicas").exists,
            () => isServed(workload, cluster),
        );
    const isMeant = (workload: KubeObject): boolean =>
        all(
            () => first(autoscalersOf(workload, cluster)) === undefined,
            () =>
                any(
                    () => nameOf(workload) === name,
                    () => isLeftAlone(workload),
                ),
        );
    const meant = first(matching(cluster.filter(isScalable), isMeant));
    if (meant === undefined) return;
    const found = [
        target.at("apiVersion").text ?? "(no apiVersion)",
        target.at("kind").text ?? "(no kind)",
        name ?? "(no name)",
    ];
    yield (
        `scaleTargetRef is ${found.join(" ")} in namespace ${namespaceOf(autoscaler)}, and there is none: the autoscaler ` +
        `finds nothing to scale. Is ${meant.apiVersion} ${meant.label} meant?`
    );
}

function* behaviorProblems(autoscaler: KubeObject): Generator<string, void> {
    const path = isScaledObject(autoscaler) ? ["advanced", "horizontalPodAutoscalerConfig", "behavior"] : ["behavior"];
    const policy = autoscaler.root.at("spec", ...path, "scaleUp", "selectPolicy");
    const { minReplicas, maxReplicas } = boundsOf(autoscaler);
    if (policy.text !== "Disabled" || minReplicas >= maxReplicas) return;
    yield (
        `${policy.path} is Disabled, so it never scales out, whatever the load is. Leave it out, or set a stabilization window ` +
        `and policies that let it scale slowly.`
    );
}

/** A resource that an autoscaler looks at. */
interface Measure {
    /** Such as cpu. */
    readonly resource: string;
    /** Where in the autoscaler it stands, or why it holds, for messages. */
    readonly source: string;
    /** The one container that is measured; all of them where undefined. */
    readonly container: string | undefined;
    /** True where the target is a share of the request. */
    readonly inPercentOfRequest: boolean;
}

function measuresOf(autoscaler: KubeObject): Iterable<Measure> {
    const spec = autoscaler.root.at("spec");
    if (autoscaler.kind === "ScaledObject") {
        return knownFirst(spec.at("triggers").items, kedaMeasures);
    }
    if (spec.at("metrics").items.length > 0) return knownFirst(spec.at("metrics").items, metricMeasures);
    // autoscaling/v1, or v2 without metrics: CPU in percent, 80 where no number is given.
    return [
        {
            resource: "cpu",
            source: spec.at("targetCPUUtilizationPercentage").exists
                ? "spec.targetCPUUtilizationPercentage"
                : "no metrics, which means CPU at 80 %",
            container: undefined,
            inPercentOfRequest: true,
        },
    ];
}

function* metricMeasures(metric: Field): Generator<Measure, void> {
    const type = metric.at("type").text;
    if (type !== "Resource" && type !== "ContainerResource") return;
    const source = metric.at(type === "Resource" ? "resource" : "containerResource");
    yield {
        resource: source.at("name").text ?? "cpu",
        source: `${metric.path} (${type})`,
        container: type === "Resource" ? undefined : (source.at("container").text ?? ""),
        inPercentOfRequest: any(
            () => source.at("target", "averageUtilization").exists,
            () => source.at("target", "type").text === "Utilization",
            // autoscaling/v2beta1
            () => source.at("targetAverageUtilization").exists,
        ),
    };
}

function* kedaMeasures(trigger: Field): Generator<Measure, void> {
    const type = trigger.at("type").text;
    if (type !== "cpu" && type !== "memory") return;
    const metricType = trigger.at("metricType").text ?? trigger.at("metadata", "type").text ?? "Utilization";
    yield {
        resource: type,
        source: `${trigger.path} (${type})`,
        container: trigger.at("metadata", "containerName").text,
        inPercentOfRequest: metricType === "Utilization",
    };
}

function* measureProblems(measure: Measure, target: KubeObject): Generator<string, void> {
    const podSpec = podSpecOf(target);
    const running = runningContainers(podSpec);
    const { container: measuredName, source } = measure;
    if (measuredName !== undefined) {
        const measured = gather(matching(running, (container) => container.at("name").text === measuredName));
        if (measured.known.length === 0) {
            if (measured.unknown !== undefined) throw measured.unknown;
            const names = [...runningContainers(podSpec)].map((container) => container.at("name").text ?? "(unnamed)");
            yield (
                `${source} measures container ${measuredName}, and ${target.label} has only ${names.join(", ")}: the ` +
                `autoscaler gets no number and stands still. Name one of these.`
            );
            return;
        }
        yield* requestProblems(measured.known, measure, podSpec, target);
    } else {
        yield* requestProblems(running, measure, podSpec, target);
    }
}

function* requestProblems(
    containers: Iterable<Field>,
    measure: Measure,
    podSpec: Field,
    target: KubeObject,
): Generator<string, void> {
    if (!measure.inPercentOfRequest) return;
    yield* knownFirst(containers, function* (container) {
        const hasRequest = any(
            () => isRequested(container, measure.resource),
            () => isRequested(podSpec, measure.resource),
        );
        if (hasRequest) return;
        yield (
            `${measure.source} is in percent of the ${measure.resource} request, and ${describeContainer(container)} of ` +
            `${target.label} has none: the autoscaler reports "missing request for ${measure.resource}" and stands still. ` +
            `Set resources.requests.${measure.resource} on it` +
            (measure.container === undefined ? ", or measure one container by a ContainerResource metric." : ".")
        );
    });
}

/** Kubernetes takes the limit for the request where only a limit is set. */
function isRequested(owner: Field, resource: string): boolean {
    return any(
        () => owner.at("resources", "requests", resource).exists,
        () => owner.at("resources", "limits", resource).exists,
    );
}

// --- autoscaler-owns-replicas ----------------------------------------------------------------------------------------

export const autoscalerOwnsReplicas: Rule = {
    name: "autoscaler-owns-replicas",
    description: "The number of replicas has one owner: one autoscaler, and no spec.replicas beside it.",
    enforcementLevel: "mandatory",
    scope: "stack",
    appliesTo: (object, cluster) => isScalable(object) && first(autoscalersOf(object, cluster)) !== undefined,
    problems: (workload, cluster) =>
        knownFirst([secondOwnerProblems, replicasProblems], (problems) => problems(workload, cluster)),
};

function* secondOwnerProblems(workload: KubeObject, cluster: readonly KubeObject[]): Generator<string, void> {
    const { known, unknown } = gather(autoscalersOf(workload, cluster));
    if (known.length > 1) {
        yield (
            `${known.length} autoscalers target it (${known.map((one) => one.label).join(", ")}): each undoes what the ` +
            `other decides, and pods come and go without need. Keep one; it may have several metrics or triggers.`
        );
    }
    if (known.length > 0 && unknown !== undefined) throw unknown;
}

function* replicasProblems(workload: KubeObject, cluster: readonly KubeObject[]): Generator<string, void> {
    if (ignoresChangesOf(workload, ["spec", "replicas"])) return;
    const replicas = workload.root.at("spec", "replicas");
    if (!replicas.exists) return;
    if (workload.origin.observed === true) {
        // The live number, and nobody can tell from it whether the program asked for it.
        throw new UnknownFieldError(`what the program sets as ${replicas.path} of ${workload.label}`);
    }
    const scale = scaleOf(workload, cluster);
    yield (
        `spec.replicas is ${replicas.numberOrText ?? "set"}, and ${scale.source} scales it between ` +
        `${scale.minReplicas} and ${scale.maxReplicas}: each update puts the number back and may end many pods at ` +
        `once. Leave replicas out of a new workload. On a live one set ignoreChanges: ["spec.replicas"] as well: ` +
        `Kubernetes would fall to 1 when the field goes.`
    );
}

// --- never-scaled-to-zero --------------------------------------------------------------------------------------------

/** KEDA keeps so many pods, whatever its triggers say. */
const pausedAnnotation = "autoscaling.keda.sh/paused-replicas";

export const neverScaledToZero: Rule = {
    name: "never-scaled-to-zero",
    description: "No autoscaler takes the last pod away from what serves requests.",
    enforcementLevel: "mandatory",
    scope: "stack",
    appliesTo: (object, cluster) => isScalable(object) && isServed(object, cluster),
    problems: (workload, cluster) =>
        knownFirst(autoscalersOf(workload, cluster), function* (autoscaler) {
            const paused = autoscaler.root.at("metadata", "annotations", pausedAnnotation);
            if (isScaledObject(autoscaler) && Number(paused.text ?? 1) === 0) {
                yield (
                    `${autoscaler.label} is paused at 0 pods (annotation ${pausedAnnotation}): requests find no pod. Take the ` +
                    `annotation away, or pause at 1 or more.`
                );
            }
            const { minReplicas } = boundsOf(autoscaler);
            if (minReplicas > 0) return;
            const spec = autoscaler.root.at("spec");
            const field = !isScaledObject(autoscaler)
                ? "minReplicas"
                : spec.at("idleReplicaCount").exists
                  ? "idleReplicaCount"
                  : "minReplicaCount";
            yield (
                `${autoscaler.label} may scale it to 0 (spec.${field}${spec.at(field).exists ? "" : ", which is 0 by default"}): ` +
                `requests that come then find no pod. Set ${field} to 1 or more.`
            );
        }),
};

/** True where Pulumi's ignoreChanges covers the path: the engine then keeps the old input, and the provider the live value. */
export function ignoresChangesOf(object: KubeObject, path: readonly string[]): boolean {
    return object.root.at("ignoreChanges").items.some((item) => {
        const ignored = parsePropertyPath(item.text ?? "");
        return (
            ignored.length > 0 &&
            ignored.length <= path.length &&
            ignored.every((name, i) => name === "*" || name === path[i])
        );
    });
}

/** Pulumi's property paths: spec.replicas, spec["replicas"], ["spec"].*, spec[*]. */
function parsePropertyPath(text: string): readonly string[] {
    return [...text.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|([^.[\]]+)/g)].map(
        (match) => match[1]?.replace(/\\(.)/g, "$1") ?? match[2] ?? match[3] ?? "",
    );
}
