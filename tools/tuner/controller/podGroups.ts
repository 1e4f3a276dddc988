/** `groupPods` in pkg/controller/podautoscaler/replica_calculator.go: whose sample counts. */
import type { PodGroup } from "./world";

/** In milliseconds. */
export interface ReadinessPeriods {
    readonly cpuInitializationMilliseconds: number;
    readonly initialReadinessDelayMilliseconds: number;
}

/** Gone pods are in none of the controller's groups: it does not know them, but has their sample. */
export type Standing = "ready" | "unready" | "missing" | "ignored" | "gone";

/** What a group has that does not say so. */
const defaultWindowMilliseconds = 30_000;
/** Not infinitely long, so that a pod that has never been ready is one later, too. */
const longAgoMilliseconds = -1_000_000_000;

/**
 * @param isCpu readiness counts for cpu only
 */
export function standingOf(
    group: PodGroup,
    hasSample: boolean,
    isCpu: boolean,
    nowMilliseconds: number,
    periods: ReadinessPeriods,
): Standing {
    if (group.gone === true) return "gone";
    if (group.deleting === true || group.phase === "Failed") return "ignored";
    if (group.phase === "Pending") return "unready";
    if (!hasSample) return "missing";
    if (isCpu && isUnready(group, nowMilliseconds, periods)) return "unready";
    return "ready";
}

function isUnready(group: PodGroup, nowMilliseconds: number, periods: ReadinessPeriods): boolean {
    const { ready, startMilliseconds: start = longAgoMilliseconds } = group;
    if (ready === "none" || start === "none") return true;
    const transition = group.transitionMilliseconds ?? start;
    if (start + periods.cpuInitializationMilliseconds > nowMilliseconds) {
        // CPU of the start-up would pass for load: a whole window has to lie behind the last transition.
        const sampled = group.sample?.timestampMilliseconds ?? nowMilliseconds;
        const window = group.sample?.windowMilliseconds ?? defaultWindowMilliseconds;
        return ready === "False" || sampled < transition + window;
    }
    // Later, only what has never been ready is left out. What broke down afterwards goes on counting.
    return ready === "False" && start + periods.initialReadinessDelayMilliseconds > transition;
}
