/** The fields in which two states of an object differ, with paths that a reader finds again in the object. */
import { at, isEqual, isObject, textAt } from "./values";

/** One field. `before` is absent where it is added, `after` where it is removed. */
export interface FieldChange {
    /** Keys from the object's root; an item of a list by its name or its index: ["spec", "containers[nginx]", "image"]. */
    readonly path: readonly string[];
    readonly before?: unknown;
    readonly after?: unknown;
}

/** What the API server or Pulumi writes, never the program. */
const foreignFields: ReadonlySet<string> = new Set([
    "status",
    "metadata.creationTimestamp",
    "metadata.generation",
    "metadata.managedFields",
    "metadata.resourceVersion",
    "metadata.uid",
    "metadata.annotations.pulumi.com/autonamed",
]);

/** The keys that tell one item of a Kubernetes list from another, best first. */
const itemKeys = ["name", "mountPath", "key", "topologyKey", "containerPort", "port", "type", "host", "path"] as const;

/** Every difference, in the new state's order. Two objects are compared key by key, everything else as a whole. */
export function fieldChanges(before: unknown, after: unknown, path: readonly string[] = []): readonly FieldChange[] {
    if (foreignFields.has(path.join(".")) || isEqual(before, after)) return [];
    if (isObject(before) && isObject(after)) {
        return unionOfKeys(after, before).flatMap((key) =>
            fieldChanges(at(before, key), at(after, key), [...path, key]),
        );
    }
    if (Array.isArray(before) && Array.isArray(after)) {
        return listChanges(before as readonly unknown[], after as readonly unknown[], path);
    }
    return [
        {
            path,
            ...(before === undefined ? {} : { before }),
            ...(after === undefined ? {} : { after }),
        },
    ];
}

function listChanges(
    before: readonly unknown[],
    after: readonly unknown[],
    path: readonly string[],
): readonly FieldChange[] {
    const parent = path.slice(0, -1);
    const list = path.at(-1) ?? "";
    const key = itemKeys.find((candidate) => isKeyOf(before, candidate) && isKeyOf(after, candidate));
    if (key === undefined) {
        // A list of objects without a key is compared by index, a list of plain values as a whole.
        if (![...before, ...after].every(isObject)) return [{ path, before, after }];
        return Array.from({ length: Math.max(before.length, after.length) }, (_, i) => i).flatMap((i) =>
            fieldChanges(before[i], after[i], [...parent, `${list}[${i}]`]),
        );
    }
    const names = (items: readonly unknown[]) => items.map((item) => keyText(item, key) ?? "");
    const byName = (items: readonly unknown[], name: string) => items.find((item) => keyText(item, key) === name);
    const all = [...new Set([...names(after), ...names(before)])];
    const changes = all.flatMap((name) =>
        fieldChanges(byName(before, name), byName(after, name), [...parent, `${list}[${name}]`]),
    );
    // The order counts: init containers start one after the other in it.
    const common = (items: readonly unknown[], other: readonly unknown[]) =>
        names(items).filter((name) => byName(other, name) !== undefined);
    return isEqual(common(before, after), common(after, before))
        ? changes
        : [...changes, { path: [...path, "order"], before: names(before).join(", "), after: names(after).join(", ") }];
}

/** True where every item is an object with that key, and no two have the same. */
function isKeyOf(items: readonly unknown[], key: string): boolean {
    const texts = items.map((item) => keyText(item, key));
    return texts.every((text) => text !== undefined) && new Set(texts).size === items.length;
}

function keyText(item: unknown, key: string): string | undefined {
    if (!isObject(item)) return undefined;
    const value = at(item, key);
    return typeof value === "number" ? String(value) : textAt(item, key);
}

function unionOfKeys(a: object, b: object): readonly string[] {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])];
}

/** "spec.template.spec.containers[nginx].image"; a key with a dot in it is put in brackets, as Pulumi does. */
export function shownPath(path: readonly string[]): string {
    return path
        .map((key, i) => {
            const isListItem = /^[\w-]+\[.*\]$/.test(key);
            return !isListItem && /[^\w-]/.test(key) ? `["${key}"]` : `${i === 0 ? "" : "."}${key}`;
        })
        .join("");
}
