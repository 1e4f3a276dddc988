/** How far the policies of `behavior` let a scale go: pkg/controller/podautoscaler/horizontal.go. */
import type { AdmittedScalingRules } from "./admission";
import { toInt32 } from "./int32";
import type { ControllerState, ScaleEvent } from "./state";

/** `calculateScaleUpLimitWithScalingRules`. */
export function scaleUpLimit(
    current: number,
    state: ControllerState,
    { selectPolicy, policies }: AdmittedScalingRules,
    nowMilliseconds: number,
): number {
    if (selectPolicy === "Disabled") return current;
    const select = selectPolicy === "Min" ? Math.min : Math.max;
    let result = selectPolicy === "Min" ? Infinity : -Infinity;
    for (const { type, value, periodSeconds } of policies) {
        const start = replicasAtStart(current, state, periodSeconds, nowMilliseconds);
        // Rounded up, so that a small Deployment can grow by a small percentage at all. The factor as it stands: rounded twice
        // like this, 10 % of 100 is 11.
        result = select(result, type === "Pods" ? (start + value) | 0 : toInt32(Math.ceil(start * (1 + value / 100))));
    }
    return result;
}

/** `calculateScaleDownLimitWithBehaviors`. */
export function scaleDownLimit(
    current: number,
    state: ControllerState,
    { selectPolicy, policies }: AdmittedScalingRules,
    nowMilliseconds: number,
): number {
    if (selectPolicy === "Disabled") return current;
    const select = selectPolicy === "Min" ? Math.max : Math.min;
    let result = selectPolicy === "Min" ? -Infinity : Infinity;
    for (const { type, value, periodSeconds } of policies) {
        const start = replicasAtStart(current, state, periodSeconds, nowMilliseconds);
        result = select(result, type === "Pods" ? (start - value) | 0 : toInt32(start * (1 - value / 100)));
    }
    return result;
}

/** What there was when a policy's period began. */
function replicasAtStart(
    current: number,
    { scaleUpEvents, scaleDownEvents }: ControllerState,
    periodSeconds: number,
    nowMilliseconds: number,
): number {
    const cutoff = nowMilliseconds - periodSeconds * 1000;
    return current - changeSince(scaleUpEvents, cutoff) + changeSince(scaleDownEvents, cutoff);
}

/** `getReplicasChangePerPeriod`: an event as old as the period is outside. */
function changeSince(events: readonly ScaleEvent[], cutoffMilliseconds: number): number {
    let change = 0;
    for (const event of events) if (event.atMilliseconds > cutoffMilliseconds) change += event.replicaChange;
    return change;
}

export function longestPeriodSeconds({ policies }: AdmittedScalingRules): number {
    let longest = 0;
    for (const { periodSeconds } of policies) longest = Math.max(longest, periodSeconds);
    return longest;
}
