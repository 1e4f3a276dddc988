/** The variants as a table for README.md and docs/results.md, with the command and the date that house rules ask for. */
import type { Report } from "../model";
import { dateOf } from "./method";
import { variantCells, variantColumns } from "./summary";

export function markdown(report: Report): string {
    const rows = [
        variantColumns.map(cell),
        variantColumns.map((_, i) => (i === 0 ? "---" : "---:")),
        ...report.variants.map((variant) => variantCells(variant).map(cell)),
    ];
    const table = rows.map((row) => `| ${row.join(" | ")} |\n`).join("");
    return `${table}\n(${code(report.command)}, ${dateOf(report.startedAt).slice(0, 10)}, Kubernetes ${cell(report.machine.kubernetesVersion)}.)\n`;
}

/** Text that neither ends the cell nor is read as Markdown or HTML. */
function cell(text: string): string {
    return text.replace(/\s+/g, " ").replace(/[\\`*_[\]<>|&]/g, (character) => `\\${character}`);
}

/** Between more backticks than the text has in a row. */
function code(text: string): string {
    const line = text.replace(/\s+/g, " ");
    const longest = [...line.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 0);
    const fence = "`".repeat(longest + 1);
    return longest === 0 ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`;
}
