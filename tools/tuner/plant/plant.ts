/** All that is around the HPA controller and does not change from one setting to another. Plain data: it goes to threads. */
import { longestScrapeIntervalSeconds } from "../../../components/busyWorkers";
import { scrapeIntervalSeconds } from "../../../components/defaults";
import { parseCpuMillicores } from "../../../components/units/quantity";
import { resolveService } from "../../../components/service";
import type { Settings } from "../../../settings/types";
import { spreadOf, type Spread } from "./spread";

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
    /** Of Prometheus, where it counts busy workers for the HPA. */
    readonly scrapeIntervalSeconds: number;
    /** How a pod is chosen for each request. */
    readonly spread: Spread;
    /** How different pods' shares are in the long run: their deviation, 0.1 is 10 %. */
    readonly imbalance: number;
    /** Of what is random: the pods' shares. */
    readonly seed: number;
}

/** What no stack file tells. */
export interface Assumptions {
    readonly cpuSecondsPerRequest: number | undefined;
    readonly requestSeconds: number;
    readonly startupSeconds: number;
    /** Undefined: as the stack's controller does it. */
    readonly spread: Spread | undefined;
    /** Undefined: none where pods are chosen in turn or by their requests, a tenth where by chance. */
    readonly imbalance: number | undefined;
    readonly seed: number;
}

const imbalanceAtRandom = 0.1;

/** For the kubelet, which notices that a container has ended and tells the API server. */
const podEndSeconds = 2;

export function plantOf(settings: Settings, assumptions: Assumptions): Plant {
    const { web, ingressController, metricsServer } = settings;
    const { drainBudget, phpFpm } = resolveService("web", { ...web, ingressController });
    const { requests, limits } = phpFpm.resources;
    const spread = assumptions.spread ?? spreadOf(settings);
    return {
        ...assumptions,
        spread,
        imbalance: assumptions.imbalance ?? (spread.kind === "random" ? imbalanceAtRandom : 0),
        workers: phpFpm.maxChildren,
        cpuRequestMillicores: parseCpuMillicores(requests.cpu ?? "") ?? 1000,
        cpuLimitCores: limits.cpu === null ? Infinity : (parseCpuMillicores(limits.cpu) ?? 1000) / 1000,
        fastcgiReadTimeoutSeconds: drainBudget.fastcgiReadTimeoutSeconds,
        // nginx serves on for the whole of its preStop, and then ends what it has.
        drainSeconds: drainBudget.preStopSleepSeconds + assumptions.requestSeconds + podEndSeconds,
        metricResolutionSeconds: metricsServer.metricResolutionSeconds,
        // As it would be with a target for them, where the stack has none.
        scrapeIntervalSeconds: Math.min(
            longestScrapeIntervalSeconds,
            web.monitoring?.intervalSeconds ?? scrapeIntervalSeconds.forScaling,
        ),
    };
}
