import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { NamedMetadata } from "./objectMetadata";
import type { Service } from "./service";
import { busyWorkersTrigger } from "./busyWorkers";
import { droppedTolerance, hpaSpec, scaledObjectSpec } from "./specs/autoscaling";

/** Makes the autoscaler of a Deployment and returns the name of its HorizontalPodAutoscaler. */
export function autoscaler(
    name: string,
    metadata: NamedMetadata,
    { namespace, scaling, monitoring, phpFpm }: Pick<Service, "namespace" | "scaling" | "monitoring" | "phpFpm">,
    deploymentName: pulumi.Output<string>,
    child: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
    const { busyWorkersTargetPercent: targetPercent } = scaling;
    switch (scaling.kind) {
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
        case "keda": {
            const { maxChildren } = phpFpm;
            const busyWorkers =
                targetPercent === undefined || monitoring === undefined
                    ? []
                    : [busyWorkersTrigger({ ...monitoring, name, namespace, maxChildren, targetPercent })];
            // As KEDA calls it by itself.
            const hpaName = `keda-hpa-${name}`;
            const scaledObject = new k8s.apiextensions.CustomResource(
                name,
                {
                    apiVersion: "keda.sh/v1alpha1",
                    kind: "ScaledObject",
                    metadata,
                    spec: scaledObjectSpec(
                        { ...scaling, triggers: [...busyWorkers, ...scaling.triggers] },
                        hpaName,
                        deploymentName,
                    ),
                },
                child,
            );
            return scaledObject.id.apply(() => hpaName);
        }
    }
}
