import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { commandDeadlineSeconds, commandGraceSeconds } from "./drain";
import type { ObjectMetadata } from "./objectMetadata";
import { releaseIdentity, releaseJobSpec, type Release } from "./specs/release";

/**
 * Makes the Job of a release.
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
    const seconds = commandDeadlineSeconds(release.longestSeconds) + commandGraceSeconds(release.longestSeconds);
    return jobOfRelease(`${name}-release`, metadata, spec, seconds, options);
}

/**
 * Makes a Job whose name follows from all that it is made of: the same release finds it done, or waits for it,
 * and another one is another Job, which is there before the old one goes. Back to the release before is another one, too: with
 * the old name it would be the Job that the engine deletes at the update's end.
 *
 * @param name what it begins with
 * @param seconds for which it is waited for
 * @param annotations of the Job alone
 */
export function jobOfRelease(
    name: string,
    metadata: ObjectMetadata,
    spec: k8s.types.input.batch.v1.JobSpec,
    seconds: number,
    options: pulumi.CustomResourceOptions,
    annotations: Readonly<Record<string, string>> = {},
): k8s.batch.v1.Job {
    // Nothing of it can be read back from eight digits.
    const identityOf = (whole: pulumi.Output<unknown>): pulumi.Output<string> =>
        pulumi.unsecret(whole.apply(releaseIdentity));
    // Pulumi gives it a name that it has never had.
    const { hooks: _, ...unhooked } = options;
    const change = new k8s.core.v1.ConfigMap(
        name,
        { metadata, data: { release: identityOf(pulumi.output(spec)) }, immutable: true },
        unhooked,
    );
    const identity = identityOf(pulumi.output([change.metadata.name, spec]));
    const wait = `${seconds}s`;
    return new k8s.batch.v1.Job(
        name,
        {
            metadata: {
                ...metadata,
                name: pulumi.interpolate`${name}-${identity}`,
                annotations: { ...metadata.annotations, ...annotations },
            },
            spec,
        },
        { ...options, customTimeouts: { create: wait, update: wait } },
    );
}
