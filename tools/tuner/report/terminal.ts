/** What `npm run tune` prints. */
import { columnsOf, legend, limitColumns, limitRowsOf, rowsOf } from "./rows";
import type { Tuning } from "./tuning";
import {
    busyWorkersAdvice,
    foundations,
    headline,
    reasons,
    scheduleAdvice,
    sensitivities,
    sizingAdvice,
} from "./words";

const width = 100;

export function terminalReport(tuning: Tuning): string {
    const columns = columnsOf(tuning);
    return [
        wrapped(headline(tuning), ""),
        "",
        ...adviceLines(tuning),
        "What other objectives would cost, in the trace as it is:",
        tableOf([limitColumns, ...limitRowsOf(tuning)]),
        "",
        "Why?",
        ...reasons(tuning).map((line) => wrapped(line, "- ")),
        "",
        "Does it still hold?",
        ...sensitivities(tuning).map((line) => wrapped(line, "- ")),
        "",
        tableOf([
            ["", ...columns.map(({ title }) => title)],
            ...rowsOf(tuning).map((row) => [row.name, ...columns.map((column) => column.of(row, tuning))]),
        ]),
        "",
        wrapped(legend),
        "",
        ...scheduleLines(tuning),
        ...sizingLines(tuning),
        "What it rests on",
        ...foundations(tuning).map((line) => wrapped(line, "- ")),
        "",
    ].join("\n");
}

function adviceLines(tuning: Tuning): readonly string[] {
    const advice = busyWorkersAdvice(tuning);
    return advice === undefined ? [] : [wrapped(advice.sentence), ...advice.lines, wrapped(advice.needs), ""];
}

function scheduleLines(tuning: Tuning): readonly string[] {
    const advice = scheduleAdvice(tuning);
    if (advice === undefined) return [];
    const { sentence, columns, rows, lines } = advice;
    return ["Replicas by the clock", wrapped(sentence), ...lines, "", tableOf([columns, ...rows]), ""];
}

function sizingLines(tuning: Tuning): readonly string[] {
    const advice = sizingAdvice(tuning);
    if (advice === undefined) return [];
    const { sentences, lines } = advice;
    return ["What a pod should ask for", ...sentences.map((line) => wrapped(line, "- ")), ...lines, ""];
}

function tableOf(lines: readonly (readonly string[])[]): string {
    const widths = lines[0]?.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0))) ?? [];
    return lines
        .map((line) =>
            line
                .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
                .join("  ")
                .trimEnd(),
        )
        .join("\n");
}

/** Breaks between words; lines after the first stand below the text of the first. */
function wrapped(text: string, bullet = ""): string {
    const lines: string[] = [];
    let line = bullet;
    for (const word of text.split(" ")) {
        const isEmpty = line.trim() === "" || line === bullet;
        if (!isEmpty && line.length + 1 + word.length > width) {
            lines.push(line);
            line = " ".repeat(bullet.length) + word;
        } else line += isEmpty ? word : ` ${word}`;
    }
    return [...lines, line].join("\n");
}
