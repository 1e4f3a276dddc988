/** From Kubernetes' objects to what a recording keeps of them: what the HPA controller reads, and its answer. */
import type { HorizontalPodAutoscalerSpec } from "../controller";
import type { RecordedPod, RecordedSample, RecordedStatus, State } from "./recording";

type Amounts = Readonly<Record<string, string>>;

export interface HorizontalPodAutoscaler {
    readonly metadata: { readonly name: string };
    readonly spec: HorizontalPodAutoscalerSpec & {
        readonly scaleTargetRef: { readonly apiVersion: string; readonly kind: string; readonly name: string };
    };
    readonly status: {
        readonly desiredReplicas: number;
        readonly lastScaleTime?: string;
        readonly conditions?: readonly {
            readonly type: string;
            readonly status: string;
            readonly reason: string;
            readonly lastTransitionTime: string;
        }[];
        /** null where no metric was asked. */
        readonly currentMetrics?: readonly CurrentMetric[] | null;
    };
}

/** The name of an External metric, and the labels that the controller asks for it by. */
export interface ExternalMetric {
    readonly name: string;
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
}

interface CurrentMetric {
    readonly resource?: CurrentResource;
    readonly containerResource?: CurrentResource;
}

interface CurrentResource {
    readonly current: { readonly averageUtilization?: number };
}

/** autoscaling/v1, of any kind that can be scaled. */
export interface Scale {
    readonly spec: { readonly replicas?: number };
    readonly status: { readonly replicas: number; readonly selector: string };
}

export interface Pod {
    readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
    readonly spec: {
        readonly containers: readonly Container[];
        readonly initContainers?: readonly Container[];
        readonly resources?: { readonly requests?: Amounts };
        readonly overhead?: Amounts;
    };
    readonly status: {
        readonly phase: RecordedPod["phase"];
        readonly startTime?: string;
        readonly conditions?: readonly {
            readonly type: string;
            readonly status: NonNullable<RecordedPod["ready"]>;
            readonly lastTransitionTime: string;
        }[];
    };
}

interface Container {
    readonly name: string;
    readonly restartPolicy?: string;
    readonly resources?: { readonly requests?: Amounts };
}

/** metrics.k8s.io/v1beta1 */
export interface PodMetrics {
    readonly metadata: { readonly name: string };
    readonly timestamp: string;
    readonly window: string;
    readonly containers: readonly { readonly name: string; readonly usage: Amounts }[];
}

/** What a cluster answers at one time. */
export interface Answers {
    readonly atMilliseconds: number;
    readonly hpa: HorizontalPodAutoscaler;
    readonly scale: Scale;
    /** Those that the scale selects. */
    readonly pods: readonly Pod[];
    /** Of the pods that the scale selects; undefined where the resource metrics API fails. */
    readonly podMetrics: readonly PodMetrics[] | undefined;
    /** By name; null where that of external metrics fails. */
    readonly externalMetrics: State["externalMetrics"];
}

export function stateOf({ atMilliseconds, hpa, scale, pods, podMetrics, externalMetrics }: Answers): State {
    const { minReplicas, maxReplicas, metrics, behavior } = hpa.spec;
    const resources = resourcesOf(hpa.spec);
    return {
        atMilliseconds,
        spec: { minReplicas, maxReplicas, metrics, behavior },
        status: statusOf(hpa.status),
        replicas: scale.spec.replicas ?? 0,
        statusReplicas: scale.status.replicas,
        pods: byName(pods, (pod) => podOf(pod, resources)),
        samples: byName(podMetrics ?? [], (metrics) => sampleOf(metrics, resources)),
        failResourceMetrics: podMetrics === undefined,
        externalMetrics,
    };
}

/** Those of the spec. */
export function externalMetricsOf({ metrics = [] }: HorizontalPodAutoscalerSpec): readonly ExternalMetric[] {
    return metrics.flatMap((metric) => (metric.type === "External" ? [metric.external.metric] : []));
}

