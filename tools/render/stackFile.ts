/** Stack files as Pulumi would hand them to the program, without an engine. */
import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";

import { UsageError, WrongInputError } from "../common/commandLine";
import { project, stackFileName } from "../../settings/project";
import { stackFilePath } from "../common/stackFiles";
import { quoted } from "../../settings/schemaTree";
import { parseEngineYaml } from "./engineYaml";

export interface StackConfig {
    /** Configuration values by full key; structured ones as JSON, as the engine passes them. */
    readonly values: Readonly<Record<string, string>>;
    /** Full keys that have an encrypted value in them. */
    readonly secretKeys: readonly string[];
}

/** Stands for a value that only the engine could decrypt. */
export const secretPlaceholder = "[secret]";

/**
 * Reads Pulumi.STACK.yaml, or another file as the stack's. Throws with the path where there is none, or none that the
 * engine could read.
 */
export function readStackFile(stack: string, path?: string): StackConfig {
    const name = path ?? stackFileName(stack);
    let bytes: Buffer;
    try {
        bytes = readFileSync(path ?? stackFilePath(stack));
    } catch (error) {
        throw error instanceof UsageError ? error : new WrongInputError(`${name} cannot be read.`);
    }
    if (!isUtf8(bytes)) throw new WrongInputError(`${name} is no UTF-8. Save it as that.`);
    try {
        return parseStackFile(bytes.toString("utf8"));
    } catch (error) {
        throw new WrongInputError(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
}

/** Values of a stack file's text, encrypted ones as a placeholder. Throws with the line or the key that is wrong. */
export function parseStackFile(text: string): StackConfig {
    const content = parseEngineYaml(text) ?? {};
    if (!isMap(content)) throw new Error("it is no map. Allowed: the key config, with keys and values below it.");
    for (const key of Object.keys(content)) {
        if (key === "environment") {
            throw new Error(
                "environment: names values that only the engine with Pulumi Cloud knows. Use pulumi preview.",
            );
        }
        if (!knownKeys.includes(key)) {
            throw new Error(`found ${quoted(key)}, which nobody reads. Allowed: ${knownKeys.join(", ")}.`);
        }
    }
    const config = content["config"] ?? {};
    if (!isMap(config)) throw new Error("config: is no map. Allowed: keys with values below it.");
    const entries = Object.entries(config).map(([key, value]) => [fullKey(key), value] as const);
    const twice = entries.find(([key], i) => entries.findIndex(([other]) => other === key) < i);
    if (twice !== undefined) {
        throw new Error(`config has ${twice[0]} twice, once without the project's name. Remove one of the two.`);
    }
    return {
        values: Object.fromEntries(
            entries.map(([key, value]) => {
                const plain = withoutCiphertext(value);
                return [key, typeof plain === "string" ? plain : plain === null ? "" : JSON.stringify(plain)];
            }),
        ),
        secretKeys: entries.filter(([, value]) => hasCiphertext(value)).map(([key]) => key),
    };
}

/** What a stack file may have; the engine passes over any other key, with all that is below it. */
const knownKeys: readonly string[] = ["config", "encryptionsalt", "encryptedkey", "secretsprovider"];

/** A key without a namespace is the project's own; namespace:config:name is an old way to write namespace:name. */
function fullKey(key: string): string {
    const parts = key.split(":");
    if (parts.length === 1) return `${project}:${key}`;
    if (parts.length === 3 && parts[1] === "config") return `${parts[0] ?? ""}:${parts[2] ?? ""}`;
    if (parts.length > 2) throw new Error(`config: found the key ${quoted(key)}. Allowed: namespace:name.`);
    return key;
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
    typeof value === "object" && value !== null && !Array.isArray(value);

/** Pulumi writes an encrypted value as a map with the one key "secure" and a text. */
function isCiphertext(value: object): boolean {
    return Object.keys(value).join() === "secure" && typeof Object.values(value)[0] === "string";
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
