/** The report as text. */
import { percent } from "../../html/format";
import { quietShare } from "./machine";
import { isMet, speeds, type Comparison, type Report, type Series, type Sweep } from "./result";
import { spreadOf, type Spread } from "./statistics";

export function text(report: Report): string {
    const { date, command, machine, load, comparisons, sweeps } = report;
    return [
        `${date}, ${command}`,
        `${machine.cores} cores (${machine.cpu}), Linux ${machine.kernel}, ${percent(machine.busyShareBefore)} busy before`,
        ...(machine.busyShareBefore > quietShare
            ? ["In doubt: the machine had other work, and who gets how much of a CPU that all want is chance."]
            : []),
        `${load.rounds} rounds of ${load.seconds} s in turn, ${load.connections} connections; requests per second are medians, ` +
            "ratios are medians of the rounds' ratios (least to most)",
        ...(comparisons.length === 0 ? [] : ["", aligned([comparisonColumns, ...comparisons.map(comparisonCells)])]),
        ...sweeps.flatMap((each) => ["", sweepText(each)]),
        "",
    ].join("\n");
}

const comparisonColumns = ["", "page", "requests/s", "beside", "ratio", "target", ""];

function comparisonCells(each: Comparison): readonly string[] {
    return [
        each.title,
        each.page,
        `${each.measured.name} ${medianSpeed(each.measured.samples)}`,
        `${each.reference.name} ${medianSpeed(each.reference.samples)}`,
        ratioText(each.ratio),
        ...targetCells(each),
    ];
}

function sweepText(each: Sweep): string {
    const rows = each.results.map(({ maxChildren, samples }) => [
        String(maxChildren),
        medianSpeed(samples),
        spreadOf(samples.map(({ p99Milliseconds }) => p99Milliseconds)).median.toFixed(0),
        [...(maxChildren === each.chosen ? ["our rule"] : []), ...(maxChildren === each.best ? ["best"] : [])].join(
            ", ",
        ),
    ]);
    const verdict = ["our rule ÷ best", ratioText(each.ratio), ...targetCells(each)].join("  ");
    return `pm.max_children for ${each.page} with a CPU limit of ${each.cpu}\n${aligned([["workers", "requests/s", "p99 ms", ""], ...rows])}\n${verdict}`;
}

const targetCells = (each: Pick<Comparison, "ratio" | "atLeast">): readonly string[] =>
    each.atLeast === undefined ? ["", ""] : [`>= ${each.atLeast.toFixed(2)}`, isMet(each) ? "met" : "MISSED"];

const medianSpeed = (samples: Series): string => spreadOf(speeds(samples)).median.toFixed(0);

const ratioText = ({ median, least, most }: Spread): string =>
    `${median.toFixed(3)} (${least.toFixed(3)} to ${most.toFixed(3)})`;

function aligned(rows: readonly (readonly string[])[]): string {
    const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
    return rows
        .map((row) =>
            row
                .map((cell, i) => cell.padEnd(widths[i] ?? 0))
                .join("  ")
                .trimEnd(),
        )
        .join("\n");
}
