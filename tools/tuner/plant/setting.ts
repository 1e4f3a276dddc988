/** What the tuner may change, and the HPA that follows from it. */
import { type AutoscalingInput, untargetedHpaSpec } from "../../../components/specs/autoscaling";
import type { HorizontalPodAutoscalerSpec } from "../controller";

/** Values of `web.autoscaling` in a stack file. */
export type Setting = AutoscalingInput;

/** The same object that the stack registers, without its target. */
export const hpaSpecOf: (setting: Setting) => HorizontalPodAutoscalerSpec = untargetedHpaSpec;
