import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { serviceDefaults } from "./defaults";
import type { ObjectMetadata } from "./objectMetadata";
import { horizontalPodAutoscaler, scaledObject } from "./autoscaler";
import type { Service } from "./service";
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
        const scaled = {
            name: ownName,
            metadata: ownMetadata,
            deploymentName: deployment.metadata.name,
            container: workerContainerName,
        };
        const { triggers, targetCPUUtilizationPercentage, ...bounds } = { ...given.scaling, scaleUp, scaleDown };
        if (targetCPUUtilizationPercentage !== undefined && triggers.length === 0) {
            horizontalPodAutoscaler(scaled, { ...bounds, targetCPUUtilizationPercentage }, options);
        } else {
            const input = { ...bounds, targetCPUUtilizationPercentage, triggers };
            scaledObject(scaled, input, "no-autoscaling.triggers", options);
        }
    }
}
