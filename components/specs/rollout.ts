/** How a Deployment replaces its pods: one in before one out. */
import type * as k8s from "@pulumi/kubernetes";

import type { Service } from "../service";

type Rollout = Service["rollout"];

/** The controller looks again a second after the deadline; the rest is for a slow machine. */
const verdictSeconds = 15;

/** maxUnavailable is 0: 25 % of it would take 6 of 24 pods away in the middle of a busy day. */
export function rolloutSpec(input: Rollout) {
    return {
        minReadySeconds: input.minReadySeconds,
        progressDeadlineSeconds: input.progressDeadlineSeconds,
        revisionHistoryLimit: 5,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: input.maxSurge, maxUnavailable: 0 } },
    } satisfies Partial<k8s.types.input.apps.v1.DeploymentSpec>;
}

/**
 * How long `pulumi up` waits for the Deployment, in seconds: progressDeadlineSeconds, or what all batches that the surge
 * allows may take to start where that is longer, and a little more for Kubernetes' own verdict. The official provider hears
 * that verdict and waits on for all of this time. Batches that each take longer than their start should are waited for by
 * tools/why/hook.ts.
 */
export function rolloutTimeoutSeconds(input: Rollout, mostReplicas: number): number {
    const surge =
        typeof input.maxSurge === "number"
            ? input.maxSurge
            : Math.ceil((mostReplicas * Number.parseInt(input.maxSurge, 10)) / 100);
    const startSeconds = Math.ceil(mostReplicas / surge) * (input.startupSeconds + input.minReadySeconds);
    return Math.max(input.progressDeadlineSeconds, startSeconds) + verdictSeconds;
}
