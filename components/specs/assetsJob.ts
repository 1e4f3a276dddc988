/** The Job after a rollout that takes away files of releases that no page asks for any more. */
import type * as k8s from "@pulumi/kubernetes";

import { workerDefaults } from "../defaults";
import { assetsJobSeconds } from "../drain";
import { commandMetadata, commandPodSpec, oncePolicy } from "./commandPod";
import { retireCommand, type KeptAssets } from "./keptAssets";
import { assetsContainerName, componentLabel, nameLabel } from "./names";
import { quantities } from "./podTemplate";

/**
 * It may run again at any time, also after it was cut.
 *
 * @param name of the service
 * @param served the template of its pods, which has the init container that keeps files
 * @param seconds for which a release's files are kept once another one has come
 */
export function assetsJobSpec(
    name: string,
    served: k8s.types.input.core.v1.PodTemplateSpec,
    documentRoot: string,
    keptAssets: KeptAssets,
    seconds: number,
) {
    return {
        ...oncePolicy,
        // What has crossed with another one's work succeeds the next time.
        backoffLimit: 1,
        // One that has waited for long would take for the newest release what is not any more.
        activeDeadlineSeconds: assetsJobSeconds,
        template: {
            metadata: commandMetadata(served, { [nameLabel]: name, [componentLabel]: assetsContainerName }),
            spec: commandPodSpec(served, {
                name: assetsContainerName,
                command: retireCommand(documentRoot, keptAssets, seconds),
                resources: quantities(workerDefaults.resources),
                pod: { restartPolicy: "Never" },
                like: assetsContainerName,
            }),
        },
    } satisfies k8s.types.input.batch.v1.JobSpec;
}
