/** The command behind `make drill-releases`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Cleanup } from "../common/cleanup";
import { interruptedCode, interruption, readInput, runCommand } from "../common/commandLine";
import { readReleasesArguments, usage } from "./arguments";
import { check } from "./check";
import { fromNdjson, toNdjson, type HistoryEvent } from "./history";
import { isProven, markdown } from "./report";
import { drillReleases } from "./run";

async function main(args: readonly string[]): Promise<number> {
    const options = readReleasesArguments(args);
    if ("historyPath" in options) {
        const { text, code } = judged(
            fromNdjson(readInput(options.historyPath, " A drill of releases leaves one in out/releases.")),
            0,
        );
        process.stdout.write(text);
        return code;
    }
    const interrupted = interruption(() => {
        say("\nInterrupted: everything is brought back to what it was. This takes a minute.");
    });
    const cleanup = new Cleanup();
    let isKept = false;
    try {
        const history = await drillReleases(options, { cleanup, say, signal: interrupted });
        const { text, code } = judged(history, options.releases);
        isKept = code === 0;
        process.stdout.write(
            `\n${text}\n${write(options.outFolder, { "report.md": text, "history.ndjson": toNdjson(history) })}\n`,
        );
    } catch (error) {
        if (!interrupted.aborted) say(error instanceof Error ? error.message : String(error));
    }
    if (!interrupted.aborted) say("Everything is brought back to what it was.");
    const failures = await cleanup.run(say);
    for (const failure of failures) say(`Not brought back: ${failure}`);
    if (interrupted.aborted) return interruptedCode;
    return isKept && failures.length === 0 ? 0 : 1;
}

function judged(history: readonly HistoryEvent[], releases: number): { readonly text: string; readonly code: number } {
    const [ours, usual] = [check(history, "ours"), check(history, "usual")];
    const command =
        releases === 50 || releases === 0 ? "make drill-releases" : `make drill-releases ARGS="--releases ${releases}"`;
    return { text: markdown(ours, usual, command), code: isProven(ours, usual) ? 0 : 1 };
}

/** Returns the paths, a line each. */
function write(folder: string, files: Readonly<Record<string, string>>): string {
    mkdirSync(folder, { recursive: true });
    return Object.entries(files)
        .map(([name, text]) => {
            const path = join(folder, name);
            writeFileSync(path, text);
            return path;
        })
        .join("\n");
}

function say(line: string): void {
    process.stderr.write(`${line}\n`);
}

runCommand(main, usage);
