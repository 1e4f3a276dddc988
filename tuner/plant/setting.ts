/** What the tuner may change, and the HPA that follows from it. */
import { type AutoscalingInput, type ScalingRules, toleranceQuantity } from "../../components/specs/autoscaling";
import { phpFpmContainerName } from "../../components/specs/podTemplate";
import type { HorizontalPodAutoscalerSpec, ScalingRules as HpaScalingRules } from "../controller";

/** Values of `web.autoscaling` in a stack file. */
export type Setting = AutoscalingInput;

/** The same object that the stack registers, without its target. */
export function hpaSpecOf(setting: Setting): HorizontalPodAutoscalerSpec {
    return {
        minReplicas: setting.minReplicas,
        maxReplicas: setting.maxReplicas,
        metrics: [
            {
                type: "ContainerResource",
                containerResource: {
                    name: "cpu",
                    container: phpFpmContainerName,
                    target: { type: "Utilization", averageUtilization: setting.targetCPUUtilizationPercentage },
                },
            },
        ],
        behavior: { scaleUp: rulesOf(setting.scaleUp), scaleDown: rulesOf(setting.scaleDown) },
    };
}

function rulesOf({
    stabilizationWindowSeconds,
    percent,
    pods,
    periodSeconds,
    tolerance,
}: ScalingRules): HpaScalingRules {
    return {
        stabilizationWindowSeconds,
        selectPolicy: "Max",
        policies: [
            ...(percent === null ? [] : [{ type: "Percent" as const, value: percent, periodSeconds }]),
            ...(pods === null ? [] : [{ type: "Pods" as const, value: pods, periodSeconds }]),
        ],
        ...(tolerance === undefined ? {} : { tolerance: toleranceQuantity(tolerance) }),
    };
}
