/**
 * What one pod can serve, as a formula.
 *
 * A request is CPU and idle time (databases, other services), and holds a php-fpm worker for both. Workers share the CPU up
 * to the container's limit. With n requests in the workers the pod's rate is that of a closed network of one shared CPU and
 * one delay, which is exact for exponential times.
 */

export interface PodShape {
    /** pm.max_children. */
    readonly workers: number;
    /** CPU limit; Infinity where there is none. */
    readonly cpuLimitCores: number;
}

/** Means of one request. */
export interface RequestShape {
    readonly cpuSeconds: number;
    /** While a worker holds the request and uses no CPU. */
    readonly idleSeconds: number;
}

/** Highest load that is taken to last; above it a queue grows too slowly ever to get there. */
export const highestStationaryLoad = 0.99;

/** Capacity of one pod for one kind of request. */
export class PodCapacity {
    /** The most that it serves. */
    readonly requestsPerSecond: number;
    /** What a request takes on an idle pod. */
    readonly idlePodSeconds: number;
    /** Requests that the workers hold beyond those that make progress when it serves its most. */
    readonly roomInWorkers: number;

    constructor(pod: PodShape, request: RequestShape) {
        this.requestsPerSecond = closedRate(pod.workers, pod, request);
        this.idlePodSeconds = request.cpuSeconds / Math.min(1, pod.cpuLimitCores) + request.idleSeconds;
        this.roomInWorkers = Math.max(0, pod.workers - this.requestsPerSecond * this.idlePodSeconds);
    }
}

/** Requests per second with n of them in the workers all the time. */
function closedRate(n: number, pod: PodShape, { cpuSeconds, idleSeconds }: RequestShape): number {
    const cpuRate = (running: number) => Math.min(running, pod.cpuLimitCores) / cpuSeconds;
    if (idleSeconds <= 0) return cpuRate(n);
    let weight = 1;
    let sum = 1;
    let rate = 0;
    for (let running = 1; running <= n; running++) {
        weight *= (n - running + 1) / idleSeconds / cpuRate(running);
        sum += weight;
        rate += weight * cpuRate(running);
        if (sum > 1e200) {
            weight /= sum;
            rate /= sum;
            sum = 1;
        }
    }
    return rate / sum;
}
