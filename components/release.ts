import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { commandDeadlineSeconds, commandGraceSeconds } from "./drain";
import type { ObjectMetadata } from "./objectMetadata";
import { releaseIdentity, releaseJobSpec, type Release } from "./specs/release";

/**
 * Makes the Job of a release. Its name follows from all that it is made of: the same release finds it done, or waits for it,
 * and another one is another Job, which is there before the old one goes.
 *
 * @param served the template of the service's pods
 */
export function releaseJob(
    name: string,
    metadata: ObjectMetadata,
    served: k8s.types.input.core.v1.PodTemplateSpec,
    release: Release,
    options: pulumi.CustomResourceOptions,
): k8s.batch.v1.Job {
    const spec = releaseJobSpec(name, served, release);
    // Nothing of it can be read back from eight digits.
    const identity = pulumi.unsecret(pulumi.output(spec).apply(releaseIdentity));
    const seconds = `${commandDeadlineSeconds(release.longestSeconds) + commandGraceSeconds(release.longestSeconds)}s`;
    return new k8s.batch.v1.Job(
        `${name}-release`,
        { metadata: { ...metadata, name: pulumi.interpolate`${name}-release-${identity}` }, spec },
        { ...options, customTimeouts: { create: seconds, update: seconds } },
    );
}
