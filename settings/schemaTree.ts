/** Walks a schema: which keys there are, for suggestions in messages and for docs/settings.md. */
import { z } from "zod";

export interface SchemaKey {
    /** Path from the root, dotted: "web.autoscaling.minReplicas". */
    readonly path: string;
    readonly description: string | undefined;
    /** The stated default; undefined where there is none or where the keys below have their own. */
    readonly defaultValue: unknown;
    readonly optional: boolean;
    readonly schema: z.ZodType;
}

interface Unwrapped {
    readonly schema: z.ZodType;
    readonly description: string | undefined;
    readonly defaultValue: unknown;
    readonly optional: boolean;
}

/** Takes off what zod wraps around a schema for defaults, optional and null, and remembers what it said. */
function unwrap(wrapped: z.ZodType): Unwrapped {
    let schema = wrapped;
    let description = schema.description;
    let defaultValue: unknown;
    let optional = false;
    for (;;) {
        if (schema instanceof z.ZodDefault) {
            defaultValue = schema.def.defaultValue;
            schema = schema.unwrap() as z.ZodType;
        } else if (schema instanceof z.ZodPrefault || schema instanceof z.ZodNullable) {
            schema = schema.unwrap() as z.ZodType;
        } else if (schema instanceof z.ZodOptional) {
            optional = true;
            schema = schema.unwrap() as z.ZodType;
        } else {
            return { schema, description: description ?? schema.description, defaultValue, optional };
        }
        description ??= schema.description;
    }
}

/**
 * A path as `pulumi config set --path` takes it and as messages show it: web.imagePullSecrets[0],
 * web.phpFpm.ini["opcache.enable"]. A key of any length stays readable.
 */
export function dottedPath(path: readonly PropertyKey[]): string {
    return path.reduce<string>((text, key) => {
        if (typeof key === "number") return `${text}[${key}]`;
        const name = String(key);
        // Before the first dot stands a whole key of the stack file, which has dots where --path was forgotten.
        if (text === "" && /^[\w.-]{1,100}$/.test(name)) return name;
        return /^[\w-]{1,100}$/.test(name) ? `${text}.${name}` : `${text}[${quoted(name)}]`;
    }, "");
}

const longestQuoteCharacters = 100;

/** A text in double quotes with its control characters escaped, cut where it is very long. */
export function quoted(text: string): string {
    // Array.from takes whole characters, so that none is cut in half.
    const start = Array.from(text.slice(0, 2 * longestQuoteCharacters))
        .slice(0, longestQuoteCharacters)
        .join("");
    // What a terminal would not show, or show in another order, is escaped too.
    const escaped = JSON.stringify(start).replaceAll(/[\p{Cf}\p{Zl}\p{Zp}\u007f-\u009f]/gu, (character) =>
        Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
            .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
            .join(""),
    );
    return start.length === text.length ? escaped : `${escaped}... (${text.length} characters)`;
}

/** The schema at a path without its wrappers; undefined where the path leads nowhere. */
export function schemaAt(root: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
    let { schema } = unwrap(root);
    for (const key of path) {
        const child: unknown =
            schema instanceof z.ZodObject
                ? schema.shape[String(key)]
                : schema instanceof z.ZodArray
                  ? schema.element
                  : schema instanceof z.ZodRecord
                    ? schema.valueType
                    : undefined;
        if (!(child instanceof z.ZodType)) return undefined;
        schema = unwrap(child).schema;
    }
    return schema;
}

/** The keys of the object schema at a path, or undefined where there is no object with fixed keys. */
export function keysAt(root: z.ZodType, path: readonly PropertyKey[]): readonly string[] | undefined {
    const schema = schemaAt(root, path);
    return schema instanceof z.ZodObject ? Object.keys(schema.shape) : undefined;
}

/** What a schema allows, in words: "a whole number from 1 to 100". */
export function describeAllowed(schema: z.ZodType | undefined): string {
    const stated = schema?.meta()?.["allowed"];
    if (typeof stated === "string") return stated;
    if (schema instanceof z.ZodNumber) {
        const { minValue, maxValue, format } = schema;
        if (format === null) return "a number";
        return `a whole number${minValue === null ? "" : ` from ${minValue}`}${maxValue === null ? "" : ` to ${maxValue}`}`;
    }
    if (schema instanceof z.ZodEnum) return schema.options.join(" or ");
    if (schema instanceof z.ZodLiteral) return [...schema.values].join(" or ");
    if (schema instanceof z.ZodBoolean) return "true or false";
    if (schema instanceof z.ZodArray) {
        const { maxItems } = schema.meta() ?? {};
        const most = typeof maxItems === "number" ? ` of at most ${maxItems}` : "";
        return `a list${most}, each entry ${describeAllowed(unwrap(schema.element as z.ZodType).schema)}`;
    }
    if (schema instanceof z.ZodObject) return `a map with the keys ${Object.keys(schema.shape).join(", ")}`;
    if (schema instanceof z.ZodRecord) return "a map of names and values";
    if (schema instanceof z.ZodUnion) {
        return [...new Set(schema.options.map((option) => describeAllowed(option as z.ZodType)))].join(" or ");
    }
    return "a text";
}

/** Stands in paths for the names that a stack file gives; is one itself. */
const anyName = "name";

/** True for keys below a name that a stack file gives. */
export const isBelowName = (path: string): boolean => path.includes(`.${anyName}.`);

/** Says in words which keys it has: those of another map, by whose paths they are told. */
export const hasKeysOfAnother = (schema: z.ZodObject): boolean => schema.meta()?.["allowed"] !== undefined;

/** Every key below a schema, parents before children. */
export function allKeys(root: z.ZodType, prefix = ""): readonly SchemaKey[] {
    const { schema } = unwrap(root);
    const inner =
        schema instanceof z.ZodArray ? schema.element : schema instanceof z.ZodRecord ? schema.valueType : schema;
    const object = unwrap(inner as z.ZodType).schema;
    if (!(object instanceof z.ZodObject) || hasKeysOfAnother(object)) return [];
    return Object.entries(object.shape as Record<string, z.ZodType>).flatMap(([key, child]) => {
        const inner = unwrap(child);
        const isNamed = inner.schema instanceof z.ZodRecord;
        const path = `${prefix}${key}${inner.schema instanceof z.ZodArray ? "[]" : isNamed ? `.${anyName}` : ""}`;
        return [{ path: `${prefix}${key}`, ...inner, schema: child }, ...allKeys(inner.schema, `${path}.`)];
    });
}
