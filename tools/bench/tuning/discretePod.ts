/**
 * One pod, request by request: Poisson arrivals, a listen queue, workers that wait and then share the CPU. Slow and plain;
 * it is what the plant's formulas are measured against.
 */

export interface DiscretePod {
    readonly workers: number;
    readonly cores: number;
    /** Means; both parts of a request are exponential. */
    readonly cpuSeconds: number;
    readonly idleSeconds: number;
    /** Steady, or by the time since the beginning. */
    readonly requestsPerSecond: number | ((atSeconds: number) => number);
    /** The time from each request to the next one, where they do not come at random. */
    readonly gapSeconds?: () => number;
}

/**
 * What reaches one of so many pods of a balancer of several processes, each of which goes through the pods in turn: of each
 * process every so-manieth request, all of them together.
 */
export function gapsInTurn(processes: number, pods: number, requestsPerSecond: number, random: () => number) {
    const gap = () => {
        let seconds = 0;
        for (let i = 0; i < pods; i++) seconds -= Math.log(1 - random()) * (processes / (requestsPerSecond * pods));
        return seconds;
    };
    const nextOf = Float64Array.from({ length: processes }, () => gap() * random());
    let now = 0;
    return () => {
        const next = Math.min(...nextOf);
        const seconds = next - now;
        now = next;
        nextOf[nextOf.indexOf(next)] = next + gap();
        return seconds;
    };
}

interface Job {
    readonly arrivedAt: number;
    readonly cpuSeconds: number;
    readonly idleSeconds: number;
}

/** Time of each request beyond what it takes on an idle pod with as slow a core, sorted. The first tenth of them is left out. */
export function waitsOf(pod: DiscretePod, requests: number, random: () => number): Float64Array {
    const exponential = (mean: number) => -Math.log(1 - random()) * mean;
    const { requestsPerSecond } = pod;
    const gapAt = (at: number) => pod.gapSeconds?.() ?? exponential(1 / rateAt(at));
    const rateAt = typeof requestsPerSecond === "number" ? () => requestsPerSecond : requestsPerSecond;
    const queue: Job[] = [];
    const idle: { readonly until: number; readonly job: Job }[] = [];
    const running: { readonly endsAtWork: number; readonly job: Job }[] = [];
    const waits: number[] = [];
    let now = 0;
    // What one request has got of the CPU since the beginning: all that run share it equally.
    let work = 0;
    let arrivals = 0;
    let nextArrival = gapAt(0);
    while (waits.length < requests) {
        const speed = running.length === 0 ? 0 : Math.min(1, pod.cores / running.length);
        const firstIdle = indexOfLeast(idle, (each) => each.until);
        const firstRunning = indexOfLeast(running, (each) => each.endsAtWork);
        const idleEnds = idle[firstIdle]?.until ?? Infinity;
        const endsAtWork = running[firstRunning]?.endsAtWork ?? Infinity;
        const runEnds = speed === 0 ? Infinity : now + (endsAtWork - work) / speed;
        const next = Math.min(nextArrival, idleEnds, runEnds);
        work += (next - now) * speed;
        now = next;
        if (next === runEnds) {
            const [{ job } = { job: undefined }] = running.splice(firstRunning, 1);
            if (job !== undefined)
                waits.push(now - job.arrivedAt - job.cpuSeconds / Math.min(1, pod.cores) - job.idleSeconds);
        } else if (next === idleEnds) {
            const [{ job } = { job: undefined }] = idle.splice(firstIdle, 1);
            if (job !== undefined) running.push({ endsAtWork: work + job.cpuSeconds, job });
        } else {
            arrivals++;
            queue.push({
                arrivedAt: now,
                cpuSeconds: exponential(pod.cpuSeconds),
                idleSeconds: exponential(pod.idleSeconds),
            });
            nextArrival = now + gapAt(now);
        }
        while (idle.length + running.length < pod.workers) {
            const job = queue.shift();
            if (job === undefined) break;
            idle.push({ until: now + job.idleSeconds, job });
        }
    }
    return Float64Array.from(waits.slice(Math.floor(arrivals / 10))).sort();
}

function indexOfLeast<T>(items: readonly T[], key: (item: T) => number): number {
    const keys = items.map(key);
    return keys.indexOf(Math.min(...keys));
}

/** The value that `share` of a sorted array is below. */
export const quantile = (sorted: Float64Array, share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
