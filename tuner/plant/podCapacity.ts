/**
 * What one pod can serve, and how long requests wait in it, as formulas.
 *
 * A request is CPU and idle time (databases, other services), and holds a php-fpm worker for both. Workers share the CPU up
 * to the container's limit. With n requests in the workers the pod's rate is that of a closed network of one shared CPU and
 * one delay, which is exact for exponential times; arrivals at random on top of it make a birth-death chain (Norton's
 * theorem), whose mean wait is exact too but for the idle time's order. `tests/tuner/plant/` compares it with a simulation
 * request by request.
 *
 * "Wait" is all that a request takes beyond its time on an idle pod, be it in the listen queue or at the shared CPU.
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

/** Highest load that the stationary formula is asked for; above it a queue grows too slowly ever to get there. */
export const highestStationaryLoad = 0.99;

const tableSteps = 128;

/**
 * Tails of waits at a shared CPU are longer than an exponential one of the same mean. Fitted: the p99 is then 0.7 to 1.6
 * times what a simulation request by request finds at loads from 0.4 to 0.9.
 */
const tailStretch = 1.2;

/** Capacity and waits of one pod for one kind of request. Building one costs some 10 µs, asking it next to nothing. */
export class PodCapacity {
    /** The most that it serves. */
    readonly requestsPerSecond: number;
    /** What a request takes on an idle pod. */
    readonly idlePodSeconds: number;
    /** Requests that the workers hold beyond those that make progress when it serves its most. */
    readonly roomInWorkers: number;

    /** Mean waits by load, in steps of highestStationaryLoad / tableSteps. */
    private readonly waitSeconds = new Float64Array(tableSteps + 2);

    constructor(pod: PodShape, request: RequestShape) {
        const rates = new Float64Array(pod.workers + 1);
        for (let n = 1; n <= pod.workers; n++) rates[n] = closedRate(n, pod, request);
        this.requestsPerSecond = rates[pod.workers] ?? 0;
        this.idlePodSeconds = request.cpuSeconds / Math.min(1, pod.cpuLimitCores) + request.idleSeconds;
        this.roomInWorkers = Math.max(0, pod.workers - this.requestsPerSecond * this.idlePodSeconds);
        for (let step = 1; step <= tableSteps; step++) {
            this.waitSeconds[step] = this.stationaryWait((step / tableSteps) * highestStationaryLoad, rates);
        }
        this.waitSeconds[tableSteps + 1] = this.waitSeconds[tableSteps] ?? 0;
    }

    /** Mean wait at a load of 0 to highestStationaryLoad that has lasted, in seconds. */
    meanWaitSeconds(load: number): number {
        const place = (load / highestStationaryLoad) * tableSteps;
        const step = Math.floor(place);
        const below = this.waitSeconds[step] ?? 0;
        const above = this.waitSeconds[step + 1] ?? 0;
        return below + (above - below) * (place - step);
    }

    /** Mean of the waits that are not 0, which are taken to be exponential. */
    tailSeconds(load: number): number {
        return tailStretch / (this.requestsPerSecond * (1 - load));
    }

    private stationaryWait(load: number, rates: Float64Array): number {
        const workers = rates.length - 1;
        const arrivals = load * this.requestsPerSecond;
        let weight = 1;
        let sum = 1;
        let inPod = 0;
        for (let n = 1; n < workers; n++) {
            weight *= arrivals / (rates[n] ?? 0);
            sum += weight;
            inPod += n * weight;
        }
        // From here on every worker is taken, and the rest of the chain is a geometric series.
        weight *= load;
        sum += weight / (1 - load);
        inPod += (workers * weight) / (1 - load) + (weight * load) / (1 - load) ** 2;
        return Math.max(0, inPod / sum / arrivals - this.idlePodSeconds);
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
