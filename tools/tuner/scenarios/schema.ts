/**
 * Scenarios: what happens to one HorizontalPodAutoscaler, tick by tick. docs/hpa-scenarios.md describes the format, which
 * tools/lab/toolchain/hpa-oracle reads too.
 */
import { z } from "zod";

import { milliValue } from "../controller/quantity";

const maxInt32 = 2 ** 31 - 1;

const text = (example: string) => z.string({ error: `has to be a text, such as "${example}"` });
const flag = z.boolean({ error: "has to be true or false" }).optional();
const wholeNumber = (least: number, example: number) => {
    const error = `has to be a whole number from ${least} to ${maxInt32}, such as ${example}`;
    return z.int({ error }).min(least, { error }).max(maxInt32, { error });
};
const int32 = (example: number) => wholeNumber(-maxInt32 - 1, example);
/** On the scenario's clock, which begins at 0; negative ones are before. */
const time = z.number({ error: "has to be a time in seconds, such as 15 or -1" });
const seconds = (example: number) => {
    const error = `has to be a number of seconds, not below 0, such as ${example}`;
    return z.number({ error }).min(0, { error });
};
const oneOf = <const Values extends readonly string[]>(...values: Values) =>
    z.enum(values, { error: `has to be one of ${values.join(", ")}` });
const recordOf = <Value extends z.ZodType>(value: Value, example: string) =>
    z.record(z.string(), value, { error: `has to be an object, such as ${example}` });
const listOf = <Value extends z.ZodType>(value: Value, what: string) =>
    z.array(value, { error: `has to be a list of ${what}` });

const quantityError = 'has to be a Kubernetes quantity, such as "250m", "64Mi" or 3';
const quantity = z
    .union([z.string(), z.number()], { error: quantityError })
    .refine((value) => !Number.isNaN(milliValue(value)), { error: quantityError });
const amounts = recordOf(quantity, '{"cpu": "100m"}');

const metricTarget = z.strictObject({
    type: oneOf("Utilization", "Value", "AverageValue"),
    averageUtilization: int32(50).optional(),
    averageValue: quantity.optional(),
    value: quantity.optional(),
});
const metric = z.strictObject({ name: text("requests") });
const metricSpec = z.discriminatedUnion(
    "type",
    [
        z.strictObject({
            type: z.literal("Resource"),
            resource: z.strictObject({ name: text("cpu"), target: metricTarget }),
        }),
        z.strictObject({
            type: z.literal("ContainerResource"),
            containerResource: z.strictObject({ name: text("cpu"), container: text("app"), target: metricTarget }),
        }),
        z.strictObject({ type: z.literal("Pods"), pods: z.strictObject({ metric, target: metricTarget }) }),
        z.strictObject({
            type: z.literal("Object"),
            object: z.strictObject({
                describedObject: z.strictObject({
                    apiVersion: text("networking.k8s.io/v1").optional(),
                    kind: text("Ingress"),
                    name: text("web"),
                }),
                metric,
                target: metricTarget,
            }),
        }),
        z.strictObject({ type: z.literal("External"), external: z.strictObject({ metric, target: metricTarget }) }),
    ],
    { error: "has to be one of Resource, ContainerResource, Pods, Object, External" },
);
const scalingRules = z.strictObject({
    stabilizationWindowSeconds: int32(300).optional(),
    selectPolicy: oneOf("Max", "Min", "Disabled").optional(),
    policies: listOf(
        z.strictObject({ type: oneOf("Pods", "Percent"), value: int32(4), periodSeconds: int32(60) }),
        "policies",
    ).optional(),
    tolerance: quantity.optional(),
});

/** Values that the API server would refuse are let through: that it refuses them is an answer. */
const spec = z.strictObject({
    minReplicas: int32(3).optional(),
    maxReplicas: int32(24),
    metrics: listOf(metricSpec, "metrics").optional(),
    behavior: z.strictObject({ scaleUp: scalingRules.optional(), scaleDown: scalingRules.optional() }).optional(),
});

const container = z.strictObject({ requests: amounts.optional(), usage: amounts.optional() });
const containers = recordOf(container, '{"app": {"requests": {"cpu": "100m"}}}').optional();
const pod = z.strictObject({
    name: text("old").optional(),
    /** -1: as many as the scale says. */
    count: wholeNumber(-1, 3).optional(),
    phase: oneOf("Pending", "Running", "Succeeded", "Failed", "Unknown").optional(),
    ready: oneOf("True", "False", "Unknown", "none").optional(),
    startAt: time.optional(),
    noStartTime: flag,
    transitionAt: time.optional(),
    deleting: flag,
    gone: flag,
    noMetrics: flag,
    metricAt: time.optional(),
    metricWindowSeconds: seconds(30).optional(),
    podRequests: amounts.optional(),
    overhead: amounts.optional(),
    containers,
    sidecars: containers,
    inits: containers,
});

const tick = z.strictObject({
    elapsed: seconds(15),
    repeat: wholeNumber(1, 5).optional(),
    spec: spec.optional(),
    replicas: wholeNumber(0, 3).optional(),
    statusReplicas: wholeNumber(0, 3).optional(),
    pods: listOf(pod, "pods").optional(),
    load: recordOf(amounts, '{"app": {"cpu": "900m"}}').optional(),
    failResourceMetrics: flag,
    failScaleGet: flag,
    failScaleUpdate: flag,
    noSelector: flag,
    podsMetrics: recordOf(recordOf(quantity, '{"old": "5"}'), '{"requests": {"old": "5"}}').optional(),
    objectMetrics: recordOf(quantity, '{"requests": "100"}').optional(),
    externalMetrics: recordOf(listOf(quantity, "quantities"), '{"queue": ["100", "20"]}').optional(),
});

export const scenarioSchema = z.strictObject({
    name: text("load comes").min(1, { error: "has to be a text, and not an empty one" }),
    spec,
    controller: z
        .strictObject({
            tolerance: z.number({ error: "has to be a ratio, such as 0.1" }).min(0).optional(),
            downscaleStabilizationSeconds: seconds(300).optional(),
            cpuInitializationPeriodSeconds: seconds(300).optional(),
            initialReadinessDelaySeconds: seconds(30).optional(),
        })
        .optional(),
    featureGates: z.strictObject({ HPAScaleToZero: flag, PodLevelResources: flag }).optional(),
    replicas: wholeNumber(0, 3),
    template: pod.optional(),
    auto: z.strictObject({ readyAfterSeconds: seconds(40) }).optional(),
    ticks: listOf(tick, "ticks").min(1, { error: "has to hold at least one tick" }),
});

export type Scenario = z.infer<typeof scenarioSchema>;
export type Tick = Scenario["ticks"][number];
export type ScenarioPod = z.infer<typeof pod>;
export type ScenarioContainers = NonNullable<ScenarioPod["containers"]>;
