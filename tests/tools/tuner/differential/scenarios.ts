/**
 * Random scenarios with everything that the controller knows. Times, amounts and windows come from few values that meet, since
 * it is at their borders that models go wrong.
 */
import type { Scenario, ScenarioContainers, ScenarioPod, Tick } from "../../../../tools/tuner/scenarios/schema";
import { Random } from "./random";

type Spec = Scenario["spec"];
type MetricSpec = NonNullable<Spec["metrics"]>[number];
type MetricTarget = Extract<MetricSpec, { type: "Resource" }>["resource"]["target"];
type ScalingRules = NonNullable<NonNullable<Spec["behavior"]>["scaleUp"]>;

/** Leaves out what is undefined, so that a scenario is what its JSON is. */
function compact<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
    return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
        [K in keyof T]: Exclude<T[K], undefined>;
    };
}

export function randomScenario(seed: number): Scenario {
    const random = new Random(seed);
    const gates = randomGates(random);
    const maxReplicas = random.of(1, 3, 5, 8, 12, 20, 30, 60, 130);
    const spec = randomSpec(random, maxReplicas, gates?.HPAScaleToZero !== false);
    const auto = random.maybe(0.3, () => ({ readyAfterSeconds: random.of(0, 10, 20, 45) }));
    const template = randomTemplate(random);
    let elapsed = 0;
    const ticks = random.list(2, 7, () => {
        const tick = randomTick(random, elapsed, maxReplicas, template, auto !== undefined, gates);
        elapsed += tick.elapsed * (tick.repeat ?? 1);
        return tick;
    });
    return compact({
        name: `seed ${seed}`,
        spec,
        controller: random.maybe(0.3, () =>
            compact({
                tolerance: random.maybe(0.5, () => random.of(0, 0.05, 0.1, 0.2, 0.5)),
                downscaleStabilizationSeconds: random.maybe(0.7, () => random.of(0, 15, 30, 30.5, 60)),
                cpuInitializationPeriodSeconds: random.maybe(0.5, () => random.of(0, 30, 60, 120)),
                initialReadinessDelaySeconds: random.maybe(0.5, () => random.of(0, 10, 15, 60)),
            }),
        ),
        featureGates: gates,
        replicas: random.chance(0.85) ? random.integer(1, maxReplicas) : random.integer(0, maxReplicas + 3),
        template,
        auto,
        ticks,
    });
}

function randomGates(random: Random): Scenario["featureGates"] {
    // Gates belong to the process, and changing them takes the oracle time.
    return random.maybe(0.25, () =>
        compact({
            HPAScaleToZero: random.maybe(0.8, () => random.chance(0.1)),
            PodLevelResources: random.maybe(0.3, () => random.chance(0.2)),
        }),
    );
}

function randomSpec(random: Random, maxReplicas: number, scalesToZero: boolean): Spec {
    const isWild = random.chance(0.04);
    const least = scalesToZero ? 0 : 1;
    return compact({
        minReplicas: isWild
            ? random.of(-1, 0, maxReplicas + 1)
            : random.maybe(0.8, () => random.integer(least, Math.min(maxReplicas, 4))),
        maxReplicas: isWild ? random.of(-1, 0, maxReplicas) : maxReplicas,
        metrics: random.chance(0.05) ? random.maybe(0.5, () => []) : random.list(1, 3, () => randomMetric(random)),
        behavior: random.chance(0.4)
            ? undefined
            : compact({
                  scaleUp: random.maybe(0.7, () => randomRules(random)),
                  scaleDown: random.maybe(0.7, () => randomRules(random)),
              }),
    });
}

