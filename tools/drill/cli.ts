/** The command behind `make drill`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";

import { Cleanup } from "../common/cleanup";
import { interruptedCode, interruption, readInput, runCommand, WrongInputError } from "../common/commandLine";
import { commandAt, readCommand, usage, type Arguments, type Redrawing } from "./arguments";
import { drill } from "./drill";
import { NotCarriedError } from "./load/carried";
import { formatVersion, type Report } from "./model";
import { html, markdown, terminal } from "./report";
import { verdictOf } from "./report/summary";

async function main(args: readonly string[]): Promise<number> {
    const options = readCommand(args);
    if ("reportPath" in options) return redraw(options);
    if (!options.isAgreed && !(await isAgreed(options))) {
        say("Nothing was touched.");
        return 1;
    }
    const interrupted = interruption(() => {
        say("\nInterrupted: everything is brought back to what it was. This takes a minute.");
    });
    const cleanup = new Cleanup();
    let isKept = false;
    try {
        const report = await drill(options, { cleanup, say, signal: interrupted });
        isKept = show(report, options.outFolder);
    } catch (error) {
        if (!interrupted.aborted) say(error instanceof Error ? error.message : String(error));
        if (error instanceof NotCarriedError) say(remedy(options, error.lowerRate));
    }
    if (!interrupted.aborted) say("Everything is brought back to what it was.");
    const failures = await cleanup.run(say);
    for (const failure of failures) say(`Not brought back: ${failure}`);
    if (interrupted.aborted) return interruptedCode;
    return isKept && failures.length === 0 ? 0 : 1;
}

/** What was recorded, in the form of today. */
function redraw({ reportPath, outFolder }: Redrawing): number {
    const report = readReport(reportPath);
    mkdirSync(outFolder, { recursive: true });
    return show(report, outFolder) ? 0 : 1;
}

/** @throws {WrongInputError} */
function readReport(path: string): Report {
    const text = readInput(path, " A drill leaves one in out/drill.");
    let report: unknown;
    try {
        report = JSON.parse(text);
    } catch {
        throw new WrongInputError(`${path} is no report.json of a drill: it is not JSON.`);
    }
    const found = (report as { readonly formatVersion?: unknown } | null)?.formatVersion;
    if (found !== formatVersion) {
        throw new WrongInputError(
            `${path} cannot be drawn: its formatVersion is ${String(found)}, and this drill draws ${formatVersion}. ` +
                "The drill that wrote it draws it.",
        );
    }
    return report as Report;
}

/** Writes it, prints it, and returns whether the promise was kept. */
function show(report: Report, outFolder: string): boolean {
    const paths = write(report, outFolder);
    process.stdout.write(`\n${terminal(report)}\n${paths.join("\n")}\n`);
    return verdictOf(report).tone === "good";
}

function remedy(options: Arguments, lowerRate: number | undefined): string {
    return lowerRate === undefined
        ? "It cannot be drilled from this machine: less load would tell nothing."
        : `Less load: ${commandAt(options, lowerRate)}`;
}

/** Says what will be done to which cluster, and asks. No without a terminal. */
async function isAgreed({ context, stack, events, baselines, url }: Arguments): Promise<boolean> {
    const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name).join(", ");
    say(`Cluster: ${context ?? "the kubeconfig's current context"}; stack ${stack}; load to ${url}.`);
    say(`Events: ${names(events)}.`);
    if (baselines.length > 0) say(`In namespaces of their own: ${names(baselines)}.`);
    if (!process.stdin.isTTY) {
        say("There is no terminal to agree at; --yes agrees.");
        return false;
    }
    const terminalInput = createInterface({ input: process.stdin, output: process.stderr });
    const answer = await terminalInput.question(
        "Pods, nodes and the ingress controller will be disturbed. Go on? [y/N] ",
    );
    terminalInput.close();
    return /^y(es)?$/i.test(answer.trim());
}

/** Returns the paths. */
function write(report: Report, folder: string): readonly string[] {
    const files = {
        "report.json": `${JSON.stringify(report)}\n`,
        "report.html": html(report),
        // For documents.
        "report.md": markdown(report),
    };
    return Object.entries(files).map(([name, text]) => {
        const path = join(folder, name);
        writeFileSync(path, text);
        return path;
    });
}

function say(line: string): void {
    process.stderr.write(`${line}\n`);
}

runCommand(main, usage);
