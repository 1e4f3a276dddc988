/**
 * What Envoy does by itself and a service's promise does not stand, for all that comes through one Gateway: policies of
 * gateway.envoyproxy.io/v1alpha1. docs/decisions/0026-envoy-gateway-as-typed-objects.md
 */
import { clientIdleSeconds, envoyIdleSeconds } from "../keepalive";

export const envoyGatewayApiVersion = "gateway.envoyproxy.io/v1alpha1";

const targetRef = (name: string) => ({ group: "gateway.networking.k8s.io", kind: "Gateway", name });

/** As large as the field may be: how many requests there are at once is bounded by each pod's nginx. */
const unbounded = 2 ** 32 - 1;

/**
 * Envoy draws the other pod up to six times, and where it draws none but those that it has asked, asks one of them again. With two
 * retries, one of two pods gone: 2 of 15,000 requests got a 503.
 */
const connectRetries = 8;

/** @param proxyReadTimeoutSeconds how long the proxy waits for the pod; longer than the pod may take */
export function backendTrafficPolicySpec(gatewayName: string, proxyReadTimeoutSeconds: number) {
    return {
        targetRefs: [targetRef(gatewayName)],
        loadBalancer: { type: "LeastRequest" },
        // Its own is 1024 of each, and what is above gets a 503.
        circuitBreaker: {
            maxConnections: unbounded,
            maxPendingRequests: unbounded,
            maxParallelRequests: unbounded,
            maxParallelRetries: unbounded,
        },
        // Where no connection to a pod comes about, another one is asked: nothing has been sent. All other retries could do a POST twice.
        retry: { numRetries: connectRetries, retryOn: { triggers: ["connect-failure"] } },
        timeout: {
            http: {
                // For routes that say nothing; Envoy's own is 15 s. It counts from the end of the upload on.
                requestTimeout: `${proxyReadTimeoutSeconds}s`,
                // And this from the beginning on: what a pod that ends would cut is refused at any time.
                maxStreamDuration: `${proxyReadTimeoutSeconds}s`,
                connectionIdleTimeout: `${envoyIdleSeconds}s`,
            },
        },
    };
}

/**
 * How long Envoy waits for its client to close a connection at its end, without a byte written meanwhile: at 0, until all is written. By
 * itself it is 1 s, and what a slow client has not taken yet is lost. A client that asked for `Connection: close` loses it at any time, and every
 * one while Envoy ends.
 */
export const delayedCloseTimeout = "0s";

/**
 * The one bound that Envoy Gateway has no field for.
 *
 * @param listenerNames of the Gateway, the first one of each port: those that share a port are one to Envoy
 */
export function envoyPatchPolicySpec(
    { namespace, name }: { readonly namespace: string; readonly name: string },
    listenerNames: readonly string[],
) {
    return {
        targetRef: targetRef(name),
        type: "JSONPatch",
        jsonPatches: listenerNames.map((listenerName) => ({
            type: "type.googleapis.com/envoy.config.listener.v3.Listener",
            name: `${namespace}/${name}/${listenerName}`,
            operation: {
                op: "add",
                jsonPath: "..filters[?(@.name=='envoy.filters.network.http_connection_manager')].typed_config",
                path: "delayed_close_timeout",
                value: delayedCloseTimeout,
            },
        })),
    };
}

export interface ClientTrafficInput {
    /** How long an upload may take. */
    readonly transferSeconds: number;
    /** Proxies whose X-Forwarded headers are believed. */
    readonly trustedIPs: readonly string[];
}

export function clientTrafficPolicySpec(gatewayName: string, { transferSeconds, trustedIPs }: ClientTrafficInput) {
    return {
        targetRefs: [targetRef(gatewayName)],
        timeout: {
            http: {
                idleTimeout: `${clientIdleSeconds}s`,
                requestReceivedTimeout: `${transferSeconds}s`,
            },
        },
        ...(trustedIPs.length === 0 ? {} : { clientIPDetection: { xForwardedFor: { trustedCIDRs: [...trustedIPs] } } }),
        // As nginx has it, and the pods with it: by itself Envoy refuses the request.
        headers: { withUnderscoresAction: "DropHeader" },
        // The application gets the path that was asked for: by itself Envoy redirects where a slash is escaped, and merges slashes.
        path: { escapedSlashesAction: "KeepUnchanged", disableMergeSlashes: true },
        // By itself Envoy answers with 426, health checks of load balancers too.
        http1: { http10: {} },
    };
}
