/** The CronJob of a schedule: a command that runs when it is time, to its end. */
import type * as k8s from "@pulumi/kubernetes";

import { commandDeadlineSeconds, commandGraceSeconds } from "../drain";
import type { Service } from "../service";
import { commandMetadata, commandPodSpec, oncePolicy } from "./commandPod";
import { componentLabel, nameLabel, scheduleContainerName, scheduleLabel } from "./names";
import { quantities } from "./podTemplate";

export type Schedule = Service["schedules"][string];

/**
 * @param name of the service
 * @param schedule its name among the service's
 * @param served the template of the service's pods
 */
export function cronJobSpec(
    name: string,
    schedule: string,
    served: k8s.types.input.core.v1.PodTemplateSpec,
    input: Schedule,
) {
    const labels = { [nameLabel]: name, [componentLabel]: scheduleContainerName, [scheduleLabel]: schedule };
    return {
        schedule: input.schedule,
        timeZone: input.timeZone,
        concurrencyPolicy: input.concurrencyPolicy,
        startingDeadlineSeconds: input.startingDeadlineSeconds,
        successfulJobsHistoryLimit: input.successfulJobsHistoryLimit,
        failedJobsHistoryLimit: input.failedJobsHistoryLimit,
        jobTemplate: {
            metadata: { labels },
            spec: {
                ...oncePolicy,
                template: {
                    metadata: commandMetadata(served, labels),
                    spec: commandPodSpec(served, {
                        name: scheduleContainerName,
                        command: input.command,
                        resources: quantities(input.resources),
                        pod: {
                            restartPolicy: "Never",
                            activeDeadlineSeconds: commandDeadlineSeconds(input.longestSeconds),
                            terminationGracePeriodSeconds: commandGraceSeconds(input.longestSeconds),
                        },
                    }),
                },
            },
        },
    } satisfies k8s.types.input.batch.v1.CronJobSpec;
}
