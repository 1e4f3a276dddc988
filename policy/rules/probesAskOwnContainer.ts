import { isWorkload, podSpecOf } from "../cluster";
import { any, first, gather, knownFirst, matching } from "../known";
import type { Field } from "../manifest";
import { describeContainer, hasPort, runningContainers, type Port } from "../pod";
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
    appliesTo: isWorkload,
    *problems(workload) {
        const containers = gather(runningContainers(podSpecOf(workload)));
        yield* knownFirst(containers.known, (container) =>
            knownFirst(probeNames, (probeName) => probeProblems(container, probeName, containers.known)),
        );
        if (containers.unknown !== undefined) throw containers.unknown;
    },
};

function* probeProblems(
    container: Field,
    probeName: (typeof probeNames)[number],
    containers: readonly Field[],
): Generator<string, void> {
    const port = portOf(container.at(probeName));
    if (port === undefined || hasPort(container, port)) return;
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

/** The port that a probe asks; undefined where it asks none of the pod's. */
function portOf(probe: Field): Port | undefined {
    const asksElsewhere = any(
        () => probe.at("httpGet", "host").exists,
        () => probe.at("tcpSocket", "host").exists,
    );
    if (asksElsewhere) return undefined;
    return (
        probe.at("httpGet", "port").numberOrText ??
        probe.at("tcpSocket", "port").numberOrText ??
        probe.at("grpc", "port").numberOrText
    );
}
