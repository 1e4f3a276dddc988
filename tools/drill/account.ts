/** What became of one variant's requests. Pure. */
import type { IngressLogEntry } from "../common/ingressNginxLog";
import { quantile } from "../common/quantile";
import type { RequestResult } from "./load/result";
import type { Counts, Latency, SecondOfLoad } from "./model";

/** What is read of a line of an ingress controller's access log. */
export type LoggedRequest = Pick<IngressLogEntry, "requestLine" | "upstreamAddresses" | "upstreamStatuses">;

/** A request, as little of it as the figures need: there are a hundred thousand. */
interface Entry {
    readonly id: string;
    /** Seconds of the drill. */
    readonly endedAt: number;
    readonly tookMs: number;
    readonly isLong: boolean;
    /** Its client took its time. */
    readonly isSlow: boolean;
    readonly isLost: boolean;
}

/** What a pod answered. Seconds of the drill. */
export interface Served {
    /** When its first answer was there. */
    readonly firstAtSeconds: number;
    /** When the first and the last that it answered were sent; undefined where all had slow clients, which controllers hold back. */
    readonly firstSentAtSeconds: number | undefined;
    readonly lastSentAtSeconds: number | undefined;
    readonly count: number;
}

const lateMilliseconds = 1000;

export class Account {
    private readonly entries: Entry[] = [];
    private readonly lostResults: RequestResult[] = [];
    private readonly servedByPod = new Map<string, Served>();
    /** Of requests that the ingress asked several pods for, or did not get a good answer to. */
    private readonly addresses = new Map<string, readonly string[]>();
    private readonly retriedIds = new Set<string>();
    private readonly loggedIds = new Set<string>();
    private lateCount = 0;

    /** @param startedAt of the drill, epoch milliseconds */
    constructor(private readonly startedAt: number) {}

    onResult(result: RequestResult): void {
        const endedAtMs = result.shouldHaveBeenSentAtMilliseconds + result.tookMilliseconds;
        const entry: Entry = {
            id: result.id,
            endedAt: (endedAtMs - this.startedAt) / 1000,
            tookMs: result.tookMilliseconds,
            isLong: result.isLong,
            isSlow: result.pace !== undefined,
            isLost: result.isLost,
        };
        this.entries.push(entry);
        if (result.sentAtMilliseconds - result.shouldHaveBeenSentAtMilliseconds > lateMilliseconds) this.lateCount++;
        if (result.isLost) this.lostResults.push(result);
        if (result.pod === undefined) return;
        const served = this.servedByPod.get(result.pod);
        const sentAt = entry.isSlow ? undefined : (result.sentAtMilliseconds - this.startedAt) / 1000;
        this.servedByPod.set(result.pod, {
            firstAtSeconds: Math.min(served?.firstAtSeconds ?? Infinity, entry.endedAt),
            firstSentAtSeconds: finite(Math.min(sentAt ?? Infinity, served?.firstSentAtSeconds ?? Infinity)),
            lastSentAtSeconds: finite(Math.max(sentAt ?? -Infinity, served?.lastSentAtSeconds ?? -Infinity)),
            count: (served?.count ?? 0) + 1,
        });
    }

    /** One line of an ingress controller's log, about the request of that id. */
    onIngressLog(id: string, { upstreamAddresses, upstreamStatuses }: LoggedRequest): void {
        // Twice in the log: the client has repeated it unseen.
        if (upstreamAddresses.length > 1 || this.loggedIds.has(id)) this.retriedIds.add(id);
        this.loggedIds.add(id);
        if (upstreamAddresses.length > 1 || upstreamStatuses.at(-1) !== 200) {
            this.addresses.set(id, [...this.addressesOf(id), ...upstreamAddresses]);
        }
    }

    /** Requests that the ingress log tells of. */
    get logged(): number {
        return this.loggedIds.size;
    }

    get requests(): number {
        return this.entries.length;
    }

    /** Requests that the load's own machine has sent more than a second late. */
    get late(): number {
        return this.lateCount;
    }

    get answered(): number {
        return this.entries.length - this.lostResults.length;
    }

    get lost(): readonly RequestResult[] {
        return this.lostResults;
    }

    /** By pod. */
    get served(): ReadonlyMap<string, Served> {
        return this.servedByPod;
    }

    /** Pods that the ingress asked for this request, "10.1.2.3:8080"; empty where it is not known to have failed. */
    addressesOf(id: string): readonly string[] {
        return this.addresses.get(id) ?? [];
    }

    /**
     * Requests that ended, well or not, from one time on and before another. In seconds of the drill. By their end, since
     * what is lost belongs to what went on then, and each request counts once.
     */
    between(fromSeconds: number, untilSeconds: number): Omit<Counts, "replicaSeconds"> {
        const within = this.entries.filter(({ endedAt }) => endedAt >= fromSeconds && endedAt < untilSeconds);
        const long = within.filter(({ isLong }) => isLong);
        const slow = within.filter(({ isSlow }) => isSlow);
        return {
            requests: within.length,
            lost: within.filter(({ isLost }) => isLost).length,
            longRequests: long.length,
            longLost: long.filter(({ isLost }) => isLost).length,
            slowClientRequests: slow.length,
            slowClientLost: slow.filter(({ isLost }) => isLost).length,
            retried: within.filter((entry) => this.isRetried(entry)).length,
            latencyMs: latencyOf(within),
        };
    }

    /** One entry per second from the drill's begin on. */
    seconds(): readonly SecondOfLoad[] {
        const buckets: Entry[][] = [];
        for (const entry of this.entries) (buckets[Math.max(0, Math.floor(entry.endedAt))] ??= []).push(entry);
        return Array.from({ length: buckets.length }, (_, atSeconds) => {
            const entries = buckets[atSeconds] ?? [];
            const { p50, p99 } = latencyOf(entries);
            const isAnswered = entries.some(isQuickAnswer);
            return {
                atSeconds,
                requests: entries.length,
                lost: entries.filter(({ isLost }) => isLost).length,
                retried: entries.filter((entry) => this.isRetried(entry)).length,
                p50Ms: isAnswered ? p50 : undefined,
                p99Ms: isAnswered ? p99 : undefined,
            };
        });
    }

    /** Answered, but only at a second try: what is lost all the same counts as lost alone. */
    private isRetried({ id, isLost }: Entry): boolean {
        return !isLost && this.retriedIds.has(id);
    }
}

/** Its time is the service's own. */
function isQuickAnswer({ isLong, isSlow, isLost }: Entry): boolean {
    return !isLong && !isSlow && !isLost;
}

/** Of {@link isQuickAnswer}; zeros where there are none. */
function latencyOf(entries: readonly Entry[]): Latency {
    const sorted = Float64Array.from(entries.filter(isQuickAnswer).map(({ tookMs }) => tookMs)).sort();
    return {
        p50: quantile(sorted, 0.5),
        p99: quantile(sorted, 0.99),
        p999: quantile(sorted, 0.999),
        max: sorted.at(-1) ?? 0,
    };
}

/** Infinite is the least and the most of none. */
const finite = (value: number) => (Number.isFinite(value) ? value : undefined);
