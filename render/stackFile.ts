/** Stack files as Pulumi would hand them to the program, without an engine. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

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
    const config = ((parse(text) as { config?: Record<string, unknown> } | null)?.config ?? {}) as Record<
        string,
        unknown
    >;
    const secretKeys: string[] = [];
    const values = Object.fromEntries(
        Object.entries(config).map(([key, value]) => {
            let hasSecret = false;
            const plain = withoutCiphertext(value, () => {
                hasSecret = true;
            });
            if (hasSecret) secretKeys.push(key);
            return [key, typeof plain === "string" ? plain : JSON.stringify(plain)];
        }),
    );
    return { values, secretKeys };
}

/** Pulumi writes an encrypted value as a map with the one key "secure". */
function withoutCiphertext(value: unknown, found: () => void): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map((element) => withoutCiphertext(element, found));
    const entries = Object.entries(value);
    if (entries.length === 1 && entries[0]?.[0] === "secure") {
        found();
        return secretPlaceholder;
    }
    return Object.fromEntries(entries.map(([key, child]) => [key, withoutCiphertext(child, found)]));
}
