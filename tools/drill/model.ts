/**
 * What a drill finds: the content of report.json. Points in time are seconds since the drill began, by the clock of the
 * machine that it ran on.
 */

/** Another one where a field is added that every report must have. */
export const formatVersion = 3;

export interface Report {
    readonly formatVersion: typeof formatVersion;
    /** ISO 8601. */
    readonly startedAt: string;
    readonly seconds: number;
    /** The command that repeats it. */
    readonly command: string;
    readonly machine: Machine;
    readonly load: LoadDescription;
    readonly controller: ControllerFigures;
    readonly variants: readonly VariantResult[];
    /** Why the drill proves nothing, in sentences; empty where it does: a baseline that lost nothing, an event that did not happen. */
    readonly doubts: readonly string[];
}

export interface Machine {
    readonly cores: number;
    /** Of the cluster, "v1.34.4". */
    readonly kubernetesVersion: string;
    readonly nodes: number;
    /** What else was in play, each with its version: images, Pulumi, its provider. */
    readonly software: readonly string[];
    /** The cluster runs on the machine that also makes the load. */
    readonly isLab: boolean;
}

/** For each variant. */
export interface Rates {
    readonly requestsPerSecond: number;
    /** Of long requests, beside the others. */
    readonly longRequestsPerSecond: number;
    /** Of each kind of client that takes its time: slow readers, slow writers, idle connections. */
    readonly slowRequestsPerSecond: number;
    /** Of further ones while the HPA is to scale out, each with some CPU. */
    readonly stepRequestsPerSecond: number;
}

/** The same for every variant. */
export interface LoadDescription extends Rates {
    /** What a drill has where nobody asks for less. */
    readonly full: Rates;
    readonly longSeconds: number;
    /** What a slow reader takes to draw its answer. */
    readonly readerSeconds: number;
    /** Of a slow reader's answer. */
    readonly readerKib: number;
    /** What a slow writer takes to send its body. */
    readonly writerSeconds: number;
    /** Between two requests on one connection. */
    readonly idleSeconds: number;
    /** An answer that takes longer is lost. For requests that are not long. */
    readonly deadlineSeconds: number;
    /** Of the requests, those on a connection of their own; 0 to 1. */
    readonly newConnectionShare: number;
    /** Of the requests, 0 to 1. */
    readonly postShare: number;
    /** Path that was asked; undefined where it was /echo. */
    readonly page: string | undefined;
}

/** Of the ingress controller, which all variants are behind. */
export interface ControllerFigures {
    /** What the containers of its pods have used while the load ran; undefined where the nodes do not tell. */
    readonly cpuSeconds: number | undefined;
    /** The same for the requests of all variants together, of whatever kind. */
    readonly cpuSecondsPerThousandRequests: number | undefined;
}

/** One way to run nginx + php-fpm, under the same load and the same events. */
export interface VariantResult {
    /** "none", "write-up" or "ours". */
    readonly name: string;
    /** For people: "No lifecycle settings". */
    readonly title: string;
    /** In one sentence, what it is. */
    readonly description: string;
    /** In the order in which they happened; they may overlap. */
    readonly events: readonly EventResult[];
    readonly totals: Counts;
    readonly lostRequests: readonly LostRequest[];
    readonly pods: readonly PodLife[];
    /** Changes only. */
    readonly replicas: readonly ReplicasAt[];
    /** One per second, without gaps. */
    readonly seconds: readonly SecondOfLoad[];
    readonly startup: StartupFigures;
    readonly routing: RoutingFigures;
}

export interface Counts {
    readonly requests: number;
    readonly lost: number;
    /** Of `requests`, those that ran as long as the promise allows. */
    readonly longRequests: number;
    readonly longLost: number;
    /** Of `requests`, those of slow readers, slow writers and idle connections. */
    readonly slowClientRequests: number;
    readonly slowClientLost: number;
    /** Answered, but only because the ingress asked a second pod: losses that it hides. */
    readonly retried: number;
    readonly latencyMs: Latency;
    /** Replicas times seconds, terminating pods included. */
    readonly replicaSeconds: number;
}

