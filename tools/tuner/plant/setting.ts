/** What the tuner may change, and the HPA that follows from it. */
import { busyWorkersOfPod } from "../../../components/busyWorkers";
import { type AutoscalingInput, untargetedHpaSpec } from "../../../components/specs/autoscaling";
import type { HorizontalPodAutoscalerSpec } from "../controller";

/** Values of `web.autoscaling` in a stack file. */
export interface Setting extends AutoscalingInput {
    /** Of pm.max_children; CPU alone where absent. */
    readonly busyWorkersTargetPercent?: number | undefined;
}

/** What the HPA and the World call it here; KEDA numbers its metrics. */
export const busyWorkersMetric = "busy-workers";

/**
 * The same object that the stack registers, or that KEDA makes of the stack's, without its target.
 *
 * @param workers pm.max_children
 */
export function hpaSpecOf(setting: Setting, workers: number): HorizontalPodAutoscalerSpec {
    const spec = untargetedHpaSpec(setting);
    const { busyWorkersTargetPercent: targetPercent } = setting;
    if (targetPercent === undefined) return spec;
    // Thousandths, as KEDA rounds its threshold.
    const averageValue = `${Math.round(busyWorkersOfPod({ maxChildren: workers, targetPercent }) * 1000)}m`;
    const target = { type: "AverageValue" as const, averageValue };
    return {
        ...spec,
        metrics: [...spec.metrics, { type: "External", external: { metric: { name: busyWorkersMetric }, target } }],
    };
}
