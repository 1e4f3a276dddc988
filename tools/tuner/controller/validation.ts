/**
 * What the API server refuses: pkg/apis/autoscaling/validation/validation.go. Which fields it refuses is Kubernetes'; how it is
 * said is not.
 */
import type { SpecProblem } from "./invalidSpecError";
import type { FeatureGates } from "./options";
import { signOf } from "./quantity";
import type { MetricIdentifier, MetricSpec, MetricTarget, Quantity, ScalingPolicy, ScalingRules } from "./spec";

/** A spec in which nothing is left to default. */
export interface DefaultedSpec {
    readonly minReplicas: number;
    readonly maxReplicas: number;
    readonly metrics: readonly MetricSpec[];
    readonly behavior: { readonly scaleUp: DefaultedRules; readonly scaleDown: DefaultedRules } | undefined;
}

/** Scaling rules in which only what the controller is started with is left open. */
export interface DefaultedRules {
    readonly stabilizationWindowSeconds: number | undefined;
    readonly selectPolicy: NonNullable<ScalingRules["selectPolicy"]>;
    readonly policies: readonly ScalingPolicy[];
    readonly tolerance: Quantity | undefined;
}

const maxStabilizationWindowSeconds = 3600;
const maxPeriodSeconds = 1800;

/** All that is wrong with a spec, nothing where it is fine. */
export function validate(spec: DefaultedSpec, gates: FeatureGates): readonly SpecProblem[] {
    const problems: SpecProblem[] = [];
    const report = (field: string, message: string) => problems.push({ field, message });
    const least = (gates.HPAScaleToZero ?? true) ? 0 : 1;
    if (spec.minReplicas < least) report("spec.minReplicas", `is ${spec.minReplicas} and has to be at least ${least}`);
    if (spec.maxReplicas < 1) report("spec.maxReplicas", `is ${spec.maxReplicas} and has to be at least 1`);
    if (spec.maxReplicas < spec.minReplicas) {
        report("spec.maxReplicas", `is ${spec.maxReplicas}, which is below minReplicas, ${spec.minReplicas}`);
    }
    const hasSingleMetric = spec.metrics.some(({ type }) => type === "Object" || type === "External");
    if (spec.minReplicas === 0 && !hasSingleMetric) {
        report("spec.metrics", "needs an Object or External metric, as no pods say nothing that would bring them back");
    }
    for (const [i, metric] of spec.metrics.entries()) validateMetric(metric, `spec.metrics[${i}]`, report);
    if (spec.behavior !== undefined) {
        validateRules(spec.behavior.scaleUp, "spec.behavior.scaleUp", report);
        validateRules(spec.behavior.scaleDown, "spec.behavior.scaleDown", report);
    }
    return problems;
}

type Report = (field: string, message: string) => void;

function validateMetric(metric: MetricSpec, path: string, report: Report): void {
    switch (metric.type) {
        case "Resource": {
            const { name, target } = metric.resource;
            if (name === "") report(`${path}.resource.name`, "is empty; name a resource, such as cpu");
            validateResourceTarget(target, `${path}.resource.target`, report);
            break;
        }
        case "ContainerResource": {
            const { name, container, target } = metric.containerResource;
            validateContainerResourceName(name, `${path}.containerResource.name`, report);
            if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(container)) {
                report(`${path}.containerResource.container`, `is "${container}", which is no name of a container`);
            }
            validateResourceTarget(target, `${path}.containerResource.target`, report);
            break;
        }
        case "Pods": {
            const { target } = metric.pods;
            validateIdentifier(metric.pods.metric, `${path}.pods.metric`, report);
            validateTarget(target, `${path}.pods.target`, report);
            if (target.averageValue === undefined) report(`${path}.pods.target.averageValue`, "is missing");
            break;
        }
        case "Object": {
            const { describedObject, target } = metric.object;
            validatePathSegment(describedObject.kind, `${path}.object.describedObject.kind`, report);
            validatePathSegment(describedObject.name, `${path}.object.describedObject.name`, report);
            if ((describedObject.apiVersion ?? "").split("/").length > 2) {
                report(`${path}.object.describedObject.apiVersion`, "has more than one slash; write group/version");
            }
            validateIdentifier(metric.object.metric, `${path}.object.metric`, report);
            validateTarget(target, `${path}.object.target`, report);
            if (target.value === undefined && target.averageValue === undefined) {
                report(`${path}.object.target.averageValue`, "is missing, and so is value; one of them is needed");
            }
            break;
        }
        case "External": {
            const { target } = metric.external;
            validateIdentifier(metric.external.metric, `${path}.external.metric`, report);
            validateTarget(target, `${path}.external.target`, report);
            if (target.value === undefined && target.averageValue === undefined) {
                report(`${path}.external.target.averageValue`, "is missing, and so is value; one of them is needed");
            }
            if (target.value !== undefined && target.averageValue !== undefined) {
                report(`${path}.external.target.value`, "is there beside averageValue; leave one of them out");
            }
            break;
        }
    }
}

