/** What the controller remembers of a HorizontalPodAutoscaler from sync to sync. */

/** Oldest first, unless slots were used again. */
export interface ControllerState {
    /** Unstabilized recommendations; undefined before the first sync. */
    readonly recommendations: readonly Recommendation[] | undefined;
    /** Kept with `behavior` only. */
    readonly scaleUpEvents: readonly ScaleEvent[];
    /** Kept with `behavior` only. */
    readonly scaleDownEvents: readonly ScaleEvent[];
}

export interface Recommendation {
    readonly replicas: number;
    readonly atMilliseconds: number;
}

/** A change of the scale, remembered for the policies of `behavior`. */
export interface ScaleEvent {
    /** How many pods more or less; not negative. */
    readonly replicaChange: number;
    readonly atMilliseconds: number;
    /** Older than the longest period of a policy was when it was looked at: its slot may be used again. */
    readonly outdated: boolean;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Slots are written over, so that a long simulation allocates little. */
export interface MutableState {
    recommendations: Mutable<Recommendation>[] | undefined;
    readonly scaleUpEvents: Mutable<ScaleEvent>[];
    readonly scaleDownEvents: Mutable<ScaleEvent>[];
}

/**
 * Writes a recommendation into the slot, or a new one.
 *
 * @param slot -1 for a new one
 */
export function remember(
    recommendations: Mutable<Recommendation>[],
    slot: number,
    replicas: number,
    atMilliseconds: number,
): void {
    const old = recommendations[slot];
    if (old === undefined) {
        recommendations.push({ replicas, atMilliseconds });
        return;
    }
    old.replicas = replicas;
    old.atMilliseconds = atMilliseconds;
}

/** `storeScaleEvent` in pkg/controller/podautoscaler/horizontal.go. */
export function storeScaleEvent(
    events: Mutable<ScaleEvent>[],
    replicaChange: number,
    nowMilliseconds: number,
    longestPeriodSeconds: number,
): void {
    const cutoff = nowMilliseconds - longestPeriodSeconds * 1000;
    let slot: Mutable<ScaleEvent> | undefined;
    for (const event of events) {
        if (event.atMilliseconds < cutoff) event.outdated = true;
        if (event.outdated) slot = event;
    }
    if (slot === undefined) {
        events.push({ replicaChange, atMilliseconds: nowMilliseconds, outdated: false });
        return;
    }
    slot.replicaChange = replicaChange;
    slot.atMilliseconds = nowMilliseconds;
    slot.outdated = false;
}
