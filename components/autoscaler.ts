import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { NamedMetadata } from "./objectMetadata";
import type { Service } from "./service";
import { busyWorkersTrigger } from "./busyWorkers";
import {
    droppedTolerance,
    hpaSpec,
    scaledObjectSpec,
    type AutoscalingInput,
    type ScaledObjectInput,
} from "./specs/autoscaling";

/** Makes the autoscaler of the service's Deployment and returns the name of its HorizontalPodAutoscaler. */
export function autoscaler(
    name: string,
    metadata: NamedMetadata,
    { namespace, scaling, monitoring, phpFpm }: Pick<Service, "namespace" | "scaling" | "monitoring" | "phpFpm">,
    deploymentName: pulumi.Output<string>,
    child: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
    const { busyWorkersTargetPercent: targetPercent } = scaling;
    const scaled = { name, metadata, deploymentName };
    switch (scaling.kind) {
        case "hpa": {
            const hpa = horizontalPodAutoscaler(scaled, scaling, child);
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
            const triggers = [...busyWorkers, ...scaling.triggers];
            return scaledObject(scaled, { ...scaling, triggers }, "autoscaling.kind-hpa", child);
        }
    }
}

/** A Deployment and the objects that scale it. */
export interface Scaled {
    /** Of the objects too. */
    readonly name: string;
    readonly metadata: NamedMetadata;
    readonly deploymentName: pulumi.Output<string>;
    /** Whose CPU is measured; php-fpm's where undefined. */
    readonly container?: string;
}

export function horizontalPodAutoscaler(
    { name, metadata, deploymentName, container }: Scaled,
    input: AutoscalingInput,
    child: pulumi.CustomResourceOptions,
): k8s.autoscaling.v2.HorizontalPodAutoscaler {
    return new k8s.autoscaling.v2.HorizontalPodAutoscaler(
        name,
        { metadata, spec: hpaSpec(input, deploymentName, container) },
        inPlaceOf("kubernetes:keda.sh/v1alpha1:ScaledObject", child),
    );
}

/**
 * @param instead what the stack would do without KEDA, in a word, for the message where the cluster has none
 * @returns the name of the HorizontalPodAutoscaler that KEDA makes
 */
export function scaledObject(
    { name, metadata, deploymentName, container }: Scaled,
    input: ScaledObjectInput,
    instead: string,
    child: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
    // As KEDA calls it by itself.
    const hpaName = `keda-hpa-${name}`;
    // In a preview too, and before the autoscaler that was there goes. Its name is what Pulumi tells.
    const keda = k8s.apiextensions.v1.CustomResourceDefinition.get(
        `${name}-needs-keda-in-the-cluster-or-${instead}`,
        "scaledobjects.keda.sh",
        child.parent === undefined ? {} : { parent: child.parent },
    );
    const made = new k8s.apiextensions.CustomResource(
        name,
        {
            apiVersion: "keda.sh/v1alpha1",
            kind: "ScaledObject",
            metadata,
            spec: keda.id.apply(() => scaledObjectSpec(input, hpaName, deploymentName, container)),
        },
        inPlaceOf("kubernetes:autoscaling/v2:HorizontalPodAutoscaler", child),
    );
    return made.id.apply(() => hpaName);
}

/**
 * To Pulumi the two kinds are one resource, of which the one is removed before the other is made: two autoscalers of a Deployment undo each
 * other's work, and KEDA's admission webhook refuses the second. Between the two the number of pods stays.
 */
function inPlaceOf(otherType: string, child: pulumi.CustomResourceOptions): pulumi.CustomResourceOptions {
    return { ...child, aliases: [{ type: otherType }], deleteBeforeReplace: true, replaceOnChanges: ["kind"] };
}