function randomRules(random: Random): ScalingRules {
    const isWild = random.chance(0.01);
    return compact({
        stabilizationWindowSeconds: isWild
            ? random.of(-1, 3601)
            : random.maybe(0.7, () => random.of(0, 0, 15, 30, 45, 60, 300, 3600)),
        selectPolicy: random.maybe(0.5, () => random.of("Max", "Min", "Min", "Disabled")),
        policies: random.maybe(0.75, () =>
            random.list(isWild ? 0 : 1, 3, () => ({
                type: random.of("Pods", "Percent"),
                value: isWild ? random.of(-1, 0, 1) : random.of(1, 2, 3, 4, 7, 10, 10, 25, 50, 100, 150, 2_147_483_647),
                periodSeconds: isWild ? random.of(0, 1801) : random.of(1, 15, 30, 45, 60, 120, 1800),
            })),
        ),
        tolerance: isWild
            ? "-0.1"
            : random.maybe(0.4, () => random.of("0", "0.05", "0.1", "0.3", "300m", "0.5", "1", 0.25, "0.000001")),
    });
}

function randomMetric(random: Random): MetricSpec {
    const isWild = random.chance(0.015);
    switch (random.of("Resource", "Resource", "Resource", "ContainerResource", "Pods", "Object", "External")) {
        case "Resource":
            return {
                type: "Resource",
                resource: { name: randomResource(random), target: resourceTarget(random, isWild) },
            };
        case "ContainerResource":
            return {
                type: "ContainerResource",
                containerResource: {
                    name: isWild ? random.of("", "gpu", "example.com/gpu", "hugepages-2Mi") : randomResource(random),
                    container: isWild
                        ? random.of("", "App", "app")
                        : random.of("app", "app", "proxy", "setup", "ghost"),
                    target: resourceTarget(random, isWild),
                },
            };
        case "Pods":
            return {
                type: "Pods",
                pods: { metric: randomMetricName(random, isWild), target: podsTarget(random, isWild) },
            };
        case "Object":
            return {
                type: "Object",
                object: {
                    describedObject: compact({
                        apiVersion: isWild ? random.of("a/b/c", "v1") : random.maybe(0.7, () => "networking.k8s.io/v1"),
                        kind: isWild ? random.of("", "a/b", "Ingress") : random.of("Ingress", "Namespace"),
                        name: isWild ? random.of("", "..", "web") : "web",
                    }),
                    metric: randomMetricName(random, isWild),
                    target: singleTarget(random, isWild, true),
                },
            };
        case "External":
            return {
                type: "External",
                external: { metric: randomMetricName(random, isWild), target: singleTarget(random, isWild, false) },
            };
    }
}

const randomResource = (random: Random) => random.of("cpu", "cpu", "cpu", "cpu", "memory", "ephemeral-storage");
const randomMetricName = (random: Random, isWild: boolean) => ({
    name: isWild ? random.of("", "a/b", "100%", ".", "rate") : random.of("rate", "queue"),
});

function resourceTarget(random: Random, isWild: boolean): MetricTarget {
    if (isWild) {
        return compact({
            type: random.of("Utilization", "AverageValue", "Value"),
            averageUtilization: random.maybe(0.5, () => random.of(-1, 0, 50)),
            averageValue: random.maybe(0.5, () => random.of("0", "-1", "50m")),
            value: random.maybe(0.3, () => random.of("0", "5")),
        });
    }
    return random.chance(0.7)
        ? {
              type: random.of("Utilization", "Utilization", "Value"),
              averageUtilization: random.of(1, 10, 40, 50, 50, 60, 80, 100, 150, 250),
          }
        : {
              type: random.of("AverageValue", "AverageValue", "Utilization"),
              averageValue: random.of("1m", "50m", "0.1", "100m", "0.25", "1", "64Mi", "128Mi", "1e3", "0.1n"),
          };
}

function podsTarget(random: Random, isWild: boolean): MetricTarget {
    if (isWild) {
        return compact({ type: random.of("AverageValue", "Value"), averageValue: random.of("0", undefined, "5") });
    }
    return { type: random.of("AverageValue", "AverageValue", "Value"), averageValue: randomAmount(random) };
}

