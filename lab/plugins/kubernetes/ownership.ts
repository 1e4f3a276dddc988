/** Who owns which field of a live object, by its managedFields. */
import { at, isObject, listAt, textAt, withoutValueAt, withValueAt, type Properties, type Value } from "../rpc/values";
import { parsePath } from "./diff";

/**
 * What to apply in place of fields that a program's `ignoreChanges` names. The engine puts the old inputs there, which may
 * be as old as the stack.
 *
 * A field that only others own is left out: sending it would be a conflict. A field that is ours is sent with its live
 * value: leaving it out would take it away (replicas would fall to 1), and the old value would undo what others did.
 */
export function withIgnoredFields(
    inputs: Properties,
    live: Properties,
    ignored: readonly string[],
    fieldManager: string,
): Properties {
    return ignored.reduce((object, text) => {
        const path = parsePath(text);
        // Items of lists have no fixed place in managedFields; they are sent as the engine has put them.
        if (!path.every((key) => typeof key === "string" && key !== "*")) return object;
        const keys = path as readonly string[];
        const owners = listAt(live, "metadata", "managedFields").filter((entry) => owns(entry, keys));
        const isOurs = owners.some((entry) => textAt(entry, "manager") === fieldManager);
        if (owners.length > 0 && !isOurs) return withoutValueAt(object, keys);
        const value = at(live, ...keys);
        return value === undefined ? object : withValueAt(object, keys, value);
    }, inputs);
}

function owns(entry: Value, path: readonly string[]): boolean {
    return isObject(at(entry, "fieldsV1", ...path.map((key) => `f:${key}`)));
}

/** Managers whose fields are taken over without asking: hands on a keyboard, and this provider before server-side apply. */
const yieldingManagers = /^(kubectl|before-first-apply$|pulumi-kubernetes$|pulumi-resource-kubernetes$)/;

/** True where each cause of a conflict names a manager that yields. */
export function mayTakeOver(causes: readonly Value[]): boolean {
    const managers = causes.map((cause) => /conflict with "([^"]+)"/.exec(textAt(cause, "message") ?? "")?.[1]);
    return managers.length > 0 && managers.every((manager) => manager !== undefined && yieldingManagers.test(manager));
}
