/** How a Deployment replaces its pods: one in before one out. */
import type * as k8s from "@pulumi/kubernetes";

export interface RolloutInput {
    /** Pods above the wanted number while a rollout runs: "25%" or a number. */
    readonly maxSurge: string | number;
    /** How long a new pod must stay ready to count. Seconds. */
    readonly minReadySeconds: number;
    /** A rollout without progress for so long has failed. Seconds. */
    readonly progressDeadlineSeconds: number;
}

/** maxUnavailable is 0: 25 % of it would take 6 of 24 pods away in the middle of a busy day. */
export function rolloutSpec(input: RolloutInput) {
    return {
        minReadySeconds: input.minReadySeconds,
        progressDeadlineSeconds: input.progressDeadlineSeconds,
        revisionHistoryLimit: 5,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: input.maxSurge, maxUnavailable: 0 } },
    } satisfies Partial<k8s.types.input.apps.v1.DeploymentSpec>;
}

/**
 * How long `pulumi up` waits for the Deployment: above progressDeadlineSeconds for each batch that the surge allows, so
 * that a failed rollout ends with Kubernetes' own reason and not with Pulumi's time-out.
 */
export function rolloutTimeoutSeconds(input: RolloutInput, mostReplicas: number): number {
    const surge =
        typeof input.maxSurge === "number"
            ? input.maxSurge
            : Math.ceil((mostReplicas * Number.parseInt(input.maxSurge, 10)) / 100);
    return Math.ceil(mostReplicas / surge) * input.progressDeadlineSeconds + 60;
}
