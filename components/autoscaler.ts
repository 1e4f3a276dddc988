import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { ObjectMetadata } from "./objectMetadata";
import {
    droppedTolerance,
    hpaSpec,
    scaledObjectSpec,
    type AutoscalingInput,
    type KedaTrigger,
} from "./specs/autoscaling";

/** A fixed number of pods, or an autoscaler between two bounds. */
export type ReplicaScalingArgs =
    | { readonly kind: "fixed"; readonly replicas: number }
    | (AutoscalingInput & { readonly kind: "hpa" | "keda"; readonly triggers: readonly KedaTrigger[] });

/** Makes the autoscaler of a Deployment and returns its name; undefined with a fixed number of pods. */
export function autoscaler(
    name: string,
    metadata: ObjectMetadata,
    scaling: ReplicaScalingArgs,
    deploymentName: pulumi.Output<string>,
    child: pulumi.CustomResourceOptions,
): pulumi.Output<string | undefined> {
    switch (scaling.kind) {
        case "fixed":
            return pulumi.output(undefined);
        case "hpa": {
            const hpa = new k8s.autoscaling.v2.HorizontalPodAutoscaler(
                name,
                { metadata, spec: hpaSpec(scaling, deploymentName) },
                child,
            );
            return pulumi.all([hpa.metadata.name, hpa.spec]).apply(([hpaName, spec]) => {
                const problem = droppedTolerance(scaling, spec);
                if (problem !== undefined) throw new pulumi.RunError(problem);
                return hpaName;
            });
        }
        case "keda":
            return new k8s.apiextensions.CustomResource(
                name,
                {
                    apiVersion: "keda.sh/v1alpha1",
                    kind: "ScaledObject",
                    metadata,
                    spec: scaledObjectSpec(scaling, deploymentName),
                },
                child,
            ).metadata.name;
    }
}
