/** What pods have used, by Prometheus. */
import { podsOf } from "../../../components/busyWorkers";
import { phpFpmContainerName } from "../../../components/specs/names";
import { askForRange, type PrometheusServer, type Sample, type TimeRange } from "../traffic/prometheus";
import { describeSeconds } from "../traffic/traffic";
import type { ServiceName } from "../traffic/usualSeries";

/** One stretch of time, over all pods of the service. php-fpm's container alone. */
export interface Use {
    /** Of the pod that used the most, mean of the stretch. */
    readonly mostCores: number;
    /** Of the pod that had the most, the most of the stretch: working set. */
    readonly mostBytes: number;
    /** Working set of a pod, mean. */
    readonly meanBytes: number;
    /** Of a pod, mean. */
    readonly busyWorkers: number;
}

/** Length of a stretch, and what its figures are taken over. */
export const stretchSeconds = 300;

/** What is missing of it is what a pod has in its worst hour, perhaps. */
const leastSeconds = 86_400;

/** The queries, by what they give. */
export function useQueries(service: ServiceName): Readonly<Record<keyof Use, string>> {
    const pods = podsOf(service);
    const container = `{${pods},container="${phpFpmContainerName}"}[${stretchSeconds}s]`;
    const bytes = `container_memory_working_set_bytes${container}`;
    return {
        mostCores: `max(rate(container_cpu_usage_seconds_total${container}))`,
        mostBytes: `max(max_over_time(${bytes}))`,
        meanBytes: `avg(avg_over_time(${bytes}))`,
        busyWorkers: `avg(avg_over_time(phpfpm_active_processes{${pods}}[${stretchSeconds}s]))`,
    };
}

/** Each stretch that everything is known of; or why there is too little, as a sentence. */
export async function measureUse(
    server: PrometheusServer,
    { fromSeconds, toSeconds }: TimeRange,
    service: ServiceName,
    signal?: AbortSignal,
): Promise<readonly Use[] | string> {
    const series: Partial<Record<keyof Use, ReadonlyMap<number, number>>> = {};
    for (const [key, query] of Object.entries(useQueries(service)) as [keyof Use, string][]) {
        const range = { fromSeconds, toSeconds, stepSeconds: stretchSeconds };
        const samples: readonly Sample[] = await askForRange({ ...server, ...range, query }, signal);
        if (samples.length === 0) return `What a pod should ask for is not known: Prometheus has nothing for ${query}`;
        series[key] = new Map(samples);
    }
    const { mostCores, mostBytes, meanBytes, busyWorkers } = series;
    const uses = [...(mostCores ?? [])].flatMap(([time, cores]) => {
        const [most, mean, busy] = [mostBytes?.get(time), meanBytes?.get(time), busyWorkers?.get(time)];
        return most === undefined || mean === undefined || busy === undefined
            ? []
            : [{ mostCores: cores, mostBytes: most, meanBytes: mean, busyWorkers: busy }];
    });
    const seconds = uses.length * stretchSeconds;
    return seconds < leastSeconds
        ? `What a pod should ask for is not known: Prometheus has ${describeSeconds(seconds)} of what pods used, and a day at least is needed.`
        : uses;
}
