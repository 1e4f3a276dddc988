/** From a component's arguments to what its objects are made of: defaults filled in, and what follows from others computed. */
import { controllersOf, type WithAlongside } from "./controllers";
import { tagVersion } from "./units/imageReference";
import { formatMemory, parseMemoryBytes } from "./units/quantity";
import type { ControllerInFront, PhpWebServiceArgs } from "./args";
import { intervalSecondsOf, serverAddressOf } from "./busyWorkers";
import {
    keptAssetsDefaults,
    monitoringDefaults,
    releaseDefaults,
    scheduleDefaults,
    serviceDefaults,
    tlsDefaults,
    workerDefaults,
} from "./defaults";
import { defaultTransferSeconds, drainBudget, type DrainInput } from "./drain";
import { isOfOthers } from "./gateway";
import { idleSecondsOfProxy, neededKeepaliveSeconds } from "./keepalive";
import { requestsWithin } from "./nginxMemory";
import { keptAssetsFolder } from "./specs/keptAssets";
import type { ResourceQuantities } from "./specs/podTemplate";
import { trafficSources } from "./specs/traffic";
import { withDefaults, type Filled } from "./withDefaults";
import { computedMaxChildren, usualBytes, worstBytes } from "./workers";
import { workerTargetOf } from "./workerScaling";

/** Every default is there, but nothing is computed. */
type FilledArgs = Filled<PhpWebServiceArgs, typeof serviceDefaults>;

export type Service = Readonly<ReturnType<typeof resolveService>>;

/**
 * What a service is made of. Judges nothing: problems.ts does.
 *
 * @param name the component's
 */
export function resolveService(name: string, args: PhpWebServiceArgs) {
    const filled = withDefaults(args, serviceDefaults);
    const { app, ingressController, nginx, phpFpm, release, workers, schedules, gateway, tls, monitoring } = filled;
    const namespace = filled.namespace ?? name;
    const drain = drainInputOf({ web: filled, ingressController });
    const maxChildren = maxChildrenOf(filled);
    const gatewayOfOthers = isOfOthers(gateway)
        ? { ...gateway, name: gateway?.name ?? "", namespace: gateway?.namespace ?? "" }
        : undefined;
    return {
        ...filled,
        namespace,
        drain,
        drainBudget: drainBudget(drain),
        nginx: {
            ...nginx,
            /** Number by number; undefined where neither the tag nor the argument tells. */
            version: nginx.version === undefined ? versionOf(nginx.image) : nginx.version.split(".").map(Number),
            /** Requests to php-fpm that its memory limit has room for; more get a 503. */
            requestsAtOnce: requestsWithin({ ...nginx, containerLimit: nginx.resources.limits.memory }),
            keepaliveSeconds:
                nginx.keepaliveSeconds ??
                neededKeepaliveSeconds(idleSecondsOfProxy({ web: filled, ingressController })),
        },
        phpFpm: { ...phpFpm, maxChildren, resources: phpFpmResources(phpFpm, maxChildren) },
        keptAssets:
            app.keptAssets === undefined
                ? undefined
                : {
                      ...withDefaults(app.keptAssets, keptAssetsDefaults),
                      folder: keptAssetsFolder(namespace, name),
                  },
        release: release === undefined ? undefined : withDefaults(release, releaseDefaults),
        workers: Object.fromEntries(
            Object.entries(workers).map(([worker, given]) => {
                const { scaling, ...rest } = withDefaults(given, workerDefaults);
                return [
                    worker,
                    { ...rest, scaling: { ...scaling, targetCPUUtilizationPercentage: workerTargetOf(scaling) } },
                ];
            }),
        ),
        schedules: Object.fromEntries(
            Object.entries(schedules).map(([schedule, given]) => [schedule, withDefaults(given, scheduleDefaults)]),
        ),
        gatewayOfOthers,
        trafficSources:
            filled.trafficSources ?? trafficSources({ gatewayOfOthers, controllers: controllersOf(ingressController) }),
        tls: tls === undefined ? undefined : withDefaults(tls, tlsDefaults),
        monitoring: monitoring === undefined ? undefined : monitoringOf(monitoring, filled.scaling),
    };
}

function monitoringOf(
    monitoring: NonNullable<FilledArgs["monitoring"]>,
    { busyWorkersTargetPercent }: FilledArgs["scaling"],
) {
    const filled = withDefaults(monitoring, monitoringDefaults);
    return {
        ...filled,
        intervalSeconds: filled.intervalSeconds ?? intervalSecondsOf(busyWorkersTargetPercent),
        serverAddress: filled.serverAddress ?? serverAddressOf(filled.namespace),
    };
}

/** As the tag has it. A tag that is a date, or the distribution's version, is not nginx's: those begin with 1. */
function versionOf(image: FilledArgs["nginx"]["image"]): readonly number[] | undefined {
    const version = typeof image === "string" ? tagVersion(image) : undefined;
    return version?.[0] === 1 ? version : undefined;
}

/** What decides about the shutdown. */
export interface DrainSource {
    readonly web: Pick<FilledArgs, "drain" | "gateway" | "longestRequestSeconds">;
    readonly ingressController: WithAlongside<Pick<ControllerInFront, "kind" | "install">>;
}

/** The parts of the shutdown: as given, or as the proxy in front has them. */
export function drainInputOf({ web, ingressController }: DrainSource): DrainInput {
    const { drain, gateway, longestRequestSeconds } = web;
    // Of a Traefik that others install nobody knows the version, nor that the Ingress reaches it by the right provider. Envoy streams.
    const isBuffered =
        !isOfOthers(gateway) &&
        controllersOf(ingressController).every(
            ({ kind, install }) => kind === "ingress-nginx" || (kind === "traefik" && install === true),
        );
    const transferSeconds = drain.transferSeconds ?? defaultTransferSeconds(isBuffered);
    return { ...drain, longestRequestSeconds, transferSeconds };
}

/** The longest that a controller waits for a pod of the service; for controllers whose own end follows from it. Seconds. */
export function proxyReadTimeoutSecondsOf(source: DrainSource): number {
    return drainBudget(drainInputOf(source)).proxyReadTimeoutSeconds;
}

/** The workers that php-fpm gets: as given, or computed. */
export function maxChildrenOf({ phpFpm }: Pick<FilledArgs, "phpFpm">): number {
    return (
        phpFpm.maxChildren ??
        computedMaxChildren({
            ...phpFpm,
            cpuRequest: phpFpm.resources.requests.cpu ?? undefined,
            containerLimit: phpFpm.resources.limits.memory,
        })
    );
}

/** A request for the usual and a limit for the worst, where none is given. */
function phpFpmResources(phpFpm: FilledArgs["phpFpm"], workers: number): ResourceQuantities {
    const { requests, limits } = phpFpm.resources;
    const request = requests.memory ?? formatMemory(usualBytes(phpFpm, workers));
    const worst = Math.max(worstBytes(phpFpm, workers), parseMemoryBytes(request) ?? 0);
    return {
        requests: { ...requests, memory: request },
        limits: { ...limits, memory: limits.memory ?? formatMemory(worst) },
    };
}
