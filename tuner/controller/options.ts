/** What the kube-controller-manager is started with. */

export interface ControllerOptions {
    /** --horizontal-pod-autoscaler-tolerance, a ratio. Default 0.1. */
    readonly tolerance?: number | undefined;
    /** --horizontal-pod-autoscaler-downscale-stabilization. Default 300. */
    readonly downscaleStabilizationSeconds?: number | undefined;
    /** --horizontal-pod-autoscaler-cpu-initialization-period. Default 300. */
    readonly cpuInitializationPeriodSeconds?: number | undefined;
    /** --horizontal-pod-autoscaler-initial-readiness-delay. Default 30. */
    readonly initialReadinessDelaySeconds?: number | undefined;
    readonly featureGates?: FeatureGates | undefined;
}

export interface FeatureGates {
    /** minReplicas may be 0. Default off, as in Kubernetes 1.34. */
    readonly HPAScaleToZero?: boolean | undefined;
    /** `behavior.scaleUp.tolerance` and `behavior.scaleDown.tolerance` count. Default off, as in Kubernetes 1.34. */
    readonly HPAConfigurableTolerance?: boolean | undefined;
    /** Requests of whole pods count. Default on, as in Kubernetes 1.34. */
    readonly PodLevelResources?: boolean | undefined;
}
