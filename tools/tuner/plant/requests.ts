/**
 * A service request by request: each comes by itself, is sent to a pod, waits for a worker, is idle for a while and then
 * shares the pod's CPU with what else runs there. Idle and CPU times are exponential, and so are the gaps between requests.
 */
import type { PodShape, RequestShape } from "./podCapacity";
import { seededRandom } from "./random";
import type { Spread } from "./spread";

export interface Service {
    readonly pod: PodShape;
    readonly request: RequestShape;
    readonly pods: number;
    readonly spread: Spread;
    /** All pods together, steady. */
    readonly requestsPerSecond: number;
}

const free = 0;
const idle = 1;
const running = 2;

/**
 * The seconds of each request beyond what it takes on an idle pod, in the order in which they end.
 *
 * @param requests how many are recorded
 * @param warmUp as many as come before those
 */
export function waitsByRequest(service: Service, requests: number, warmUp: number, seed: number): Float64Array {
    const { pods, request, requestsPerSecond } = service;
    const { workers, cpuLimitCores } = service.pod;
    const random = seededRandom(seed);
    const exponential = (mean: number) => -Math.log(1 - random()) * mean;
    const next = chooser(service, random);
    // A core that is not there in full makes a request slower on an idle pod too: that is no wait.
    const slowness = 1 / Math.min(1, cpuLimitCores);

    const state = new Uint8Array(pods * workers);
    /** Of an idle slot the time of its end; of a running one the pod's work at its end. */
    const endsAt = new Float64Array(pods * workers);
    const arrivedAt = new Float64Array(pods * workers);
    const ownSeconds = new Float64Array(pods * workers);
    const cpuOf = new Float64Array(pods * workers);
    const queues = Array.from({ length: pods }, () => new Queue());
    const inPod = new Int32Array(pods);
    const runningOf = new Int32Array(pods);
    /** What each running request of the pod has got of the CPU since the beginning. */
    const work = new Float64Array(pods);
    const seenAt = new Float64Array(pods);
    const eventAt = new Float64Array(pods).fill(Infinity);
    const eventSlot = new Int32Array(pods);

    const speedOf = (pod: number) => Math.min(1, cpuLimitCores / (runningOf[pod] ?? 1));
    const advance = (pod: number, now: number) => {
        if ((runningOf[pod] ?? 0) > 0) work[pod] = (work[pod] ?? 0) + (now - (seenAt[pod] ?? 0)) * speedOf(pod);
        seenAt[pod] = now;
    };
    const begin = (slot: number, now: number, arrived: number) => {
        const idleSeconds = request.idleSeconds > 0 ? exponential(request.idleSeconds) : 0;
        const cpu = exponential(request.cpuSeconds);
        arrivedAt[slot] = arrived;
        ownSeconds[slot] = idleSeconds + cpu * slowness;
        cpuOf[slot] = cpu;
        state[slot] = idle;
        endsAt[slot] = now + idleSeconds;
    };
    const schedule = (pod: number, now: number) => {
        const speed = speedOf(pod);
        let at = Infinity;
        for (let slot = pod * workers; slot < (pod + 1) * workers; slot++) {
            if (state[slot] === free) continue;
            const end =
                state[slot] === idle ? (endsAt[slot] ?? 0) : now + ((endsAt[slot] ?? 0) - (work[pod] ?? 0)) / speed;
            if (end >= at) continue;
            at = end;
            eventSlot[pod] = slot;
        }
        eventAt[pod] = at;
    };

    const waits = new Float64Array(requests);
    let ended = -warmUp;
    let nextArrival = exponential(1 / requestsPerSecond);
    while (ended < requests) {
        let pod = 0;
        for (let each = 1; each < pods; each++) if ((eventAt[each] ?? 0) < (eventAt[pod] ?? 0)) pod = each;
        const now = Math.min(nextArrival, eventAt[pod] ?? 0);
        if (now === nextArrival) {
            nextArrival = now + exponential(1 / requestsPerSecond);
            pod = next(inPod);
            advance(pod, now);
            if ((inPod[pod] ?? 0) < workers) {
                let slot = pod * workers;
                while (state[slot] !== free) slot++;
                begin(slot, now, now);
            } else queues[pod]?.push(now);
            inPod[pod] = (inPod[pod] ?? 0) + 1;
        } else {
            const slot = eventSlot[pod] ?? 0;
            advance(pod, now);
            if (state[slot] === idle) {
                state[slot] = running;
                endsAt[slot] = (work[pod] ?? 0) + (cpuOf[slot] ?? 0);
                runningOf[pod] = (runningOf[pod] ?? 0) + 1;
            } else {
                if (ended >= 0) waits[ended] = Math.max(0, now - (arrivedAt[slot] ?? 0) - (ownSeconds[slot] ?? 0));
                ended++;
                runningOf[pod] = (runningOf[pod] ?? 0) - 1;
                inPod[pod] = (inPod[pod] ?? 0) - 1;
                state[slot] = free;
                if ((inPod[pod] ?? 0) >= workers) begin(slot, now, queues[pod]?.shift() ?? now);
            }
        }
        schedule(pod, now);
    }
    return waits;
}

function chooser({ pods, spread }: Service, random: () => number): (inPod: Int32Array) => number {
    switch (spread.kind) {
        case "random":
            return () => Math.floor(random() * pods);
        case "roundRobin": {
            const places = Int32Array.from({ length: spread.processes }, () => Math.floor(random() * pods));
            return () => {
                const process = Math.floor(random() * spread.processes);
                const place = ((places[process] ?? 0) + 1) % pods;
                places[process] = place;
                return place;
            };
        }
        case "leastRequests":
            return (inPod) => {
                // From a place at random, so that pods that are alike get as much.
                const from = Math.floor(random() * pods);
                let best = from;
                for (let i = 1; i < pods; i++) {
                    const pod = (from + i) % pods;
                    if ((inPod[pod] ?? 0) < (inPod[best] ?? 0)) best = pod;
                }
                return best;
            };
    }
}

/** Times, first in first out. */
class Queue {
    private readonly times: number[] = [];
    private first = 0;

    push(time: number): void {
        this.times.push(time);
    }

    shift(): number {
        const time = this.times[this.first++] ?? 0;
        if (this.first > 1024 && this.first * 2 > this.times.length) {
            this.times.splice(0, this.first);
            this.first = 0;
        }
        return time;
    }
}
