/** Plays a recording through the model of the HPA controller: what would it have done at the real one's syncs? */
import { isDeepStrictEqual } from "node:util";

import { versionAtLeast } from "../../../components/units/imageReference";
import { Controller, type ControllerOptions, type Decision, type HorizontalPodAutoscalerSpec } from "../controller";
import type { PodGroup, ResourceAmounts, World } from "../controller";
import { milliValue } from "../controller/quantity";
import { type RecordedPod, type RecordedSample, type Recording, RecordingError, type State } from "./recording";

/** --horizontal-pod-autoscaler-sync-period. */
const syncPeriodMilliseconds = 15_000;

/** One sync of the model, beside what the real controller wrote at it. */
export interface Sync {
    readonly atMilliseconds: number;
    readonly decision: Decision;
    /** {@link Controller.utilizations} */
    readonly utilizations: readonly (number | undefined)[];
    /** The last that was seen before the next sync. */
    readonly recorded: State;
}

export interface ReplicaChange {
    readonly atMilliseconds: number;
    readonly from: number;
    readonly to: number;
}

export interface ReplayOptions {
    /** From 0 to 1: where the syncs are within what the recording tells of their times, about a second. Default 0.5. */
    readonly place?: number;
    readonly controller?: ControllerOptions;
    /** Another spec than the recorded one. */
    readonly changeSpec?: (spec: HorizontalPodAutoscalerSpec) => HorizontalPodAutoscalerSpec;
}

/**
 * Open loop: what the model decides changes nothing of the recorded world, so that one difference does not lead to the next.
 * Each sync sees the last state that was recorded before it, by clocks that agree. What the real controller remembered when the recording began is
 * not known; the model begins as after a restart.
 *
 * @throws RecordingError where nothing tells when the syncs were
 */
export function replay(
    recording: Recording,
    { place = 0.5, controller: options, changeSpec = (spec) => spec }: ReplayOptions = {},
): readonly Sync[] {
    const { states } = recording;
    const moments = syncMoments(recording, place);
    let { spec } = states[0];
    const controller = new Controller(changeSpec(spec), options);
    return moments.map(({ atMilliseconds, edited }, i) => {
        const state = lastBefore(states, atMilliseconds);
        const current = edited ?? state.spec;
        if (current !== spec) {
            spec = current;
            controller.update(changeSpec(spec));
        }
        const world = worldOf(state);
        return {
            atMilliseconds,
            utilizations: controller.utilizations(atMilliseconds, world),
            decision: controller.reconcile(atMilliseconds, world),
            recorded: lastBefore(states, moments[i + 1]?.atMilliseconds ?? Infinity),
        };
    });
}

/** Changes of the scale, each when it was first seen. */
export function recordedChanges({ states }: Recording): readonly ReplicaChange[] {
    return states.flatMap(({ atMilliseconds, replicas: to }, i) => {
        const from = states[i - 1]?.replicas ?? to;
        return from === to ? [] : [{ atMilliseconds, from, to }];
    });
}

/** Changes that the model makes. */
export function modelChanges(syncs: readonly Sync[]): readonly ReplicaChange[] {
    return syncs.flatMap(({ atMilliseconds, decision: { rescaled, currentReplicas: from, replicas: to } }) =>
        rescaled && from !== undefined && to !== undefined ? [{ atMilliseconds, from, to }] : [],
    );
}

/** In words what differs, nothing where the changes are the same and at most one sync period apart. */
export function changeDifferences(
    recorded: readonly ReplicaChange[],
    model: readonly ReplicaChange[],
): readonly string[] {
    const problems: string[] = [];
    for (let i = 0; i < Math.max(recorded.length, model.length); i++) {
        const [real, modelled] = [recorded[i], model[i]];
        if (modelled === undefined || real?.from !== modelled.from || real.to !== modelled.to) {
            problems.push(`change ${i + 1}: recorded ${describeChange(real)}, model ${describeChange(modelled)}`);
        } else if (Math.abs(real.atMilliseconds - modelled.atMilliseconds) > syncPeriodMilliseconds) {
            problems.push(
                `change ${i + 1}: recorded ${describeChange(real)}, model at ${clock(modelled.atMilliseconds)}`,
            );
        }
    }
    return problems;
}

