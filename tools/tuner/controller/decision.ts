/** What comes of one sync. */

export interface Decision {
    /** `spec.replicas` of the scale before the sync; undefined where it could not be read. */
    readonly currentReplicas: number | undefined;
    /**
     * What the metrics ask for, before stabilization and limits. undefined where they were not asked (outside of min and
     * max, scaling disabled) or where they failed.
     */
    readonly recommendation: number | undefined;
    /** The metric that asks for it, in the controller's words. Empty where there is no recommendation. */
    readonly metric: string;
    /** `spec.replicas` of the scale after the sync; undefined where it could not be read. */
    readonly replicas: number | undefined;
    /** The scale was written. */
    readonly rescaled: boolean;
    /** `status.conditions` after the sync. What a sync does not look at stays as it was. */
    readonly conditions: Conditions;
}

export interface Conditions {
    /** Reasons FailedGetScale, SucceededGetScale, ReadyForNewScale, ScaleUpStabilized, ScaleDownStabilized, SucceededRescale, FailedUpdateScale. */
    readonly AbleToScale?: Condition | undefined;
    /** Reasons ScalingDisabled, InvalidSelector, ValidMetricFound, FailedGetXMetric. */
    readonly ScalingActive?: Condition | undefined;
    /** Reasons DesiredWithinRange, TooFewReplicas, TooManyReplicas, ScaleUpLimit, ScaleDownLimit. */
    readonly ScalingLimited?: Condition | undefined;
    /** Reasons ScaledToZero, NotScaledToZero. Set by what changes the scale, with the feature gate HPAScaleToZero. */
    readonly ScaledToZero?: Condition | undefined;
}

export interface Condition {
    readonly status: "True" | "False";
    readonly reason: string;
}
