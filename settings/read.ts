/** The only place that reads Pulumi configuration. */
import * as pulumi from "@pulumi/pulumi";

import { describeProblems, nearest, parseSettings, parseValue, type Problem } from "./parse";
import { settingsSchema } from "./schema";
import { dottedPath } from "./schemaTree";
import type { Settings } from "./types";

/**
 * Whether a value of the key came encrypted. The SDK uses it itself and leaves it out of its type declarations only;
 * tests/settings/read.test.ts fails where a new SDK no longer has it.
 */
const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret: (fullKey: string) => boolean };

/** Settings of the current stack, and the secrets beside them. */
export interface StackConfiguration {
    readonly settings: Settings;
    /** Environment variables of php-fpm that are secret, each value an Output marked secret. */
    readonly secrets: Readonly<Record<string, pulumi.Output<string>>>;
}

/**
 * Reads and checks the current stack's configuration.
 * Throws a RunError, which Pulumi shows without a stack trace, that lists every problem of the stack file at once.
 */
export function readConfiguration(): StackConfiguration {
    const project = pulumi.getProject();
    const stack = pulumi.getStack();
    const problems: Problem[] = [];

    // Pairs, not an object: a key named __proto__ would vanish in one.
    const entries: (readonly [string, unknown])[] = [];
    const unreadableKeys: string[] = [];
    for (const [fullKey, text] of Object.entries(pulumi.runtime.allConfig())) {
        if (!fullKey.startsWith(`${project}:`)) {
            problems.push(...problemsOfForeignKey(fullKey, project));
            continue;
        }
        const key = fullKey.slice(project.length + 1);
        if (key === "secrets" || !isConfigSecret(fullKey)) {
            entries.push([key, parseValue(text)]);
        } else if (Object.hasOwn(settingsSchema.shape, key)) {
            unreadableKeys.push(key);
            problems.push({
                path: key,
                message: "has an encrypted value in it. Allowed: below secrets only, so that previews stay readable.",
            });
        } else {
            // Refused for its name; its value goes no further.
            entries.push([key, null]);
        }
    }
    const values = Object.fromEntries(entries);

    const secrets = readSecrets(project, values["secrets"], problems);
    const parsed = parseSettings({ values, secretNames: Object.keys(secrets), unreadableKeys });
    if (!parsed.ok) problems.push(...parsed.problems);
    if (!parsed.ok || problems.length > 0) throw new pulumi.RunError(describeProblems(problems, stack, project));
    return { settings: parsed.settings, secrets };
}

/** What Pulumi's default provider would take its cluster and its namespace from, and what says the same here. */
const providerKeys: ReadonlyMap<string, string> = new Map([
    ["context", "cluster.context"],
    ["clusterIdentifier", "cluster.identifier"],
    ["namespace", "web.namespace"],
]);

/**
 * Other namespaces are other programs' business, unless one of them is this project's name mistyped, or would seem to say
 * which cluster is meant.
 */
function problemsOfForeignKey(fullKey: string, project: string): readonly Problem[] {
    const [namespace = "", key = ""] = fullKey.split(":", 2);
    if (namespace === "kubernetes") {
        const meant = providerKeys.get(key) ?? "cluster";
        const message = `found as ${fullKey}, which nothing reads, as the program's provider is its own. Allowed: ${project}:${meant}.`;
        return [{ path: meant, message }];
    }
    const isKnown = key === "secrets" || Object.hasOwn(settingsSchema.shape, key);
    return isKnown && nearest(namespace, [project]) !== undefined
        ? [{ path: key, message: `found as ${fullKey}, which nothing reads. Allowed: ${project}:${key}.` }]
        : [];
}

function readSecrets(project: string, value: unknown, problems: Problem[]): StackConfiguration["secrets"] {
    if (value === undefined || value === null) return {};
    const mend = "pulumi config set --secret --path secrets.NAME";
    if (typeof value !== "object" || Array.isArray(value)) {
        problems.push({ path: "secrets", message: `is no map. Allowed: names with encrypted values, set by: ${mend}` });
        return {};
    }
    // Pulumi marks the whole key as secret where any value in it is encrypted. Each single value is checked where the
    // stack files themselves are: tests/secrets.test.ts.
    if (Object.keys(value).length > 0 && !isConfigSecret(`${project}:secrets`)) {
        problems.push({
            path: "secrets",
            message: `stands in the stack file in plain text. Set each value by: ${mend}`,
        });
        return {};
    }
    for (const [name, secret] of Object.entries(value)) {
        if (typeof secret !== "string") {
            const path = dottedPath(["secrets", name]);
            problems.push({ path, message: `is no text. Set it by: pulumi config set --secret --path ${path}` });
        }
    }
    return Object.fromEntries(Object.entries(value).map(([name, secret]) => [name, pulumi.secret(String(secret))]));
}
