/** All that is around the HPA controller and does not change from one setting to another. Plain data: it goes to threads. */
import { parseCpuMillicores } from "../../common/quantity";
import { resolveService } from "../../components/service";
import type { Settings } from "../../settings/types";

export interface Plant {
    /** pm.max_children. */
    readonly workers: number;
    /** Of php-fpm, which is what the HPA's target is a percentage of. */
    readonly cpuRequestMillicores: number;
    /** Of php-fpm; Infinity where there is none. */
    readonly cpuLimitCores: number;
    /** php-fpm's CPU per request where the trace does not tell; mean. */
    readonly cpuSecondsPerRequest: number | undefined;
    /** How long a request takes on an idle pod; mean. */
    readonly requestSeconds: number;
    /** nginx gives a request up after so long: its wait for a worker, and its work. */
    readonly fastcgiReadTimeoutSeconds: number;
    /** From the HPA's decision to a new pod's first answer. */
    readonly startupSeconds: number;
    /** From a pod's deletion to its end; it is paid for so long. */
    readonly drainSeconds: number;
    /** --metric-resolution of metrics-server. */
    readonly metricResolutionSeconds: number;
    /** How uneven the ingress spreads requests over pods: deviation of their shares, 0.1 is 10 %. */
    readonly imbalance: number;
    /** Of what is random: the pods' shares. */
    readonly seed: number;
}

/** What no stack file tells. */
export interface Assumptions {
    readonly cpuSecondsPerRequest: number | undefined;
    readonly requestSeconds: number;
    readonly startupSeconds: number;
    readonly imbalance: number;
    readonly seed: number;
}

/** For the kubelet, which notices that a container has ended and tells the API server. */
const podEndSeconds = 2;

export function plantOf({ web, ingressController, metricsServer }: Settings, assumptions: Assumptions): Plant {
    const { drainBudget, phpFpm } = resolveService("web", { ...web, ingressController });
    const { requests, limits } = phpFpm.resources;
    return {
        ...assumptions,
        workers: phpFpm.maxChildren,
        cpuRequestMillicores: parseCpuMillicores(requests.cpu ?? "") ?? 1000,
        cpuLimitCores: limits.cpu === null ? Infinity : (parseCpuMillicores(limits.cpu) ?? 1000) / 1000,
        fastcgiReadTimeoutSeconds: drainBudget.fastcgiReadTimeoutSeconds,
        // nginx serves on for the whole of its preStop, and then ends what it has.
        drainSeconds: drainBudget.preStopSleepSeconds + assumptions.requestSeconds + podEndSeconds,
        metricResolutionSeconds: metricsServer.metricResolutionSeconds,
    };
}
