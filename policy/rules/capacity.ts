/** What keeps enough pods while a rollout, a drain or a crash goes on. */
import { budgetsOf, isScalable, isServed, scaleOf, type Scale } from "../cluster";
import { gather, knownFirst } from "../known";
import type { Field, KubeObject } from "../manifest";
import type { Rule } from "../rule";

/** A number of pods, given as such or in percent. */
type PodCount = number | string;

/** How many of the pods that is. Kubernetes rounds a rollout's maxUnavailable down, and a budget's numbers up. */
function podsOf(count: PodCount, replicas: number, round: (pods: number) => number): number {
    if (typeof count === "number") return count;
    const percent = /^(\d+)%$/.exec(count)?.[1];
    return percent === undefined ? 0 : round((Number(percent) * replicas) / 100);
}

const isNone = (count: PodCount): boolean => count === 0 || /^0+%$/.test(String(count));

// --- rollouts-keep-capacity ------------------------------------------------------------------------------------------

/** Kubernetes' own default. */
const defaultMaxUnavailable = "25%";

export const rolloutsKeepCapacity: Rule = {
    name: "rollouts-keep-capacity",
    description: "A rollout of what serves requests takes no pod away before its successor is ready: maxUnavailable 0.",
    enforcementLevel: "mandatory",
    scope: "stack",
    appliesTo: (object, cluster) => object.kind === "Deployment" && isScalable(object) && isServed(object, cluster),
    *problems(deployment, cluster) {
        const strategy = deployment.root.at("spec", "strategy");
        if (strategy.at("type").text === "Recreate") {
            yield (
                "strategy.type is Recreate: a rollout ends every pod before it starts a new one. Set type: RollingUpdate " +
                "with rollingUpdate.maxUnavailable: 0."
            );
            return;
        }
        const field = strategy.at("rollingUpdate", "maxUnavailable");
        const maxUnavailable = field.numberOrText ?? defaultMaxUnavailable;
        if (isNone(maxUnavailable)) return;
        yield (
            `strategy.rollingUpdate.maxUnavailable is ${maxUnavailable}` +
            `${field.exists ? "" : " (Kubernetes' default, as the Deployment names none)"}: ` +
            `${describeLoss(maxUnavailable, deployment, cluster)}. Set it to 0; maxSurge pods then start first.`
        );
    },
};

/** The loss in pods where the scale is known; it is an illustration only, so an unknown scale costs no verdict. */
function describeLoss(maxUnavailable: PodCount, deployment: KubeObject, cluster: readonly KubeObject[]): string {
    const scale = gather(knownFirst([deployment], (one) => [scaleOf(one, cluster)])).known[0];
    if (scale === undefined) return "a rollout may take away so many pods at once";
    const lost = podsOf(maxUnavailable, scale.maxReplicas, Math.floor);
    return `a rollout may take away ${lost} of ${scale.maxReplicas} pods at once, and none may go`;
}

// --- disruption-budget-present ---------------------------------------------------------------------------------------

export const disruptionBudgetPresent: Rule = {
    name: "disruption-budget-present",
    description:
        "What serves requests with more than one pod has one PodDisruptionBudget, and the budget lets a node be drained.",
    enforcementLevel: "mandatory",
    scope: "stack",
    appliesTo: (object, cluster) => isScalable(object) && isServed(object, cluster),
    *problems(workload, cluster) {
        const scale = scaleOf(workload, cluster);
        if (scale.maxReplicas <= 1) return;
        const { known: budgets, unknown } = gather(budgetsOf(workload, cluster));
        yield* knownFirst(budgets, (budget) => budgetProblems(budget, scale));
        if (budgets.length > 1) {
            yield (
                `${budgets.length} PodDisruptionBudgets select its pods (${budgets.map((one) => one.label).join(", ")}): ` +
                `evictions are refused where there is more than one, which blocks drains. Keep one.`
            );
        }
        if (unknown !== undefined) throw unknown;
        if (budgets.length === 0) {
            yield (
                `No PodDisruptionBudget selects its pods, and there are up to ${scale.maxReplicas} of them ` +
                `(${scale.source}): a drain of nodes may end all of them at once. Add one with the pods' labels and ` +
                `maxUnavailable: 1.`
            );
        }
    },
};

function* budgetProblems(budget: KubeObject, scale: Scale): Generator<string, void> {
    const maxUnavailable = budget.root.at("spec", "maxUnavailable");
    const minAvailable = budget.root.at("spec", "minAvailable");
    const remedy = "a node with one of these pods can never be drained. Set maxUnavailable: 1 instead.";
    if (maxUnavailable.numberOrText !== undefined) {
        if (isNone(maxUnavailable.numberOrText)) {
            yield `${budget.label} has maxUnavailable ${maxUnavailable.numberOrText}, and 1 or more is needed: ${remedy}`;
        }
        return;
    }
    if (minAvailable.numberOrText === undefined) {
        yield `${budget.label} has neither maxUnavailable nor minAvailable: ${remedy}`;
        return;
    }
    yield* minAvailableProblems(budget, minAvailable, scale, remedy);
}

function* minAvailableProblems(
    budget: KubeObject,
    minAvailable: Field,
    scale: Scale,
    remedy: string,
): Generator<string, void> {
    const count = minAvailable.numberOrText ?? 0;
    // With no pod at all there is nothing to drain, so one is the least that matters.
    const fewestReplicas = Math.max(scale.minReplicas, 1);
    const needed = podsOf(count, fewestReplicas, Math.ceil);
    if (needed < fewestReplicas) return;
    yield (
        `${budget.label} has minAvailable ${count}` +
        `${typeof count === "string" ? `, which is ${needed} of ${fewestReplicas} pods` : ""}, and there may be no more ` +
        `than ${fewestReplicas} (${scale.source}): ${remedy}`
    );
}

// --- replica-floor ---------------------------------------------------------------------------------------------------

const floor = 2;

export const replicaFloor: Rule = {
    name: "replica-floor",
    description: "What serves requests has at least two pods at all times, so that one may go.",
    // A development stack may well have one.
    enforcementLevel: "advisory",
    scope: "stack",
    appliesTo: (object, cluster) => isScalable(object) && isServed(object, cluster),
    *problems(workload, cluster) {
        const scale = scaleOf(workload, cluster);
        if (scale.minReplicas >= floor) return;
        yield (
            `There may be only ${scale.minReplicas} (${scale.source}), and ${floor} are needed: with one pod, its crash or ` +
            `its node's loss is an outage. Set the autoscaler's minimum (minReplicas) or spec.replicas to ${floor} or more.`
        );
    },
};
