/** The conditions that the controller sets, each made once, so that a sync need not make any. */
import type { Condition } from "./decision";

const isTrue = <Reason extends string>(reason: Reason) => Object.freeze({ status: "True", reason } satisfies Condition);
const isFalse = <Reason extends string>(reason: Reason) =>
    Object.freeze({ status: "False", reason } satisfies Condition);

/** AbleToScale. */
export const ableToScale = {
    failedGetScale: isFalse("FailedGetScale"),
    succeededGetScale: isTrue("SucceededGetScale"),
    readyForNewScale: isTrue("ReadyForNewScale"),
    scaleUpStabilized: isTrue("ScaleUpStabilized"),
    scaleDownStabilized: isTrue("ScaleDownStabilized"),
    succeededRescale: isTrue("SucceededRescale"),
    failedUpdateScale: isFalse("FailedUpdateScale"),
} as const;

/** ScalingActive. */
export const scalingActive = {
    validMetricFound: isTrue("ValidMetricFound"),
    scalingDisabled: isFalse("ScalingDisabled"),
    invalidSelector: isFalse("InvalidSelector"),
    failedGet: {
        Resource: isFalse("FailedGetResourceMetric"),
        ContainerResource: isFalse("FailedGetContainerResourceMetric"),
        Pods: isFalse("FailedGetPodsMetric"),
        Object: isFalse("FailedGetObjectMetric"),
        External: isFalse("FailedGetExternalMetric"),
    },
} as const;

/** ScaledToZero. */
export const scaledToZero = {
    scaledToZero: isTrue("ScaledToZero"),
    notScaledToZero: isFalse("NotScaledToZero"),
} as const;

/** ScalingLimited. */
export const scalingLimited = {
    desiredWithinRange: isFalse("DesiredWithinRange"),
    tooFewReplicas: isTrue("TooFewReplicas"),
    tooManyReplicas: isTrue("TooManyReplicas"),
    scaleUpLimit: isTrue("ScaleUpLimit"),
    scaleDownLimit: isTrue("ScaleDownLimit"),
} as const;
