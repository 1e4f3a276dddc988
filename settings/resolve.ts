/** From a stack file with its defaults to what the program works with: fills in what follows from other settings. */
import { tagVersion } from "../common/imageReference";
import { formatMemory, parseMemoryBytes } from "../common/quantity";
import { defaultTransferSeconds, drainBudget, type DrainInput } from "../components/drain";
import { idleSecondsOfProxy, neededKeepaliveSeconds } from "../components/keepalive";
import { requestsWithin } from "../components/nginxMemory";
import { defaultAutoscaling, type ParsedSettings } from "./schema";
import type { Settings } from "./types";
import { computedMaxChildren, usualBytes, worstBytes } from "../components/workers";

type ParsedWeb = ParsedSettings["web"];

export function resolveSettings(parsed: ParsedSettings): Settings {
    const { replicas, autoscaling, nginx, phpFpm, ...web } = parsed.web;
    const version = nginx.version === undefined ? nginxVersion(nginx.image) : nginx.version.split(".").map(Number);
    const maxChildren = maxChildrenOf(parsed.web);
    return {
        ...parsed,
        web: {
            ...web,
            scaling:
                replicas === undefined
                    ? (autoscaling ?? defaultAutoscaling)
                    : { ...defaultAutoscaling, minReplicas: replicas, maxReplicas: replicas },
            drain: drainBudget(drainInputOf(parsed)),
            nginx: {
                ...nginx,
                version,
                requestsAtOnce: requestsWithin({ ...nginx, containerLimit: nginx.resources.limits.memory }),
                keepaliveSeconds: nginx.keepaliveSeconds ?? neededKeepaliveSeconds(idleSecondsOfProxy(parsed)),
            },
            phpFpm: { ...phpFpm, maxChildren, resources: phpFpmResources(phpFpm, maxChildren) },
        },
        ingressController: {
            ...parsed.ingressController,
            namespace: parsed.ingressController.namespace ?? parsed.ingressController.kind,
        },
    };
}

/** As the tag has it. A tag that is a date, or the distribution's version, is not nginx's: those begin with 1. */
function nginxVersion(image: string): readonly number[] | undefined {
    const version = tagVersion(image);
    return version?.[0] === 1 ? version : undefined;
}

/** The parts of the shutdown: as set, or as the proxy in front has them. */
export function drainInputOf({
    web,
    ingressController,
}: Pick<ParsedSettings, "web" | "ingressController">): DrainInput {
    const proxy = web.gateway === undefined ? ingressController.kind : "gateway";
    return {
        ...web.drain,
        longestRequestSeconds: web.longestRequestSeconds,
        transferSeconds: web.drain.transferSeconds ?? defaultTransferSeconds(proxy),
    };
}

/** The workers that php-fpm gets: as set, or computed. */
export function maxChildrenOf({ phpFpm }: Pick<ParsedWeb, "phpFpm">): number {
    return (
        phpFpm.maxChildren ??
        computedMaxChildren({
            ...phpFpm,
            cpuRequest: phpFpm.resources.requests.cpu ?? undefined,
            containerLimit: phpFpm.resources.limits.memory,
        })
    );
}

/** A request for the usual and a limit for the worst, where the stack file has none. */
function phpFpmResources(phpFpm: ParsedWeb["phpFpm"], workers: number): Settings["web"]["phpFpm"]["resources"] {
    const { requests, limits } = phpFpm.resources;
    const request = requests.memory ?? formatMemory(usualBytes(phpFpm, workers));
    const worst = Math.max(worstBytes(phpFpm, workers), parseMemoryBytes(request) ?? 0);
    return {
        requests: { ...requests, memory: request },
        limits: { ...limits, memory: limits.memory ?? formatMemory(worst) },
    };
}
