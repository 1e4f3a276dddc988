/** Stack files as Pulumi would hand them to the program, without an engine. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

/** As Pulumi.yaml names it. */
export const project = "php-web-service";

export const root = join(__dirname, "..");

export interface StackConfig {
    /** Configuration values by full key; structured ones as JSON, as the engine passes them. */
    readonly values: Readonly<Record<string, string>>;
    /** Full keys that have an encrypted value in them. */
    readonly secretKeys: readonly string[];
}

/** Stands for a value that only the engine could decrypt. */
export const secretPlaceholder = "[secret]";

/** Reads Pulumi.STACK.yaml. Throws with the path where there is none. */
export function readStackFile(stack: string): StackConfig {
    const path = join(root, `Pulumi.${stack}.yaml`);
    let text: string;
    try {
        text = readFileSync(path, "utf8");
    } catch {
        throw new Error(`No stack file Pulumi.${stack}.yaml beside Pulumi.yaml.`);
    }
    return parseStackFile(text);
}

/** Values of a stack file's text, encrypted ones as a placeholder. */
export function parseStackFile(text: string): StackConfig {
    const { config } = (parse(text) ?? {}) as { readonly config?: unknown };
    if (config !== undefined && config !== null && (typeof config !== "object" || Array.isArray(config))) {
        throw new Error("config: is no map. Allowed: keys with values below it.");
    }
    // A key without a namespace is the project's own.
    const entries = Object.entries(config ?? {}).map(
        ([key, value]: [string, unknown]) => [key.includes(":") ? key : `${project}:${key}`, value] as const,
    );
    return {
        values: Object.fromEntries(
            entries.map(([key, value]) => {
                const plain = withoutCiphertext(value);
                return [key, typeof plain === "string" ? plain : JSON.stringify(plain)];
            }),
        ),
        secretKeys: entries.filter(([, value]) => hasCiphertext(value)).map(([key]) => key),
    };
}

/** Pulumi writes an encrypted value as a map with the one key "secure". */
function isCiphertext(value: object): boolean {
    return Object.keys(value).join() === "secure";
}

function hasCiphertext(value: unknown): boolean {
    if (typeof value !== "object" || value === null) return false;
    return isCiphertext(value) || Object.values(value).some(hasCiphertext);
}

function withoutCiphertext(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(withoutCiphertext);
    if (isCiphertext(value)) return secretPlaceholder;
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, withoutCiphertext(child)]));
}
