/** What the API server makes of a spec before the controller sees it. */
import { InvalidSpecError } from "./invalidSpecError";
import type { FeatureGates } from "./options";
import { approximateFloat64, milliValue } from "./quantity";
import type {
    HorizontalPodAutoscalerSpec,
    MetricSpec,
    Quantity,
    ResourceMetricSource,
    ScalingPolicy,
    ScalingRules,
} from "./spec";
import { validate, type DefaultedRules } from "./validation";

/** A spec with all defaults, checked, its quantities as numbers. */
export interface AdmittedSpec {
    readonly minReplicas: number;
    readonly maxReplicas: number;
    readonly metrics: readonly Metric[];
    readonly behavior: AdmittedBehavior | undefined;
}

export interface AdmittedBehavior {
    readonly scaleUp: AdmittedScalingRules & { readonly stabilizationWindowSeconds: number };
    readonly scaleDown: AdmittedScalingRules;
}

export interface AdmittedScalingRules {
    /** undefined: what the controller is started with. */
    readonly stabilizationWindowSeconds: number | undefined;
    readonly selectPolicy: DefaultedRules["selectPolicy"];
    readonly policies: readonly ScalingPolicy[];
    /** undefined: what the controller is started with. */
    readonly tolerance: number | undefined;
}

/** A metric with its target in thousandths, a utilization per cent. `label` is how the controller names it. */
export type Metric = ResourceMetric | PodsMetric | SingleMetric;

export interface ResourceMetric {
    readonly kind: "resource";
    readonly type: "Resource" | "ContainerResource";
    readonly label: string;
    readonly resource: string;
    /** undefined: all containers. */
    readonly container: string | undefined;
    /** Where undefined, `averageUtilization` is there. */
    readonly averageValue: number | undefined;
    readonly averageUtilization: number | undefined;
}

export interface PodsMetric {
    readonly kind: "pods";
    readonly type: "Pods";
    readonly label: string;
    readonly metric: string;
    readonly averageValue: number;
}

/** One value for the whole target. */
export interface SingleMetric {
    readonly kind: "single";
    readonly type: "Object" | "External";
    readonly label: string;
    readonly metric: string;
    readonly value: number | undefined;
    readonly averageValue: number | undefined;
}

/** pkg/apis/autoscaling/v2/defaults.go */
const defaultMetrics: readonly MetricSpec[] = [
    { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
];
const defaultScaleUpPolicies: readonly ScalingPolicy[] = [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
];
const defaultScaleDownPolicies: readonly ScalingPolicy[] = [{ type: "Percent", value: 100, periodSeconds: 15 }];

/**
 * Defaults and validation: `SetDefaults_HorizontalPodAutoscaler` in pkg/apis/autoscaling/v2/defaults.go,
 * then the strategy in pkg/registry/autoscaling/horizontalpodautoscaler.
 *
 * @throws InvalidSpecError with all that is wrong
 */
export function admit(spec: HorizontalPodAutoscalerSpec, gates: FeatureGates): AdmittedSpec {
    const minReplicas = spec.minReplicas ?? 1;
    const metrics = spec.metrics === undefined || spec.metrics.length === 0 ? defaultMetrics : spec.metrics;
    const behavior = spec.behavior && {
        scaleUp: {
            ...withDefaults(spec.behavior.scaleUp, defaultScaleUpPolicies),
            stabilizationWindowSeconds: spec.behavior.scaleUp?.stabilizationWindowSeconds ?? 0,
        },
        scaleDown: withDefaults(spec.behavior.scaleDown, defaultScaleDownPolicies),
    };
    const problems = validate({ minReplicas, maxReplicas: spec.maxReplicas, metrics, behavior }, gates);
    if (problems.length > 0) throw new InvalidSpecError(problems);
    return {
        minReplicas,
        maxReplicas: spec.maxReplicas,
        metrics: metrics.map(admittedMetric),
        behavior: behavior && {
            scaleUp: {
                ...admittedRules(behavior.scaleUp),
                stabilizationWindowSeconds: behavior.scaleUp.stabilizationWindowSeconds,
            },
            scaleDown: admittedRules(behavior.scaleDown),
        },
    };
}

/** `copyHPAScalingRules`. */
function withDefaults(rules: ScalingRules | undefined, policies: readonly ScalingPolicy[]): DefaultedRules {
    return {
        stabilizationWindowSeconds: rules?.stabilizationWindowSeconds,
        selectPolicy: rules?.selectPolicy ?? "Max",
        policies: rules?.policies ?? policies,
        tolerance: rules?.tolerance,
    };
}

function admittedRules(rules: DefaultedRules): AdmittedScalingRules {
    return { ...rules, tolerance: rules.tolerance === undefined ? undefined : approximateFloat64(rules.tolerance) };
}

function admittedMetric(spec: MetricSpec): Metric {
    switch (spec.type) {
        case "Resource":
            return resourceMetric(spec.type, spec.resource, undefined);
        case "ContainerResource":
            return resourceMetric(spec.type, spec.containerResource, spec.containerResource.container);
        case "Pods":
            return {
                kind: "pods",
                type: spec.type,
                label: `pods metric ${spec.pods.metric.name}`,
                metric: spec.pods.metric.name,
                averageValue: milliValue(spec.pods.target.averageValue ?? Number.NaN),
            };
        case "Object": {
            const { describedObject, metric, target } = spec.object;
            // The type of the target decides, unlike elsewhere: a target of one type with the other's field is an error.
            const value = target.type === "Value" ? optionalMilliValue(target.value) : undefined;
            const averageValue = target.type === "AverageValue" ? optionalMilliValue(target.averageValue) : undefined;
            const label =
                value === undefined ? perPodLabel(metric.name) : `${describedObject.kind} metric ${metric.name}`;
            return { kind: "single", type: spec.type, metric: metric.name, label, value, averageValue };
        }
        case "External": {
            const { metric, target } = spec.external;
            return {
                kind: "single",
                type: spec.type,
                metric: metric.name,
                label: perPodLabel(metric.name),
                value: optionalMilliValue(target.value),
                averageValue: optionalMilliValue(target.averageValue),
            };
        }
    }
}

/** The controller prints the metric's selector, of which there is none. */
function perPodLabel(metric: string): string {
    return `external metric ${metric}(nil)`;
}

function resourceMetric(
    type: "Resource" | "ContainerResource",
    { name, target }: ResourceMetricSource,
    container: string | undefined,
): Metric {
    const averageValue = optionalMilliValue(target.averageValue);
    const scope = container === undefined ? "" : "container ";
    return {
        kind: "resource",
        type,
        resource: name,
        container,
        label:
            averageValue === undefined
                ? `${name} ${scope}resource utilization (percentage of request)`
                : `${name} resource`,
        averageValue,
        averageUtilization: target.averageUtilization,
    };
}

function optionalMilliValue(quantity: Quantity | undefined): number | undefined {
    return quantity === undefined ? undefined : milliValue(quantity);
}