function singleTarget(random: Random, isWild: boolean, mayHaveBoth: boolean): MetricTarget {
    if (isWild) {
        return compact({
            type: random.of("AverageValue", "Value"),
            value: random.of("0", undefined, "5"),
            averageValue: random.of("0", undefined, "5"),
        });
    }
    if (mayHaveBoth && random.chance(0.1)) {
        return { type: random.of("AverageValue", "Value"), value: randomAmount(random), averageValue: "10" };
    }
    const type = random.of("AverageValue", "Value");
    // One type with the other's field.
    const field = random.chance(0.1) ? "Value" : type;
    return field === "Value" ? { type, value: randomAmount(random) } : { type, averageValue: randomAmount(random) };
}

const randomAmount = (random: Random) => random.of("1m", "500m", "1", "5", "10", 10, "30", "100", "1k", "2.5");

function randomContainers(random: Random, names: readonly string[], isComplete: boolean): ScenarioContainers {
    const containers: ScenarioContainers = {};
    for (const name of names) {
        containers[name] = compact({
            requests:
                isComplete || random.chance(0.95)
                    ? compact({
                          cpu: random.of("10m", "50m", "100m", "100m", "250m", "1", "1.5"),
                          memory: random.maybe(0.8, () => random.of("64Mi", "128Mi", "1Gi", "100M")),
                          "ephemeral-storage": random.maybe(0.5, () => random.of("1Gi", "200Mi")),
                      })
                    : random.of({}, { cpu: "0" }, undefined),
            usage: random.maybe(0.95, () => randomUsage(random)),
        });
    }
    return containers;
}

function randomUsage(random: Random) {
    return compact({
        cpu: random.maybe(0.97, () =>
            random.of(
                "0",
                "1m",
                "5m",
                "25m",
                "45m",
                "50m",
                "54m",
                "55m",
                "60m",
                "90m",
                "100m",
                "110m",
                "300m",
                "2",
                "1n",
            ),
        ),
        memory: random.maybe(0.9, () => random.of("1Mi", "32Mi", "63Mi", "64Mi", "70Mi", "130Mi", "2Gi", "90Gi")),
        "ephemeral-storage": random.maybe(0.5, () => random.of("10Mi", "1Gi")),
    });
}

function randomTemplate(random: Random): ScenarioPod {
    return compact({
        name: random.maybe(0.2, () => random.of("web", "old")),
        containers: randomContainers(random, random.of(["app"], ["app"], ["app", "helper"]), random.chance(0.7)),
        sidecars: random.maybe(0.4, () => randomContainers(random, random.of(["proxy"], ["agent", "proxy"]), true)),
        inits: random.maybe(0.3, () => randomContainers(random, ["setup"], random.chance(0.5))),
        podRequests: random.maybe(0.2, () =>
            random.of(
                { cpu: "200m" },
                { memory: "256Mi" },
                { cpu: "300m", memory: "1Gi" },
                { memory: "1", "ephemeral-storage": "2Gi" },
                { "ephemeral-storage": "1Gi" },
                {},
            ),
        ),
        overhead: random.maybe(0.15, () => random.of({ cpu: "20m" }, { memory: "10Mi", "ephemeral-storage": "1Mi" })),
        metricWindowSeconds: random.maybe(0.2, () => random.of(0, 15, 30, 60)),
    });
}

