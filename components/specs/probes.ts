/** Probes. Each container's probes ask that container, and none of them can end a pod for being busy. */
import { alivePath, fastcgiPortName, httpPortName, readyPath } from "./names";

export interface Probe {
    readonly httpGet?: {
        readonly path: string;
        readonly port: string;
        readonly httpHeaders?: { readonly name: string; readonly value: string }[];
    };
    readonly tcpSocket?: { readonly port: string };
    readonly initialDelaySeconds?: number;
    readonly periodSeconds: number;
    readonly timeoutSeconds: number;
    readonly failureThreshold: number;
    readonly successThreshold?: number;
}

/**
 * No startup probe: the kubelet asks for readiness only when it has noticed that one has passed, and creates nginx only
 * when php-fpm's has. Readiness says all that traffic needs. docs/decisions/0011-readiness-alone-opens.md
 */
export interface ContainerProbes {
    readonly livenessProbe: Probe;
    readonly readinessProbe?: Probe;
}

/** How long readiness waits for one answer. Seconds. */
export const readinessTimeoutSeconds = 5;

/**
 * Liveness asks what nginx answers itself: PHP's troubles are no reason to restart nginx, which listens milliseconds after
 * its start. Readiness asks the application through php-fpm, from the start: it fails until both answer. It has a worker of
 * its own, so that pods of which all workers are busy stay in service: with all saturated, the ingress would have none left.
 *
 * @param host what visitors ask for
 */
export function nginxProbes(input: { readonly host?: string | undefined }): ContainerProbes {
    return {
        livenessProbe: {
            httpGet: { path: alivePath, port: httpPortName },
            periodSeconds: 10,
            timeoutSeconds: 3,
            failureThreshold: 3,
        },
        readinessProbe: {
            httpGet: { path: readyPath, port: httpPortName, httpHeaders: headersOfVisitor(input.host) },
            // A new pod serves as soon as it can. A php-fpm that is gone answers 502 at once and is noticed in seconds; one
            // that hangs, or has no CPU, in half a minute.
            periodSeconds: 1,
            timeoutSeconds: readinessTimeoutSeconds,
            failureThreshold: 6,
            successThreshold: 1,
        },
    };
}

/**
 * What a visitor's request would say. Without it the kubelet names the pod's address, and http: an application that trusts
 * certain hosts only answers 400, one that insists on HTTPS sends the kubelet to https://pod:8080, and neither is ever ready.
 */
function headersOfVisitor(host: string | undefined): { readonly name: string; readonly value: string }[] {
    const https = { name: "X-Forwarded-Proto", value: "https" };
    // Any name that a wildcard stands for will do.
    return host === undefined ? [https] : [{ name: "Host", value: host.replace("*", "www") }, https];
}

/**
 * A TCP connect, which the kernel answers even while every worker is busy. Not an exec probe: that runs inside the
 * container's CPU limit, and a busy pod would be restarted in the middle of its requests.
 *
 * The kubelet is not in listen.allowed_clients, so php-fpm logs each connect as "Connection disallowed"; hence the long
 * liveness period.
 *
 * @param startupSeconds how long php-fpm may take until it listens, in seconds: preloading comes before that
 */
export function phpFpmProbes(input: { readonly startupSeconds: number }): ContainerProbes {
    const tcpSocket = { port: fastcgiPortName };
    return {
        livenessProbe: {
            tcpSocket,
            initialDelaySeconds: input.startupSeconds,
            periodSeconds: 30,
            timeoutSeconds: 3,
            failureThreshold: 3,
        },
    };
}
