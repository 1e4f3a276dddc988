/** Adds requests up by tick. Memory follows the time that is covered, 16 bytes a tick, and not the rows of the trace. */
import { sharedArray, tickSeconds, TraceError } from "./traffic";

const chunkTicks = 86_400 / tickSeconds;

/** More is a mistake in the times, or another question than this one. */
export const mostDays = 400;

interface Chunk {
    readonly requests: Float64Array;
    readonly cpuSeconds: Float64Array;
}

/** Times may come in any order. */
export class TickSeries {
    private readonly chunks = new Map<number, Chunk>();
    private firstTick = Infinity;
    private lastTick = -Infinity;

    /** @param originSeconds where a tick begins */
    constructor(private readonly originSeconds: number) {}

    /** One request at a moment. */
    addRequest(atSeconds: number): void {
        this.add(Math.floor((atSeconds - this.originSeconds) / tickSeconds), 1, 0);
    }

    /** A steady rate from one moment to another; it may go through many ticks. */
    addRate(fromSeconds: number, untilSeconds: number, requestsPerSecond: number, cpuSecondsPerRequest: number): void {
        this.addSlope(fromSeconds, untilSeconds, requestsPerSecond, requestsPerSecond, cpuSecondsPerRequest);
    }

    /** A rate that changes evenly. */
    addSlope(
        fromSeconds: number,
        untilSeconds: number,
        first: number,
        last: number,
        cpuSecondsPerRequest: number,
    ): void {
        const from = (fromSeconds - this.originSeconds) / tickSeconds;
        const until = (untilSeconds - this.originSeconds) / tickSeconds;
        for (let tick = Math.floor(from); tick < until; tick++) {
            const start = Math.max(from, tick);
            const end = Math.min(until, tick + 1);
            const along = (start + end - 2 * from) / 2 / (until - from);
            const requests = (first + (last - first) * along) * (end - start) * tickSeconds;
            this.add(tick, requests, requests * cpuSecondsPerRequest);
        }
    }

    private add(tick: number, requests: number, cpuSeconds: number): void {
        this.firstTick = Math.min(this.firstTick, tick);
        this.lastTick = Math.max(this.lastTick, tick);
        const index = Math.floor(tick / chunkTicks);
        let chunk = this.chunks.get(index);
        if (chunk === undefined) {
            this.checkLength();
            chunk = { requests: new Float64Array(chunkTicks), cpuSeconds: new Float64Array(chunkTicks) };
            this.chunks.set(index, chunk);
        }
        const slot = tick - index * chunkTicks;
        chunk.requests[slot] = (chunk.requests[slot] ?? 0) + requests;
        chunk.cpuSeconds[slot] = (chunk.cpuSeconds[slot] ?? 0) + cpuSeconds;
    }

    private checkLength(): void {
        const days = ((this.lastTick - this.firstTick) * tickSeconds) / 86_400;
        if (days <= mostDays) return;
        throw new TraceError(
            `The trace covers ${Math.round(days)} days. Allowed: at most ${mostDays}. ` +
                "Cut it, or mend the time that lies far from the others.",
        );
    }

    /**
     * The ticks from the first to the last one that was added to.
     *
     * @param dropEnds leaves out the first and the last tick, which single requests cover only in part
     */
    finish(dropEnds = false): {
        readonly startSeconds: number;
        readonly requestsPerSecond: Float64Array<SharedArrayBuffer>;
        readonly cpuSecondsPerRequest: Float64Array<SharedArrayBuffer>;
    } {
        const first = this.firstTick + (dropEnds ? 1 : 0);
        const length = Math.max(0, this.lastTick - (dropEnds ? 1 : 0) - first + 1);
        const requestsPerSecond = sharedArray(length);
        const cpuSecondsPerRequest = sharedArray(length);
        let lastCpuSeconds = 0;
        for (let i = 0; i < length; i++) {
            const tick = first + i;
            const index = Math.floor(tick / chunkTicks);
            const chunk = this.chunks.get(index);
            const requests = chunk?.requests[tick - index * chunkTicks] ?? 0;
            const cpuSeconds = chunk?.cpuSeconds[tick - index * chunkTicks] ?? 0;
            requestsPerSecond[i] = requests / tickSeconds;
            if (requests > 0) lastCpuSeconds = cpuSeconds / requests;
            cpuSecondsPerRequest[i] = lastCpuSeconds;
        }
        return { startSeconds: this.originSeconds + first * tickSeconds, requestsPerSecond, cpuSecondsPerRequest };
    }
}
