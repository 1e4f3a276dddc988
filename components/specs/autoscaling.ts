/** Autoscaler specs: the same bounds, target and behavior for the HPA and for KEDA, which makes an HPA of it. */
import type * as k8s from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";
import { phpFpmContainerName } from "./names";

type HpaSpec = k8s.types.input.autoscaling.v2.HorizontalPodAutoscalerSpec;

/** How fast the number of pods may change in one direction. */
export interface ScalingRules {
    /** The controller acts on the calmest recommendation of this window. Seconds, 0 to 3600. */
    readonly stabilizationWindowSeconds: number;
    /** Most change in a period, in percent of the replicas; null: no such policy. */
    readonly percent: number | null;
    /** Most change in a period, in pods; null: no such policy. The larger of the two counts. */
    readonly pods: number | null;
    /** Seconds, 1 to 1800. */
    readonly periodSeconds: number;
    /** How far off the target the use may be without a change, as a ratio in thousandths. Default: the cluster's own. */
    readonly tolerance?: number | undefined;
}

export interface AutoscalingInput {
    readonly minReplicas: number;
    readonly maxReplicas: number;
    /** CPU use of the container in percent of its request. */
    readonly targetCPUUtilizationPercentage: number;
    readonly scaleUp: ScalingRules;
    readonly scaleDown: ScalingRules;
}

/** A trigger as KEDA's ScaledObject has it. */
export interface KedaTrigger {
    readonly type: string;
    readonly name?: string | undefined;
    /** What the HPA compares with the target: its value for each pod, or as it is. KEDA's own is AverageValue. */
    readonly metricType?: "AverageValue" | "Value" | "Utilization" | undefined;
    readonly metadata: Readonly<Record<string, string>>;
    /** What has the trigger's credentials, and has to be there before. */
    readonly authenticationRef?:
        | {
              readonly name: string;
              readonly kind?: "TriggerAuthentication" | "ClusterTriggerAuthentication" | undefined;
          }
        | undefined;
}

export interface ScaledObjectInput extends Omit<AutoscalingInput, "targetCPUUtilizationPercentage"> {
    /** Undefined: not by CPU. */
    readonly targetCPUUtilizationPercentage: number | undefined;
    readonly triggers: readonly KedaTrigger[];
}

/** @param container whose CPU is measured */
export function hpaSpec(
    input: AutoscalingInput,
    deploymentName: Input<string>,
    container: string = phpFpmContainerName,
): HpaSpec {
    return {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: deploymentName },
        ...untargetedHpaSpec(input, container),
    };
}

/**
 * {@link hpaSpec} without its target, as plain data; the tuner's model is given the same. The metric is php-fpm's own CPU:
 * nginx beside it is idle by comparison and would dilute the average, so that the pods are full before the HPA sees it.
 */
export function untargetedHpaSpec(input: AutoscalingInput, container: string = phpFpmContainerName) {
    return {
        minReplicas: input.minReplicas,
        maxReplicas: input.maxReplicas,
        metrics: [
            {
                type: "ContainerResource" as const,
                containerResource: {
                    name: "cpu" as const,
                    container,
                    target: { type: "Utilization" as const, averageUtilization: input.targetCPUUtilizationPercentage },
                },
            },
        ],
        behavior: behavior(input),
    };
}

/**
 * KEDA's ScaledObject; no typed class for it, so plain data.
 *
 * @param hpaName not that of an HPA of the stack's: of two kinds that follow each other, neither may take or end the other's
 * @param container whose CPU is measured
 */
export function scaledObjectSpec(
    input: ScaledObjectInput,
    hpaName: string,
    deploymentName: Input<string>,
    container: string = phpFpmContainerName,
) {
    const { minReplicas, maxReplicas, targetCPUUtilizationPercentage: target, scaleDown, triggers } = input;
    const mayBeNone = minReplicas === 0;
    return {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: deploymentName },
        minReplicaCount: minReplicas,
        maxReplicaCount: maxReplicas,
        // The last pod is KEDA's to take, not the HPA's: no sooner than the others.
        ...(mayBeNone ? { cooldownPeriod: scaleDown.stabilizationWindowSeconds } : {}),
        advanced: {
            // An HPA that comes after it leaves a Deployment without pods as it is, and there would never be one again.
            ...(mayBeNone ? { restoreToOriginalReplicaCount: true } : {}),
            horizontalPodAutoscalerConfig: { name: hpaName, behavior: behavior(input) },
        },
        triggers: [
            ...(target === undefined
                ? []
                : [
                      {
                          type: "cpu",
                          metricType: "Utilization",
                          metadata: { containerName: container, value: String(target) },
                      },
                  ]),
            ...triggers,
        ],
    };
}

/** Spelled out in full, Kubernetes' defaults included, so that a diff shows them and an upgrade cannot change them. */
function behavior(input: Pick<AutoscalingInput, (typeof directions)[number]>) {
    const rules = ({ stabilizationWindowSeconds, percent, pods, periodSeconds, tolerance }: ScalingRules) => ({
        stabilizationWindowSeconds,
        selectPolicy: "Max" as const,
        policies: [
            ...(percent === null ? [] : [{ type: "Percent" as const, value: percent, periodSeconds }]),
            ...(pods === null ? [] : [{ type: "Pods" as const, value: pods, periodSeconds }]),
        ],
        ...(tolerance === undefined ? {} : { tolerance: toleranceQuantity(tolerance) }),
    });
    return { scaleUp: rules(input.scaleUp), scaleDown: rules(input.scaleDown) };
}

/** As Kubernetes stores it, so that what is stored is what was sent. */
function toleranceQuantity(tolerance: number): string {
    const thousandths = Math.round(tolerance * 1000);
    return thousandths % 1000 === 0 ? String(thousandths / 1000) : `${thousandths}m`;
}

const directions = ["scaleUp", "scaleDown"] as const;

interface LiveSpec {
    readonly behavior?: Readonly<Partial<Record<(typeof directions)[number], { readonly tolerance?: unknown }>>>;
}

/**
 * What is to be said where the API server has dropped a tolerance, which it does without a word where it does not know the
 * field, or has it switched off; undefined where all is there.
 *
 * @param live the spec of the HPA as the API server has it
 */
export function droppedTolerance(input: AutoscalingInput, live: LiveSpec): string | undefined {
    const dropped = directions.filter(
        (direction) => input[direction].tolerance !== undefined && live.behavior?.[direction]?.tolerance === undefined,
    );
    if (dropped.length === 0) return undefined;
    const paths = dropped.map((direction) => `autoscaling.${direction}.tolerance`).join(" and ");
    return (
        `The cluster has dropped ${paths}: the HorizontalPodAutoscaler goes by the cluster's own tolerance instead. ` +
        "Kubernetes has the field from 1.35 on (feature gate HPAConfigurableTolerance). Remove it, or upgrade the cluster."
    );
}
