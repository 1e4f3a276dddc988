/** Asks a cluster for what a recording keeps. */
import type { HorizontalPodAutoscaler, Pod, PodMetrics, Scale } from "./compact";
import { type ExternalMetric, externalMetricsOf, stateOf } from "./compact";
import { type Change, changeBetween, RecordingError, type State } from "./recording";

/** Reads a path of the cluster's API; rejects where the answer is an error. */
export type Get = <T>(path: string) => Promise<T>;

interface List<T> {
    readonly items: readonly T[];
}

/** Finds the HPA to record. @throws RecordingError where it is not clear which */
export async function findHpa(get: Get, namespace: string, name: string | undefined): Promise<HorizontalPodAutoscaler> {
    const { items } = await get<List<HorizontalPodAutoscaler>>(pathOfHpas(namespace));
    const found = items.filter(({ metadata }) => name === undefined || metadata.name === name);
    const [hpa] = found;
    if (hpa !== undefined && found.length === 1) return hpa;
    const names = items.map(({ metadata }) => metadata.name).join(", ");
    throw new RecordingError(
        items.length === 0
            ? `There is no HorizontalPodAutoscaler in the namespace ${namespace}.`
            : `Which HorizontalPodAutoscaler of the namespace ${namespace}? --hpa takes one of ${names}.`,
    );
}

export class Recorder {
    #state: State | undefined;

    private constructor(
        private readonly get: Get,
        private readonly namespace: string,
        private readonly paths: Readonly<Record<"hpa" | "scale" | "pods" | "podMetrics", string>>,
    ) {}

    static async of(get: Get, namespace: string, { metadata, spec }: HorizontalPodAutoscaler): Promise<Recorder> {
        const { apiVersion, kind, name } = spec.scaleTargetRef;
        const scale = `/apis/${apiVersion}/namespaces/${namespace}/${kind.toLowerCase()}s/${name}/scale`;
        const { status } = await get<Scale>(scale);
        const query = `?labelSelector=${encodeURIComponent(status.selector)}`;
        return new Recorder(get, namespace, {
            hpa: `${pathOfHpas(namespace)}/${metadata.name}`,
            scale,
            pods: `/api/v1/namespaces/${namespace}/pods${query}`,
            podMetrics: `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods${query}`,
        });
    }

    /** What has changed since the call before; undefined where nothing has. Rejects where the cluster does not answer. */
    async next(atMilliseconds: number): Promise<Change | undefined> {
        const { paths } = this;
        const [hpa, scale, pods, podMetrics] = await Promise.all([
            this.get<HorizontalPodAutoscaler>(paths.hpa),
            this.get<Scale>(paths.scale),
            this.get<List<Pod>>(paths.pods),
            // The controller goes on without metrics, and what it does then is worth recording.
            this.get<List<PodMetrics>>(paths.podMetrics).catch(() => undefined),
        ]);
        const state = stateOf({
            atMilliseconds,
            hpa,
            scale,
            pods: pods.items,
            podMetrics: podMetrics?.items,
            externalMetrics: Object.fromEntries(
                await Promise.all(
                    externalMetricsOf(hpa.spec).map(
                        async (metric) => [metric.name, await this.valuesOf(metric)] as const,
                    ),
                ),
            ),
        });
        const change = changeBetween(this.#state, state);
        this.#state = state;
        return change;
    }

    /** As the controller asks. Null where it gets an error. */
    private async valuesOf({ name, selector }: ExternalMetric): Promise<readonly string[] | null> {
        const labels = Object.entries(selector?.matchLabels ?? {}).map(([label, value]) => `${label}=${value}`);
        const path = `/apis/external.metrics.k8s.io/v1beta1/namespaces/${this.namespace}/${name}`;
        try {
            const query = `?labelSelector=${encodeURIComponent(labels.join())}`;
            const { items } = await this.get<List<{ readonly value: string }>>(path + query);
            return items.map(({ value }) => value);
        } catch {
            return null;
        }
    }
}

function pathOfHpas(namespace: string): string {
    return `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`;
}
