/** The parts of a pod's containers that are needed to run them elsewhere. */
import {
    containerOf,
    containersOf,
    type ConfigMap,
    type Container,
    type PodSpec,
} from "../../common/kubernetes/objects";

export interface FullContainer extends Container {
    readonly command: readonly string[];
    readonly env?: readonly { readonly name: string; readonly value: string }[];
    readonly ports?: readonly { readonly containerPort: number }[];
    readonly resources: Resources;
    readonly securityContext: { readonly runAsUser: number };
    readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

export interface Resources {
    readonly requests: Readonly<Record<string, string>>;
    readonly limits: Readonly<Record<string, string>>;
}

/** In the order of their start. */
export function fullContainersOf(pod: PodSpec): readonly FullContainer[] {
    return containersOf(pod) as readonly FullContainer[];
}

/** @throws where there is none of that name */
export function fullContainerOf(pod: PodSpec, name: string): FullContainer {
    return containerOf(pod, name) as FullContainer;
}

/**
 * Files of the ConfigMaps that a container mounts, by their path in it.
 *
 * @throws where one of them is not given
 */
export function configFiles(
    { volumeMounts }: FullContainer,
    { volumes = [] }: PodSpec,
    configMaps: readonly ConfigMap[],
): Readonly<Record<string, string>> {
    const entries = volumeMounts.flatMap(({ name, mountPath }) => {
        const configMapName = volumes.find((volume) => volume.name === name)?.configMap?.name;
        if (configMapName === undefined) return [];
        const configMap = configMaps.find(({ metadata }) => metadata.name === configMapName);
        if (configMap === undefined) throw new Error(`There is no ConfigMap ${configMapName}.`);
        return Object.entries(configMap.data ?? {}).map(([file, text]) => [`${mountPath}/${file}`, text] as const);
    });
    return Object.fromEntries(entries);
}
