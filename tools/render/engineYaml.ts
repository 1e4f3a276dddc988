/**
 * YAML as Pulumi's engine reads it. Its Go library (yaml.v3) takes numbers as YAML 1.1 has them, where YAML 1.2 has other
 * ones or texts: 024 is 20 and 1_000 is 1000; but yes and 1:30 are texts. What cannot be read the same here is refused.
 */
import {
    type Document,
    isAlias,
    isScalar,
    LineCounter,
    type Node,
    parseDocument,
    Scalar,
    type ScalarTag,
    visit,
} from "yaml";

import { quoted } from "../../settings/schemaTree";

const integers: readonly (readonly [pattern: RegExp, prefix: string])[] = [
    [/^0[bB]([01]+)$/, "0b"],
    [/^0[oO]?([0-7]+)$/, "0o"],
    [/^0[xX]([\da-fA-F]+)$/, "0x"],
];

/** Above it the engine tries the digits as a decimal number. */
const largestInteger = 2n ** 64n - 1n;

/** The number that a text without quotes is for the engine; undefined where it is a text for it. */
export function engineNumber(text: string): number | undefined {
    const special = /^([-+]?)\.(?:inf|Inf|INF)$/.exec(text);
    if (special !== null) return special[1] === "-" ? -Infinity : Infinity;
    if (/^\.(?:nan|NaN|NAN)$/.test(text)) return NaN;
    if (!/^[-+\d]|^\.\d/.test(text)) return undefined;
    const [, sign, digits = ""] = /^([-+]?)(.*)$/s.exec(text.replaceAll("_", "")) ?? [];
    const signed = (value: number) => (sign === "-" && value !== 0 ? -value : value);
    for (const [pattern, prefix] of integers) {
        const match = pattern.exec(digits);
        const value = match === null ? largestInteger + 1n : BigInt(`${prefix}${match[1] ?? ""}`);
        if (value <= largestInteger) return signed(Number(value));
    }
    if (!/^(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(digits)) return undefined;
    const value = Number(digits);
    return Number.isFinite(value) ? signed(value) : undefined;
}

const plainScalars: ScalarTag[] = [
    {
        tag: "tag:yaml.org,2002:null",
        default: true,
        test: /^(?:~|null|Null|NULL)?$/,
        createNode: () => new Scalar(null),
        resolve: () => new Scalar(null),
    },
    {
        tag: "tag:yaml.org,2002:bool",
        default: true,
        test: /^(?:true|True|TRUE|false|False|FALSE)$/,
        resolve: (text) => text.toLowerCase() === "true",
    },
    {
        tag: "tag:yaml.org,2002:float",
        default: true,
        test: /^[-+.\d]/,
        resolve: (text) => engineNumber(text) ?? text,
    },
];

const date = /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt ]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d*)?(?:Z|[-+]\d\d:\d\d)?)?$/;

/** Throws with the line where the text is no YAML, or none that can be read as the engine reads it. */
export function parseEngineYaml(text: string): unknown {
    const lines = new LineCounter();
    const document = parseDocument(text, {
        schema: "failsafe",
        customTags: plainScalars,
        merge: true,
        // By their texts: 1 and "1" are one key, and << may stand once.
        uniqueKeys: (a, b) => isScalar(a) && isScalar(b) && a.source === b.source,
        lineCounter: lines,
        // They show the lines around.
        prettyErrors: false,
        logLevel: "error",
    });
    const refuse = (offset: number | undefined, reason: string): never => {
        throw new Error(`line ${lines.linePos(offset ?? 0).line}: ${reason}`);
    };
    const [error] = document.errors;
    if (error?.message.includes("call stack") === true) refuse(error.pos[0], "found more levels than can be read.");
    // Some end with the text that is wrong, in which a secret may stand.
    if (error !== undefined) refuse(error.pos[0], error.message.replace(/: ".*/s, ""));
    visit(document, {
        Node: (key, node, path) => {
            const reason = whyUnreadable(document, key, node, path);
            if (reason !== undefined) refuse(node.range?.[0], reason);
        },
    });
    return document.toJS();
}

function whyUnreadable(document: Document, key: unknown, node: Node, path: readonly unknown[]): string | undefined {
    if (isAlias(node)) {
        const anchored = node.resolve(document);
        if (anchored === undefined) return `the alias *${node.source} has no &${node.source} before it.`;
        return path.includes(anchored)
            ? `the alias *${node.source} stands within what it stands for. Write the value out.`
            : undefined;
    }
    if (node.tag !== undefined) return `found the tag ${node.tag}. Allowed: none; a text is written in quotes.`;
    if (!isScalar(node)) return undefined;
    const source = quoted(node.source ?? "");
    if (key === "key" && node.value === null) return "found a key without a name. Write it in quotes.";
    if (typeof node.value === "number" && !Number.isFinite(node.value)) return `found ${source}, which is no number.`;
    return node.type === "PLAIN" && date.test(node.source ?? "")
        ? `found ${source} without quotes: a date, which the engine passes on with hour and zone. Write it in quotes.`
        : undefined;
}
