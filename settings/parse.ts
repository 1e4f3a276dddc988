/** From what stands in a stack file to Settings, or to everything that is wrong with it at once. */
import leven from "leven";
import { z } from "zod";

import { stackFileName } from "./project";
import { resolveSettings } from "./resolve";
import { rules, type Problem } from "./rules";
import { secretsSchema, settingsSchema, type ParsedSettings } from "./schema";
import { allKeys, describeAllowed, dottedPath, isBelowName, keysAt, quoted, schemaAt } from "./schemaTree";
import type { Settings } from "./types";

export type { Problem } from "./rules";

/** The structured values of one stack, as they stand in its file. */
export interface RawSettings {
    /** Keys of the project's namespace with their values: web, ingressController, ... */
    readonly values: Readonly<Record<string, unknown>>;
    /** Names in the key secrets; their values never come here. */
    readonly secretNames?: readonly string[];
    /** Keys of the namespace whose values cannot be judged, since something is wrong with them as a whole. */
    readonly unreadableKeys?: readonly string[];
}

export type ParseResult =
    { readonly ok: true; readonly settings: Settings } | { readonly ok: false; readonly problems: readonly Problem[] };

const secretsKey = "secrets";

/** Checks the values of one stack. Never throws: what is wrong is in the result. */
export function parseSettings({ values, secretNames = [], unreadableKeys = [] }: RawSettings): ParseResult {
    const raw = withoutEmptySections(Object.fromEntries(Object.entries(values).filter(([key]) => key !== secretsKey)));
    const parsed = settingsSchema.safeParse(raw, { reportInput: true });
    const structural = unique([
        ...(parsed.success ? [] : parsed.error.issues.flatMap(problemsOfIssue)),
        ...problemsOfPrototypeKeys(raw),
        ...problemsOfDates(raw),
        ...problemsOfSecretNames(secretNames),
    ]);

    const settings = parsed.success ? parsed.data : parseUnbroken(raw, parsed.error);
    const broken = [...structural.map((problem) => problem.path), ...unreadableKeys];
    const crossField =
        settings === undefined
            ? []
            : rules
                  .filter((rule) => !rule.reads.some((path) => broken.some((other) => overlaps(path, other))))
                  .flatMap((rule) =>
                      rule.check({ settings, secretNames, isGiven: (path) => isGiven(raw, path.split(".")) }),
                  );

    // Of two controllers both may be told the same of the service.
    const problems = [...structural, ...unique(crossField)];
    return problems.length > 0 || settings === undefined
        ? { ok: false, problems }
        : { ok: true, settings: resolveSettings(settings) };
}

/** More lines than this hide the first ones from whoever reads them. */
const mostProblemLines = 50;

/** All problems as one text, which names the file and the full key of each. */
export function describeProblems(problems: readonly Problem[], stack: string, project: string): string {
    const lines = problems.slice(0, mostProblemLines).map(({ path, message }) => `  - ${project}:${path}: ${message}`);
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    const hidden = problems.length - lines.length;
    return [`${stackFileName(stack)} has ${count}:`, ...lines, ...(hidden > 0 ? [`  - and ${hidden} more`] : [])].join(
        "\n",
    );
}

// --- From zod's issues to problems -----------------------------------------------------------------------------------

type Issue = z.core.$ZodIssue;

function problemsOfIssue(issue: Issue): readonly Problem[] {
    if (issue.code === "unrecognized_keys") {
        return issue.keys.map((key) => ({
            path: dottedPath([...issue.path, key]),
            message: describeUnknownKey(issue.path, key),
        }));
    }
    if (issue.code === "invalid_key") {
        return [nameProblem(issue.path, issue.issues[0]?.message ?? "another name")];
    }
    const path = dottedPath(issue.path);
    const schema = schemaAt(settingsSchema, issue.path);
    const allowed = issue.code === "custom" ? issue.message : describeAllowed(schema);
    if (issue.input === undefined) return [{ path, message: `is missing. Needed: ${allowed}.` }];
    const hint = schema === undefined ? "" : describeMend(schema, issue.input, issue.path);
    return [{ path, message: `found ${describeValue(issue.input, schema, path)}. Allowed: ${allowed}.${hint}` }];
}

const nameProblem = (path: readonly PropertyKey[], allowed: string): Problem => ({
    path: dottedPath(path),
    message: `not allowed as a name here. Allowed: ${allowed}.`,
});

/** Where a stack file may hold by mistake what is secret. */
const environmentPath = "web.phpFpm.env";

