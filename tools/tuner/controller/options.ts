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
    /** minReplicas may be 0. Default on, as in Kubernetes 1.37; off before. */
    readonly HPAScaleToZero?: boolean | undefined;
    /** Requests of whole pods count. Default on, as in Kubernetes 1.37. */
    readonly PodLevelResources?: boolean | undefined;
}
