/** What became of the requests of each stack, and of its pods: figures, and whether they are what they should be. Pure. */
import { quantile } from "../../common/quantile";
import type { RequestResult } from "../load";
import type { PodLife, ReplicasAt } from "../model";
import { replicaSecondsBetween } from "../result/pods";
import { bestFixedReplicas, enoughReplicas, ownSeconds, type Phase, type Requests, type Sizing } from "./load";

/** By what its autoscaler counts. */
export type Signal = "both" | "cpu" | "workers";

/** One stack's run. */
export interface Recorded {
    readonly signal: Signal;
    readonly results: readonly RequestResult[];
    readonly pods: readonly PodLife[];
    readonly replicas: readonly ReplicasAt[];
}

/** A phase, when it was: seconds of the run. */
export interface PhaseTime {
    readonly phase: Phase;
    readonly fromSeconds: number;
}

export interface Capacity {
    readonly phase: string;
    readonly replicas: number;
    /** Since the step; undefined where there never were so many. */
    readonly seconds: number | undefined;
    /** How long the step was. */
    readonly ofSeconds: number;
}

export interface Outcome {
    readonly signal: Signal;
    readonly requests: number;
    readonly lost: number;
    /** Beyond a request's own time, so that it was waited for a worker, or for a CPU. */
    readonly longestWaitSeconds: number;
    readonly p99WaitSeconds: number;
    readonly capacities: readonly Capacity[];
    readonly replicaSeconds: number;
    /** 1: as many as the best fixed number of pods. */
    readonly replicaSecondsRatio: number;
}

/** Name of the stream of a stack's requests in a phase. */
export const streamName = (signal: Signal, { name }: Phase, index: number): string => `${signal}-${name}-${index}`;

export function outcomeOf(
    { signal, results, pods, replicas }: Recorded,
    times: readonly PhaseTime[],
    sizing: Sizing,
): Outcome {
    const ofStream = new Map<string, Requests>(
        times.flatMap(({ phase }) =>
            phase.requests.map((requests, i): [string, Requests] => [streamName(signal, phase, i), requests]),
        ),
    );
    const waits = results
        .map(({ stream, tookMilliseconds }) => {
            const requests = ofStream.get(stream);
            if (requests === undefined) throw new Error(`${stream} is no stream of ${signal}.`);
            return Math.max(0, tookMilliseconds / 1000 - ownSeconds(requests));
        })
        .sort((a, b) => a - b);
    const from = times[0]?.fromSeconds ?? 0;
    const last = times.at(-1);
    const until = (last?.fromSeconds ?? 0) + (last?.phase.seconds ?? 0);
    const replicaSeconds = replicaSecondsBetween(pods, from, until);
    const fixed = bestFixedReplicas(
        times.map(({ phase }) => phase),
        sizing,
    );
    return {
        signal,
        requests: results.length,
        lost: results.filter(({ isLost }) => isLost).length,
        longestWaitSeconds: waits.at(-1) ?? 0,
        p99WaitSeconds: quantile(waits, 0.99),
        capacities: times.filter(({ phase }) => phase.isStep).map((time) => capacityOf(time, replicas, sizing)),
        replicaSeconds,
        replicaSecondsRatio: replicaSeconds / (fixed * (until - from)),
    };
}

function capacityOf({ phase, fromSeconds }: PhaseTime, replicas: readonly ReplicasAt[], sizing: Sizing): Capacity {
    const wanted = enoughReplicas(phase, sizing);
    const before = replicas.findLast(({ atSeconds }) => atSeconds <= fromSeconds);
    const reached =
        before !== undefined && before.ready >= wanted
            ? { atSeconds: fromSeconds }
            : replicas.find(
                  ({ atSeconds, ready }) =>
                      atSeconds > fromSeconds && atSeconds < fromSeconds + phase.seconds && ready >= wanted,
              );
    return {
        phase: phase.name,
        replicas: wanted,
        seconds: reached === undefined ? undefined : reached.atSeconds - fromSeconds,
        ofSeconds: phase.seconds,
    };
}

export interface Goal {
    readonly text: string;
    readonly isMet: boolean;
}

const longestWaitSeconds = 1;
const mostReplicaSeconds = 1.1;
/** Of what CPU alone takes, for requests that wait. */
const shareOfCpusSeconds = 0.6;
/** When in the HPA's period a step comes is chance. */
const periodSeconds = 15;

/** What both figures together have to do, and CPU alone must fail at: else the load is too soft, and proves nothing. */
export function goalsOf(outcomes: readonly Outcome[]): readonly Goal[] {
    const of = (signal: Signal): Outcome => {
        const found = outcomes.find((outcome) => outcome.signal === signal);
        if (found === undefined) throw new Error(`There is no outcome of ${signal}.`);
        return found;
    };
    const [both, cpu, workers] = [of("both"), of("cpu"), of("workers")];
    return [
        { text: "With both, no request is lost.", isMet: both.lost === 0 },
        ...[both, workers].map(({ signal, longestWaitSeconds: longest }) => ({
            text: `With ${titles[signal]}, no request waits ${longestWaitSeconds} s for a worker.`,
            isMet: longest < longestWaitSeconds,
        })),
        {
            text: `With both, replica-seconds are ${mostReplicaSeconds} times those of the best fixed number at most.`,
            isMet: both.replicaSecondsRatio <= mostReplicaSeconds,
        },
        {
            text: "With CPU alone, requests are lost, or wait longer than that.",
            isMet: cpu.lost > 0 || cpu.longestWaitSeconds >= longestWaitSeconds,
        },
        ...both.capacities.map(({ phase, seconds = Infinity }, i): Goal => {
            const { seconds: cpus, ofSeconds = 0 } = cpu.capacities[i] ?? {};
            return phase === "computing"
                ? {
                      text: `For requests that compute there are enough pods no later than with CPU alone, but for the ${periodSeconds} s of chance.`,
                      isMet: seconds <= (cpus ?? ofSeconds) + periodSeconds,
                  }
                : {
                      text: `In step "${phase}" there are enough pods within ${shareOfCpusSeconds} of the time that CPU alone takes.`,
                      isMet: seconds <= shareOfCpusSeconds * (cpus ?? ofSeconds),
                  };
        }),
    ];
}

export const titles: Readonly<Record<Signal, string>> = {
    both: "CPU and busy workers",
    cpu: "CPU alone",
    workers: "busy workers alone",
};
