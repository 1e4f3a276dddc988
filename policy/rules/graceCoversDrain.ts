import { shortestWithdrawalSeconds } from "../../settings/drain";
import { isWorkload, podSpecOf, podTemplateOf, isServed, trafficTo } from "../cluster";
import { any, first, gather, knownFirst, matching, some } from "../known";
import type { Field, KubeObject } from "../manifest";
import {
    defaultTerminationGracePeriodSeconds,
    describeContainer,
    hasPort,
    mainContainers,
    nativeSidecars,
    preStopOf,
    runningContainers,
} from "../pod";
import { configuredNumber, type Rule, type RuleConfig } from "../rule";

/** Says for one workload what longestRequestSeconds says for all. On the pod template, or on the workload. */
export const longestRequestAnnotation = "php-web-service/longest-request-seconds";

const defaultLongestRequestSeconds = 30;

export const graceCoversDrain: Rule = {
    name: "grace-covers-drain",
    description:
        "A pod that serves requests goes on serving while proxies still send to it (preStop), and its grace period " +
        "covers that and its longest request.",
    enforcementLevel: "mandatory",
    scope: "stack",
    configSchema: {
        properties: {
            longestRequestSeconds: {
                type: "number",
                minimum: 0,
                default: defaultLongestRequestSeconds,
                description: `The longest request, in seconds. The annotation ${longestRequestAnnotation} overrides it.`,
            },
            endpointWithdrawalSeconds: {
                type: "number",
                minimum: 0,
                default: shortestWithdrawalSeconds,
                description: "How long after a pod's deletion proxies may still send to it, in seconds.",
            },
        },
    },
    appliesTo: (object, cluster) =>
        isWorkload(object) &&
        any(
            () => annotationOf(object).exists,
            () => isServed(object, cluster),
        ),
    problems: (workload, cluster, config) =>
        knownFirst([graceProblems, preStopProblems], (problems) => problems(workload, cluster, config)),
};

/** The template's annotation counts first: it is what its pods were made with. */
function annotationOf(workload: KubeObject): Field {
    const onTemplate = podTemplateOf(workload).at("metadata", "annotations", longestRequestAnnotation);
    return onTemplate.exists ? onTemplate : workload.root.at("metadata", "annotations", longestRequestAnnotation);
}

// --- The grace period ------------------------------------------------------------------------------------------------

/** What a container needs from the pod's deletion to its own end, as terms of a sum. */
interface Need {
    readonly seconds: number;
    readonly sum: string;
}

function* graceProblems(
    workload: KubeObject,
    cluster: readonly KubeObject[],
    config: RuleConfig,
): Generator<string, void> {
    const annotation = annotationOf(workload);
    const annotated = Number(annotation.numberOrText);
    if (annotation.exists && !(annotated > 0)) {
        yield (
            `The annotation ${longestRequestAnnotation} is "${annotation.text ?? ""}". ` +
            `It takes a number of seconds above 0 as a text, such as "40".`
        );
        return;
    }
    const longestRequest = annotation.exists
        ? { seconds: annotated, source: `annotation ${longestRequestAnnotation}` }
        : {
              seconds: configuredNumber(config, "longestRequestSeconds", defaultLongestRequestSeconds),
              source: "longestRequestSeconds of this policy",
          };
    const podSpec = podSpecOf(workload);
    const grace = podSpec.at("terminationGracePeriodSeconds");
    const graceSeconds = grace.number ?? defaultTerminationGracePeriodSeconds;
    const needs = gather(
        knownFirst(servingContainers(workload, cluster), function* (container): Generator<Need> {
            const preStop = preStopOf(container);
            yield {
                seconds: (preStop?.sleepSeconds ?? 0) + longestRequest.seconds,
                sum:
                    `${preStop?.sleepSeconds ?? 0} s preStop of ${describeContainer(container)} + ` +
                    `${longestRequest.seconds} s longest request (${longestRequest.source})`,
            };
        }),
    );
    // A sidecar's hook runs beside the others' and counts by itself: what it does after them is not known here.
    const sidecarNeeds = gather(
        knownFirst(nativeSidecars(podSpec), function* (container): Generator<Need> {
            const seconds = preStopOf(container)?.sleepSeconds ?? 0;
            yield { seconds, sum: `${seconds} s preStop of ${describeContainer(container)}` };
        }),
    );
    const known = [...needs.known, ...sidecarNeeds.known];
    const greatest = known.reduce<Need | undefined>(
        (a, b) => (a === undefined || b.seconds > a.seconds ? b : a),
        undefined,
    );
    if (greatest !== undefined && greatest.seconds > graceSeconds) {
        yield (
            `terminationGracePeriodSeconds is ${graceSeconds}` +
            `${grace.exists ? "" : " (Kubernetes' default, as the pod names none)"}, but ${greatest.sum} = ` +
            `${greatest.seconds} s: the kubelet would kill requests ${greatest.seconds - graceSeconds} s before they ` +
            `are done. Set it to ${greatest.seconds} or more, or promise a shorter longest request.`
        );
    }
    const unknown = needs.unknown ?? sidecarNeeds.unknown;
    if (unknown !== undefined) throw unknown;
}