/** Messages end up in the logs of pipelines, so a value that may hold a secret is not repeated, only its kind. */
function describeValue(value: unknown, schema: z.ZodType | undefined, path: string): string {
    if (Array.isArray(value)) return "a list";
    if (isMap(value)) return "a map";
    const hidesSecret = isWithin(path, environmentPath);
    if (typeof value === "string") {
        const isWholeMap = schema instanceof z.ZodObject || schema instanceof z.ZodRecord;
        return hidesSecret || isWholeMap ? "a text" : quoted(value);
    }
    return hidesSecret && typeof value === "number" ? "a number" : JSON.stringify(value);
}

/** The one edit that mends a value of the wrong type, where there is one. Starts with a space. */
function describeMend(schema: z.ZodType, value: unknown, path: readonly PropertyKey[]): string {
    if (value === null) return " Remove the key, or give it a value.";
    if (path.length === 1 && typeof value === "string") {
        return ` The text is no JSON object; a single key is set by: pulumi config set --path ${dottedPath(path)}.KEY VALUE`;
    }
    if (typeof value === "string") {
        const unquoted = value === "true" || value === "false" ? value === "true" : Number(value);
        return value.trim() !== "" && schema.safeParse(unquoted).success ? " Write it without quotes." : "";
    }
    return (typeof value === "number" || typeof value === "boolean") && schema.safeParse(String(value)).success
        ? " Write it in quotes."
        : "";
}

const knownPaths: readonly string[] = [...allKeys(settingsSchema).map((known) => known.path), secretsKey];

const lastKey = (path: string): string => path.split(".").at(-1) ?? "";

/** More suggestions than this are none. */
const mostSuggestions = 4;

function describeUnknownKey(path: readonly PropertyKey[], key: string): string {
    const here = [...(keysAt(settingsSchema, path) ?? []), ...(path.length === 0 ? [secretsKey] : [])];
    const [section = "", ...rest] = key.split(".");
    if (rest.length > 0 && here.includes(section)) {
        const meant = dottedPath([...path, section, ...rest]);
        return `is one key with a dot in its name. Remove it, and set: pulumi config set ${
            path.length === 0 && section === secretsKey ? `--secret --path ${meant}` : `--path ${meant} VALUE`
        }`;
    }
    const elsewhere = (fits: (name: string) => boolean): string | undefined => {
        const all = knownPaths.filter((known) => fits(lastKey(known)));
        // Below a name to be thought of only what is nowhere else.
        const plain = all.filter((known) => !isBelowName(known));
        const fitting = plain.length > 0 ? plain : all;
        const close = fitting.filter((known) => path.length === 0 || known.startsWith(`${dottedPath(path)}.`));
        const suggestions = (close.length > 0 ? close : fitting).slice(0, mostSuggestions);
        return suggestions.length === 0 ? undefined : `unknown key here. Did you mean ${suggestions.join(" or ")}?`;
    };
    const near = nearest(key, here);
    const nearElsewhere = nearest(key, knownPaths.map(lastKey));
    return (
        elsewhere((name) => name === key) ??
        (near === undefined ? undefined : `unknown key. Did you mean ${dottedPath([...path, near])}?`) ??
        elsewhere((name) => name === nearElsewhere) ??
        `unknown key. Allowed here: ${here.join(", ")}.`
    );
}

/** The known key that a mistyped one most likely stands for; undefined where none is near. */
export function nearest(key: string, known: readonly string[]): string | undefined {
    const mostEdits = Math.max(1, Math.floor(key.length / 3));
    return known
        .map((candidate) => ({ candidate, edits: leven(key.toLowerCase(), candidate.toLowerCase()) }))
        .filter(({ edits }) => edits <= mostEdits)
        .sort((a, b) => a.edits - b.edits)[0]?.candidate;
}

function problemsOfSecretNames(names: readonly string[]): readonly Problem[] {
    const result = secretsSchema.safeParse(Object.fromEntries(names.map((name) => [name, ""])));
    return [
        ...(result.success ? [] : result.error.issues).map((issue) =>
            nameProblem(
                [secretsKey, ...issue.path],
                issue.code === "invalid_key" ? (issue.issues[0]?.message ?? "another name") : issue.message,
            ),
        ),
        ...(names.includes(prototypeKey) ? [nameProblem([secretsKey, prototypeKey], anyOther)] : []),
    ];
}

/** zod passes over this name where names are free, and what nobody reads must not pass. */
const prototypeKey = "__proto__";
const anyOther = "any other; JavaScript keeps this one for itself";

