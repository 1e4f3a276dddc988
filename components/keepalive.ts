/** Idle connections, from clients to the controller and from there to the pods: who closes them first. */
import { controllersOf, type WithAlongside } from "./controllers";
import { isOfOthers } from "./gateway";
import type { ControllerKind } from "./specs/traffic";

/** What leads requests to the pods, as far as it decides about connections. */
export interface ProxyInFront {
    readonly web: { readonly gateway?: { readonly create?: boolean | undefined } | undefined };
    readonly ingressController: WithAlongside<{
        readonly kind?: ControllerKind | undefined;
        /** Entries of ingress-nginx's ConfigMap. */
        readonly config?: Readonly<Record<string, string>> | undefined;
    }>;
}

/**
 * How long each proxy keeps an idle connection to a pod by default, in seconds: ingress-nginx's `upstream-keepalive-timeout`,
 * Traefik's `forwardingTimeouts.idleConnTimeout`, what the stack tells its Envoys, and for a Gateway of others Envoy's `idle_timeout`,
 * which is the longest of those that one meets there.
 */
const defaultIdleSeconds = { "ingress-nginx": 60, traefik: 90, "envoy-gateway": 60, gateway: 3600 };

/** How long the stack's Envoys keep an idle connection to a pod. Seconds. */
export const envoyIdleSeconds = defaultIdleSeconds["envoy-gateway"];

/** For a request that is sent in the last moment, and for clocks and timers that are late. Seconds. */
const marginSeconds = 15;

/**
 * How long the ingress controller keeps an idle connection of a client, in seconds: longer than clients do, so that they close
 * it. Google's load balancers keep theirs for 600 s, Chromium for 300 s, curl and Firefox for about 2 minutes, Go for 90 s:
 * decision 21.
 */
export const clientIdleSeconds = 620;

/** Entry of ingress-nginx's ConfigMap. */
export const idleSecondsKey = "upstream-keepalive-timeout";

/** How long the proxy that is configured keeps an idle connection to a pod; of two the longer one. Seconds. */
export function idleSecondsOfProxy({ web, ingressController }: ProxyInFront): number {
    if (isOfOthers(web.gateway)) return defaultIdleSeconds.gateway;
    const seconds = controllersOf(ingressController).map(({ kind, config }) => {
        const configured = kind === "ingress-nginx" ? config[idleSecondsKey] : undefined;
        // What is no number is refused: settings/rules/traffic.ts.
        return configured !== undefined && /^\d+$/.test(configured) ? Number(configured) : defaultIdleSeconds[kind];
    });
    return Math.max(...seconds);
}

/** The shortest time that the pod's nginx must keep an idle connection, so that it is never the one that closes it. Seconds. */
export function neededKeepaliveSeconds(idleSeconds: number): number {
    return idleSeconds + marginSeconds;
}
