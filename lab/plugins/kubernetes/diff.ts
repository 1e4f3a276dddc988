/** Differences between two objects, field by field. */
import { isList, isObject, isUnknown, withoutValueAt, type Properties, type Value } from "../rpc/values";
import { isQuantityPath, isSameQuantity } from "./quantities";

export type Path = readonly (string | number)[];

export interface Change {
    readonly path: Path;
    readonly kind: "add" | "delete" | "update";
    readonly old: Value | undefined;
    readonly new: Value | undefined;
}

/** What the engine is told of a resource. */
export interface ResourceDiff {
    readonly changes: readonly Change[];
    /** Those of the changes that need a new object. */
    readonly replacing: readonly Change[];
    /** The new object has the old one's name, so that the two cannot be there together. */
    readonly mustDeleteFirst: boolean;
}

/**
 * What a live object has of the fields that inputs name. The API server sets many more, and controllers others; they are
 * not the program's matter. Fields that are zero or empty are there as they were sent: the API server leaves many out.
 */
export function pruned(live: Properties, inputs: Properties): Properties {
    return Object.fromEntries(
        Object.entries(inputs).flatMap(([key, input]) => {
            const value = live[key];
            if (value !== undefined) return [[key, prunedValue(value, input)]];
            return isEmpty(input) ? [[key, input]] : [];
        }),
    );
}

function isEmpty(value: Value): boolean {
    if (value === 0 || value === false || value === "") return true;
    if (isList(value)) return value.length === 0;
    return isObject(value) && Object.values(value).every(isEmpty);
}

function prunedValue(value: Value, input: Value): Value {
    if (isObject(value) && isObject(input)) return pruned(value, input);
    if (!isList(value) || !isList(input)) return value;
    return value.map((item, i) => {
        const model = input[i];
        return model === undefined ? item : prunedValue(item, model);
    });
}

/** Changes from what is there to what is wanted. */
export function changesBetween(old: Properties, wanted: Properties, path: Path = []): readonly Change[] {
    const keys = [...new Set([...Object.keys(old), ...Object.keys(wanted)])];
    return keys.flatMap((key) => changesOf(old[key], wanted[key], [...path, key]));
}

function changesOf(old: Value | undefined, wanted: Value | undefined, path: Path): readonly Change[] {
    if (isUnknown(wanted)) return [{ path, kind: old === undefined ? "add" : "update", old, new: wanted }];
    if (old === undefined) return [{ path, kind: "add", old, new: wanted }];
    if (wanted === undefined) return [{ path, kind: "delete", old, new: wanted }];
    if (isObject(old) && isObject(wanted)) return changesBetween(old, wanted, path);
    if (isList(old) && isList(wanted)) {
        return Array.from({ length: Math.max(old.length, wanted.length) }, (_, i) => i).flatMap((i) =>
            changesOf(old[i], wanted[i], [...path, i]),
        );
    }
    return isSame(old, wanted, path) ? [] : [{ path, kind: "update", old, new: wanted }];
}

function isSame(a: Value, b: Value, path: Path): boolean {
    return a === b || (isQuantityPath(path) && isSameQuantity(a, b));
}

/** A path as the engine writes it: `spec.ports[0].name`, `metadata.labels["app.kubernetes.io/name"]`. */
export function pathText(path: Path): string {
    return path.reduce<string>((text, key) => {
        if (typeof key === "number") return `${text}[${key}]`;
        if (/["[\].]/.test(key)) return `${text}["${key.replaceAll('"', '\\"')}"]`;
        return text === "" ? key : `${text}.${key}`;
    }, "");
}

/** The other way round; `*` stays a text. */
export function parsePath(text: string): Path {
    return [...text.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|([^.[\]]+)/g)].map(
        ([, quoted, index = "", key = ""]) => {
            if (quoted !== undefined) return quoted.replaceAll('\\"', '"');
            if (index !== "") return index === "*" ? "*" : Number(index);
            return key;
        },
    );
}

/** True where the path is the other one, or below it. A `*` stands for every key. */
export function isAtOrBelow(path: Path, ancestor: Path): boolean {
    return ancestor.length <= path.length && ancestor.every((key, i) => key === "*" || key === path[i]);
}

/** Without the changes that a program's `ignoreChanges` names. */
export function withoutIgnored(changes: readonly Change[], ignored: readonly string[]): readonly Change[] {
    const paths = ignored.map(parsePath);
    return changes.filter(({ path }) => !paths.some((one) => isAtOrBelow(path, one)));
}

/** Fields of metadata that say where an object is. They are compared in one form: "" and undefined mean "default". */
export function withNamespace(object: Properties, namespace: string | undefined): Properties {
    const bare = withoutValueAt(object, ["metadata", "namespace"]);
    if (namespace === undefined) return bare;
    const { metadata } = bare;
    return { ...bare, metadata: { ...(isObject(metadata) ? metadata : {}), namespace } };
}
