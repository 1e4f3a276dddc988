/** Which object before is which object after, and how an object is called in a review. */
import type { Manifest } from "../render/manifests";
import { textAt } from "./values";

/** The two states of one object; one of them is absent where the object is created or deleted. */
export interface ObjectPair {
    readonly before: Manifest | undefined;
    readonly after: Manifest | undefined;
}

/**
 * What happens to an object. renewed: a new object under a new auto-generated name takes its place, and the old one
 * goes when nothing uses it any more. replaced: deleted and created again, since a field cannot be changed in place.
 */
export type Action = "created" | "updated" | "renewed" | "replaced" | "deleted";

/** What auto-naming appends to a name. */
const autoNameSuffix = /-[0-9a-f]{8}$/;

/** What a review writes instead, as the real one differs at every preview. */
export const shownSuffix = "-xxxxxxxx";

/** The name without what auto-naming appends. A fixed name that happens to look like one loses its end, too. */
export function nameStem(name: string): string {
    return name.replace(autoNameSuffix, "");
}

export function nameOf(manifest: Manifest): string {
    return textAt(manifest, "metadata", "name") ?? "";
}

export function namespaceOf(manifest: Manifest): string {
    return textAt(manifest, "metadata", "namespace") ?? "";
}

/** Auto-named, by the looks of the name: there is no other sign of it in an object that nothing has applied yet. */
export function isAutoNamed(manifest: Manifest): boolean {
    return autoNameSuffix.test(nameOf(manifest));
}

/**
 * Pairs up the objects of two states: by group, kind, namespace and name, and what is left by the name without its
 * auto-naming suffix, as a changed ConfigMap or Secret is a new object under a new name. The version of the API is no
 * part of it: an object that moves from one to the next stays the same object.
 */
export function pairUp(before: readonly Manifest[], after: readonly Manifest[]): readonly ObjectPair[] {
    const left = new Set(before);
    const partners = new Map<Manifest, Manifest>();
    for (const name of [nameOf, (manifest: Manifest) => nameStem(nameOf(manifest))]) {
        const candidates = new Map<string, Manifest[]>();
        for (const candidate of left) {
            const key = keyOf(candidate, name);
            candidates.set(key, [...(candidates.get(key) ?? []), candidate]);
        }
        for (const manifest of after) {
            if (partners.has(manifest)) continue;
            const partner = candidates.get(keyOf(manifest, name))?.shift();
            if (partner === undefined) continue;
            partners.set(manifest, partner);
            left.delete(partner);
        }
    }
    return [
        ...after.map((manifest) => ({ before: partners.get(manifest), after: manifest })),
        ...[...left].map((manifest) => ({ before: manifest, after: undefined })),
    ];
}

function keyOf(manifest: Manifest, name: (manifest: Manifest) => string): string {
    const group = manifest.apiVersion.includes("/") ? manifest.apiVersion.replace(/\/[^/]*$/, "") : "";
    return JSON.stringify([group, manifest.kind, namespaceOf(manifest), name(manifest)]);
}

/** True where the new state is another object that takes the old one's place. */
export function isRenamed(pair: ObjectPair): boolean {
    return pair.before !== undefined && pair.after !== undefined && nameOf(pair.before) !== nameOf(pair.after);
}

/** The object's name for a reader. */
export function shownName(pair: ObjectPair): string {
    const manifest = pair.after ?? pair.before;
    if (manifest === undefined) return "";
    const name = nameOf(manifest);
    return isRenamed(pair) || isAutoNamed(manifest) ? `${nameStem(name)}${shownSuffix}` : name;
}

/** "Deployment web/shop", or "ClusterRole reader" where it has no namespace. */
export function shownObject(pair: ObjectPair): string {
    const manifest = pair.after ?? pair.before;
    if (manifest === undefined) return "";
    const namespace = namespaceOf(manifest);
    return `${manifest.kind} ${namespace === "" ? "" : `${namespace}/`}${shownName(pair)}`;
}
