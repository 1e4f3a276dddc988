import { isWorkload, scaleOf } from "../cluster";
import type { Field, KubeObject } from "../manifest";
import { isNone, podsOf, type PodCount } from "../podCount";
import type { Rule } from "../rule";
import { isServed } from "../traffic";

type Problems = (workload: KubeObject, cluster: readonly KubeObject[]) => Generator<string, void>;

/** By kind. The other kinds have no rollouts. */
const problemsOf: Readonly<Record<string, Problems>> = {
    Deployment: deploymentProblems,
    Rollout: argoProblems,
    StatefulSet: statefulSetProblems,
    DaemonSet: daemonSetProblems,
    Pod: podProblems,
};

export const rolloutsKeepCapacity: Rule = {
    name: "rollouts-keep-capacity",
    description: "A rollout of what serves requests takes no pod away before its successor is ready: maxUnavailable 0.",
    enforcementLevel: "mandatory",
    scope: "stack",
    appliesTo: (object, cluster) =>
        Object.hasOwn(problemsOf, object.kind) && isWorkload(object) && isServed(object, cluster),
    problems: (workload, cluster) => problemsOf[workload.kind]?.(workload, cluster) ?? [],
};

function* deploymentProblems(deployment: KubeObject, cluster: readonly KubeObject[]): Generator<string, void> {
    const strategy = deployment.root.at("spec", "strategy");
    if (strategy.at("type").text === "Recreate") {
        yield (
            "strategy.type is Recreate: a rollout ends every pod before it starts a new one. Set type: RollingUpdate " +
            "with rollingUpdate.maxUnavailable: 0."
        );
        return;
    }
    yield* surgeProblems(strategy.at("rollingUpdate"), "strategy.rollingUpdate", deployment, cluster);
}

/** Blue and green are both there until the Service points to the new one; with routed traffic the stable pods stay. */
function* argoProblems(rollout: KubeObject, cluster: readonly KubeObject[]): Generator<string, void> {
    const strategy = rollout.root.at("spec", "strategy");
    if (strategy.at("blueGreen").exists || strategy.at("canary", "trafficRouting").exists) return;
    yield* surgeProblems(strategy.at("canary"), "strategy.canary", rollout, cluster);
}

/** Kubernetes' own default, and Argo's, of both maxUnavailable and maxSurge. */
const defaultShare = "25%";

function* surgeProblems(
    bounds: Field,
    path: string,
    workload: KubeObject,
    cluster: readonly KubeObject[],
): Generator<string, void> {
    const field = bounds.at("maxUnavailable");
    const maxUnavailable = field.numberOrText ?? defaultShare;
    if (isNone(maxUnavailable)) return;
    const found =
        `${path}.maxUnavailable is ${maxUnavailable}` +
        (field.exists ? "" : ` (the default, as the ${workload.kind} names none)`);
    const remedy = "Set it to 0; maxSurge pods then start first.";
    const { maxReplicas } = scaleOf(workload, cluster);
    const lost = lostPods(maxUnavailable, bounds.at("maxSurge").numberOrText ?? defaultShare, maxReplicas);
    if (lost === 0) return;
    yield `${found}: a rollout may take away ${lost} of ${maxReplicas} pods at once, and none may go. ${remedy}`;
}

/** A rollout rounds maxUnavailable down and maxSurge up; where both come to 0 it takes one pod all the same. */
function lostPods(maxUnavailable: PodCount, maxSurge: PodCount, replicas: number): number {
    if (replicas === 0) return 0;
    const lost = podsOf(maxUnavailable, replicas, Math.floor);
    return lost === 0 && podsOf(maxSurge, replicas, Math.ceil) === 0 ? 1 : lost;
}

/** A StatefulSet always ends a pod before it starts the successor, as both have the same name. */
function* statefulSetProblems(statefulSet: KubeObject, cluster: readonly KubeObject[]): Generator<string, void> {
    const strategy = statefulSet.root.at("spec", "updateStrategy");
    if (strategy.at("type").text === "OnDelete") return;
    const { minReplicas, maxReplicas, source } = scaleOf(statefulSet, cluster);
    if (minReplicas === 1) {
        yield (
            `A StatefulSet ends a pod before it starts its successor, and there may be only 1 (${source}): a rollout is ` +
            `an outage. Have 2 or more, or use a Deployment with maxUnavailable: 0.`
        );
        return;
    }
    const maxUnavailable = strategy.at("rollingUpdate", "maxUnavailable").numberOrText ?? 1;
    const lost = podsOf(maxUnavailable, maxReplicas, Math.ceil);
    if (lost <= 1) return;
    yield (
        `updateStrategy.rollingUpdate.maxUnavailable is ${maxUnavailable}: a rollout may take away ${lost} of ` +
        `${maxReplicas} pods at once. Leave it out; a StatefulSet then replaces one after another.`
    );
}

function* podProblems(): Generator<string, void> {
    yield (
        "It is a Pod of its own: a change, a drain of its node or a crash of that ends it, and nothing starts a successor first. " +
        "Use a Deployment with rollingUpdate.maxUnavailable: 0."
    );
}

function* daemonSetProblems(daemonSet: KubeObject): Generator<string, void> {
    const strategy = daemonSet.root.at("spec", "updateStrategy");
    const field = strategy.at("rollingUpdate", "maxUnavailable");
    const maxUnavailable = field.numberOrText ?? 1;
    if (strategy.at("type").text === "OnDelete" || isNone(maxUnavailable)) return;
    yield (
        `updateStrategy.rollingUpdate.maxUnavailable is ${maxUnavailable}` +
        `${field.exists ? "" : " (Kubernetes' default, as the DaemonSet names none)"}: a rollout takes a node's pod away ` +
        `before its successor is ready. Set it to 0 and maxSurge to 1.`
    );
}