/** Containers whose requests end after their preStop: main ones, and a sidecar that a Service sends to. */
function servingContainers(workload: KubeObject, cluster: readonly KubeObject[]): Iterable<Field> {
    const podSpec = podSpecOf(workload);
    return knownFirst(
        [
            () => mainContainers(podSpec),
            () => matching(nativeSidecars(podSpec), (container) => receivesTraffic(container, workload, cluster)),
        ],
        (containers) => containers(),
    );
}

function receivesTraffic(container: Field, workload: KubeObject, cluster: readonly KubeObject[]): boolean {
    return some(trafficTo(workload, cluster), (path) => {
        const port = path.targetPort();
        return port !== undefined && hasPort(container, port);
    });
}

// --- The endpoint's withdrawal ---------------------------------------------------------------------------------------

/**
 * Endpoint removal and the stop signal start together and nothing orders them: a container that a proxy sends to must
 * go on listening for a while.
 */
function* preStopProblems(
    workload: KubeObject,
    cluster: readonly KubeObject[],
    config: RuleConfig,
): Generator<string, void> {
    if (!isServed(workload, cluster)) return;
    const podSpec = podSpecOf(workload);
    const withdrawalSeconds = configuredNumber(config, "endpointWithdrawalSeconds", shortestWithdrawalSeconds);
    const listeners = gather(
        matching(runningContainers(podSpec), (container) => receivesTraffic(container, workload, cluster)),
    );
    if (listeners.known.length === 0 && listeners.unknown === undefined) {
        // No container declares the Service's port, so any of the main ones may be the one that listens.
        const withHook = matching(mainContainers(podSpec), (container) => preStopOf(container) !== undefined);
        if (first(withHook) === undefined) {
            yield `No container has a preStop hook, ${whyPreStop(withdrawalSeconds)}`;
        }
        return;
    }
    yield* knownFirst(listeners.known, function* (container) {
        const preStop = preStopOf(container);
        if (preStop === undefined) {
            yield (
                `${capitalized(describeContainer(container))} gets the traffic and has no preStop hook, ` +
                whyPreStop(withdrawalSeconds)
            );
        } else if (preStop.onlySleeps && preStop.sleepSeconds < withdrawalSeconds) {
            yield (
                `preStop of ${describeContainer(container)}, which gets the traffic, sleeps ` +
                `${preStop.sleepSeconds} s, ${whyPreStop(withdrawalSeconds)}`
            );
        }
    });
    if (listeners.unknown !== undefined) throw listeners.unknown;
}

function whyPreStop(withdrawalSeconds: number): string {
    return (
        `but proxies may still send for ${withdrawalSeconds} s after the pod's deletion (endpointWithdrawalSeconds of ` +
        `this policy): these requests are refused. Set lifecycle.preStop.sleep.seconds to ${withdrawalSeconds} or ` +
        `more; 10 to 15 leaves a margin.`
    );
}

function capitalized(text: string): string {
    return text.charAt(0).toUpperCase() + text.slice(1);
}
