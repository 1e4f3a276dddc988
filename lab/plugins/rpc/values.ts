/** Property values as the engine and its plugins send them to one another: JSON, with marks for what is secret or unknown. */
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

import { signatureKey, unknownMarks, unknownTextMark } from "../../../common/wireValues";

export type Value = null | boolean | number | string | readonly Value[] | Properties;

export interface Properties {
    readonly [key: string]: Value;
}

/** Constants of Pulumi's wire protocol. */
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

export const unknownText = unknownTextMark;

/** The engine marks an unknown value by the type that it will have. */
const unknownValues: ReadonlySet<Value> = new Set(unknownMarks);

export function fromStruct(struct: Struct | undefined): Properties {
    return struct?.toJavaScript() ?? {};
}

export function toStruct(properties: Properties): Struct {
    return Struct.fromJavaScript(properties);
}

export function isList(value: Value | undefined): value is readonly Value[] {
    return Array.isArray(value);
}

/** True for plain and for marked objects alike. */
export function isObject(value: Value | undefined): value is Properties {
    return typeof value === "object" && value !== null && !isList(value);
}

export function isUnknown(value: Value | undefined): boolean {
    return value !== undefined && unknownValues.has(value);
}

export function secret(value: Value): Properties {
    return { [signatureKey]: secretSignature, value };
}

export function isSecret(value: Value | undefined): value is Properties {
    return isObject(value) && value[signatureKey] === secretSignature;
}

/** A value that came out of a resource, with the resources that it depends on. */
export function isOutput(value: Value | undefined): value is Properties {
    return isObject(value) && value[signatureKey] === outputSignature;
}

/** True where something in the value meets the condition, the value itself included. */
export function someValue(value: Value | undefined, condition: (value: Value) => boolean): boolean {
    if (value === undefined) return false;
    if (condition(value)) return true;
    if (isList(value)) return value.some((item) => someValue(item, condition));
    return isObject(value) && Object.values(value).some((item) => someValue(item, condition));
}

export function hasUnknowns(value: Value | undefined): boolean {
    return someValue(value, isUnknown);
}

function hasSecrets(value: Value | undefined): boolean {
    return someValue(value, isSecret);
}

/** A copy without marks for secrets; unknown values stay as they are. */
export function withoutMarks(value: Properties): Properties;
export function withoutMarks(value: Value): Value;
export function withoutMarks(value: Value): Value {
    if (isSecret(value)) return withoutMarks(value["value"] ?? null);
    if (isList(value)) return value.map((item) => withoutMarks(item));
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutMarks(item)]));
}

/** A copy without null, which stands for "not set" in a program's inputs. */
export function withoutNulls(value: Properties): Properties;
export function withoutNulls(value: Value): Value;
export function withoutNulls(value: Value): Value {
    if (isList(value)) return value.map((item) => withoutNulls(item));
    if (!isObject(value)) return value;
    return Object.fromEntries(
        Object.entries(value)
            .filter(([, item]) => item !== null)
            .map(([key, item]) => [key, withoutNulls(item)]),
    );
}

/**
 * Plain values with the marks of others that have the same shape: what is secret there is secret in the copy. A list is
 * secret as a whole where anything in it is, since its items may have moved.
 */
export function withMarksOf(plain: Properties, marked: Properties): Properties {
    return Object.fromEntries(
        Object.entries(plain).map(([key, value]) => {
            const model = marked[key];
            if (isObject(value) && isObject(model) && !isSecret(model)) return [key, withMarksOf(value, model)];
            return [key, hasSecrets(model) ? secret(value) : value];
        }),
    );
}

/** The value at a path; undefined where there is none. */
export function at(value: Value | undefined, ...path: readonly string[]): Value | undefined {
    let current = value;
    for (const key of path) {
        if (!isObject(current) || !Object.hasOwn(current, key)) return undefined;
        current = current[key];
    }
    return current;
}

export function textAt(value: Value | undefined, ...path: readonly string[]): string | undefined {
    const found = at(value, ...path);
    return typeof found === "string" && found !== "" ? found : undefined;
}

/** What kind of Kubernetes object it is: "apps/v1 Deployment". */
export function kindOf(object: Value): string {
    return `${textAt(object, "apiVersion") ?? ""} ${textAt(object, "kind") ?? ""}`;
}

export function numberAt(value: Value | undefined, ...path: readonly string[]): number | undefined {
    const found = at(value, ...path);
    return typeof found === "number" ? found : undefined;
}

export function listAt(value: Value | undefined, ...path: readonly string[]): readonly Value[] {
    const found = at(value, ...path);
    return isList(found) ? found : [];
}

/** A copy that has the value at a path. */
export function withValueAt(object: Properties, path: readonly string[], value: Value): Properties {
    const [key, ...rest] = path;
    if (key === undefined) return object;
    const inner = object[key];
    return { ...object, [key]: rest.length === 0 ? value : withValueAt(isObject(inner) ? inner : {}, rest, value) };
}

/** A copy that has nothing at a path. */
export function withoutValueAt(object: Properties, path: readonly string[]): Properties {
    const [key, ...rest] = path;
    if (key === undefined || !Object.hasOwn(object, key)) return object;
    const { [key]: inner, ...others } = object;
    if (rest.length === 0) return others;
    return isObject(inner) ? { ...object, [key]: withoutValueAt(inner, rest) } : object;
}
