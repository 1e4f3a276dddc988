/** What the tuner may change, and the HPA that follows from it. */
import { busyWorkersOfPod } from "../../../components/busyWorkers";
import { type AutoscalingInput, untargetedHpaSpec } from "../../../components/specs/autoscaling";
import type { HorizontalPodAutoscalerSpec } from "../controller";
import type { Schedule } from "./schedule";

/** Values of `web.autoscaling` in a stack file. */
export interface Setting extends AutoscalingInput {
    /** Of pm.max_children; CPU alone where absent. */
    readonly busyWorkersTargetPercent?: number | undefined;
    /** Cron triggers of `web.autoscaling.triggers`; none where absent. */
    readonly schedule?: Schedule | undefined;
}

/** What the HPA and the World call it here; KEDA numbers its metrics. */
export const busyWorkersMetric = "busy-workers";

/** Likewise, of all cron triggers the one that asks for the most. */
export const scheduleMetric = "schedule";

/**
 * The same object that the stack registers, or that KEDA makes of the stack's, without its target.
 *
 * @param workers pm.max_children
 */
export function hpaSpecOf(setting: Setting, workers: number): HorizontalPodAutoscalerSpec {
    const spec = untargetedHpaSpec(setting);
    const { busyWorkersTargetPercent: targetPercent, schedule } = setting;
    const external = (name: string, averageValue: string) => ({
        type: "External" as const,
        external: { metric: { name }, target: { type: "AverageValue" as const, averageValue } },
    });
    return {
        ...spec,
        metrics: [
            ...spec.metrics,
            ...(targetPercent === undefined
                ? []
                : // Thousandths, as KEDA rounds its threshold.
                  [
                      external(
                          busyWorkersMetric,
                          `${Math.round(busyWorkersOfPod({ maxChildren: workers, targetPercent }) * 1000)}m`,
                      ),
                  ]),
            // A replica each, as KEDA's cron scaler has it.
            ...(schedule === undefined ? [] : [external(scheduleMetric, "1")]),
        ],
    };
}
