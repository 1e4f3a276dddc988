/** What a review must never show in plain. A review ends up in pull request comments, which outlive every rotation. */
import { signatureKey, unknownMarks } from "../common/wireValues";
import type { Manifest } from "../render/manifests";
import { at, isEqual, isObject } from "./values";

/** Stands for a value that is secret. */
export const secretText = "[secret]";

/** Stands for a secret value that differs from the one before. */
export const newSecretText = "[secret, new value]";

/** Stands for a secret value of which the engine tells only that something around it changes. */
export const maybeNewSecretText = "[secret, maybe a new value]";

/** Pulumi's signature of an asset, an archive and an output value; every other signature is taken for a secret. */
const assetSignatures: ReadonlySet<unknown> = new Set([
    "c44067f5952c0a294b673a41bacd8c17",
    "0def7320c3a5731c473e5ecbe6d01bc7",
]);
const outputValueSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** Stands for a value that the preview cannot know. */
export const unknownText = "[known after the update]";

const unknownValues: ReadonlySet<unknown> = new Set(unknownMarks);

/** Keys whose value is a credential wherever it stands: a provider's kubeconfig, and kubectl's copy of a whole object. */
const credentialKeys: ReadonlySet<string> = new Set(["kubeconfig", "kubectl.kubernetes.io/last-applied-configuration"]);

/** A copy in which every value that Pulumi marks as secret is secretText, and every unknown one unknownText. */
export function withoutSecrets(value: unknown): unknown {
    if (unknownValues.has(value)) return unknownText;
    if (Array.isArray(value)) return value.map(withoutSecrets);
    if (!isObject(value)) return value;
    const signature = value[signatureKey];
    if (signature === outputValueSignature) {
        if (value["secret"] === true) return secretText;
        return Object.hasOwn(value, "value") ? withoutSecrets(value["value"]) : unknownText;
    }
    if (signature !== undefined && !assetSignatures.has(signature)) return secretText;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item)]));
}

/**
 * The two states of one object without anything secret in them: what Pulumi marks, a Secret's data, and credentials.
 * That a secret value changes stays visible, its value does not.
 */
export function maskPair(
    before: Manifest | undefined,
    after: Manifest | undefined,
): readonly [Manifest | undefined, Manifest | undefined] {
    const isSecret = (before ?? after)?.kind === "Secret";
    const [maskedBefore, maskedAfter] = maskValues(
        withoutSecrets(before),
        withoutSecrets(after),
        (path) =>
            credentialKeys.has(path.at(-1) ?? "") || (isSecret && (path[0] === "data" || path[0] === "stringData")),
    );
    return [maskedBefore as Manifest | undefined, maskedAfter as Manifest | undefined];
}

type MustMask = (path: readonly string[]) => boolean;

function maskValues(
    before: unknown,
    after: unknown,
    mustMask: MustMask,
    path: readonly string[] = [],
): readonly [unknown, unknown] {
    const isNested = isObject(before) || isObject(after);
    if (mustMask(path) && !isNested) {
        // What the engine has masked already says itself whether it changes.
        const isMarked = after === newSecretText || after === maybeNewSecretText;
        return [
            before === undefined ? undefined : secretText,
            after === undefined
                ? undefined
                : isMarked
                  ? after
                  : before === undefined || isEqual(before, after)
                    ? secretText
                    : newSecretText,
        ];
    }
    if (Array.isArray(before) || Array.isArray(after)) {
        const a = Array.isArray(before) ? (before as readonly unknown[]) : [];
        const b = Array.isArray(after) ? (after as readonly unknown[]) : [];
        // Items that correspond are not known here: a secret below a list is masked on its own, without a verdict.
        const alone = (item: unknown) => maskValues(undefined, item, mustMask, path)[1];
        return [Array.isArray(before) ? a.map(alone) : before, Array.isArray(after) ? b.map(alone) : after];
    }
    if (!isNested) return [before, after];
    const a: (readonly [string, unknown])[] = [];
    const b: (readonly [string, unknown])[] = [];
    const keys = [
        ...new Set([...Object.keys(isObject(before) ? before : {}), ...Object.keys(isObject(after) ? after : {})]),
    ];
    for (const key of keys) {
        const [x, y] = maskValues(at(before, key), at(after, key), mustMask, [...path, key]);
        if (isObject(before) && Object.hasOwn(before, key)) a.push([key, x]);
        if (isObject(after) && Object.hasOwn(after, key)) b.push([key, y]);
    }
    return [isObject(before) ? Object.fromEntries(a) : before, isObject(after) ? Object.fromEntries(b) : after];
}

/** The texts of every secret setting, from what `pulumi config --json --show-secrets` prints; none where it is no JSON. */
export function secretSettings(json: string): readonly string[] {
    let config: unknown;
    try {
        config = JSON.parse(json);
    } catch {
        return [];
    }
    const leaves = (value: unknown): readonly string[] =>
        typeof value === "object" && value !== null ? Object.values(value).flatMap(leaves) : [String(value)];
    return Object.values(isObject(config) ? config : {})
        .filter((setting) => at(setting, "secret") === true)
        .flatMap((setting) => leaves(at(setting, "objectValue") ?? at(setting, "value") ?? []));
}

/** User and password of an address, whoever's they are. */
const credentialsInUrl = /(?<=:\/\/)[^/?#\s]+@/g;

/**
 * A message without the secrets that it quotes: as they are, in base64, as JSON or a URL writes them, and line by line; and
 * without the users of addresses. One of less than four characters is masked only where it stands alone, as it would be found
 * in any word.
 */
export function maskQuoted(message: string, secrets: readonly string[]): string {
    const forms = secrets
        .flatMap((secret) => [
            secret,
            ...secret
                .split("\n")
                .map((line) => line.trim())
                .filter(isLongLine),
        ])
        .flatMap((text) => [text, ...base64Forms(text), ...jsonForms(text), ...urlForms(text)]);
    // The longest ones first: one may be a part of another.
    return [...new Set(forms)]
        .filter((form) => form !== "")
        .sort((a, b) => b.length - a.length)
        .reduce((text, form) => {
            if (form.length >= 4) return text.replaceAll(form, secretText);
            const escaped = form.replace(/[^\w\s]/g, "\\$&");
            return text.replace(new RegExp(`(?<!\\w)${escaped}(?!\\w)`, "g"), secretText);
        }, message)
        .replace(credentialsInUrl, `${secretText}@`);
}

/** A shorter one says nothing, and may be found anywhere. */
const isLongLine = (line: string) => line.length >= 8;

/** By itself, and within a longer text, as user:password is, where one to two characters before and after it are others. */
function base64Forms(text: string): readonly string[] {
    const within = [0, 1, 2].flatMap((shift) => {
        const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)]);
        const whole = bytes.toString("base64").slice(Math.ceil((shift * 8) / 6), Math.floor((bytes.length * 8) / 6));
        return isLongLine(whole) ? [whole] : [];
    });
    return [Buffer.from(text).toString("base64"), ...within];
}

/** Go writes <, > and & in JSON by their numbers, and what is JSON itself may stand in JSON. */
function jsonForms(text: string): readonly string[] {
    const json = (value: string) => JSON.stringify(value).slice(1, -1);
    const ofGo = json(text).replace(/[<>&]/g, (mark) => `\\u00${mark.charCodeAt(0).toString(16)}`);
    return [json(text), ofGo, json(json(text))];
}

/** In a path, and in a query. */
function urlForms(text: string): readonly string[] {
    const path = encodeURIComponent(text);
    return [path, path.replaceAll("%20", "+")];
}
