import { isWorkload } from "../cluster";
import { knownFirst } from "../known";
import type { Field, KubeObject } from "../manifest";
import { describeContainer } from "../pod";
import { alwaysSucceeds } from "../preStop";
import type { Rule } from "../rule";
import { isServed, problemsOfReceivers, trafficTo } from "../traffic";

export const readinessOpensTraffic: Rule = {
    name: "readiness-opens-traffic",
    description:
        "What serves requests gets the first one when it can answer, and none while it cannot: a readiness probe.",
    enforcementLevel: "mandatory",
    scope: "stack",
    appliesTo: (object, cluster) => isWorkload(object) && isServed(object, cluster),
    problems(workload, cluster) {
        const seen = new Set<KubeObject>();
        return knownFirst(
            [
                () => problemsOfReceivers(workload, cluster, readinessProblems),
                () =>
                    knownFirst(trafficTo(workload, cluster), ({ service }) => {
                        if (seen.has(service)) return [];
                        seen.add(service);
                        return serviceProblems(service);
                    }),
            ],
            (problems) => problems(),
        );
    },
};

function* serviceProblems(service: KubeObject): Generator<string, void> {
    const field = service.root.at("spec", "publishNotReadyAddresses");
    if (!field.isTrue) return;
    yield (
        `${field.path} of ${service.label}, which the traffic goes through, is true: requests come to pods that are not ready. ` +
        `Leave it out; peers that look for each other get a Service of their own.`
    );
}

function* readinessProblems(container: Field): Generator<string, void> {
    const probe = container.at("readinessProbe");
    if (!probe.exists) {
        yield (
            `${describeContainer(container)} gets the traffic and has no readinessProbe: requests come as soon as its ` +
            `process is there, before it listens, and go on when it answers no more. Add one that asks what traffic asks.`
        );
        return;
    }
    const command = probe.at("exec", "command").items.map((word) => word.text ?? "");
    if (command.length === 0 || !alwaysSucceeds(command)) return;
    yield (
        `readinessProbe of ${describeContainer(container)}, which gets the traffic, runs ${JSON.stringify(command.join(" "))}, ` +
        `which succeeds whatever the container does: requests come before it listens. Let it ask the container's port.`
    );
}
