/** Why pods are not ready, in words that lead to the cause. */
import { at, listAt, numberAt, textAt, type Properties, type Value } from "../rpc/values";
import type { KubeClient } from "./client";
import { nameOf, namespaceOf } from "./objects";

export function isPodReady(pod: Value): boolean {
    return conditionOf(pod, "Ready")?.status === "True";
}

export interface Condition {
    readonly status: string;
    readonly reason: string;
    readonly message: string;
}

export function conditionOf(object: Value, type: string): Condition | undefined {
    const found = listAt(object, "status", "conditions").find((condition) => at(condition, "type") === type);
    if (found === undefined) return undefined;
    return {
        status: textAt(found, "status") ?? "",
        reason: textAt(found, "reason") ?? "",
        message: textAt(found, "message") ?? "",
    };
}

/** One line for each reason that the pod's own status gives. */
export function podProblems(pod: Value): readonly string[] {
    const name = nameOf(pod) ?? "";
    const scheduled = conditionOf(pod, "PodScheduled");
    if (scheduled?.status === "False") return [`Pod ${name}: not scheduled: ${scheduled.message}`];
    const containers = [
        ...listAt(pod, "status", "initContainerStatuses"),
        ...listAt(pod, "status", "containerStatuses"),
    ];
    return containers.flatMap((container) => {
        const problem = containerProblem(container);
        return problem === undefined ? [] : [`Pod ${name}: container ${textAt(container, "name") ?? ""}: ${problem}`];
    });
}

/** What a container waits for while nothing is wrong. */
const usualReasons = new Set(["ContainerCreating", "PodInitializing"]);

function containerProblem(container: Value): string | undefined {
    const waiting = at(container, "state", "waiting");
    const ended = at(container, "state", "terminated") ?? at(container, "lastState", "terminated");
    const waitingReason = textAt(waiting, "reason");
    const parts: string[] = [];
    if (waitingReason !== undefined && !usualReasons.has(waitingReason)) {
        parts.push([waitingReason, textAt(waiting, "message")].filter(Boolean).join(": "));
    }
    const code = numberAt(ended, "exitCode");
    if (code !== undefined && (code !== 0 || waitingReason === "CrashLoopBackOff")) {
        const message = textAt(ended, "message");
        parts.push(
            `ended with ${code} (${textAt(ended, "reason") ?? "?"})${message === undefined ? "" : `: ${message}`}`,
        );
    }
    if (parts.length === 0) return undefined;
    return parts.join("; ");
}

/**
 * Reasons of all unready pods that a selector takes; for pods whose status tells none, the last warning about them, such as
 * a probe that fails.
 *
 * @param isOwn tells the pods of the newest revision from older ones
 */
export async function problemsOfPods(
    client: KubeClient,
    namespace: string,
    selector: Value | undefined,
    isOwn: (pod: Properties) => boolean = () => true,
): Promise<readonly string[]> {
    const labelsMap = (at(selector, "matchLabels") ?? {}) as Properties;
    const labels = Object.entries(labelsMap);
    if (labels.length === 0) return [];
    const pods = await client.items(`/api/v1/namespaces/${namespace}/pods`, {
        labelSelector: labels.map(([key]) => `${key}=${textAt(labelsMap, key) ?? ""}`).join(","),
    });
    const unready = pods.filter((pod) => !isPodReady(pod) && isOwn(pod));
    const found = await Promise.all(
        unready.map(async (pod) => {
            const own = podProblems(pod);
            const warning = await lastWarning(client, pod);
            return warning === undefined ? own : [...own, `Pod ${nameOf(pod) ?? ""}: ${warning}`];
        }),
    );
    return [...new Set(found.flat())];
}

/** Events of one failure come in a row: which image cannot be pulled, and then that this is an error. */
const sameFailureMilliseconds = 2000;

/** The last warning among an object's events; of several about one failure, the one that says most. */
export async function lastWarning(client: KubeClient, object: Properties): Promise<string | undefined> {
    const namespace = namespaceOf(object) ?? "default";
    const events = await client.items(`/api/v1/namespaces/${namespace}/events`, {
        fieldSelector: `involvedObject.name=${nameOf(object) ?? ""},type=Warning`,
    });
    return worstWarning(events);
}

export function worstWarning(events: readonly Value[]): string | undefined {
    const warnings = events
        .map((event) => ({
            at: Date.parse(
                textAt(event, "lastTimestamp") ??
                    textAt(event, "eventTime") ??
                    textAt(event, "metadata", "creationTimestamp") ??
                    "",
            ),
            text: `${textAt(event, "reason") ?? "Warning"}: ${textAt(event, "message")?.trim() ?? ""}`,
        }))
        .sort((a, b) => a.at - b.at);
    const lastAt = warnings.at(-1)?.at ?? 0;
    return warnings
        .filter(({ at }) => at >= lastAt - sameFailureMilliseconds)
        .reduce<string | undefined>((most, { text }) => (text.length >= (most?.length ?? 0) ? text : most), undefined);
}
