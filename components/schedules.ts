import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import type { ObjectMetadata } from "./objectMetadata";
import type { Service } from "./service";
import { cronJobSpec } from "./specs/schedule";

/**
 * Makes a CronJob of each schedule.
 *
 * @param served the template of the service's pods
 */
export function cronJobs(
    name: string,
    metadata: ObjectMetadata,
    served: k8s.types.input.core.v1.PodTemplateSpec,
    schedules: Service["schedules"],
    options: pulumi.CustomResourceOptions,
): void {
    for (const [schedule, given] of Object.entries(schedules)) {
        const spec = cronJobSpec(name, schedule, served, given);
        const ownName = `${name}-${schedule}`;
        const ownMetadata = { ...metadata, name: ownName, labels: spec.jobTemplate.metadata.labels };
        new k8s.batch.v1.CronJob(ownName, { metadata: ownMetadata, spec }, options);
    }
}
