/** What keeps enough pods while a drain or a crash goes on. */
import { budgetsOf, isScalable, scaleOf, type Scale } from "../cluster";
import { gather, knownFirst } from "../known";
import type { Field, KubeObject } from "../manifest";
import { isNone, podsOf, type PodCount } from "../podCount";
import type { Rule } from "../rule";
import { isServed } from "../traffic";

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
        yield* maxUnavailableProblems(budget, maxUnavailable.numberOrText, scale, remedy);
        return;
    }
    if (minAvailable.numberOrText === undefined) {
        yield `${budget.label} has neither maxUnavailable nor minAvailable: ${remedy}`;
        return;
    }
    yield* minAvailableProblems(budget, minAvailable, scale, remedy);
}

function* maxUnavailableProblems(
    budget: KubeObject,
    count: PodCount,
    scale: Scale,
    remedy: string,
): Generator<string, void> {
    if (isNone(count)) {
        yield `${budget.label} has maxUnavailable ${count}, and 1 or more is needed: ${remedy}`;
        return;
    }
    // A single pod has to go when its node does; of several some have to stay, at the fewest and at the most.
    const scales = [scale.minReplicas, scale.maxReplicas].filter((replicas) => replicas > 1);
    const emptied = scales.find((replicas) => podsOf(count, replicas, Math.ceil) >= replicas);
    if (emptied === undefined) return;
    yield (
        `${budget.label} has maxUnavailable ${count}, which lets all of ${emptied} pods go (${scale.source}): a drain of ` +
        `nodes may end all of them at once. Set maxUnavailable: 1.`
    );
}

function* minAvailableProblems(
    budget: KubeObject,
    minAvailable: Field,
    scale: Scale,
    remedy: string,
): Generator<string, void> {
    const count = minAvailable.numberOrText ?? 0;
    if (isNone(count)) {
        yield (
            `${budget.label} has minAvailable ${count}, which lets all of them go: a drain of nodes may end up to ` +
            `${scale.maxReplicas} pods at once (${scale.source}). Set maxUnavailable: 1 instead.`
        );
        return;
    }
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
