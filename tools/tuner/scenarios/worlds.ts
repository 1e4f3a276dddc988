/** What a tick of a scenario shows the controller. */
import type { ContainerSample, ContainerTemplate, PodGroup, ResourceAmounts, World } from "../controller";
import { milliValue } from "../controller/quantity";
import type { Scenario, ScenarioContainers, ScenarioPod, Tick } from "./schema";

/** Pods of a scenario that follow the scale and began at the same time. */
export interface Cohort {
    count: number;
    /** undefined: always there, always ready. */
    readonly startMilliseconds: number | undefined;
}

export const toMilliseconds = (seconds: number): number => Math.round(seconds * 1000);

export function worldOf(
    scenario: Scenario,
    tick: Tick,
    replicas: number,
    cohorts: readonly Cohort[],
    nowMilliseconds: number,
): World {
    const pods = (tick.pods ?? []).map((pod) => fill(pod, scenario.template));
    if (scenario.auto !== undefined) {
        const readyAfterMilliseconds = toMilliseconds(scenario.auto.readyAfterSeconds);
        for (const cohort of cohorts) {
            pods.push(podOf(cohort, scenario.template ?? {}, readyAfterMilliseconds, nowMilliseconds));
        }
    }
    const countOf = ({ count = 1 }: ScenarioPod): number => (count === -1 ? replicas : count);
    const serving = pods.filter(isServing).reduce((sum, pod) => sum + countOf(pod), 0);
    return {
        replicas,
        statusReplicas: tick.statusReplicas,
        pods: pods.map((pod) => groupOf(pod, countOf(pod), tick, serving)),
        objectMetrics: tick.objectMetrics && milliValues(tick.objectMetrics),
        externalMetrics:
            tick.externalMetrics &&
            mapValues(tick.externalMetrics, (series) => series.map((quantity) => milliValue(quantity))),
        failResourceMetrics: tick.failResourceMetrics,
        failScaleGet: tick.failScaleGet,
        failScaleUpdate: tick.failScaleUpdate,
        noSelector: tick.noSelector,
    };
}

/** What a pod leaves out is the template's; containers are put together by name. */
function fill(pod: ScenarioPod, template: ScenarioPod | undefined): ScenarioPod {
    if (template === undefined) return pod;
    return {
        ...template,
        ...pod,
        containers: fillContainers(pod.containers, template.containers),
        sidecars: fillContainers(pod.sidecars, template.sidecars),
        inits: fillContainers(pod.inits, template.inits),
    };
}

function fillContainers(
    containers: ScenarioContainers | undefined,
    templates: ScenarioContainers | undefined,
): ScenarioContainers | undefined {
    if (containers === undefined || templates === undefined) return containers ?? templates;
    const filled = { ...templates };
    for (const [name, container] of Object.entries(containers)) filled[name] = { ...templates[name], ...container };
    return filled;
}

function podOf(
    { count, startMilliseconds }: Cohort,
    template: ScenarioPod,
    readyAfterMilliseconds: number,
    nowMilliseconds: number,
): ScenarioPod {
    if (startMilliseconds === undefined) return { ...template, count };
    const readyAt = startMilliseconds + readyAfterMilliseconds;
    const isReady = nowMilliseconds >= readyAt;
    return {
        ...template,
        count,
        ready: isReady ? "True" : "False",
        startAt: startMilliseconds / 1000,
        transitionAt: (isReady ? readyAt : startMilliseconds) / 1000,
    };
}

/** Gets a share of the load. */
function isServing({ phase = "Running", ready = "True", deleting = false, gone = false }: ScenarioPod): boolean {
    return phase === "Running" && ready === "True" && !deleting && !gone;
}

function groupOf(pod: ScenarioPod, count: number, tick: Tick, serving: number): PodGroup {
    const { containers = {}, sidecars = {}, inits = {}, name = "pod" } = pod;
    const templates: ContainerTemplate[] = [];
    const samples: ContainerSample[] = [];
    for (const [kind, parts] of [
        ["container", containers],
        ["sidecar", sidecars],
        ["init", inits],
    ] as const) {
        for (const [containerName, { requests, usage }] of Object.entries(parts)) {
            templates.push({ name: containerName, kind, requests: milliValues(requests ?? {}) });
            const load = kind === "init" ? undefined : tick.load?.[containerName];
            if (usage === undefined && load === undefined) continue;
            const share = load && mapValues(load, (total) => (isServing(pod) ? portion(total, serving) : 0));
            samples.push({ name: containerName, usage: { ...milliValues(usage ?? {}), ...share } });
        }
    }
    return {
        count,
        template: {
            containers: templates,
            podRequests: pod.podRequests && milliValues(pod.podRequests),
            overhead: pod.overhead && milliValues(pod.overhead),
        },
        phase: pod.phase,
        deleting: pod.deleting,
        ready: pod.ready,
        startMilliseconds: pod.noStartTime === true ? "none" : optionalMilliseconds(pod.startAt),
        transitionMilliseconds: optionalMilliseconds(pod.transitionAt ?? pod.startAt),
        sample:
            pod.noMetrics === true
                ? undefined
                : {
                      timestampMilliseconds: optionalMilliseconds(pod.metricAt),
                      windowMilliseconds: optionalMilliseconds(pod.metricWindowSeconds),
                      containers: samples,
                  },
        podsMetrics: tick.podsMetrics && podsMetricsOf(name, tick.podsMetrics),
        gone: pod.gone,
    };
}

type Quantities = Readonly<Record<string, string | number>>;

function portion(total: string | number, serving: number): number {
    return Math.trunc(milliValue(total) / Math.max(serving, 1));
}

function podsMetricsOf(name: string, podsMetrics: Readonly<Record<string, Quantities>>): ResourceAmounts {
    const amounts: Record<string, number> = {};
    for (const [metric, values] of Object.entries(podsMetrics)) {
        const value = values[name];
        if (value !== undefined) amounts[metric] = milliValue(value);
    }
    return amounts;
}

function milliValues(quantities: Quantities): ResourceAmounts {
    return mapValues(quantities, milliValue);
}

function mapValues<From, To>(record: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
    const result: Record<string, To> = {};
    for (const key in record) result[key] = map(record[key] as From);
    return result;
}

function optionalMilliseconds(seconds: number | undefined): number | undefined {
    return seconds === undefined ? undefined : toMilliseconds(seconds);
}
