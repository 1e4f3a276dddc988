import { isWorkload, podSpecOf, runsToCompletion } from "../cluster";
import { first, gather, knownFirst, matching } from "../known";
import type { Field } from "../manifest";
import { describeContainer, runningContainers } from "../pod";
import { hasPort, type Port } from "../ports";
import type { Rule } from "../rule";

const probeNames = ["startupProbe", "readinessProbe", "livenessProbe"] as const;

/**
 * A probe that asks another container restarts the wrong one, and says ready for one that is not. A port that no
 * container declares passes: declaring ports is voluntary, so nobody can tell whose it is. (exec probes run inside their
 * own container.)
 */
export const probesAskOwnContainer: Rule = {
    name: "probes-ask-own-container",
    description: "Each container's probes ask a port of that container, not of its neighbour in the pod.",
    enforcementLevel: "mandatory",
    scope: "object",
    appliesTo: (object) => isWorkload(object) && !runsToCompletion(object),
    *problems(workload) {
        const podSpec = podSpecOf(workload);
        const containers = gather(runningContainers(podSpec));
        yield* knownFirst(containers.known, (container) =>
            knownFirst(probeNames, (probeName) =>
                knownFirst(
                    [
                        () => hostProblems(container, probeName, podSpec),
                        () => portProblems(container, probeName, containers.known),
                    ],
                    (problems) => problems(),
                ),
            ),
        );
        if (containers.unknown !== undefined) throw containers.unknown;
    },
};

/** The kubelet connects to a probe's host from the node's network, where loopback is the node's own. */
function* hostProblems(
    container: Field,
    probeName: (typeof probeNames)[number],
    podSpec: Field,
): Generator<string, void> {
    const { handler, host } = hostOf(container.at(probeName));
    if (handler === undefined || host === undefined || isOwnLoopback(host, podSpec)) return;
    yield (
        `${probeName} of ${describeContainer(container)} asks ${handler}.host ${host}, which the kubelet connects to ` +
        `from the node: it judges, and restarts, the wrong container. Leave host out, which means the pod itself; a ` +
        `Host header goes into httpGet.httpHeaders.`
    );
}

function hostOf(probe: Field): { readonly handler?: string; readonly host?: string } {
    for (const handler of ["httpGet", "tcpSocket"]) {
        const host = probe.at(handler, "host").text;
        if (host !== undefined && host !== "") return { handler, host };
    }
    return {};
}

function isOwnLoopback(host: string, podSpec: Field): boolean {
    return /^(127(\.\d+){3}|localhost|::1)$/.test(host) && podSpec.at("hostNetwork").isTrue;
}

function* portProblems(
    container: Field,
    probeName: (typeof probeNames)[number],
    containers: readonly Field[],
): Generator<string, void> {
    const probe = container.at(probeName);
    const port = portOf(probe);
    if (port === undefined || hasPort(container, port) || hostOf(probe).host !== undefined) return;
    const others = containers.filter((other) => other !== container);
    const owner = first(matching(others, (other) => hasPort(other, port)));
    if (owner !== undefined) {
        yield (
            `${probeName} of ${describeContainer(container)} asks port ${port}, which is ${describeContainer(owner)}'s: ` +
            `it judges, and restarts, the wrong container. Probe a port that ${describeContainer(container)} itself ` +
            `listens on and declares; give ${describeContainer(owner)} a probe of its own.`
        );
    } else if (typeof port === "string") {
        // The kubelet resolves a name among the container's own ports only.
        yield (
            `${probeName} of ${describeContainer(container)} asks port "${port}", which is no name in its ports: such ` +
            `a probe always fails. Declare a port of that name in the same container, or probe a number.`
        );
    }
}

/** The port that a probe asks; undefined where it asks none. */
function portOf(probe: Field): Port | undefined {
    return (
        probe.at("httpGet", "port").numberOrText ??
        probe.at("tcpSocket", "port").numberOrText ??
        probe.at("grpc", "port").numberOrText
    );
}