/** In words what the model makes another status of than the real controller did, sync by sync. */
export function statusDifferences(syncs: readonly Sync[]): readonly string[] {
    return syncs.flatMap(({ atMilliseconds, decision, utilizations, recorded: { status } }) => {
        const types = ["AbleToScale", "ScalingActive", "ScalingLimited"] as const;
        const compared: readonly (readonly [what: string, recorded: string | undefined, model: string | undefined])[] =
            [
                ["desiredReplicas", String(status.desiredReplicas), String(decision.replicas)],
                ["utilizations", JSON.stringify(status.utilizations), JSON.stringify(utilizations)],
                ...types.map((type) => {
                    const condition = decision.conditions[type];
                    return [
                        type,
                        status.conditions[type]?.is,
                        condition && `${condition.status}/${condition.reason}`,
                    ] as const;
                }),
            ];
        return compared
            .filter(([, recorded, model]) => recorded !== model)
            .map(
                ([what, recorded, model]) =>
                    `${clock(atMilliseconds)} ${what}: recorded ${recorded ?? "none"}, model ${model ?? "none"}`,
            );
    });
}

/** "13:06:36.500 2 -> 6" */
export function describeChange(change: ReplicaChange | undefined): string {
    return change === undefined ? "none" : `${clock(change.atMilliseconds)} ${change.from} -> ${change.to}`;
}

function clock(milliseconds: number): string {
    return new Date(milliseconds).toISOString().slice(11, 23);
}

/** In milliseconds: a sync was not before the one, and before the other. */
interface Bracket {
    readonly earliest: number;
    readonly latest: number;
}

/** When a sync was. */
interface Moment {
    readonly atMilliseconds: number;
    /** The spec whose edit it answers: the world that it sees is older than the first state with it. */
    readonly edited?: HorizontalPodAutoscalerSpec;
}

/** Those of every period, and from Kubernetes 1.37 on one at once for each edit of the spec. */
function syncMoments(recording: Recording, place: number): readonly Moment[] {
    const { header, states } = recording;
    const intervalMilliseconds = header.intervalSeconds * 1000;
    const minorVersion = header.kubernetes.replace(/^v/, "").split(".").slice(0, 2).map(Number);
    const edits = versionAtLeast(minorVersion, [1, 37])
        ? states
              .filter(({ spec }, i) => i > 0 && spec !== states[i - 1]?.spec)
              .map(({ spec, atMilliseconds: latest }) => ({ spec, earliest: latest - intervalMilliseconds, latest }))
        : [];
    return [
        ...syncTimes(recording, place, edits).map((atMilliseconds) => ({ atMilliseconds })),
        ...edits.map(({ spec: edited, earliest }) => ({
            atMilliseconds: Math.round(earliest + intervalMilliseconds * place),
            edited,
        })),
    ].sort((a, b) => a.atMilliseconds - b.atMilliseconds);
}

/**
 * When the controller made its syncs. The recording does not say, but the controller puts its own clock into the status, whole
 * seconds rounded down: lastScaleTime, and lastTransitionTime of the conditions. And what it wrote, it wrote before it was
 * seen. Syncs that wrote nothing new are spread evenly over the time between the others: each begins a period after the end of
 * the one before, so that they drift by some milliseconds.
 *
 * @param place from 0 to 1: within what is known of each
 * @param others syncs that are none of these; what tells of them tells nothing here
 */
function syncTimes(
    { header: { intervalSeconds }, states }: Recording,
    place: number,
    others: readonly Bracket[],
): readonly number[] {
    const intervalMilliseconds = intervalSeconds * 1000;
    const begin = states[0].atMilliseconds;
    // What is written later may not have been seen any more.
    const end = lastBefore(states, Infinity).atMilliseconds - intervalMilliseconds;
    const known = aPeriodApart(
        merged(evidence(states, intervalMilliseconds).filter((each) => !others.some((other) => overlap(each, other)))),
    )
        .filter(({ earliest }) => earliest > begin)
        .map(({ earliest, latest }) => Math.round(earliest + Math.max(0, latest - earliest) * place));
    const [first] = known;
    const last = known.at(-1);
    if (first === undefined || last === undefined) {
        throw new RecordingError(
            "The HPA changed nothing while it was recorded, so nothing tells when its syncs were.",
        );
    }
    const times: number[] = [];
    for (let time = first - syncPeriodMilliseconds; time > begin; time -= syncPeriodMilliseconds) times.unshift(time);
    for (const [i, time] of known.entries()) {
        const next = known[i + 1] ?? time;
        const count = periodsBetween(time, next);
        for (let k = 0; k < count; k++) times.push(Math.round(time + ((next - time) / count) * k));
    }
    for (let time = last + syncPeriodMilliseconds; time < end; time += syncPeriodMilliseconds) times.push(time);
    return times;
}

