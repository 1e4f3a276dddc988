import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { serviceDefaults } from "./defaults";
import type { ObjectMetadata } from "./objectMetadata";
import type { Service } from "./service";
import { hpaSpec } from "./specs/autoscaling";
import { workerContainerName } from "./specs/names";
import { rolloutTimeoutSeconds } from "./specs/rollout";
import { workerDeploymentSpec, workerLabels } from "./specs/worker";

/**
 * Makes a Deployment of each worker, and the autoscaler that owns its number of pods.
 *
 * @param served the template of the service's pods
 */
export function workerDeployments(
    name: string,
    metadata: ObjectMetadata,
    served: k8s.types.input.core.v1.PodTemplateSpec,
    { workers, rollout, deploymentHooks }: Pick<Service, "workers" | "rollout" | "deploymentHooks">,
    options: pulumi.CustomResourceOptions,
): void {
    const { scaleUp, scaleDown } = serviceDefaults.scaling;
    for (const [worker, given] of Object.entries(workers)) {
        const ownName = `${name}-${worker}`;
        const ownMetadata = { ...metadata, name: ownName, labels: workerLabels(name, worker) };
        const seconds = `${rolloutTimeoutSeconds(rollout, given.scaling.maxReplicas)}s`;
        const deployment = new k8s.apps.v1.Deployment(
            ownName,
            // Without replicas, as the service's own.
            { metadata: ownMetadata, spec: workerDeploymentSpec(name, worker, served, given, rollout) },
            {
                ...options,
                ...(deploymentHooks === undefined ? {} : { hooks: deploymentHooks }),
                customTimeouts: { create: seconds, update: seconds },
            },
        );
        const scaling = { ...given.scaling, scaleUp, scaleDown };
        new k8s.autoscaling.v2.HorizontalPodAutoscaler(
            ownName,
            { metadata: ownMetadata, spec: hpaSpec(scaling, deployment.metadata.name, workerContainerName) },
            options,
        );
    }
}
