/** Arguments of the `k8s.Provider` resource. */
import { UnsupportedError } from "../rpc/errors";
import { isUnknown, textAt, type Properties, type Value } from "../rpc/values";

export interface Configuration {
    readonly kubeconfig: string | undefined;
    readonly context: string | undefined;
    /** Of objects that name none; the kubeconfig's where undefined. */
    readonly namespace: string | undefined;
}

/** What the stand-in heeds; `version` is the engine's own. */
const heeded = new Set(["kubeconfig", "context", "namespace", "clusterIdentifier", "version"]);

/** Settings that change nothing where they have this value, as it is what the stand-in does. */
const asItIs: Readonly<Record<string, readonly Value[]>> = {
    enableServerSideApply: [true, "true"],
    enableConfigMapMutable: [false, "false"],
    enableSecretMutable: [false, "false"],
    enablePatchForce: [false, "false"],
    deleteUnreachable: [false, "false"],
    skipUpdateUnreachable: [false, "false"],
    upsertExistingObjects: [false, "false"],
    suppressDeprecationWarnings: [true, "true", false, "false"],
    suppressHelmHookWarnings: [true, "true", false, "false"],
};

/** Throws where an argument is not supported. */
export function checkConfiguration(inputs: Properties): void {
    for (const [name, value] of Object.entries(inputs)) {
        if (value === null || heeded.has(name) || asItIs[name]?.includes(value) === true) continue;
        throw new UnsupportedError(`k8s.Provider: ${name}`);
    }
}

export function readConfiguration(inputs: Properties): Configuration {
    checkConfiguration(inputs);
    const text = (name: string) => (isUnknown(inputs[name]) ? undefined : textAt(inputs, name));
    return { kubeconfig: text("kubeconfig"), context: text("context"), namespace: text("namespace") };
}

export interface ConfigurationDiff {
    readonly changed: readonly string[];
    /** Those that mean another cluster: everything in it is made anew. */
    readonly replacing: readonly string[];
}

/**
 * Only `clusterIdentifier` tells one cluster from another. That it comes or goes replaces nothing, as with the official
 * provider.
 */
export function diffConfiguration(old: Properties, wanted: Properties): ConfigurationDiff {
    const changed = [...new Set([...Object.keys(old), ...Object.keys(wanted)])].filter(
        (key) => JSON.stringify(old[key]) !== JSON.stringify(wanted[key]),
    );
    const isOtherCluster = ["clusterIdentifier"].filter(
        (key) => changed.includes(key) && old[key] !== undefined && wanted[key] !== undefined,
    );
    return { changed, replacing: isOtherCluster };
}