/** All that tells of a sync, several times of the same one mostly. */
function evidence(states: readonly State[], intervalMilliseconds: number): readonly Bracket[] {
    return states.flatMap(({ atMilliseconds, status }, i) => {
        const { lastScaleSeconds, conditions } = status;
        const before = states[i - 1]?.status;
        if (before === undefined || isDeepStrictEqual(status, before)) return [];
        const stamps = Object.values(conditions).map(({ transitionSeconds }) => transitionSeconds);
        if (lastScaleSeconds !== undefined) stamps.push(lastScaleSeconds);
        return [
            { earliest: atMilliseconds - intervalMilliseconds, latest: atMilliseconds },
            ...stamps.map((seconds) => ({ earliest: seconds * 1000, latest: seconds * 1000 + 999 })),
        ];
    });
}

function overlap(a: Bracket, b: Bracket): boolean {
    return a.earliest <= b.latest && b.earliest <= a.latest;
}

/** One for each sync, ascending. */
function merged(brackets: readonly Bracket[]): readonly Bracket[] {
    const syncs: Bracket[] = [];
    for (const bracket of brackets.toSorted((a, b) => a.earliest - b.earliest)) {
        const last = syncs.at(-1);
        if (last === undefined || bracket.earliest - last.earliest > syncPeriodMilliseconds / 2) syncs.push(bracket);
        else syncs[syncs.length - 1] = { earliest: bracket.earliest, latest: Math.min(last.latest, bracket.latest) };
    }
    return syncs;
}

/**
 * Each begins a period after the end of the one before, not sooner: what is known of one tells of its neighbours, with as many periods
 * between as there are syncs.
 */
function aPeriodApart(brackets: readonly Bracket[]): readonly Bracket[] {
    const syncs = [...brackets];
    for (const [i, { earliest, latest }] of syncs.entries()) {
        const before = syncs[i - 1];
        if (before === undefined) continue;
        const least = periodsBetween(before.earliest, earliest) * syncPeriodMilliseconds;
        syncs[i] = { earliest: Math.max(earliest, before.earliest + least), latest };
    }
    for (let i = syncs.length - 2; i >= 0; i--) {
        const [sync, next] = [syncs[i], syncs[i + 1]];
        if (sync === undefined || next === undefined) continue;
        const least = periodsBetween(sync.earliest, next.earliest) * syncPeriodMilliseconds;
        syncs[i] = { ...sync, latest: Math.min(sync.latest, next.latest - least) };
    }
    return syncs;
}

/** Between two syncs that are known to about a second. */
const periodsBetween = (earlier: number, later: number): number =>
    Math.max(1, Math.round((later - earlier) / syncPeriodMilliseconds));

/** The first state where there is none before. */
function lastBefore(states: Recording["states"], milliseconds: number): State {
    return states.findLast(({ atMilliseconds }) => atMilliseconds < milliseconds) ?? states[0];
}

function worldOf({ replicas, statusReplicas, pods, samples, failResourceMetrics, externalMetrics }: State): World {
    const known = Object.entries(pods).map(([name, pod]) => groupOf(pod, samples[name]));
    const gone = Object.entries(samples)
        .filter(([name]) => pods[name] === undefined)
        .map(([, sample]): PodGroup => ({
            count: 1,
            gone: true,
            template: { containers: [] },
            sample: sampleOf(sample),
        }));
    return {
        replicas,
        statusReplicas,
        failResourceMetrics,
        pods: [...known, ...gone],
        externalMetrics: Object.fromEntries(
            Object.entries(externalMetrics).flatMap(([name, values]) =>
                values === null ? [] : [[name, values.map(milliValue)]],
            ),
        ),
    };
}

function groupOf(pod: RecordedPod, sample: RecordedSample | undefined): PodGroup {
    const { phase, ready, deleting, startSeconds, transitionSeconds, containers, podRequests, overhead } = pod;
    return {
        count: 1,
        template: {
            containers: containers.map(({ name, kind, requests }) => ({ name, kind, requests: milliValues(requests) })),
            podRequests: podRequests && milliValues(podRequests),
            overhead: overhead && milliValues(overhead),
        },
        phase,
        deleting,
        ready: ready ?? "none",
        startMilliseconds: startSeconds === undefined ? "none" : startSeconds * 1000,
        transitionMilliseconds: transitionSeconds === undefined ? undefined : transitionSeconds * 1000,
        sample: sample && sampleOf(sample),
    };
}

function sampleOf({ timestampSeconds, windowMilliseconds, containers }: RecordedSample): PodGroup["sample"] {
    return {
        timestampMilliseconds: timestampSeconds * 1000,
        windowMilliseconds,
        containers: Object.entries(containers).map(([name, usage]) => ({ name, usage: milliValues(usage) })),
    };
}

function milliValues(quantities: Readonly<Record<string, string>>): ResourceAmounts {
    return Object.fromEntries(Object.entries(quantities).map(([resource, value]) => [resource, milliValue(value)]));
}
