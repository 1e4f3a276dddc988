import { isWorkload, podSpecOf } from "../cluster";
import { knownFirst, matching } from "../known";
import { longestRequestOf, longestRequestSchema } from "../longestRequest";
import type { Field, KubeObject } from "../manifest";
import { describeContainer, mainContainers, runningContainers } from "../pod";
import { isFrontServer, isPhpFpm } from "../roles";
import type { Rule, RuleConfig } from "../rule";
import { isServed, receiversOf } from "../traffic";

/** Kubernetes' own defaults. */
const defaults = { failureThreshold: 3, periodSeconds: 10 };

/** A busy moment: a full pool or a throttled CPU may leave probes without an answer for so long. */
const busySeconds = 5;

export const livenessSparesBusyPods: Rule = {
    name: "liveness-spares-busy-pods",
    description: "A liveness probe restarts what is dead, not what is busy, and leaves its requests their time.",
    enforcementLevel: "mandatory",
    scope: "stack",
    configSchema: { properties: longestRequestSchema },
    appliesTo: (object, cluster) => isWorkload(object) && isServed(object, cluster),
    problems: (workload, cluster, config) =>
        knownFirst(servingContainers(workload, cluster), (container) => livenessProblems(container, workload, config)),
};

/** Those whose restart ends requests. */
function servingContainers(workload: KubeObject, cluster: readonly KubeObject[]): Iterable<Field> {
    const podSpec = podSpecOf(workload);
    const { containers, isCertain, unknown } = receiversOf(workload, cluster);
    const receivers = new Set((isCertain ? containers : mainContainers(podSpec)).map(({ path }) => path));
    return knownFirst(
        [
            () =>
                matching(
                    runningContainers(podSpec),
                    (container) => receivers.has(container.path) || isFrontServer(container) || isPhpFpm(container),
                ),
            () => {
                if (unknown !== undefined) throw unknown;
                return [];
            },
        ],
        (containers) => containers(),
    );
}

function* livenessProblems(container: Field, workload: KubeObject, config: RuleConfig): Generator<string, void> {
    const probe = container.at("livenessProbe");
    if (!probe.exists) return;
    const failures = probe.at("failureThreshold").number ?? defaults.failureThreshold;
    const seconds = failures * (probe.at("periodSeconds").number ?? defaults.periodSeconds);
    if (failures < 2 || seconds < busySeconds) {
        yield (
            `livenessProbe of ${describeContainer(container)} restarts it after ${failures} ` +
            `${failures === 1 ? "failure" : "failures"} (within ${seconds} s): it need only be busy for a moment, and all its requests ` +
            `are lost. Set failureThreshold to ${defaults.failureThreshold}, and failureThreshold x periodSeconds to ${busySeconds} s or more.`
        );
    }
    const grace = probe.at("terminationGracePeriodSeconds").number;
    const longestRequest = longestRequestOf(workload, config);
    if (grace === undefined || longestRequest === undefined || grace >= longestRequest.seconds) return;
    yield (
        `livenessProbe of ${describeContainer(container)} has a terminationGracePeriodSeconds of its own, ${grace}, and ` +
        `the longest request takes ${longestRequest.seconds} s (${longestRequest.source}): a restart cuts it. Leave it ` +
        `out, so that the pod's counts, or set it to ${longestRequest.seconds} or more.`
    );
}