function validateResourceTarget(target: MetricTarget, path: string, report: Report): void {
    validateTarget(target, path, report);
    const { averageUtilization, averageValue } = target;
    if (averageUtilization === undefined && averageValue === undefined) {
        report(`${path}.averageUtilization`, "is missing, and so is averageValue; one of them is needed");
    }
    if (averageUtilization !== undefined && averageValue !== undefined) {
        report(`${path}.averageValue`, "is there beside averageUtilization; leave one of them out");
    }
}

function validateTarget(target: MetricTarget, path: string, report: Report): void {
    for (const key of ["value", "averageValue"] as const) {
        const quantity = target[key];
        if (quantity !== undefined && signOf(quantity) !== 1) {
            report(`${path}.${key}`, `is ${quantity} and has to be a quantity above 0`);
        }
    }
    const { averageUtilization } = target;
    if (averageUtilization !== undefined && averageUtilization < 1) {
        report(`${path}.averageUtilization`, `is ${averageUtilization} and has to be at least 1`);
    }
}

function validateIdentifier({ name }: MetricIdentifier, path: string, report: Report): void {
    validatePathSegment(name, `${path}.name`, report);
}

/** It becomes a part of an URL. */
function validatePathSegment(name: string, path: string, report: Report): void {
    if (name === "") report(path, "is empty");
    else if (name === "." || name === ".." || /[/%]/.test(name))
        report(path, `is "${name}"; it may hold neither / nor %`);
}

function validateContainerResourceName(name: string, path: string, report: Report): void {
    const isStandard = ["cpu", "memory", "ephemeral-storage"].includes(name) || name.startsWith("hugepages-");
    const isExtended = /^[a-z0-9]([-.a-z0-9]*[a-z0-9])?\/[A-Za-z0-9]([-\w.]*[A-Za-z0-9])?$/.test(name);
    if (!isStandard && !isExtended) report(path, `is "${name}", which no container can request`);
}

function validateRules(rules: DefaultedRules, path: string, report: Report): void {
    const { stabilizationWindowSeconds: window, policies, tolerance } = rules;
    if (window !== undefined && (window < 0 || window > maxStabilizationWindowSeconds)) {
        report(
            `${path}.stabilizationWindowSeconds`,
            `is ${window} and has to be 0 to ${maxStabilizationWindowSeconds}`,
        );
    }
    if (policies.length === 0) report(`${path}.policies`, "is empty; leave it out for Kubernetes' default");
    for (const [i, policy] of policies.entries()) validatePolicy(policy, `${path}.policies[${i}]`, report);
    if (tolerance !== undefined && !(signOf(tolerance) >= 0)) {
        report(`${path}.tolerance`, `is ${tolerance} and has to be a quantity of at least 0`);
    }
}

function validatePolicy({ value, periodSeconds }: ScalingPolicy, path: string, report: Report): void {
    if (value < 1) report(`${path}.value`, `is ${value} and has to be at least 1`);
    if (periodSeconds < 1 || periodSeconds > maxPeriodSeconds) {
        report(`${path}.periodSeconds`, `is ${periodSeconds} and has to be 1 to ${maxPeriodSeconds}`);
    }
}
