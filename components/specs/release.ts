/** The Job of a release: a command of the new image, before the rollout and once. docs/decisions/0023-a-release-is-a-job.md */
import { createHash } from "node:crypto";

import type * as k8s from "@pulumi/kubernetes";

import type { Filled } from "../withDefaults";
import type { ReleaseArgs } from "../args";
import type { releaseDefaults } from "../defaults";
import { commandDeadlineSeconds, commandGraceSeconds } from "../drain";
import { commandMetadata, commandPodSpec, oncePolicy } from "./commandPod";
import { componentLabel, nameLabel, releaseContainerName } from "./names";

export type Release = Filled<ReleaseArgs, typeof releaseDefaults>;

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

/** The end of the Job's name: the same for the same release, and another one for whatever is another. */
export function releaseIdentity(spec: unknown): string {
    return createHash("sha256").update(JSON.stringify(spec)).digest("hex").slice(0, 8);
}