/** Others are of no interest to the controller. The API server has filled in the metrics, so that there is one at least. */
function resourcesOf({ metrics = [] }: HorizontalPodAutoscalerSpec): ReadonlySet<string> {
    return new Set(
        metrics.flatMap((metric) => {
            if (metric.type === "Resource") return [metric.resource.name];
            return metric.type === "ContainerResource" ? [metric.containerResource.name] : [];
        }),
    );
}

function only(resources: ReadonlySet<string>, amounts: Amounts = {}): Record<string, string> {
    return Object.fromEntries(Object.entries(amounts).filter(([resource]) => resources.has(resource)));
}

function byName<T extends { readonly metadata: { readonly name: string } }, Kept>(
    objects: readonly T[],
    keep: (object: T) => Kept,
): Record<string, Kept> {
    return Object.fromEntries(objects.map((object) => [object.metadata.name, keep(object)]));
}

function statusOf(status: HorizontalPodAutoscaler["status"]): RecordedStatus {
    const { desiredReplicas, lastScaleTime, conditions = [], currentMetrics } = status;
    return {
        desiredReplicas,
        ...(lastScaleTime !== undefined && { lastScaleSeconds: seconds(lastScaleTime) }),
        conditions: Object.fromEntries(
            conditions.map(({ type, status, reason, lastTransitionTime }) => [
                type,
                { is: `${status}/${reason}`, transitionSeconds: seconds(lastTransitionTime) },
            ]),
        ),
        utilizations: (currentMetrics ?? []).map(
            ({ containerResource, resource }) => (containerResource ?? resource)?.current.averageUtilization ?? null,
        ),
    };
}

function podOf({ metadata, spec, status }: Pod, resources: ReadonlySet<string>): RecordedPod {
    const ready = status.conditions?.find(({ type }) => type === "Ready");
    const podRequests = spec.resources?.requests;
    return {
        phase: status.phase,
        ...(ready && { ready: ready.status, transitionSeconds: seconds(ready.lastTransitionTime) }),
        ...(status.startTime !== undefined && { startSeconds: seconds(status.startTime) }),
        ...(metadata.deletionTimestamp !== undefined && { deleting: true }),
        containers: [
            ...spec.containers.map(({ name, resources: own }) => ({ name, requests: only(resources, own?.requests) })),
            ...(spec.initContainers ?? []).map(({ name, resources: own, restartPolicy }) => ({
                name,
                kind: restartPolicy === "Always" ? ("sidecar" as const) : ("init" as const),
                requests: only(resources, own?.requests),
            })),
        ],
        ...(podRequests && { podRequests: only(resources, podRequests) }),
        ...(spec.overhead && { overhead: only(resources, spec.overhead) }),
    };
}

function sampleOf({ timestamp, window, containers }: PodMetrics, resources: ReadonlySet<string>): RecordedSample {
    return {
        timestampSeconds: seconds(timestamp),
        windowMilliseconds: durationMilliseconds(window),
        // metrics-server lists containers in any order.
        containers: Object.fromEntries(
            containers
                .map(({ name, usage }): [string, Amounts] => [name, only(resources, usage)])
                .sort(([a], [b]) => a.localeCompare(b)),
        ),
    };
}

/** Kubernetes stores whole seconds. */
function seconds(time: string): number {
    return Date.parse(time) / 1000;
}

const millisecondsPerUnit: Readonly<Record<string, number>> = {
    h: 3_600_000,
    m: 60_000,
    s: 1000,
    ms: 1,
    µs: 1e-3,
    ns: 1e-6,
};

/**
 * A duration as Go prints it, such as "1m13.567448832s". Rounded up: all that it is compared with are whole seconds, so that
 * nothing falls between.
 */
export function durationMilliseconds(duration: string): number {
    let sum = 0;
    for (const [, value, unit] of duration.matchAll(/([\d.]+)(h|ms|m|s|µs|ns)/g)) {
        sum += Number(value) * (millisecondsPerUnit[unit ?? ""] ?? Number.NaN);
    }
    return Math.ceil(sum);
}
