/** Puts changed values into a stack file's text, and leaves every other character where it is. */
import { isMap, isScalar, parseDocument, type Document, type Pair, type Scalar, type YAMLMap } from "yaml";

import { project } from "../../settings/project";
import { diffLines } from "../common/textDiff";
import type { Change } from "./search/changes";
import { nameOf, StackError } from "./stack";

/**
 * The text with the changes below web.autoscaling. Values that are there are replaced where they stand; keys that are not
 * are added at the end of their section.
 *
 * @throws StackError where the file is laid out in a way that cannot be edited; never leaves half of the changes out
 */
export function edited(text: string, changes: readonly Change[]): string {
    return changes.reduce((before, { key, to }) => withValue(before, key.split("."), to), text);
}

function withValue(text: string, keys: readonly string[], value: number): string {
    const document = parseDocument(text);
    const config = document.get("config", true);
    const webKey = isMap(config)
        ? config.items.map((pair) => keyOf(pair)).find((key) => nameOf(key) === "web")
        : undefined;
    const path = ["config", webKey ?? `${project}:web`, "autoscaling", ...keys];
    const result = replaced(text, document, path, value) ?? added(text, document, path, value);
    // The edit is one of text: what it says is checked, and a layout that it does not know is refused.
    if (result !== undefined && parseDocument(result).getIn(path) === value) return result;
    throw new StackError(
        `The stack file is laid out in a way that is not edited here. Set it by hand: ${path.slice(1).join(".")}: ${value}`,
    );
}

const keyOf = (pair: Pair): string => (isScalar(pair.key) ? String(pair.key.value) : String(pair.key));

function replaced(text: string, document: Document, path: readonly string[], value: number): string | undefined {
    const node = document.getIn(path, true);
    if (!isScalar(node) || !node.range) return undefined;
    return text.slice(0, node.range[0]) + String(value) + text.slice(node.range[1]);
}

/** Below the deepest section that is there. */
function added(text: string, document: Document, path: readonly string[], value: number): string | undefined {
    for (let depth = path.length - 1; depth > 0; depth--) {
        const section = document.getIn(path.slice(0, depth), true);
        const missing = path.slice(depth);
        if (isMap(section) && section.items.length > 0) {
            return section.flow === true
                ? addedInline(text, section, missing, value)
                : addedTo(text, section, missing, value, indentStep(document, text));
        }
        // "autoscaling:" with nothing or a comment below it: its own column is not known from a first key.
        if (section !== undefined && section !== null) return undefined;
    }
    return undefined;
}

/** In a section of one line: "{ minReplicas: 3 }". */
function addedInline(text: string, section: YAMLMap, missing: readonly string[], value: number): string | undefined {
    const last = section.items.at(-1);
    const end = (last?.value as Scalar | null | undefined)?.range?.[1];
    if (end === undefined) return undefined;
    const inner = missing.reduceRight((rest, key) => (rest === "" ? `${key}: ${value}` : `${key}: { ${rest} }`), "");
    return `${text.slice(0, end)}, ${inner}${text.slice(end)}`;
}

function addedTo(
    text: string,
    section: YAMLMap,
    missing: readonly string[],
    value: number,
    step: number,
): string | undefined {
    const first = section.items[0]?.key;
    const last = section.items.at(-1);
    const end = last === undefined ? undefined : endOf(last);
    if (!isScalar(first) || !first.range || end === undefined) return undefined;
    const column = first.range[0] - (text.lastIndexOf("\n", first.range[0] - 1) + 1);
    const newline = text.includes("\r\n") ? "\r\n" : "\n";
    const lines = missing.map((key, i) => {
        const indent = " ".repeat(column + i * step);
        return `${indent}${key}:${i === missing.length - 1 ? ` ${value}` : ""}`;
    });
    const lineEnd = text.indexOf("\n", end);
    const at = lineEnd < 0 ? text.length : lineEnd + 1;
    const before = text.slice(0, at);
    const separated = before.endsWith("\n") ? before : before + newline;
    return separated + lines.join(newline) + newline + text.slice(at);
}

/** Where the last character of a pair stands. */
function endOf(pair: Pair): number | undefined {
    const { key, value } = pair;
    if (isMap(value) && value.flow !== true) {
        const last = value.items.at(-1);
        if (last !== undefined) return endOf(last);
    }
    const node = (value ?? key) as Scalar;
    return node.range?.[1] === undefined ? undefined : Math.max(node.range[0], node.range[1] - 1);
}

/** By how much the file indents: the column of the first key below config. */
function indentStep(document: Document, text: string): number {
    const config = document.get("config", true);
    const first = isMap(config) ? config.items[0]?.key : undefined;
    if (!isScalar(first) || !first.range) return 2;
    return Math.max(1, first.range[0] - (text.lastIndexOf("\n", first.range[0] - 1) + 1));
}

/** The change as a reviewer reads it, in the format of `diff -u`; empty where there is none. */
export function describeDiff(before: string, after: string, fileName: string): string {
    const hunks = diffLines(before, after);
    if (hunks.length === 0) return "";
    const lines = hunks.flatMap((hunk) => {
        const newLines = hunk.lines.filter(({ sign }) => sign !== "-").length;
        return [`@@ +${hunk.line},${newLines} @@`, ...hunk.lines.map(({ sign, text: line }) => `${sign}${line}`)];
    });
    return [`--- ${fileName}`, `+++ ${fileName}`, ...lines].join("\n");
}
