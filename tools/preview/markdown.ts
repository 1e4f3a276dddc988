/**
 * A review as Markdown that also reads well in a terminal: no HTML, no tables, consequences before details. Every name, key
 * and value comes from a pull request and may be hostile: it is shown by `code`, `fence` or `plain` and by nothing else.
 */
import { stringify } from "yaml";

import { diffLines } from "../common/textDiff";
import type { DrainParts } from "./drain";
import { shownPath, type FieldChange } from "./fields";
import type { Action } from "./objects";
import type { Release } from "./release";
import type { ObjectChange, Review } from "./review";
import { isObject } from "./values";

/** Texts above so many characters, or of several lines, are not shown in one line. */
const longestInline = 100;

/** Lines of one block above which the rest is only counted. GitHub takes 65536 characters for a comment. */
const longestBlock = 80;

/** Characters of one text, or of one line of a block, above which the rest is only counted. */
const longestText = 1000;

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
        section("Release", found.releases.flatMap(release)),
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
    renewed: "renewed: a new object takes its place, and the old one goes at the update's end",
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

function release({ object, steps }: Release): readonly string[] {
    const lines = steps.flatMap(({ text, command, facts }, i) => [
        `${i + 1}. ${plain(text)}${command === undefined ? "." : `: ${code(command)}`}`,
        ...facts.map((fact) => `   ${item(fact)}`),
    ]);
    return [...heading(object), ...lines, ""];
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
    // A workload that states none has none of it.
    const beside = (seconds: number | undefined, name: string) =>
        (seconds ?? 0) === 0 ? "" : `${part(seconds, name)} + `;
    return (
        `${part(parts.withdrawalSeconds, "withdrawal")} + ${beside(parts.transferSeconds, "transfer")}` +
        `${beside(parts.queueSeconds, "queue")}${part(parts.longestRequestSeconds, "longest request")} + ` +
        `${part(parts.phpFpmSeconds, "php-fpm")} + ${part(parts.slackSeconds, "slack")} = ${parts.graceSeconds} s grace`
    );
}

function changes(found: Review): readonly string[] {
    const created = found.changes.filter(({ action }) => action === "created");
    const isFirst = created.length > mostCreatedInFull;
    // What is lost comes first, as a comment may have no room for the rest.
    const isLoss = ({ action }: ObjectChange) => action === "deleted" || action === "replaced";
    const rest = found.changes.filter((change) => !isLoss(change) && !(isFirst && change.action === "created"));
    return [
        ...found.changes.filter(isLoss).flatMap(inFull),
        ...(isFirst
            ? [`Created, ${created.length} objects:`, "", ...created.map(({ object }) => item(object)), ""]
            : []),
        ...rest.flatMap(inFull),
    ];
}

function inFull(change: ObjectChange): readonly string[] {
    return [...heading(`${change.object}: ${actionTexts[change.action]}`), ...body(change), ""];
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

/** A value as inline code, whatever backticks and line breaks it has. */
export function code(text: string): string {
    const safe = text === "" ? '""' : shown(text);
    const marks = "`".repeat(longestRun(safe) + 1);
    const pad = safe.startsWith("`") || safe.endsWith("`") ? " " : "";
    return `${marks}${pad}${safe}${pad}${marks}`;
}

/** Lines as a code block that none of them can end. */
export function fence(language: string, lines: readonly string[]): string {
    const all = lines.flatMap((line) => line.split("\n"));
    const safe = all.slice(0, longestBlock).map(shown);
    const marks = "`".repeat(Math.max(3, longestRun(safe.join("\n")) + 1));
    const rest = all.length - safe.length;
    return [
        `${marks}${language}`,
        ...safe,
        ...(rest === 0 ? [] : [`... ${rest} more ${rest === 1 ? "line" : "lines"}`]),
        marks,
    ].join("\n");
}

/** A text of our own that may carry a name or a value from outside: nothing in it acts as Markdown or HTML. */
export function plain(text: string): string {
    return shown(text.replace(/\s+/g, " "))
        .replace(/[@#]+|[\\`*_<>[\]|~&]/g, (mark, index: number, whole: string) => {
            const before = whole[index - 1] ?? "";
            const after = whole[index + mark.length] ?? "";
            // "a -> b" and "max_children" read better as they are, and mean nothing in Markdown where they stand.
            if (mark === ">" && before === "-") return mark;
            if (mark === "_" && /\w/.test(before) && /\w/.test(after)) return mark;
            // Names and issues are looked for in what Markdown has become, where a backslash is gone; in code they are not.
            if (/[@#]/.test(mark)) return mark === "@" && /\w/.test(before) ? mark : `\`${mark}\``;
            return `\\${mark}`;
        })
        .replace(/^(\d*)(?=[-+.)])(.)(?=[ -]|$)/, "$1\\$2");
}

/**
 * What every text from outside passes before it is shown. Control characters would act on a terminal, line breaks would
 * end what the text stands in, and marks without a shape deceive a reader: all are written out. What is too long is cut.
 */
function shown(text: string): string {
    const rest = text.length - longestText;
    return (rest > 0 ? text.slice(0, longestText) : text)
        .replace(/(?!\t)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) =>
            character === "\n" ? "\\n" : `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
        )
        .concat(rest > 0 ? `... ${rest} more ${rest === 1 ? "character" : "characters"}` : "");
}

function longestRun(text: string): number {
    let longest = 0;
    for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length);
    return longest;
}

function capital(text: string): string {
    return text.charAt(0).toUpperCase() + text.slice(1);
}
