/**
 * A review as Markdown that also reads well in a terminal: no HTML, no tables, consequences before details. Every value
 * comes from a pull request and may be hostile, so it stands in code only, where Markdown has no meaning.
 */
import { stringify } from "yaml";

import { diffLines } from "../common/textDiff";
import type { DrainParts } from "./drain";
import { shownPath, type FieldChange } from "./fields";
import type { Action, ObjectChange, Review } from "./review";
import { isObject } from "./values";

/** Texts above so many characters, or of several lines, are not shown in one line. */
const longestInline = 100;

/** Lines of one block above which the rest is only counted. GitHub takes 65536 characters for a comment. */
const longestBlock = 80;

/** Created objects of a first deployment are only listed: their text would be the whole stack. */
const mostCreatedInFull = 8;

/** The review, without a title of its own. Headings start at level 2. */
export function toMarkdown(found: Review): string {
    const sections = [
        summary(found),
        section(
            "Look twice",
            found.warnings.map((warning) => item(warning)),
        ),
        section("Rollouts", rollouts(found)),
        section(
            "Scaling",
            found.scaling.flatMap(({ object, consequences }) => [...heading(object), ...consequences.map(item), ""]),
        ),
        section("Drain budget", drain(found)),
        section("Changes", changes(found)),
    ];
    return `${sections
        .filter((text) => text !== "")
        .map((text) => text.trimEnd())
        .join("\n\n")}\n`;
}

function section(title: string, lines: readonly string[]): string {
    // Parts bring blank lines of their own; one is enough. A block is one entry, so its blank lines stay.
    const shown = lines.filter((line, i) => line !== "" || lines[i - 1] !== "");
    return shown.length === 0 ? "" : `## ${title}\n\n${shown.join("\n")}`;
}

function heading(object: string): readonly string[] {
    return [`### ${plain(object)}`, ""];
}

function item(text: string): string {
    return `- ${plain(text)}`;
}

// --- Sections --------------------------------------------------------------------------------------------------------

const actions: readonly Action[] = ["created", "updated", "renewed", "replaced", "deleted"];

const actionTexts: Readonly<Record<Action, string>> = {
    created: "created",
    updated: "updated",
    renewed: "renewed: a new object takes its place, and the old one goes after the rollout",
    replaced: "REPLACED",
    deleted: "DELETED",
};

function summary(found: Review): string {
    if (found.changes.length === 0) return `No object changes (${found.unchanged} compared).`;
    const counts = actions
        .map((action) => ({ action, count: found.changes.filter((change) => change.action === action).length }))
        .filter(({ count }) => count > 0)
        .map(({ action, count }) => `${count} ${action}`);
    const rolled = found.rollouts.length;
    return (
        `${capital(counts.join(", "))}, ${found.unchanged} unchanged. ` +
        `${rolled === 0 ? "No rollout" : `${rolled} ${rolled === 1 ? "rollout" : "rollouts"}`}. ` +
        drainSummary(found)
    );
}

function drainSummary(found: Review): string {
    if (found.drain.length === 0) return "No drain budget.";
    if (found.drain.some(({ after }) => (after?.faults.length ?? 0) > 0)) return "The drain budget does NOT hold.";
    return found.drain.some(({ before, after }) => sum(before) !== sum(after))
        ? "The drain budget changes and holds."
        : "The drain budget stays and holds.";
}

function rollouts(found: Review): readonly string[] {
    return found.rollouts.flatMap(({ object, causes, facts }) => [
        ...heading(object),
        "Because of:",
        "",
        ...causes.map((cause) => (typeof cause === "string" ? item(cause) : inlineChange(cause))),
        "",
        "What happens:",
        "",
        ...facts.map(item),
        "",
    ]);
}

function drain(found: Review): readonly string[] {
    return found.drain.flatMap(({ object, before, after }) => {
        const faults = after?.faults ?? [];
        const isSame = sum(before) === sum(after);
        return [
            ...heading(object),
            ...(isSame
                ? [fence("text", [`unchanged  ${sum(after)}`])]
                : [fence("text", [`before  ${sum(before)}`, `after   ${sum(after)}`])]),
            "",
            ...(after === undefined ? [] : faults.length === 0 ? ["It holds."] : ["It does NOT hold:", ""]),
            ...faults.map(item),
            ...(isSame || before === undefined || after === undefined
                ? []
                : ["Pods that run now still end by the old numbers; the new ones count from the rollout on."]),
            "",
        ];
    });
}

