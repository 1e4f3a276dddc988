/** The report as text, for the end of the command's output. */
import { count } from "../../html/format";
import type { Report } from "../model";
import {
    eventRows,
    lessThanFull,
    loadInWords,
    lostWithoutEvent,
    variantCells,
    variantColumns,
    verdictOf,
} from "./summary";

export function terminal(report: Report): string {
    const variants = [variantColumns, ...report.variants.map(variantCells)];
    const events = [
        ["Lost during", ...report.variants.map(({ title }) => title), "May lose"],
        ...eventRows(report).map(({ title, mayLose, results }) => [
            title,
            ...results.map((result) =>
                result === undefined ? "-" : `${count(result.lost)}${result.lost > result.mayLoseAtMost ? " !" : "  "}`,
            ),
            mayLose,
        ]),
        [
            "no event",
            ...report.variants.map(lostWithoutEvent).map((lost) => `${count(lost)}${lost > 0 ? " !" : "  "}`),
            "0",
        ],
    ];
    const head = [
        verdictOf(report).sentence,
        lessThanFull(report) ?? `With ${loadInWords(report)}.`,
        ...report.doubts.map((doubt) => `In doubt: ${doubt}`),
    ];
    return `${head.map(printable).join("\n")}\n\n${aligned(variants)}\n${aligned(events)}`;
}

/** Columns but the first flush right, except where the last one is words. */
function aligned(rows: readonly (readonly string[])[]): string {
    const cells = rows.map((row) => row.map(printable));
    const widths = (cells[0] ?? []).map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
    return cells
        .map((row) => {
            const padded = row.map((text, i) =>
                i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0),
            );
            return `${padded.join("  ").trimEnd()}\n`;
        })
        .join("");
}

/** Without what a terminal would obey: errors hold what servers sent. */
function printable(text: string): string {
    return text.replace(/\p{Cc}+/gu, " ");
}