function randomTick(
    random: Random,
    before: number,
    maxReplicas: number,
    template: ScenarioPod,
    isAuto: boolean,
    gates: Scenario["featureGates"],
): Tick {
    const elapsed = random.of(15, 15, 15, 15, 15.02, 14.998, 1, 30, 45, 60, 299.98, 300, 301);
    const now = before + elapsed;
    const pods = isAuto
        ? random.maybe(0.1, () => random.list(1, 2, () => randomPod(random, now)))
        : random.list(random.chance(0.03) ? 0 : 1, 4, () => randomPod(random, now));
    const rare = (probability: number) => random.maybe(probability, () => true);
    const names = [template.name ?? "pod", ...(pods ?? []).map(({ name }) => name ?? template.name ?? "pod")];
    const podNames = isAuto ? names : names.slice(1);
    return compact({
        elapsed,
        repeat: random.maybe(0.4, () => random.integer(2, 4)),
        spec: random.maybe(0.08, () => randomSpec(random, maxReplicas, gates?.HPAScaleToZero !== false)),
        replicas: random.maybe(0.08, () => random.integer(0, maxReplicas + 2)),
        statusReplicas: random.maybe(0.3, () => random.integer(0, maxReplicas)),
        pods,
        load: random.maybe(isAuto ? 0.9 : 0.1, () => ({
            app: { cpu: random.of("0", "100m", "500m", "900m", "1500m", "3", "10", "700u") },
        })),
        failResourceMetrics: rare(0.04),
        failScaleGet: rare(0.03),
        failScaleUpdate: rare(0.04),
        noSelector: rare(0.02),
        podsMetrics: random.maybe(0.8, () => ({
            rate: randomPodsMetric(random, podNames),
            ...(random.chance(0.6) ? { queue: randomPodsMetric(random, podNames) } : {}),
        })),
        objectMetrics: random.maybe(0.85, () =>
            compact({ rate: randomTotal(random), queue: random.maybe(0.7, () => randomTotal(random)) }),
        ),
        externalMetrics: random.maybe(0.85, () =>
            compact({
                rate: random.list(random.chance(0.05) ? 0 : 1, 3, () => randomTotal(random)),
                queue: random.maybe(0.7, () => random.list(1, 2, () => randomTotal(random))),
            }),
        ),
    });
}

function randomPodsMetric(random: Random, names: readonly string[]): Record<string, string> {
    const values: Record<string, string> = {};
    for (const name of names) {
        if (random.chance(0.85))
            values[name] = random.of("0", "1m", "450m", "500m", "1", "4", "5.5", "10", "11", "200", "-3");
    }
    return values;
}

const randomTotal = (random: Random) =>
    random.of("0", "1m", "4", "10", "11", "25", "90", "100", "110.5", "240", "1k", "-5", "3000000000", "4T", "9P");

function randomPod(random: Random, now: number): ScenarioPod {
    // Around the borders of the initialization period, the readiness delay and the samples' windows.
    const moment = () =>
        now - random.of(0, 5, 10, 14.999, 15, 29.999, 30, 30.001, 31, 60, 61, 120, 299.999, 300, 300.001, 400);
    return compact({
        name: random.maybe(0.4, () => random.of("a", "b", "old")),
        count: random.of(1, 1, 2, 3, 5, -1, -1, 0),
        phase: random.maybe(0.2, () => random.of("Pending", "Failed", "Succeeded", "Unknown", "Running")),
        ready: random.maybe(0.4, () => random.of("True", "False", "False", "Unknown", "none")),
        startAt: random.maybe(0.5, () => round(moment())),
        noStartTime: random.maybe(0.03, () => random.chance(0.8)),
        transitionAt: random.maybe(0.4, () => round(moment())),
        deleting: random.maybe(0.06, () => random.chance(0.8)),
        gone: random.maybe(0.05, () => random.chance(0.8)),
        noMetrics: random.maybe(0.15, () => random.chance(0.9)),
        metricAt: random.maybe(0.2, () => round(now - random.of(0, 1, 10, 15, 30))),
        metricWindowSeconds: random.maybe(0.15, () => random.of(0, 15, 30, 60)),
        containers: random.maybe(0.8, () => ({
            app: compact({
                usage: random.maybe(0.95, () => randomUsage(random)),
                requests: random.maybe(0.05, () => random.of({}, { cpu: "100m" }, { cpu: "0" })),
            }),
        })),
    });
}

/** To the millisecond. */
const round = (seconds: number) => Math.round(seconds * 1000) / 1000;
