/** How whoever stands before the pods chooses one for each request. */
import { isOfOthers } from "../../../components/gateway";
import type { Settings } from "../../../settings/types";

export type Spread =
    | { readonly kind: "random" }
    /** Each process goes through the pods in turn, and knows nothing of the others. */
    | { readonly kind: "roundRobin"; readonly processes: number }
    /** The pod with the fewest requests in it. */
    | { readonly kind: "leastRequests" };

/** nginx starts one worker process for each core of the node, and no stack file tells how many those are. */
const coresOfNode = 4;

/** DaemonSets have a pod on each node. */
const nodes = 3;

/**
 * As the stack's controller does it. The worst is taken of what is not known: the implementation of somebody else's Gateway,
 * and how fast a pod has answered lately (ewma).
 */
export function spreadOf({ web, ingressController }: Settings): Spread {
    const { kind, workload, replicas, config, loadBalance } = ingressController;
    if (isOfOthers(web.gateway) || loadBalance === "ewma") return { kind: "random" };
    const pods = workload === "DaemonSet" ? nodes : replicas;
    // Traefik is one process a pod.
    const each = kind === "traefik" ? 1 : Number(config["worker-processes"] ?? coresOfNode) || coresOfNode;
    return { kind: "roundRobin", processes: pods * each };
}

const roundRobin = /^round robin by (\d{1,4})$/;

/** Undefined for what is no spread: "random", "least requests" or "round robin by 8". */
export function parseSpread(text: string): Spread | undefined {
    if (text === "random") return { kind: "random" };
    if (text === "least requests") return { kind: "leastRequests" };
    const processes = Number(roundRobin.exec(text)?.[1]);
    return processes >= 1 ? { kind: "roundRobin", processes } : undefined;
}

export function describeSpread(spread: Spread): string {
    switch (spread.kind) {
        case "random":
            return "at random";
        case "leastRequests":
            return "to the pod with the fewest requests";
        case "roundRobin":
            return `in turn, by each of ${spread.processes} processes of the ingress`;
    }
}
