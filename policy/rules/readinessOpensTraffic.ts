import { isWorkload } from "../cluster";
import type { Field } from "../manifest";
import { describeContainer } from "../pod";
import { doesNothing } from "../preStop";
import type { Rule } from "../rule";
import { isServed, problemsOfReceivers } from "../traffic";

export const readinessOpensTraffic: Rule = {
    name: "readiness-opens-traffic",
    description:
        "What serves requests gets the first one when it can answer, and none while it cannot: a readiness probe.",
    enforcementLevel: "mandatory",
    scope: "stack",
    appliesTo: (object, cluster) => isWorkload(object) && isServed(object, cluster),
    problems: (workload, cluster) => problemsOfReceivers(workload, cluster, readinessProblems),
};

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
    if (command.length === 0 || !doesNothing(command)) return;
    yield (
        `readinessProbe of ${describeContainer(container)}, which gets the traffic, runs ${JSON.stringify(command.join(" "))}, ` +
        `which succeeds whatever the container does: requests come before it listens. Let it ask the container's port.`
    );
}
