/** The variants, and what each lost in each event, as tables for documents, with the command and the date that house rules ask for. */
import { absent, count } from "../../html/format";
import type { Report } from "../model";
import { dateOf } from "./method";
import { eventRows, lessThanFull, loadInWords, lostWithoutEvent, variantCells, variantColumns } from "./summary";

export function markdown(report: Report): string {
    const variants = table(variantColumns, report.variants.map(variantCells));
    const events = table(
        ["Lost during", ...report.variants.map(({ title }) => title), "May lose"],
        [
            ...eventRows(report).map(({ title, mayLose, results }) => [
                title,
                ...results.map((result) =>
                    result === undefined ? absent : `${count(result.lost)} of ${count(result.requests)}`,
                ),
                mayLose,
            ]),
            ["no event", ...report.variants.map((variant) => count(lostWithoutEvent(variant))), "0"],
        ],
    );
    const less = lessThanFull(report);
    const source = [
        code(report.command),
        dateOf(report.startedAt).slice(0, 10),
        `Kubernetes ${cell(report.machine.kubernetesVersion)}`,
        cell(loadInWords(report)),
    ];
    return `${variants}\n${events}\n${less === undefined ? "" : `${cell(less)}\n\n`}(${source.join(", ")}.)\n`;
}

/** Columns but the first flush right. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
    const ruler = columns.map((_, i) => (i === 0 ? "---" : "---:"));
    return [columns.map(cell), ruler, ...rows.map((row) => row.map(cell))]
        .map((row) => `| ${row.join(" | ")} |\n`)
        .join("");
}

/** Text that neither ends the cell nor is read as Markdown or HTML. */
export function cell(text: string): string {
    return text.replace(/\s+/g, " ").replace(/[\\`*_[\]<>|&]/g, (character) => `\\${character}`);
}

/** Between more backticks than the text has in a row. */
export function code(text: string): string {
    const line = text.replace(/\s+/g, " ");
    const longest = [...line.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 0);
    const fence = "`".repeat(longest + 1);
    return longest === 0 ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`;
}