/** Of answered requests that are neither long nor of slow clients, from the moment in which they should have been sent. */
export interface Latency {
    readonly p50: number;
    readonly p99: number;
    readonly p999: number;
    readonly max: number;
}

export interface EventResult extends Counts {
    /** "scale-out", "node-drain", ... */
    readonly name: string;
    /** For people: "A node is drained". */
    readonly title: string;
    /** Said before it: "0", or "the request inside the killed worker". */
    readonly mayLose: string;
    readonly mayLoseAtMost: number;
    readonly fromSeconds: number;
    readonly untilSeconds: number;
    /** Where the event was seen to do what it says: "3 pods replaced", "2 to 6 replicas". */
    readonly happened: string;
    /** Seconds from the step in load to enough capacity; scale-out only. */
    readonly capacityAfterSeconds?: number;
}

export interface LostRequest {
    readonly id: string;
    readonly sentAtSeconds: number;
    readonly tookSeconds: number;
    readonly isLong: boolean;
    /** "slow-reader", "slow-writer" or "idle"; undefined where its client was quick. */
    readonly pace: string | undefined;
    /** Names of the events that were going on, "steady" where there was none. */
    readonly events: readonly string[];
    /** "502", "connection reset", "wrong answer", "no answer in 10 s". */
    readonly error: string;
    /** Pods that the ingress sent it to, by its log; empty where unknown. */
    readonly pods: readonly string[];
    /** In words, where the pod's life tells: "its pod was terminating for 30 s". */
    readonly mechanism: string;
}

/** Undefined is what had not happened yet when the drill ended, or had before it began. */
export interface PodLife {
    readonly name: string;
    readonly node: string | undefined;
    /** pod-template-hash. */
    readonly revision: string;
    readonly scheduledAtSeconds: number | undefined;
    readonly startedAtSeconds: number | undefined;
    readonly readyAtSeconds: number | undefined;
    readonly firstServedAtSeconds: number | undefined;
    readonly terminatingAtSeconds: number | undefined;
    readonly goneAtSeconds: number | undefined;
    /** When the first and the last that it answered were sent, of those whose clients were quick. */
    readonly firstSentAtSeconds: number | undefined;
    readonly lastSentAtSeconds: number | undefined;
    readonly requests: number;
}

export interface ReplicasAt {
    readonly atSeconds: number;
    /** The Deployment's own number. */
    readonly desired: number;
    readonly ready: number;
    /** The HPA's bounds at this time. */
    readonly min: number;
    readonly max: number;
}

export interface SecondOfLoad {
    readonly atSeconds: number;
    readonly requests: number;
    readonly lost: number;
    readonly retried: number;
    /** As {@link Latency}; undefined where there were none. */
    readonly p50Ms: number | undefined;
    readonly p99Ms: number | undefined;
}

/** Medians over all pods that started during the drill; undefined where none did. */
export interface StartupFigures {
    readonly pods: number;
    /** From scheduled to the first request that it answered. */
    readonly scheduledToFirstServedSeconds: number | undefined;
    readonly scheduledToReadySeconds: number | undefined;
    /** From the HPA's decision to a new pod's first answer; over its scale-outs. */
    readonly decisionToFirstServedSeconds: number | undefined;
}

/** How the ingress controller follows pods that come and go, by the requests that they answered. */
export interface RoutingFigures {
    /** Of pods that began during the drill. */
    readonly readyToFirstRequest: Spread | undefined;
    /** Of pods that ended: how long they were still given requests. 0 where none came after it. */
    readonly terminatingToLastRequest: Spread | undefined;
}

/** Over pods. */
export interface Spread {
    readonly pods: number;
    readonly medianSeconds: number;
    readonly mostSeconds: number;
}
