/** The spec of a HorizontalPodAutoscaler, autoscaling/v2, without its scaleTargetRef: what the API server takes. */

/** A Kubernetes quantity: "100m", "1.5", "2Gi"; or a plain number. */
export type Quantity = string | number;

export interface HorizontalPodAutoscalerSpec {
    /** Default 1. 0 needs the feature gate HPAScaleToZero and an Object or External metric. */
    readonly minReplicas?: number | undefined;
    readonly maxReplicas: number;
    /** Default: CPU at 80 % of the requests. */
    readonly metrics?: readonly MetricSpec[] | undefined;
    /**
     * Without it the controller takes its old way: at most twice as many pods, or 4, per sync; down as far as it likes after
     * `downscaleStabilizationSeconds`. Even `{}` is another way, with Kubernetes' default policies.
     */
    readonly behavior?: HorizontalPodAutoscalerBehavior | undefined;
}

export interface HorizontalPodAutoscalerBehavior {
    readonly scaleUp?: ScalingRules | undefined;
    readonly scaleDown?: ScalingRules | undefined;
}

export interface ScalingRules {
    /** 0 to 3600. Default: 0 up; down the controller's `downscaleStabilizationSeconds`. */
    readonly stabilizationWindowSeconds?: number | undefined;
    /** Default Max: the policy that changes most. */
    readonly selectPolicy?: "Max" | "Min" | "Disabled" | undefined;
    /** Default: up 4 pods or 100 % per 15 s, down 100 % per 15 s. A list replaces the default whole. */
    readonly policies?: readonly ScalingPolicy[] | undefined;
    /** Ratio, 0.1 is 10 %. Default: what the controller is started with. Kubernetes before 1.35 drops it. */
    readonly tolerance?: Quantity | undefined;
}

export interface ScalingPolicy {
    readonly type: "Pods" | "Percent";
    /** Pods, or per cent of the replicas at the start of the period. At least 1. */
    readonly value: number;
    /** 1 to 1800. */
    readonly periodSeconds: number;
}

export type MetricSpec =
    | { readonly type: "Resource"; readonly resource: ResourceMetricSource }
    | { readonly type: "ContainerResource"; readonly containerResource: ContainerResourceMetricSource }
    | { readonly type: "Pods"; readonly pods: PodsMetricSource }
    | { readonly type: "Object"; readonly object: ObjectMetricSource }
    | { readonly type: "External"; readonly external: ExternalMetricSource };

export interface ResourceMetricSource {
    /** cpu, memory, or any other resource that containers request. */
    readonly name: string;
    readonly target: MetricTarget;
}

export interface ContainerResourceMetricSource extends ResourceMetricSource {
    readonly container: string;
}

export interface PodsMetricSource {
    readonly metric: MetricIdentifier;
    readonly target: MetricTarget;
}

export interface ObjectMetricSource {
    readonly describedObject: {
        readonly apiVersion?: string | undefined;
        readonly kind: string;
        readonly name: string;
    };
    readonly metric: MetricIdentifier;
    readonly target: MetricTarget;
}

export interface ExternalMetricSource {
    readonly metric: MetricIdentifier;
    readonly target: MetricTarget;
}

export interface MetricIdentifier {
    /** What a World names the metric's values by. Selectors are not modelled. */
    readonly name: string;
}

export interface MetricTarget {
    readonly type: "Utilization" | "Value" | "AverageValue";
    /** Per cent of the requests. */
    readonly averageUtilization?: number | undefined;
    readonly averageValue?: Quantity | undefined;
    readonly value?: Quantity | undefined;
}
