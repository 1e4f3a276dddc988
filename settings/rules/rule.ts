/** What a rule is, and what rules have in common. */
import type { ArgumentProblem } from "../../components/argumentProblem";
import type { ParsedSettings } from "../schema";

export { none, problem } from "../../components/argumentProblem";

/** What is wrong with one key; its path is that from the root, dotted: "web.autoscaling.minReplicas". */
export type Problem = ArgumentProblem;

export interface RuleInput {
    readonly settings: ParsedSettings;
    /** True where the stack file itself has a value at the path: the other values are defaults. */
    readonly isGiven: (path: string) => boolean;
    /** Names of the environment variables in the key secrets. */
    readonly secretNames: readonly string[];
}

export interface Rule {
    /** What holds where the rule is kept; tests call it by that. */
    readonly name: string;
    /** The paths that the rule reads. Where one of them is broken by itself, the rule has nothing to say. */
    readonly reads: readonly string[];
    /** Not to be kept by `ingressController.alongside` too. */
    readonly isOfFirstController?: true;
    readonly check: (input: RuleInput) => readonly Problem[];
}

/** Keys that would silently do nothing beside another one. */
export function inert(input: RuleInput, paths: readonly string[], because: string): readonly Problem[] {
    return paths
        .filter((path) => input.isGiven(path))
        .map((path) => ({ path, message: `has no effect ${because}. Remove it.` }));
}

/** Namespaces that every cluster has; a stack that made one of them would remove it again. */
export const clusterNamespaces: readonly string[] = ["default", "kube-system", "kube-public", "kube-node-lease"];

/** The end of a message that refuses a single replica. */
export const orAllowSingleReplica = "In a stack for trying things out, set cluster.allowSingleReplica: true.";
