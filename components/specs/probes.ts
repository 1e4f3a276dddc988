/** Probes. Each container's probes ask that container, and none of them can end a pod for being busy. */

export interface Probe {
    readonly httpGet?: { readonly path: string; readonly port: string };
    readonly tcpSocket?: { readonly port: string };
    readonly periodSeconds: number;
    readonly timeoutSeconds: number;
    readonly failureThreshold: number;
    readonly successThreshold?: number;
}

export interface ContainerProbes {
    readonly startupProbe: Probe;
    readonly livenessProbe: Probe;
    readonly readinessProbe?: Probe;
}

/** nginx's own answer, from no file and no PHP. */
export const alivePath = "/-/alive";

/** The port that nginx listens on, by the name that its probes and the Service use. */
export const httpPortName = "http";

/** The port that php-fpm listens on, by name. */
export const fastcgiPortName = "fastcgi";

/**
 * Startup and liveness ask what nginx answers itself: PHP's troubles are no reason to restart nginx. Readiness asks the
 * application through php-fpm.
 *
 * @param startupSeconds how long the container may take to start, in seconds
 * @param longestRequestSeconds a pool whose workers are all busy for so long is still healthy, so readiness waits longer
 *   than that before it takes the pod out of service: with every pod saturated, the ingress would have none left
 */
export function nginxProbes(input: {
    readonly startupSeconds: number;
    readonly longestRequestSeconds: number;
    readonly healthPath: string;
}): ContainerProbes {
    const readinessTimeoutSeconds = 5;
    return {
        startupProbe: {
            httpGet: { path: alivePath, port: httpPortName },
            periodSeconds: 1,
            timeoutSeconds: 3,
            failureThreshold: input.startupSeconds,
        },
        livenessProbe: {
            httpGet: { path: alivePath, port: httpPortName },
            periodSeconds: 10,
            timeoutSeconds: 3,
            failureThreshold: 3,
        },
        readinessProbe: {
            httpGet: { path: input.healthPath, port: httpPortName },
            // A new pod serves as soon as it can. A pool that is gone answers 502 at once and is noticed in seconds.
            periodSeconds: 1,
            timeoutSeconds: readinessTimeoutSeconds,
            failureThreshold: Math.ceil(input.longestRequestSeconds / readinessTimeoutSeconds) + 1,
            successThreshold: 1,
        },
    };
}

/**
 * A TCP connect, which the kernel answers even while every worker is busy. Not an exec probe: that runs inside the
 * container's CPU limit, and a busy pod would be restarted in the middle of its requests.
 *
 * The kubelet is not in listen.allowed_clients, so php-fpm logs each connect as "Connection disallowed"; hence the long
 * liveness period.
 */
export function phpFpmProbes(input: { readonly startupSeconds: number }): ContainerProbes {
    const tcpSocket = { port: fastcgiPortName };
    return {
        startupProbe: { tcpSocket, periodSeconds: 1, timeoutSeconds: 3, failureThreshold: input.startupSeconds },
        livenessProbe: { tcpSocket, periodSeconds: 30, timeoutSeconds: 3, failureThreshold: 3 },
    };
}