function sum(parts: DrainParts | undefined): string {
    if (parts === undefined) return "(none)";
    const part = (seconds: number | undefined, name: string) =>
        `${seconds === undefined ? "?" : seconds < 0 ? `(${seconds})` : seconds} s ${name}`;
    return (
        `${part(parts.withdrawalSeconds, "withdrawal")} + ${part(parts.longestRequestSeconds, "longest request")} + ` +
        `${part(parts.phpFpmSeconds, "php-fpm")} + ${part(parts.slackSeconds, "slack")} = ${parts.graceSeconds} s grace`
    );
}

function changes(found: Review): readonly string[] {
    const created = found.changes.filter(({ action }) => action === "created");
    const isFirst = created.length > mostCreatedInFull;
    const shown = found.changes.filter(({ action }) => !(isFirst && action === "created"));
    return [
        ...(isFirst
            ? [`Created, ${created.length} objects:`, "", ...created.map(({ object }) => item(object)), ""]
            : []),
        ...shown.flatMap((change) => [
            ...heading(`${change.object}: ${actionTexts[change.action]}`),
            ...body(change),
            "",
        ]),
    ];
}

function body(change: ObjectChange): readonly string[] {
    if (change.action === "deleted") return ["It goes."];
    if (change.created !== undefined) return [fence("yaml", yamlLines(change.created))];
    if (change.fields.length === 0) return ["No field differs."];
    return change.fields.flatMap((field) =>
        isInline(field) ? [inlineChange(field)] : ["", `${code(shownPath(field.path))}:`, "", block(field), ""],
    );
}

// --- Fields ----------------------------------------------------------------------------------------------------------

function isInline({ before, after }: FieldChange): boolean {
    return [before, after].every((value) => value === undefined || shortText(value) !== undefined);
}

function inlineChange(field: FieldChange): string {
    const side = (value: unknown) => (value === undefined ? "(none)" : code(shortText(value) ?? "..."));
    const { before, after } = field;
    if (!isInline(field)) return `- ${code(shownPath(field.path))} (see below)`;
    return `- ${code(shownPath(field.path))}: ${side(before)} -> ${side(after)}`;
}

/** The value in one short line; undefined where it takes a block. */
function shortText(value: unknown): string | undefined {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    if (text === "") return '""';
    return text.length <= longestInline && !text.includes("\n") ? text : undefined;
}

function block({ before, after }: FieldChange): string {
    const hunks = diffLines(blockText(before), blockText(after));
    const isWhole = before === undefined || after === undefined;
    const lines = hunks.flatMap((hunk) => [
        ...(isWhole ? [] : [`@@ line ${hunk.line} @@`]),
        ...hunk.lines.map(({ sign, text }) => `${sign}${text}`),
    ]);
    return fence("diff", lines.length === 0 ? [" (only the end of the last line differs)"] : lines);
}

function blockText(value: unknown): string {
    if (value === undefined) return "";
    return typeof value === "string" ? value : yamlLines(value).join("\n");
}

function yamlLines(value: unknown): readonly string[] {
    if (!isObject(value) && !Array.isArray(value)) return [JSON.stringify(value)];
    return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd().split("\n");
}

// --- Markdown --------------------------------------------------------------------------------------------------------

/** A value as inline code, whatever backticks it has. */
export function code(text: string): string {
    const marks = "`".repeat(longestRun(text) + 1);
    const pad = text.startsWith("`") || text.endsWith("`") ? " " : "";
    return `${marks}${pad}${visible(text)}${pad}${marks}`;
}

/** Lines as a code block that none of them can end. */
export function fence(language: string, lines: readonly string[]): string {
    const marks = "`".repeat(Math.max(3, longestRun(lines.join("\n")) + 1));
    const shown = lines.slice(0, longestBlock);
    const rest = lines.length - shown.length;
    return [
        `${marks}${language}`,
        ...shown.map(visible),
        ...(rest === 0 ? [] : [`... ${rest} more ${rest === 1 ? "line" : "lines"}`]),
        marks,
    ].join("\n");
}

function longestRun(text: string): number {
    return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}

/** Control characters would act on a terminal, and direction marks deceive a reader: both are written out. */
function visible(text: string): string {
    return text.replace(
        // eslint-disable-next-line no-control-regex
        /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
        (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
}

/** A text of our own that may carry a name or a value from outside: nothing in it acts as Markdown or HTML. */
export function plain(text: string): string {
    return visible(text.replace(/\s+/g, " ")).replace(/[\\`*_<>[\]|~@#]/g, (mark, index: number, whole: string) => {
        // "a -> b" and "max_children" read better as they are, and mean nothing in Markdown where they stand.
        if (mark === ">" && whole[index - 1] === "-") return mark;
        if (mark === "_" && /\w/.test(whole[index - 1] ?? "") && /\w/.test(whole[index + 1] ?? "")) return mark;
        return `\\${mark}`;
    });
}

function capital(text: string): string {
    return text.charAt(0).toUpperCase() + text.slice(1);
}
