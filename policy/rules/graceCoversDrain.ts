import { defaultGraceSeconds } from "../kubernetesDefaults";
import { shortestWithdrawalSeconds } from "../../components/drain";
import { acceptGraceSecondsOf } from "../acceptGrace";
import { isWorkload, podSpecOf } from "../cluster";
import { any, gather, knownFirst, matching } from "../known";
import {
    longestRequestOf,
    longestRequestSchema,
    statesLongestRequest,
    whyNoLongestRequest,
    type LongestRequest,
} from "../longestRequest";
import type { Field, KubeObject } from "../manifest";
import { describeContainer, mainContainers, runningContainers } from "../pod";
import { isAbruptStop, preStopOf, stopSignalOf, type PreStop } from "../preStop";
import { endsOnTerm, isFrontServer } from "../roles";
import { configuredNumber, type Rule, type RuleConfig } from "../rule";
import { isServed, problemsOfReceivers, receiversOf } from "../traffic";

export const graceCoversDrain: Rule = {
    name: "grace-covers-drain",
    description:
        "A pod that serves requests goes on serving while proxies still send to it (preStop), and its grace period " +
        "covers that and its longest request.",
    enforcementLevel: "mandatory",
    scope: "stack",
    configSchema: {
        properties: {
            ...longestRequestSchema,
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
            () => statesLongestRequest(object),
            () => isServed(object, cluster),
        ),
    *problems(workload, cluster, config) {
        const longestRequest = gather(knownFirst([workload], (one) => [longestRequestOf(one, config)]));
        const longest = longestRequest.known[0];
        const reason = longestRequest.unknown === undefined ? whyNoLongestRequest(workload) : undefined;
        if (reason !== undefined) yield reason;
        yield* knownFirst(
            [
                () => (longest === undefined ? [] : graceProblems(workload, cluster, longest)),
                () => preStopProblems(workload, cluster, longest, config),
            ],
            (problems) => problems(),
        );
        if (longestRequest.unknown !== undefined) throw longestRequest.unknown;
    },
};

// --- The grace period ------------------------------------------------------------------------------------------------

/** What a container needs from the pod's deletion to its own end, as terms of a sum. */
interface Need {
    readonly seconds: number;
    readonly sum: string;
}

function* graceProblems(
    workload: KubeObject,
    cluster: readonly KubeObject[],
    longestRequest: LongestRequest,
): Generator<string, void> {
    const podSpec = podSpecOf(workload);
    const grace = podSpec.at("terminationGracePeriodSeconds");
    const graceSeconds = grace.number ?? defaultGraceSeconds;
    const receivers = receiversOf(workload, cluster);
    const needs = gather(
        knownFirst(receivers.containers, function* (container): Generator<Need> {
            const sleepSeconds = preStopOf(container)?.sleepSeconds ?? 0;
            const acceptSeconds = acceptGraceSecondsOf(container);
            yield {
                seconds: sleepSeconds + acceptSeconds + longestRequest.seconds,
                sum:
                    `${sleepSeconds} s preStop of ${describeContainer(container)} + ` +
                    (acceptSeconds === 0 ? "" : `${acceptSeconds} s requestAcceptGraceTimeout + `) +
                    `${longestRequest.seconds} s longest request (${longestRequest.source})`,
            };
        }),
    );
    // Hooks run side by side, sidecars' too. What one sleeps after a signal goes by while the server drains.
    const hookNeeds = gather(
        knownFirst(runningContainers(podSpec), function* (container): Generator<Need> {
            const seconds = preStopOf(container)?.totalSeconds ?? 0;
            yield { seconds, sum: `${seconds} s preStop of ${describeContainer(container)}` };
        }),
    );
    const known = [...needs.known, ...hookNeeds.known];
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
    const unknown = receivers.unknown ?? needs.unknown ?? hookNeeds.unknown;
    if (unknown !== undefined) throw unknown;
}

// --- The endpoint's withdrawal ---------------------------------------------------------------------------------------

/**
 * Endpoint removal and the stop signal start together and nothing orders them: a container that a proxy sends to must
 * go on listening for a while.
 */
function* preStopProblems(
    workload: KubeObject,
    cluster: readonly KubeObject[],
    longestRequest: LongestRequest | undefined,
    config: RuleConfig,
): Generator<string, void> {
    if (!isServed(workload, cluster)) return;
    const withdrawalSeconds = configuredNumber(config, "endpointWithdrawalSeconds", shortestWithdrawalSeconds);
    const problemsOf = function* (container: Field): Generator<string> {
        const preStop = preStopOf(container);
        const problem =
            withdrawalProblem(container, preStop, withdrawalSeconds) ??
            abruptProblem(container, preStop, withdrawalSeconds + (longestRequest?.seconds ?? 0));
        if (problem !== undefined) yield problem;
    };
    yield* knownFirst(
        [
            () => problemsOfReceivers(workload, cluster, problemsOf),
            () => knownFirst(serversBehindReceivers(workload, cluster), problemsOf),
        ],
        (problems) => problems(),
    );
}

/** nginx and the like that get the traffic through a neighbour, such as a proxy for logins: each main container is told to stop. */
function serversBehindReceivers(workload: KubeObject, cluster: readonly KubeObject[]): Iterable<Field> {
    const { containers, isCertain } = receiversOf(workload, cluster);
    if (!isCertain) return [];
    const receivers = new Set(containers.map(({ path }) => path));
    return matching(
        mainContainers(podSpecOf(workload)).filter(({ path }) => !receivers.has(path)),
        isFrontServer,
    );
}

function withdrawalProblem(
    container: Field,
    preStop: PreStop | undefined,
    withdrawalSeconds: number,
): string | undefined {
    if ((preStop?.sleepSeconds ?? 0) + acceptGraceSecondsOf(container) >= withdrawalSeconds) return undefined;
    if (preStop === undefined) {
        return `The ${describeContainer(container)} gets the traffic and has no preStop hook, ${whyPreStop(withdrawalSeconds)}`;
    }
    const { sleepSeconds, actions } = preStop;
    const [action] = actions;
    return action === undefined
        ? `preStop of ${describeContainer(container)}, which gets the traffic, sleeps ${sleepSeconds} s, ` +
              whyPreStop(withdrawalSeconds)
        : `preStop of ${describeContainer(container)}, which gets the traffic, provably sleeps ${sleepSeconds} s and ` +
              `goes on with ${quoted(action.source)}. This policy cannot tell whether the container serves on from ` +
              `then, ${whyPreStop(withdrawalSeconds)} In a script put "sleep ${withdrawalSeconds};" first.`;
}

/** A stop that waits for no request is harmless only when the last one is through. */
function abruptProblem(container: Field, preStop: PreStop | undefined, quietAfterSeconds: number): string | undefined {
    const stopSignal = stopSignalOf(container);
    const action = [...(preStop?.actions ?? []), ...(stopSignal === undefined ? [] : [stopSignal])].find(
        (one) => one.atSeconds < quietAfterSeconds && isAbruptStop(one, endsOnTerm(container)),
    );
    if (action === undefined) return undefined;
    return (
        `preStop of ${describeContainer(container)}, which gets the traffic, ` +
        `${action === stopSignal ? "is followed by" : "runs"} ${quoted(action.source)} after ` +
        `${action.atSeconds} s: that ends its requests at once, and there may be some for ${quietAfterSeconds} s ` +
        `(endpointWithdrawalSeconds + longest request). Let it end gracefully, as by "nginx -s quit" or SIGQUIT, or ` +
        `leave the stop to the kubelet.`
    );
}

function whyPreStop(withdrawalSeconds: number): string {
    return (
        `but proxies may still send for ${withdrawalSeconds} s after the pod's deletion (endpointWithdrawalSeconds of ` +
        `this policy): these requests are refused. Set lifecycle.preStop.sleep.seconds to ${withdrawalSeconds} or ` +
        `more; 10 to 15 leaves a margin.`
    );
}

const quoted = (source: string): string => JSON.stringify(source.length > 60 ? `${source.slice(0, 57)}...` : source);
