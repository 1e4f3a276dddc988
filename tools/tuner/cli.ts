/** The command behind `npm run tune`. */
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";

import { interruptedCode, runCommand, UsageError, wrongUsageCode } from "../common/commandLine";
import { stackFileName } from "../../settings/project";
import { stackFilePath } from "../common/stackFiles";
import { describeDiff, edited } from "./apply";
import { readOptions, usage, type Options } from "./options";
import { htmlReport } from "./report/html";
import { jsonReport } from "./report/json";
import { terminalReport } from "./report/terminal";
import type { Tuning } from "./report/tuning";
import { changesOf } from "./search/changes";
import { readStack, StackError } from "./stack";
import { TraceError } from "./traffic/traffic";
import { tune, type OnStep } from "./recommend";

/** Where the texts go, so that a test can read them. */
export interface Streams {
    readonly out: (text: string) => void;
    readonly err: (text: string) => void;
    /** A line that is replaced by the next one; to a file, only steps that are over are written. */
    readonly isTerminal: boolean;
}

/**
 * Returns the exit code.
 *
 * @param root the folder of the stack files
 * @param signal ends the search; nothing is written then
 */
export async function main(
    args: readonly string[],
    root: string,
    streams: Streams,
    signal?: AbortSignal,
): Promise<number> {
    try {
        const options = readOptions(args);
        if (options === "help") {
            streams.out(`${usage}\n`);
            return 0;
        }
        return await run(options, root, streams, signal);
    } catch (error) {
        if (signal?.aborted === true) {
            streams.err("\nInterrupted. Nothing was changed.\n");
            return interruptedCode;
        }
        if (error instanceof UsageError) {
            streams.err(`${error.message}\n\n${usage}\n`);
            return wrongUsageCode;
        }
        if (error instanceof TraceError || error instanceof StackError) {
            streams.err(`${error.message}\n`);
            return 1;
        }
        throw error;
    }
}

async function run(options: Options, root: string, streams: Streams, signal?: AbortSignal): Promise<number> {
    const fileName = stackFileName(options.stack);
    const path = stackFilePath(options.stack, root);
    const text = readFileSync(path, "utf8");
    const tuning = await tune(options, readStack(text, options.stack), {
        threads: options.threads ?? availableParallelism(),
        onStep: progress(streams),
        signal,
    });
    streams.out(terminalReport(tuning));
    if (options.jsonPath !== undefined) write(options.jsonPath, jsonReport(tuning), streams);
    if (options.htmlPath !== undefined) write(options.htmlPath, htmlReport(tuning), streams);
    if (tuning.search.recommendation.kind === "unreachable") return 1;
    return change(tuning, { fileName, path, text }, options, streams);
}

interface StackFile {
    readonly fileName: string;
    readonly path: string;
    readonly text: string;
}

function change(tuning: Tuning, { fileName, path, text }: StackFile, options: Options, streams: Streams): number {
    const { current, recommendation } = tuning.search;
    const after = edited(text, changesOf(current.setting, recommendation.setting));
    if (after === text) return 0;
    // What is written must be what the program takes.
    readStack(after, options.stack);
    streams.out(`\n${describeDiff(text, after, fileName)}\n`);
    if (!options.apply) {
        streams.out("\nNothing is changed yet: --apply does it.\n");
        return 0;
    }
    if (readFileSync(path, "utf8") !== text) throw new StackError(`${fileName} has changed meanwhile. Run it again.`);
    writeFileSync(path, after);
    streams.out(`\n${fileName} is changed. Next: npm run preview -- --stack ${options.stack}\n`);
    return 0;
}

function write(path: string, text: string, streams: Streams): void {
    try {
        writeFileSync(path, text);
    } catch (error) {
        throw new StackError(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
    }
    streams.err(`Written: ${path}\n`);
}

function progress({ err, isTerminal }: Streams): OnStep {
    return (step, done, total) => {
        if (isTerminal) err(`\r\u001b[K${done < total ? `${step}: ${done} of ${total}` : ""}`);
        else if (done === total && total > 1) err(`${step}: ${total}\n`);
    };
}

if (require.main === module) {
    const interruption = new AbortController();
    for (const name of ["SIGINT", "SIGTERM"] as const) {
        process.once(name, () => {
            interruption.abort(new Error("interrupted"));
        });
    }
    const streams: Streams = {
        out: (text) => process.stdout.write(text),
        err: (text) => process.stderr.write(text),
        isTerminal: process.stderr.isTTY,
    };
    runCommand((args) => main(args, process.cwd(), streams, interruption.signal), usage);
}
