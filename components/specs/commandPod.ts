/**
 * The pod of a command of the application, derived from the pod that serves: php-fpm's image, user, environment, folders and
 * limits, and none of the traffic.
 */
import type * as k8s from "@pulumi/kubernetes";

import { phpFpmContainerName } from "./names";
import { literal } from "./literal";

type Fields = Readonly<Record<string, unknown>>;

/** Of a container: what belongs to php-fpm as a server. */
const ofServer = ["restartPolicy", "command", "args", "ports", "livenessProbe", "readinessProbe", "lifecycle"];

/** Of a pod: what belongs to the service's pods together, and to their end. */
const ofService = [
    "topologySpreadConstraints",
    "initContainers",
    "containers",
    "volumes",
    "terminationGracePeriodSeconds",
];

const without = (fields: Fields, names: readonly string[]): Fields =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));

const listOf = (fields: Fields, name: string) => (fields[name] ?? []) as readonly Fields[];

/** What a command's pod has in common with the pods that serve. */
export interface BesidePhpFpm {
    /** But for its containers, and without an end of its own. */
    readonly podSpec: Fields;
    /** php-fpm's container without what makes it a server; without a command. */
    readonly container: Fields;
}

/**
 * @param podSpec of a pod that serves, as {@link podTemplate} makes it or as it is read from a cluster
 * @param containerName of another container that it is to be beside
 * @throws where it has no such container
 */
export function besidePhpFpm(podSpec: Fields, containerName = phpFpmContainerName): BesidePhpFpm {
    const like = [...listOf(podSpec, "initContainers"), ...listOf(podSpec, "containers")].find(
        ({ name }) => name === containerName,
    );
    if (like === undefined) throw new Error(`no container ${containerName}`);
    const mounted = listOf(like, "volumeMounts").map(({ name }) => name);
    const volumes = listOf(podSpec, "volumes").filter(({ name }) => mounted.includes(name));
    return {
        podSpec: { ...without(podSpec, ofService), ...(volumes.length === 0 ? {} : { volumes }) },
        container: without(like, ofServer),
    };
}

/** What tells one command's pod from another's. */
export interface CommandPod {
    /** Of the container. */
    readonly name: string;
    /** Word by word. A shell's $ stays the shell's. */
    readonly command: readonly string[];
    readonly resources?: k8s.types.input.core.v1.ResourceRequirements | undefined;
    readonly lifecycle?: k8s.types.input.core.v1.Lifecycle | undefined;
    /** The container of the served pod that it is made after; php-fpm where absent. */
    readonly like?: string | undefined;
    /** Further fields of the pod. */
    readonly pod: k8s.types.input.core.v1.PodSpec | Omit<k8s.types.input.core.v1.PodSpec, "containers">;
}

/** The pod's spec, with the one container that runs the command. */
export function commandPodSpec(
    served: k8s.types.input.core.v1.PodTemplateSpec,
    { name, command, resources, lifecycle, like, pod }: CommandPod,
): k8s.types.input.core.v1.PodSpec {
    const { podSpec, container } = besidePhpFpm(served.spec as unknown as Fields, like);
    return {
        ...podSpec,
        ...pod,
        containers: [
            {
                ...container,
                name,
                command: command.map(literal),
                ...(resources === undefined ? {} : { resources }),
                ...(lifecycle === undefined ? {} : { lifecycle }),
            },
        ],
    };
}

/** The stack file's labels and annotations of pods, and labels by which nothing that serves selects. */
export function commandMetadata(
    served: k8s.types.input.core.v1.PodTemplateSpec,
    labels: Readonly<Record<string, string>>,
) {
    const { metadata } = served as {
        readonly metadata: {
            readonly labels: Readonly<Record<string, string>>;
            readonly annotations: Readonly<Record<string, string>>;
        };
    };
    const annotations = Object.entries(metadata.annotations).filter(([key]) => !key.startsWith("php-web-service/"));
    return {
        labels: { ...metadata.labels, ...labels },
        ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
    };
}

/** How a Job treats a pod of its own that ends. */
export const oncePolicy = {
    // The command says itself whether it has succeeded. What has failed half way is looked at before it runs again.
    backoffLimit: 0,
    // A pod that a node's drain has ended is no failure, and another one begins where it has ended, not before.
    podFailurePolicy: {
        rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }],
    },
    podReplacementPolicy: "Failed",
} satisfies Partial<k8s.types.input.batch.v1.JobSpec>;
