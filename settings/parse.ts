/** From what stands in a stack file to Settings, or to everything that is wrong with it at once. */
import leven from "leven";
import { z } from "zod";

import { tagVersion } from "../common/imageReference";
import { drainBudget } from "./drain";
import { maxChildrenOf, rules, type Problem } from "./rules";
import { defaultAutoscaling, secretsSchema, settingsSchema, type ParsedSettings } from "./schema";
import { allKeys, describeAllowed, keysAt, schemaAt } from "./schemaTree";
import type { Settings } from "./types";

export type { Problem } from "./rules";

/** The structured values of one stack, as they stand in its file. */
export interface RawSettings {
    /** Keys of the project's namespace with their values: web, ingressController, ... */
    readonly values: Readonly<Record<string, unknown>>;
    /** The stack's name, without organization and project. */
    readonly stack: string;
    /** Names in the key secrets; their values never come here. */
    readonly secretNames?: readonly string[];
}

export type ParseResult =
    { readonly ok: true; readonly settings: Settings } | { readonly ok: false; readonly problems: readonly Problem[] };

const secretsKey = "secrets";

/** Checks the values of one stack. Never throws: what is wrong is in the result. */
export function parseSettings({ values, stack, secretNames = [] }: RawSettings): ParseResult {
    const raw = withoutEmptySections(Object.fromEntries(Object.entries(values).filter(([key]) => key !== secretsKey)));
    const parsed = settingsSchema.safeParse(raw, { reportInput: true });
    const structural = [
        ...(parsed.success ? [] : parsed.error.issues.flatMap(problemsOfIssue)),
        ...problemsOfSecretNames(secretNames),
    ];

    // Rules need complete settings: what is broken by itself is left out, so that the rest is still judged in this run.
    const complete = parsed.success ? parsed : settingsSchema.safeParse(withoutPaths(raw, brokenPaths(parsed.error)));
    const settings = complete.success ? complete.data : undefined;
    const broken = structural.map((problem) => problem.path);
    const crossField =
        settings === undefined
            ? []
            : rules
                  .filter((rule) => !rule.reads.some((path) => broken.some((other) => overlaps(path, other))))
                  .flatMap((rule) =>
                      rule.check({ settings, stack, secretNames, isGiven: (path) => isGiven(raw, path.split(".")) }),
                  );

    const problems = [...structural, ...crossField];
    return problems.length > 0 || settings === undefined
        ? { ok: false, problems }
        : { ok: true, settings: resolve(settings) };
}

/** All problems as one text, which names the file and the full key of each. */
export function describeProblems(problems: readonly Problem[], stack: string, project: string): string {
    const lines = problems.map(({ path, message }) => `  - ${project}:${path}: ${message}`);
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    return [`Pulumi.${stack}.yaml has ${count}:`, ...lines].join("\n");
}

/** Fills in what follows from other settings. */
function resolve(parsed: ParsedSettings): Settings {
    const { replicas, autoscaling, drain, nginx, phpFpm, ...web } = parsed.web;
    const version = nginx.version === undefined ? tagVersion(nginx.image) : nginx.version.split(".").map(Number);
    return {
        ...parsed,
        web: {
            ...web,
            scaling: replicas === undefined ? (autoscaling ?? defaultAutoscaling) : { kind: "fixed", replicas },
            drain: drainBudget({ ...drain, longestRequestSeconds: web.longestRequestSeconds }),
            nginx: { ...nginx, version },
            phpFpm: { ...phpFpm, maxChildren: maxChildrenOf(parsed.web) },
        },
        ingressController: {
            ...parsed.ingressController,
            namespace: parsed.ingressController.namespace ?? parsed.ingressController.kind,
        },
    };
}

// --- From zod's issues to problems -----------------------------------------------------------------------------------

type Issue = z.core.$ZodIssue;

const dotted = (path: readonly PropertyKey[]): string =>
    path.reduce<string>(
        (text, key) =>
            typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`,
        "",
    );

function problemsOfIssue(issue: Issue): readonly Problem[] {
    if (issue.code === "unrecognized_keys") {
        return issue.keys.map((key) => ({
            path: dotted([...issue.path, key]),
            message: describeUnknownKey(issue.path, key),
        }));
    }
    if (issue.code === "invalid_key") {
        const [, ...rest] = [...issue.path].reverse();
        const allowed = issue.issues[0]?.message ?? "another name";
        return [
            { path: dotted(issue.path), message: `no such name below ${dotted(rest.reverse())}. Allowed: ${allowed}.` },
        ];
    }
    const schema = schemaAt(settingsSchema, issue.path);
    const message =
        issue.code === "custom" || (issue.code === "invalid_format" && !(schema instanceof z.ZodUnion))
            ? issue.message
            : describeAllowed(schema);
    return [{ path: dotted(issue.path), message: `${describeFound(issue.input)}. Allowed: ${message}.` }];
}

function describeFound(value: unknown): string {
    return value === undefined ? "is missing" : `found ${JSON.stringify(value)}`;
}

function describeUnknownKey(path: readonly PropertyKey[], key: string): string {
    const siblings = keysAt(settingsSchema, path) ?? [];
    const elsewhere = allKeys(settingsSchema).find((known) => known.path.split(".").at(-1) === key)?.path;
    if (elsewhere !== undefined) return `unknown key here. Did you mean ${elsewhere}?`;
    const near = nearest(key, siblings);
    if (near !== undefined) return `unknown key. Did you mean ${dotted([...path, near])}?`;
    const known = path.length === 0 ? [...siblings, secretsKey] : siblings;
    return `unknown key. Allowed here: ${known.join(", ")}.`;
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
    return result.success
        ? []
        : result.error.issues.map((issue) => ({
              path: dotted([secretsKey, ...issue.path]),
              message: `no such name below ${secretsKey}. Allowed: ${
                  issue.code === "invalid_key" ? (issue.issues[0]?.message ?? "") : issue.message
              }.`,
          }));
}

// --- Raw values ------------------------------------------------------------------------------------------------------

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
    typeof value === "object" && value !== null && !Array.isArray(value);

/** "web:" with nothing below it is null in YAML, and means that everything has its default. */
function withoutEmptySections(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

function isGiven(value: unknown, path: readonly string[]): boolean {
    const [key, ...rest] = path;
    if (key === undefined) return true;
    return isMap(value) && Object.hasOwn(value, key) && isGiven(value[key], rest);
}

/** The paths that must go so that the rest can be parsed. */
function brokenPaths(error: z.ZodError): readonly (readonly PropertyKey[])[] {
    return error.issues.flatMap((issue) =>
        issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path],
    );
}

function withoutPaths(value: unknown, paths: readonly (readonly PropertyKey[])[]): unknown {
    if (!isMap(value)) return value;
    return Object.fromEntries(
        Object.entries(value).flatMap(([key, child]) => {
            const below = paths.filter((path) => path[0] === key).map((path) => path.slice(1));
            // A list is dropped whole where one of its elements is broken: without it, its neighbours would move up.
            if (below.some((path) => path.length === 0) || (below.length > 0 && !isMap(child))) return [];
            return [[key, withoutPaths(child, below)]];
        }),
    );
}

/** True where one path is the other or lies below it. */
function overlaps(a: string, b: string): boolean {
    const within = (inner: string, outer: string) =>
        inner === outer || inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);
    return within(a, b) || within(b, a);
}
