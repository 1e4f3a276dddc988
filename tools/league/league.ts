/** One drill behind each controller, each on a lab of its own. */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { formatVersion, type Report } from "../drill/model";
import { reference } from "../drill/report/summary";
import { count, plural } from "../html/format";
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
    /** A report of the same drill that is there is taken, and nothing is drilled for it. */
    readonly isJoined: boolean;
    /** For each drill, and the lab that it needs: what takes longer is interrupted, and has failed. */
    readonly limitSeconds: number;
    /** Each controller has one of its name in it. */
    readonly folder: string;
    readonly make: Make;
    readonly say: (line: string) => void;
    /** Told of all entries up to now after each of them. */
    readonly onEntries: (entries: readonly Entry[]) => void;
    readonly signal: AbortSignal;
}

/**
 * A drill that fails does not end it. When it returns there is no lab, but where there was nothing to drill; interrupted, it
 * returns what it has until then.
 */
export async function league(options: LeagueOptions): Promise<readonly Entry[]> {
    const { controllers, folder, make, say, onEntries, signal } = options;
    const joined = new Map(controllers.flatMap((controller) => joinedEntry(controller, options) ?? []));
    const toDrill = controllers.filter((controller) => !joined.has(controller));
    // What an earlier league has left would stand beside what this one finds.
    for (const controller of toDrill) rmSync(join(folder, controller), { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const done = new Map(joined);
    const entries = () => controllers.flatMap((controller) => done.get(controller) ?? []);
    for (const entry of joined.values()) say(`${outcome(entry)}; that of ${entry.report?.startedAt ?? ""} is taken.`);
    if (joined.size > 0) onEntries(entries());
    if (toDrill.length === 0) return entries();
    const isInterrupted = () => signal.aborted;
    const begun = performance.now();
    try {
        for (const [i, controller] of toDrill.entries()) {
            if (isInterrupted()) break;
            const soFar = (performance.now() - begun) / 60_000;
            const toGo = i === 0 ? "" : `, about ${count((soFar / i) * (toDrill.length - i))} minutes to go`;
            say(`\n${controller}, ${i + 1} of ${toDrill.length}${toGo}:`);
            const entry = await drilled(controller, options);
            // Not what it was that failed.
            if (isInterrupted()) break;
            say(outcome(entry));
            done.set(controller, entry);
            onEntries(entries());
        }
    } finally {
        const logPath = join(folder, "down.log");
        const code = await make(["down"], { logPath });
        if (code !== 0) say(`The lab was not removed: make down ended with ${code} (${logPath}).`);
    }
    return entries();
}

/** In one line. */
function outcome({ controller, report, failure }: Entry): string {
    const totals = report === undefined ? undefined : reference(report)?.totals;
    return `${controller}: ${failure ?? `lost ${count(totals?.lost)} of ${plural(totals?.requests ?? 0, "request")}`}`;
}

/** With its controller; undefined where there is no report, or one of another drill. */
function joinedEntry(
    controller: ControllerName,
    options: LeagueOptions,
): readonly [readonly [ControllerName, Entry]] | undefined {
    if (!options.isJoined) return undefined;
    const report = readReport(join(options.folder, controller));
    // The drill says how it was called.
    const isSame = report?.command.endsWith(` ARGS="${argsOf(controller, options)}"`) === true;
    return isSame ? [[controller, { controller, report, failure: undefined }]] : undefined;
}

const argsOf = (controller: ControllerName, { drillArgs, folder }: LeagueOptions) =>
    [...drillArgs, "--out", join(folder, controller)].join(" ");

async function drilled(controller: ControllerName, options: LeagueOptions): Promise<Entry> {
    const { folder, make, limitSeconds } = options;
    const outFolder = join(folder, controller);
    const limit = AbortSignal.timeout(limitSeconds * 1000);
    const signal = AbortSignal.any([options.signal, limit]);
    mkdirSync(outFolder, { recursive: true });
    const logPath = join(outFolder, "make.log");
    const down = await make(["down"], { logPath, signal });
    if (down !== 0) return { controller, report: undefined, failure: endedWith("make down", down, logPath) };
    const code = await make(["drill", `CONTROLLER=${controller}`, `ARGS=${argsOf(controller, options)}`], {
        logPath,
        signal,
    });
    const report = readReport(outFolder);
    // With a report, that says by itself whether the promise was kept.
    if (report !== undefined) return { controller, report, failure: undefined };
    const failure = limit.aborted
        ? `no figures: it was not done after ${count(limitSeconds / 60)} minutes, and ${logPath} tells what it did`
        : endedWith("make drill", code, logPath);
    return { controller, report, failure };
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
