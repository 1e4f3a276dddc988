/** Reading plain data whose shape only its author knows: nothing here throws. */

export type PlainObject = Readonly<Record<string, unknown>>;

/** True for what YAML and JSON call a mapping. */
export function isObject(value: unknown): value is PlainObject {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path of keys and list indices; undefined where the path leaves the data. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
    let current: unknown = value;
    for (const key of path) {
        if (Array.isArray(current) && typeof key === "number") current = (current as readonly unknown[])[key];
        else if (isObject(current) && typeof key === "string" && Object.hasOwn(current, key)) current = current[key];
        else return undefined;
    }
    return current;
}

export function objectAt(value: unknown, ...path: readonly (string | number)[]): PlainObject {
    const found = at(value, ...path);
    return isObject(found) ? found : {};
}

export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
    const found = at(value, ...path);
    return Array.isArray(found) ? (found as readonly unknown[]) : [];
}

export function textAt(value: unknown, ...path: readonly (string | number)[]): string | undefined {
    const found = at(value, ...path);
    return typeof found === "string" ? found : undefined;
}

export function numberAt(value: unknown, ...path: readonly (string | number)[]): number | undefined {
    const found = at(value, ...path);
    return typeof found === "number" ? found : undefined;
}

/** Equality of plain data; the order of an object's keys means nothing, the order of a list does. */
export function isEqual(a: unknown, b: unknown): boolean {
    if (a === b) return true;
    if (Array.isArray(a) && Array.isArray(b)) {
        return a.length === b.length && a.every((item, i) => isEqual(item, (b as readonly unknown[])[i]));
    }
    if (!isObject(a) || !isObject(b)) return false;
    const keys = Object.keys(a);
    return (
        keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key], b[key]))
    );
}
