/**
 * What Envoy does by itself and a service's promise does not stand, for all that comes through one Gateway: policies of
 * gateway.envoyproxy.io/v1alpha1. docs/decisions/0025-envoy-gateway-as-typed-objects.md
 */
import { clientIdleSeconds, envoyIdleSeconds } from "../keepalive";

export const envoyGatewayApiVersion = "gateway.envoyproxy.io/v1alpha1";

const targetRefs = (gatewayName: string) => [
    { group: "gateway.networking.k8s.io", kind: "Gateway", name: gatewayName },
];

/** As large as the field may be: how many requests there are at once is bounded by each pod's nginx. */
const unbounded = 2 ** 32 - 1;

/** @param proxyReadTimeoutSeconds how long the proxy waits for the pod; longer than the pod may take */
export function backendTrafficPolicySpec(gatewayName: string, proxyReadTimeoutSeconds: number) {
    return {
        targetRefs: targetRefs(gatewayName),
        loadBalancer: { type: "LeastRequest" },
        // Its own is 1024 of each, and what is above gets a 503.
        circuitBreaker: {
            maxConnections: unbounded,
            maxPendingRequests: unbounded,
            maxParallelRequests: unbounded,
            maxParallelRetries: unbounded,
        },
        // Where no connection to a pod comes about, another one is asked: nothing has been sent. All other retries could do a POST twice.
        retry: { numRetries: 2, retryOn: { triggers: ["connect-failure"] } },
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

export interface ClientTrafficInput {
    /** How long an upload may take. */
    readonly transferSeconds: number;
    /** Proxies whose X-Forwarded headers are believed. */
    readonly trustedIPs: readonly string[];
}

export function clientTrafficPolicySpec(gatewayName: string, { transferSeconds, trustedIPs }: ClientTrafficInput) {
    return {
        targetRefs: targetRefs(gatewayName),
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
