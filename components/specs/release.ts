/** The Job of a release: a command of the new image, before the rollout and once. docs/decisions/0023-a-release-is-a-job.md */
import { createHash } from "node:crypto";

import type * as k8s from "@pulumi/kubernetes";

import type { Filled } from "../withDefaults";
import type { ReleaseArgs } from "../args";
import type { releaseDefaults } from "../defaults";
import { commandDeadlineSeconds, commandGraceSeconds } from "../drain";
import { commandPodSpec } from "./commandPod";
import { componentLabel, nameLabel, releaseContainerName } from "./names";

export type Release = Filled<ReleaseArgs, typeof releaseDefaults>;

/** How a Job treats a pod of its own that ends. */
export const oncePolicy = {
    // The command says itself whether it has succeeded. What has failed half way is looked at before it runs again.
    backoffLimit: 0,
    // A pod that a node's drain has ended is no failure, and another one begins where it has ended, not before.
    podFailurePolicy: {
        rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }],
    },
    podReplacementPolicy: "Failed",
} satisfies Partial<k8s.types.input.batch.v1.JobSpec>;

/**
 * One release after the other: the scheduler lets no second pod of them onto any node while one is on any. Every node that
 * these images run on has this label, with this value.
 */
function oneAtATime(matchLabels: Readonly<Record<string, string>>): k8s.types.input.core.v1.Affinity {
    return {
        podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
                { topologyKey: "kubernetes.io/os", labelSelector: { matchLabels } },
            ],
        },
    };
}

/**
 * @param name of the service
 * @param served the template of its pods
 */
export function releaseJobSpec(
    name: string,
    served: k8s.types.input.core.v1.PodTemplateSpec,
    { command, longestSeconds }: Release,
) {
    const labels = { [nameLabel]: name, [componentLabel]: releaseContainerName };
    return {
        ...oncePolicy,
        template: {
            metadata: commandMetadata(served, labels),
            spec: commandPodSpec(served, {
                name: releaseContainerName,
                command,
                pod: {
                    restartPolicy: "Never",
                    activeDeadlineSeconds: commandDeadlineSeconds(longestSeconds),
                    terminationGracePeriodSeconds: commandGraceSeconds(longestSeconds),
                    affinity: oneAtATime(labels),
                },
            }),
        },
    } satisfies k8s.types.input.batch.v1.JobSpec;
}

/** The stack file's labels and annotations of pods, and labels by which nothing that serves selects. */
export function commandMetadata(
    served: k8s.types.input.core.v1.PodTemplateSpec,
    labels: Readonly<Record<string, string>>,
) {
    const { metadata } = served as {
        readonly metadata: {
            readonly labels: Readonly<Record<string, string>>;
            readonly annotations: Readonly<Record<string, string>>;
        };
    };
    const annotations = Object.entries(metadata.annotations).filter(([key]) => !key.startsWith("php-web-service/"));
    return {
        labels: { ...metadata.labels, ...labels },
        ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
    };
}

/** The end of the Job's name: the same for the same release, and another one for whatever is another. */
export function releaseIdentity(spec: unknown): string {
    return createHash("sha256").update(JSON.stringify(spec)).digest("hex").slice(0, 8);
}
