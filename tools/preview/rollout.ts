/** The rollouts that a change causes: how many pods, in which steps, and what can be said about the time. */
import type { Manifest } from "../render/manifests";
import { at, numberAt, textAt } from "./values";
import { graceSeconds, podCount, startupBudgetSeconds } from "./workload";

/** A rollout at one number of pods. */
export interface RolloutSize {
    readonly pods: number;
    /** Pods above the wanted number while it runs. */
    readonly surge: number;
    /** Pods that may be missing while it runs. */
    readonly unavailable: number;
    /** Steps, each of which waits for new pods to become available. A lower bound: pods start at different speeds. */
    readonly steps: number;
    /** The least that the steps take beside the pods' start: minReadySeconds once for each step. */
    readonly leastSeconds: number;
}

export interface RolloutPlan {
    /** One size, or two where an autoscaler has bounds; none where no object tells the number of pods. */
    readonly sizes: readonly RolloutSize[];
    /** What a reader needs to know, as sentences. */
    readonly facts: readonly string[];
    /** Why requests may be lost or the rollout does not happen by itself, as sentences. */
    readonly warnings: readonly string[];
}

/** What rolling the workload means. `before` is what runs now: its pods end by their own grace period. */
export function planRollout(before: Manifest, after: Manifest, manifests: readonly Manifest[]): RolloutPlan {
    const strategy = at(after, "spec", after.kind === "Deployment" ? "strategy" : "updateStrategy");
    const type = textAt(strategy, "type") ?? "RollingUpdate";
    const grace = graceSeconds(before);
    const endOfOld = `Each old pod ends within ${grace} s (its terminationGracePeriodSeconds); new pods do not wait for that.`;
    if (type === "OnDelete") {
        return {
            sizes: [],
            facts: [],
            warnings: ["updateStrategy OnDelete: a pod changes only when somebody deletes it."],
        };
    }
    if (type === "Recreate") {
        return {
            sizes: [],
            facts: [endOfOld],
            warnings: ["strategy Recreate: every pod ends before a new one starts. That is downtime."],
        };
    }
    const minReadySeconds = numberAt(after, "spec", "minReadySeconds") ?? 0;
    const start = startText(after);
    const ready = `${minReadySeconds} s minReadySeconds`;
    if (after.kind === "DaemonSet") {
        const surge = text(at(strategy, "rollingUpdate", "maxSurge") ?? 0);
        const unavailable = text(at(strategy, "rollingUpdate", "maxUnavailable") ?? 1);
        return {
            sizes: [],
            facts: [
                `One pod on each node; maxSurge ${surge}, maxUnavailable ${unavailable}.`,
                `Each step takes a pod's start ${start}and ${ready}.`,
                endOfOld,
            ],
            warnings:
                unavailable === "0" || unavailable === "0%"
                    ? []
                    : [`maxUnavailable ${unavailable}: nodes are without their pod while theirs is exchanged.`],
        };
    }
    const count = podCount(after, manifests);
    const counts = count === undefined ? [] : [...new Set([count.least, count.most])].filter((pods) => pods > 0);
    if (after.kind === "StatefulSet") {
        const sizes = counts.map((pods) => ({
            pods,
            surge: 0,
            unavailable: 1,
            steps: pods,
            leastSeconds: pods * minReadySeconds,
        }));
        return {
            sizes,
            facts: [
                ...sizes.map((size) => `${pods(size.pods)}, one after the other.`),
                `Each step takes the old pod's end (at most ${grace} s), the new one's start ${start}and ${ready}.`,
            ],
            warnings: ["A StatefulSet ends a pod before its successor starts: one pod is missing all the time."],
        };
    }
    const maxSurge = at(strategy, "rollingUpdate", "maxSurge") ?? "25%";
    const maxUnavailable = at(strategy, "rollingUpdate", "maxUnavailable") ?? "25%";
    const sizes = counts.map((pods) => sizeOf(pods, maxSurge, maxUnavailable, minReadySeconds));
    const deadline = numberAt(after, "spec", "progressDeadlineSeconds") ?? 600;
    return {
        sizes,
        facts: [
            `maxSurge ${text(maxSurge)}, maxUnavailable ${text(maxUnavailable)}; a step takes a pod's start ${start}and ${ready}.`,
            ...sizes.map(
                (size) =>
                    `${boundName(size.pods, count)}${pods(size.pods)}: at least ${size.steps} ${size.steps === 1 ? "step" : "steps"} ` +
                    `of up to ${Math.min(size.pods, size.surge + size.unavailable)}, so ${size.leastSeconds} s and ` +
                    `${size.steps === 1 ? "one start" : `${size.steps} starts`} or more; the cluster needs room for ` +
                    `${pods(size.pods + size.surge)}.`,
            ),
            endOfOld,
            `Without progress for ${deadline} s it has failed (progressDeadlineSeconds); the old pods go on serving.`,
        ],
        warnings: sizes
            .filter((size) => size.unavailable > 0)
            .map(
                (size) =>
                    `maxUnavailable ${text(maxUnavailable)} takes ${size.unavailable} of ${pods(size.pods)} away before new ones are there.`,
            ),
    };
}

/** Kubernetes' own rounding: a surge in percent is rounded up, unavailability down, and both are never 0 together. */
function sizeOf(pods: number, maxSurge: unknown, maxUnavailable: unknown, minReadySeconds: number): RolloutSize {
    const surge = resolve(maxSurge, pods, Math.ceil);
    const unavailable = resolve(maxUnavailable, pods, Math.floor);
    const missing = surge === 0 && unavailable === 0 ? 1 : unavailable;
    const steps = Math.ceil(pods / (surge + missing));
    return { pods, surge, unavailable: missing, steps, leastSeconds: steps * minReadySeconds };
}

function resolve(value: unknown, pods: number, round: (value: number) => number): number {
    if (typeof value === "number") return value;
    const percent = /^(\d+)%$/.exec(String(value))?.[1];
    return percent === undefined ? 0 : round((Number(percent) * pods) / 100);
}

function startText(manifest: Manifest): string {
    const seconds = startupBudgetSeconds(manifest);
    return seconds === undefined ? "" : `(its startup probes allow ${seconds} s) `;
}

function boundName(pods: number, count: { readonly least: number; readonly most: number } | undefined): string {
    if (count === undefined || count.least === count.most) return "";
    return pods === count.least ? "At the autoscaler's minimum of " : "At its maximum of ";
}

export function range(count: { readonly least: number; readonly most: number }): string {
    return count.least === count.most ? pods(count.least) : `${count.least} to ${pods(count.most)}`;
}

export function pods(count: number): string {
    return count === 1 ? "1 pod" : `${count} pods`;
}

function text(value: unknown): string {
    return typeof value === "string" || typeof value === "number" ? String(value) : JSON.stringify(value);
}
