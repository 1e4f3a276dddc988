/** Kubernetes objects as a program states them: names, namespaces, annotations with a meaning. */
import { createHash, randomBytes } from "node:crypto";

import {
    at,
    isObject,
    isUnknown,
    secret,
    textAt,
    withMarksOf,
    withoutMarks,
    withoutNulls,
    withoutValueAt,
    withValueAt,
    type Properties,
    type Value,
} from "../rpc/values";

export const annotations = {
    /** Set by the provider: the name is Pulumi's, so that a replacement gets another one. */
    autonamed: "pulumi.com/autonamed",
    skipAwait: "pulumi.com/skipAwait",
    timeoutSeconds: "pulumi.com/timeoutSeconds",
    patchForce: "pulumi.com/patchForce",
    patchFieldManager: "pulumi.com/patchFieldManager",
    deletionPropagationPolicy: "pulumi.com/deletionPropagationPolicy",
} as const;

export function annotation(object: Value, name: string): string | undefined {
    return textAt(object, "metadata", "annotations", name);
}

export function nameOf(object: Value): string | undefined {
    return textAt(object, "metadata", "name");
}

export function namespaceOf(object: Value): string | undefined {
    return textAt(object, "metadata", "namespace");
}

/** How the engine knows an object: "namespace/name", or "name" where it is in none. */
export function idOf(object: Value): string {
    const namespace = namespaceOf(object);
    return `${namespace === undefined ? "" : `${namespace}/`}${nameOf(object) ?? ""}`;
}

export function parseId(id: string): { readonly namespace: string | undefined; readonly name: string } {
    const separator = id.indexOf("/");
    return separator < 0
        ? { namespace: undefined, name: id }
        : { namespace: id.slice(0, separator), name: id.slice(separator + 1) };
}

export function isKind(object: Value, apiVersion: string, kind: string): boolean {
    return at(object, "apiVersion") === apiVersion && at(object, "kind") === kind;
}

/** Set by the API server; a program that has them, such as one with an exported manifest, does not mean them. */
const readOnlyMetadata = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
];

/**
 * Inputs in the form that they are compared and sent in, with their marks: nothing that is null or read-only, and a Secret's
 * texts as data, all of it secret.
 */
export function normalized(inputs: Properties): Properties {
    const plain = withoutNulls(withoutMarks(inputs));
    const object = readOnlyMetadata.reduce((rest, key) => withoutValueAt(rest, ["metadata", key]), plain);
    const marked = withMarksOf(object, inputs);
    if (!isKind(object, "v1", "Secret")) return marked;
    const { data, stringData, ...others } = object;
    if (data === undefined && stringData === undefined) return marked;
    return { ...withMarksOf(others, inputs), data: secret(secretData(data, stringData)) };
}

function secretData(data: Value | undefined, stringData: Value | undefined): Value {
    // Where the whole map is unknown, there are no texts to encode yet.
    if (isUnknown(stringData)) return stringData ?? null;
    if (!isObject(stringData)) return data ?? {};
    const encoded = Object.entries(stringData).map(([key, text]) => [
        key,
        typeof text === "string" && !isUnknown(text) ? Buffer.from(text).toString("base64") : text,
    ]);
    return { ...(isObject(data) ? data : {}), ...(Object.fromEntries(encoded) as Properties) };
}

export interface Naming {
    /** Of the resource in the program. */
    readonly resourceName: string;
    /** What the engine was configured to do about names. */
    readonly mode: "default" | "propose" | "disabled";
    readonly proposedName: string;
    /** From the engine, so that a plan and its execution agree on names. */
    readonly randomSeed: Uint8Array;
}

/** The object with a name: its own, the one that Pulumi gave it before, or a new one. */
export function withName(object: Properties, old: Properties | undefined, naming: Naming): Properties {
    const own = at(object, "metadata", "name");
    if (isUnknown(own) || (own !== undefined && own !== "")) return object;
    if (at(object, "metadata", "generateName") !== undefined) {
        throw new Error("metadata.generateName does not go with server-side apply. Leave it out: Pulumi gives a name.");
    }
    const oldName = old !== undefined && annotation(old, annotations.autonamed) === "true" ? nameOf(old) : undefined;
    return autonamed(object, oldName ?? newName(naming));
}

function newName({ resourceName, mode, proposedName, randomSeed }: Naming): string {
    switch (mode) {
        case "disabled":
            throw new Error("Autonaming is disabled: set metadata.name.");
        case "propose":
            return proposedName;
        case "default":
            return `${resourceName}-${randomHex(randomSeed)}`;
    }
}

function autonamed(object: Properties, name: string): Properties {
    const named = withValueAt(object, ["metadata", "name"], name);
    return isUnknown(at(object, "metadata", "annotations"))
        ? named
        : withValueAt(named, ["metadata", "annotations", annotations.autonamed], "true");
}

/** Eight characters, as Pulumi gives them; always the same for the same seed. */
function randomHex(seed: Uint8Array): string {
    const bytes = seed.length === 0 ? randomBytes(4) : createHash("sha256").update(seed).digest();
    return bytes.toString("hex").slice(0, 8);
}

/** Where a program says nothing, each object has a manager of its own, which stays the same for its life. */
export function fieldManagerOf(inputs: Value, state: Value | undefined): string {
    return (
        annotation(inputs, annotations.patchFieldManager) ??
        textAt(state, "__fieldManager") ??
        `pulumi-kubernetes-${randomHex(new Uint8Array())}`
    );
}
