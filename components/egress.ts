/** Where the pods may connect to. */
import type * as k8s from "@pulumi/kubernetes";

import type { ArgumentProblem } from "./argumentProblem";
import { podsOfNamespace } from "./specs/traffic";

/** A network or the pods of a namespace, one of the two. */
export interface EgressTarget {
    /** As CIDR: "10.0.0.0/8". Of pods in the cluster it is their own addresses, not their Service's. */
    readonly cidr?: string | undefined;
    readonly namespace?: string | undefined;
    /**
     * Of TCP.
     * @default every port, of every protocol
     */
    readonly ports?: readonly number[] | undefined;
}

/** Whoever answers: a cache on the node has an address that is no pod's. */
const dns = { ports: ["UDP", "TCP"].map((protocol) => ({ protocol, port: 53 })) };

/** DNS, and what else is named. */
export function egressRules(targets: readonly EgressTarget[]): k8s.types.input.networking.v1.NetworkPolicyEgressRule[] {
    return [
        dns,
        ...targets.map(({ cidr, namespace, ports }) => ({
            to: [
                ...(cidr === undefined ? [] : [{ ipBlock: { cidr } }]),
                ...(namespace === undefined ? [] : [podsOfNamespace(namespace)]),
            ],
            ...(ports === undefined ? {} : { ports: ports.map((port) => ({ protocol: "TCP", port })) }),
        })),
    ];
}

/**
 * Kubernetes takes a rule without a target for one to everywhere.
 *
 * @param section what stands before the arguments' names, where a stack file has them: "web."
 */
export function problemsOfEgress(targets: readonly EgressTarget[] = [], section = ""): readonly ArgumentProblem[] {
    return targets.flatMap(({ cidr, namespace, ports }, i) => {
        const path = `${section}egress[${i}]`;
        if ((cidr === undefined) === (namespace === undefined)) {
            const found = cidr === undefined ? "neither cidr nor namespace" : "both cidr and namespace";
            return [{ path, message: `found ${found}. Allowed: one of them.` }];
        }
        return ports?.length === 0
            ? [
                  {
                      path: `${path}.ports`,
                      message: "found no port. Allowed: at least one, or leave it out for every port.",
                  },
              ]
            : [];
    });
}
