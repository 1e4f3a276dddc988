/** Figures of pods' lives. */
import { median } from "../../common/median";
import type { PodLife, ReplicasAt, RoutingFigures, Spread, StartupFigures } from "../model";
import type { EventTime } from "../events/event";

/** A pod uses what it requests from its scheduling until it is gone. */
export function replicaSecondsBetween(pods: readonly PodLife[], fromSeconds: number, untilSeconds: number): number {
    return pods.reduce((sum, { scheduledAtSeconds, goneAtSeconds }) => {
        if (scheduledAtSeconds === undefined) return sum;
        const from = Math.max(scheduledAtSeconds, fromSeconds);
        const until = Math.min(goneAtSeconds ?? Infinity, untilSeconds);
        return sum + Math.max(0, until - from);
    }, 0);
}

/** Pods that were there when the watch began tell nothing of their start: all they have has one time. */
function startedDuringWatch({ scheduledAtSeconds, readyAtSeconds }: PodLife): boolean {
    return (
        scheduledAtSeconds !== undefined && readyAtSeconds !== undefined && readyAtSeconds > scheduledAtSeconds + 0.05
    );
}

export function startupFigures(
    pods: readonly PodLife[],
    replicas: readonly ReplicasAt[],
    events: readonly EventTime[],
): StartupFigures {
    const started = pods.filter(startedDuringWatch);
    const after = (pod: PodLife, at: number | undefined) =>
        at === undefined || pod.scheduledAtSeconds === undefined ? [] : [at - pod.scheduledAtSeconds];
    const scaleOuts = events.filter(({ event }) => event.name === "scale-out");
    const decisions = replicas.filter(
        ({ desired, atSeconds }, index) =>
            desired > (replicas[index - 1]?.desired ?? Infinity) &&
            scaleOuts.some(({ fromSeconds, untilSeconds }) => atSeconds >= fromSeconds && atSeconds <= untilSeconds),
    );
    return {
        pods: started.length,
        scheduledToFirstServedSeconds: median(started.flatMap((pod) => after(pod, pod.firstServedAtSeconds))),
        scheduledToReadySeconds: median(started.flatMap((pod) => after(pod, pod.readyAtSeconds))),
        decisionToFirstServedSeconds: median(
            decisions.flatMap(({ atSeconds }) => {
                const first = started
                    .filter(({ scheduledAtSeconds = 0 }) => scheduledAtSeconds >= atSeconds - 0.5)
                    .map(({ firstServedAtSeconds = Infinity }) => firstServedAtSeconds);
                const earliest = Math.min(...first);
                return Number.isFinite(earliest) ? [earliest - atSeconds] : [];
            }),
        ),
    };
}

/** A pod that ended before it was given a request tells nothing. */
export function routingFigures(pods: readonly PodLife[]): RoutingFigures {
    const began = pods.filter(startedDuringWatch);
    return {
        readyToFirstRequest: spreadOf(
            began.flatMap(({ readyAtSeconds, firstSentAtSeconds }) => between(readyAtSeconds, firstSentAtSeconds)),
        ),
        terminatingToLastRequest: spreadOf(
            pods.flatMap(({ terminatingAtSeconds, lastSentAtSeconds }) =>
                between(terminatingAtSeconds, lastSentAtSeconds),
            ),
        ),
    };
}

/** What came before, or was seen before by those who told of it, came at once. */
function between(from: number | undefined, until: number | undefined): readonly number[] {
    return from === undefined || until === undefined ? [] : [Math.max(0, until - from)];
}

function spreadOf(seconds: readonly number[]): Spread | undefined {
    const medianSeconds = median(seconds);
    return medianSeconds === undefined
        ? undefined
        : { pods: seconds.length, medianSeconds, mostSeconds: Math.max(...seconds) };
}
