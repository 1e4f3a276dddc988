/** The Deployment of a worker: a command that takes jobs from a queue until it is told to end, and then ends after the one it has. */
import type * as k8s from "@pulumi/kubernetes";

import { commandGraceSeconds } from "../drain";
import type { Service } from "../service";
import { commandMetadata, commandPodSpec } from "./commandPod";
import { componentLabel, nameLabel, workerContainerName, workerLabel } from "./names";
import { quantities, spreadOverNodesAndZones } from "./podTemplate";
import { rolloutSpec } from "./rollout";

export type Worker = Service["workers"][string];

/**
 * @param name of the service
 * @param worker its name among the service's
 * @param served the template of the service's pods
 */
export function workerDeploymentSpec(
    name: string,
    worker: string,
    served: k8s.types.input.core.v1.PodTemplateSpec,
    { command, longestJobSeconds, resources, stopSignal, stopCommand }: Worker,
    rollout: Service["rollout"],
) {
    const labels = workerLabels(name, worker);
    const preStop = preStopOf(stopSignal, stopCommand);
    return {
        ...rolloutSpec(rollout),
        selector: { matchLabels: labels },
        template: {
            metadata: commandMetadata(served, labels),
            spec: commandPodSpec(served, {
                name: workerContainerName,
                command,
                resources: quantities(resources),
                lifecycle: preStop === undefined ? undefined : { preStop: { exec: { command: [...preStop] } } },
                pod: {
                    terminationGracePeriodSeconds: commandGraceSeconds(longestJobSeconds),
                    topologySpreadConstraints: spreadOverNodesAndZones(labels),
                },
            }),
        },
    } satisfies k8s.types.input.apps.v1.DeploymentSpec;
}

export function workerLabels(name: string, worker: string): Readonly<Record<string, string>> {
    return { [nameLabel]: name, [componentLabel]: workerContainerName, [workerLabel]: worker };
}

/**
 * What tells the worker to end before the kubelet does; undefined where the image's STOPSIGNAL will do. After a signal of its
 * own it waits for the end, as the image's might mean something else to the program.
 */
function preStopOf(
    stopSignal: Worker["stopSignal"],
    stopCommand: Worker["stopCommand"],
): readonly string[] | undefined {
    if (stopCommand !== undefined) return stopCommand;
    if (stopSignal === undefined) return undefined;
    const signal = stopSignal.replace(/^SIG/, "");
    return ["sh", "-c", `kill -s ${signal} 1; while kill -0 1; do sleep 1; done`];
}