function problemsOfPrototypeKeys(raw: unknown, path: readonly PropertyKey[] = []): readonly Problem[] {
    const schema = schemaAt(settingsSchema, path);
    if (schema === undefined) return [];
    if (Array.isArray(raw)) return raw.flatMap((entry, i) => problemsOfPrototypeKeys(entry, [...path, i]));
    if (!isMap(raw)) return [];
    return Object.entries(raw).flatMap(([key, child]) =>
        key !== prototypeKey
            ? problemsOfPrototypeKeys(child, [...path, key])
            : schema instanceof z.ZodRecord
              ? [nameProblem([...path, key], anyOther)]
              : [],
    );
}

/** What the engine makes of a date without quotes, such as 2026-01-01. Nobody means that. */
const engineDate = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [-+]\d{4} [-+\w]+$/;

function problemsOfDates(raw: unknown, path: readonly PropertyKey[] = []): readonly Problem[] {
    // What is deeper than the schema is refused as a whole.
    if (schemaAt(settingsSchema, path) === undefined) return [];
    if (Array.isArray(raw)) return raw.flatMap((entry, i) => problemsOfDates(entry, [...path, i]));
    if (isMap(raw)) return Object.entries(raw).flatMap(([key, child]) => problemsOfDates(child, [...path, key]));
    if (typeof raw !== "string" || !engineDate.test(raw)) return [];
    const message = `found ${quoted(raw)}, which is a date that stood without quotes. Write it in quotes.`;
    return [{ path: dottedPath(path), message }];
}

// --- Raw values ------------------------------------------------------------------------------------------------------

/** Structured values arrive as JSON; a plain text arrives as it is, and a key without a value as an empty one. */
export function parseValue(text: string | undefined): unknown {
    if (text === undefined || text === "") return null;
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
    typeof value === "object" && value !== null && !Array.isArray(value);

/** "web:" with nothing below it is null in YAML, and means that everything has its default. */
function withoutEmptySections(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    return Object.fromEntries(
        Object.entries(values).filter(([key, value]) => value !== null || !Object.hasOwn(settingsSchema.shape, key)),
    );
}

function isGiven(value: unknown, path: readonly string[]): boolean {
    const [key, ...rest] = path;
    if (key === undefined) return true;
    return isMap(value) && Object.hasOwn(value, key) && isGiven(value[key], rest);
}

/**
 * Rules need complete settings: what is broken by itself is left out, so that the rest is still judged in this run.
 * Once more where what is left lacks a key that it cannot do without. Undefined where nothing can be left out.
 */
function parseUnbroken(raw: unknown, error: z.ZodError, mostRounds = 5): ParsedSettings | undefined {
    const rest = withoutPaths(raw, brokenPaths(error));
    const parsed = settingsSchema.safeParse(rest, { reportInput: true });
    if (parsed.success) return parsed.data;
    return mostRounds > 1 ? parseUnbroken(rest, parsed.error, mostRounds - 1) : undefined;
}

/** The paths that must go so that the rest can be parsed. */
function brokenPaths(error: z.ZodError): readonly (readonly PropertyKey[])[] {
    return error.issues.flatMap((issue) => {
        if (issue.code === "unrecognized_keys") return issue.keys.map((key) => [...issue.path, key]);
        // What lacks a key is as broken as what has a wrong one.
        return [issue.input === undefined ? issue.path.slice(0, -1) : issue.path];
    });
}

function withoutPaths(value: unknown, paths: readonly (readonly PropertyKey[])[]): unknown {
    if (!isMap(value) || paths.length === 0) return value;
    return Object.fromEntries(
        Object.entries(value).flatMap(([key, child]) => {
            const below = paths.filter((path) => path[0] === key).map((path) => path.slice(1));
            // A list is dropped whole where one of its elements is broken: without it, its neighbours would move up.
            if (below.some((path) => path.length === 0) || (below.length > 0 && !isMap(child))) return [];
            return [[key, withoutPaths(child, below)]];
        }),
    );
}

/** Two checks of one value can say the same. */
function unique(problems: readonly Problem[]): readonly Problem[] {
    return [...new Map(problems.map((problem) => [`${problem.path} ${problem.message}`, problem])).values()];
}

/** True where one path is the other or lies below it. */
function overlaps(a: string, b: string): boolean {
    return isWithin(a, b) || isWithin(b, a);
}

function isWithin(inner: string, outer: string): boolean {
    return inner === outer || inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);
}
