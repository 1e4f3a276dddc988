/** One drill behind each controller, each on a lab of its own. */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { formatVersion, type Report } from "../drill/model";
import type { ControllerName } from "../lab/controller";

/** What became of the drill behind one controller. */
export interface Entry {
    readonly controller: ControllerName;
    /** Undefined where the drill came to none. */
    readonly report: Report | undefined;
    /** What failed, in words; undefined where nothing did. */
    readonly failure: string | undefined;
}

/**
 * Runs a goal of make to its end, whatever that is, and returns its exit code.
 *
 * @param logPath what it prints is added there
 * @param signal interrupts it as Ctrl-C would; it is waited for all the same
 */
export type Make = (
    args: readonly string[],
    options: { readonly logPath: string; readonly signal?: AbortSignal | undefined },
) => Promise<number>;

export interface LeagueOptions {
    readonly controllers: readonly ControllerName[];
    /** For each drill. */
    readonly drillArgs: readonly string[];
    /** Each controller has one of its name in it. */
    readonly folder: string;
    readonly make: Make;
    readonly say: (line: string) => void;
    /** Told of all entries up to now after each of them. */
    readonly onEntries: (entries: readonly Entry[]) => void;
    readonly signal: AbortSignal;
}

/** A drill that fails does not end it. When it returns there is no lab; interrupted, it returns what it has until then. */
export async function league(options: LeagueOptions): Promise<readonly Entry[]> {
    const { controllers, folder, make, say, onEntries, signal } = options;
    // What an earlier league has left would stand beside what this one finds.
    for (const controller of controllers) rmSync(join(folder, controller), { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const isInterrupted = () => signal.aborted;
    const entries: Entry[] = [];
    try {
        for (const [i, controller] of controllers.entries()) {
            if (isInterrupted()) break;
            say(`\n${controller}, ${i + 1} of ${controllers.length}:`);
            const entry = await drilled(controller, options);
            // Not what it was that failed.
            if (isInterrupted()) break;
            if (entry.failure !== undefined) say(`${controller}: ${entry.failure}`);
            entries.push(entry);
            onEntries(entries);
        }
    } finally {
        const logPath = join(folder, "down.log");
        const code = await make(["down"], { logPath });
        if (code !== 0) say(`The lab was not removed: make down ended with ${code} (${logPath}).`);
    }
    return entries;
}

async function drilled(controller: ControllerName, { folder, drillArgs, make, signal }: LeagueOptions): Promise<Entry> {
    const outFolder = join(folder, controller);
    mkdirSync(outFolder, { recursive: true });
    const logPath = join(outFolder, "make.log");
    const down = await make(["down"], { logPath, signal });
    if (down !== 0) return { controller, report: undefined, failure: endedWith("make down", down, logPath) };
    const args = [...drillArgs, "--out", outFolder].join(" ");
    const code = await make(["drill", `CONTROLLER=${controller}`, `ARGS=${args}`], { logPath, signal });
    const report = readReport(outFolder);
    // With a report, that says by itself whether the promise was kept.
    return { controller, report, failure: report === undefined ? endedWith("make drill", code, logPath) : undefined };
}

const endedWith = (command: string, code: number, logPath: string) =>
    `no figures: ${command} ended with ${code}, and ${logPath} tells why`;

/** The entries of a league that is over. Controllers that were not drilled are left out. */
export function recordedEntries(controllers: readonly ControllerName[], folder: string): readonly Entry[] {
    return controllers
        .filter((controller) => existsSync(join(folder, controller)))
        .map((controller) => {
            const report = readReport(join(folder, controller));
            const failure = `no figures, and ${join(folder, controller)} has no report of this version of the drill`;
            return { controller, report, failure: report === undefined ? failure : undefined };
        });
}

/** Undefined where there is none, or none that this drill could have written. */
function readReport(folder: string): Report | undefined {
    try {
        const report = JSON.parse(readFileSync(join(folder, "report.json"), "utf8")) as Partial<Report> | null;
        return report?.formatVersion === formatVersion ? (report as Report) : undefined;
    } catch {
        return undefined;
    }
}
