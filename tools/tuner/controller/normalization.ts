/** From what the metrics ask for to what is set: pkg/controller/podautoscaler/horizontal.go. */
import type { AdmittedBehavior, AdmittedSpec } from "./admission";
import { ableToScale, scalingLimited } from "./conditions";
import type { Condition } from "./decision";
import { toInt32 } from "./int32";
import { scaleDownLimit, scaleUpLimit } from "./scalingPolicies";
import { type MutableState, remember } from "./state";

/** What is set, and the conditions that tell why. */
export interface Normalized {
    readonly replicas: number;
    readonly ableToScale: Condition;
    readonly scalingLimited: Condition;
}

/** What a normalization starts from. */
export interface Proposal {
    readonly nowMilliseconds: number;
    readonly current: number;
    /** Of the metrics; not negative. */
    readonly desired: number;
}

/**
 * Without `behavior`: `normalizeDesiredReplicas`. Down to the largest recommendation of the window, up to twice as many pods
 * or 4.
 */
export function normalize(
    proposal: Proposal,
    { minReplicas, maxReplicas }: AdmittedSpec,
    state: MutableState,
    downscaleStabilizationMilliseconds: number,
): Normalized {
    const { nowMilliseconds, current, desired } = proposal;
    const recommendations = (state.recommendations ??= []);
    const cutoff = nowMilliseconds - downscaleStabilizationMilliseconds;
    let stabilized = desired;
    let slot = -1;
    for (let i = 0; i < recommendations.length; i++) {
        const recommendation = recommendations[i];
        if (recommendation === undefined) continue;
        // As old as the window is within it, here.
        if (recommendation.atMilliseconds < cutoff) slot = i;
        else if (recommendation.replicas > stabilized) stabilized = recommendation.replicas;
    }
    remember(recommendations, slot, desired, nowMilliseconds);

    const stability = stabilized === desired ? ableToScale.readyForNewScale : ableToScale.scaleDownStabilized;
    const limit = toInt32(Math.max(2 * current, 4));
    if (stabilized < minReplicas) return limited(minReplicas, stability, scalingLimited.tooFewReplicas);
    if (stabilized > Math.min(maxReplicas, limit)) {
        return maxReplicas > limit
            ? limited(limit, stability, scalingLimited.scaleUpLimit)
            : limited(maxReplicas, stability, scalingLimited.tooManyReplicas);
    }
    return limited(stabilized, stability, scalingLimited.desiredWithinRange);
}

function limited(replicas: number, stability: Condition, limitation: Condition): Normalized {
    return { replicas, ableToScale: stability, scalingLimited: limitation };
}

/** With `behavior`: `normalizeDesiredReplicasWithBehaviors`. Windows either way, then the policies. */
export function normalizeWithBehavior(
    proposal: Proposal,
    spec: AdmittedSpec,
    behavior: AdmittedBehavior,
    state: MutableState,
    downscaleStabilizationMilliseconds: number,
): Normalized {
    const { current, desired } = proposal;
    const stabilized = stabilize(proposal, behavior, state, downscaleStabilizationMilliseconds);
    const stability =
        stabilized === desired
            ? ableToScale.readyForNewScale
            : desired >= current
              ? ableToScale.scaleUpStabilized
              : ableToScale.scaleDownStabilized;
    return limitRate(proposal, stabilized, stability, spec, behavior, state);
}

/** `stabilizeRecommendationWithBehaviors`: as little change as the recommendations of either window agree on. */
function stabilize(
    { nowMilliseconds, current, desired }: Proposal,
    { scaleUp, scaleDown }: AdmittedBehavior,
    state: MutableState,
    downscaleStabilizationMilliseconds: number,
): number {
    const recommendations = (state.recommendations ??= []);
    const upCutoff = nowMilliseconds - scaleUp.stabilizationWindowSeconds * 1000;
    // `maybeInitScaleDownStabilizationWindow`: of what the controller is started with, whole seconds.
    const downSeconds = scaleDown.stabilizationWindowSeconds ?? Math.trunc(downscaleStabilizationMilliseconds / 1000);
    const downCutoff = nowMilliseconds - downSeconds * 1000;
    let up = desired;
    let down = desired;
    let slot = -1;
    for (let i = 0; i < recommendations.length; i++) {
        const recommendation = recommendations[i];
        if (recommendation === undefined) continue;
        const { replicas, atMilliseconds } = recommendation;
        // As old as the window is outside of it, here.
        if (atMilliseconds > upCutoff && replicas < up) up = replicas;
        if (atMilliseconds > downCutoff && replicas > down) down = replicas;
        if (atMilliseconds < upCutoff && atMilliseconds < downCutoff) slot = i;
    }
    remember(recommendations, slot, desired, nowMilliseconds);
    return Math.min(Math.max(current, up), down);
}

/** `convertDesiredReplicasWithBehaviorRate`. */
function limitRate(
    { nowMilliseconds, current }: Proposal,
    stabilized: number,
    stability: Condition,
    { minReplicas, maxReplicas }: AdmittedSpec,
    { scaleUp, scaleDown }: AdmittedBehavior,
    state: MutableState,
): Normalized {
    if (stabilized > current) {
        const limit = Math.max(scaleUpLimit(current, state, scaleUp, nowMilliseconds), current);
        if (stabilized > Math.min(maxReplicas, limit)) {
            return maxReplicas > limit
                ? limited(limit, stability, scalingLimited.scaleUpLimit)
                : limited(maxReplicas, stability, scalingLimited.tooManyReplicas);
        }
    } else if (stabilized < current) {
        const limit = Math.min(scaleDownLimit(current, state, scaleDown, nowMilliseconds), current);
        if (stabilized < Math.max(minReplicas, limit)) {
            return minReplicas < limit
                ? limited(limit, stability, scalingLimited.scaleDownLimit)
                : limited(minReplicas, stability, scalingLimited.tooFewReplicas);
        }
    }
    return limited(stabilized, stability, scalingLimited.desiredWithinRange);
}
