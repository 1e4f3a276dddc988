/** The command behind `make league`. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { interruptedCode, interruption, runCommand, WrongInputError } from "../common/commandLine";
import { readLeagueArguments, usage } from "./arguments";
import { league, recordedEntries, type Entry } from "./league";
import { makeOf } from "./make";
import { html, isKeptByAll, markdown } from "./table";

const folder = "out/league";

async function main(args: readonly string[]): Promise<number> {
    const { controllers, isTableOnly, command, ...ofDrills } = readLeagueArguments(args);
    if (isTableOnly) {
        const entries = recordedEntries(controllers, folder);
        if (entries.length === 0) throw new WrongInputError(`${folder} has no report. make league leaves them there.`);
        return show(entries, "make league");
    }
    const interrupted = interruption(() => {
        say("\nInterrupted: the drill ends, and the lab is removed. This takes a minute.");
    });
    // Of an earlier league, for hours beside this one's reports.
    for (const name of ["league.md", "league.html"]) rmSync(join(folder, name), { force: true });
    const entries = await league({
        ...ofDrills,
        controllers,
        folder,
        make: makeOf((text) => process.stderr.write(text)),
        say,
        onEntries: (all) => {
            write(all, command);
        },
        signal: interrupted,
    });
    const code = entries.length === 0 ? 1 : show(entries, command);
    return interrupted.aborted ? interruptedCode : code;
}

/** Writes it, prints it, and returns the exit code. */
function show(entries: readonly Entry[], command: string): number {
    const paths = write(entries, command);
    process.stdout.write(`\n${markdown(entries, command)}\n${paths.join("\n")}\n`);
    return isKeptByAll(entries) ? 0 : 1;
}

/** Returns the paths. */
function write(entries: readonly Entry[], command: string): readonly string[] {
    mkdirSync(folder, { recursive: true });
    const files = { "league.md": markdown(entries, command), "league.html": html(entries, command) };
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
