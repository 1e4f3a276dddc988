/** The real Pulumi engine, at work on stack lab. */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";

import { lastLines } from "../common/commands";
import { processesWith } from "./cluster/processes";
import { Supervisor } from "./cluster/supervisor";
import { repositoryRoot, statePaths } from "./paths";
import { labStack, pulumiHome, readLabStackFile, stackEnvironment, writeStackFile, type StackTools } from "./stack";

const logPath = join(statePaths.pulumi, "pulumi.log");

export interface PulumiOptions {
    readonly tools: StackTools;
    /** Text of a stack file. Default: the lab's. */
    readonly stackFile?: string;
    /** What comes of it, line by line. */
    readonly onLine?: (line: string) => void;
    /** Asks it to end as Ctrl-C would: it finishes what it has begun, and writes its state. */
    readonly signal?: AbortSignal;
}

/** The engine has ended because it was asked to. */
export class InterruptedError extends Error {}

/** Runs a Pulumi command on stack lab. Rejects with the last lines of its output where it fails. */
export async function runPulumi(command: readonly string[], options: PulumiOptions): Promise<string> {
    const stackFilePath = writeStackFile(options.stackFile ?? readLabStackFile());
    const args = [...command, "--stack", labStack, "--config-file", stackFilePath, "--non-interactive"];
    // Into a file, which is read as it grows: with a pipe the engine would die of its next line when this process is
    // killed, in the middle of what it does.
    const log = openSync(logPath, "w", 0o600);
    const child = spawn(
        join(__dirname, "cluster/daemon.sh"),
        // With a pid file, so that it is found again where this process is killed.
        [join(statePaths.pulumi, "pulumi.pid"), "none", options.tools.pulumi, ...args],
        {
            cwd: repositoryRoot,
            // A process group of its own: Ctrl-C must reach it once, and a second signal would make it drop everything.
            detached: true,
            env: { ...process.env, ...stackEnvironment(options.tools) },
            stdio: ["ignore", log, log],
        },
    );
    closeSync(log);
    const interrupt = () => child.kill("SIGINT");
    options.signal?.addEventListener("abort", interrupt);
    const reading = readLines(logPath, options.onLine ?? (() => undefined));
    try {
        const code = await exitOf(child);
        reading.end();
        if (options.signal?.aborted === true) throw new InterruptedError("Interrupted.");
        const output = readFileSync(logPath, "utf8");
        if (code !== 0) {
            throw new Error(`pulumi ${command.join(" ")} ended with ${code ?? "a signal"}:\n${lastLines(output, 40)}`);
        }
        return output;
    } finally {
        reading.end();
        options.signal?.removeEventListener("abort", interrupt);
    }
}

/** Ends an engine that an earlier, killed `make up` has left, and plugins of one that was killed itself. */
export async function stopPulumi(): Promise<void> {
    // As by Ctrl-C: it then finishes what it has begun.
    await new Supervisor(statePaths.pulumi).stop("pulumi", 60, "SIGINT");
    endPlugins(pulumiHome);
}

/** Without its engine, the official provider looks only after five minutes, and meanwhile goes on with what it was told. */
export function endPlugins(home: string): void {
    const plugins = processesWith("PULUMI_HOME", home).filter(({ name }) => /^pulumi-(resource|language)-/.test(name));
    for (const { pid } of plugins) process.kill(pid, "SIGKILL");
}

/** Whether this process, or another one that was killed, has an engine at work. */
export function isPulumiRunning(): boolean {
    return new Supervisor(statePaths.pulumi).statuses().some(({ isRunning }) => isRunning);
}

function exitOf(child: ChildProcess): Promise<number | null> {
    return new Promise((resolve, reject) => {
        child.on("error", reject);
        child.on("exit", resolve);
    });
}

/** Hands on the lines of a file that grows, until it is ended; then the rest of them. */
function readLines(path: string, onLine: (line: string) => void): { readonly end: () => void } {
    const file = openSync(path, "r");
    const decoder = new StringDecoder("utf8");
    let rest = "";
    const read = () => {
        const chunk = Buffer.alloc(65_536);
        for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk)) {
            const lines = (rest + decoder.write(chunk.subarray(0, size))).split("\n");
            rest = lines.pop() ?? "";
            for (const line of lines) onLine(line);
        }
    };
    const timer = setInterval(read, 100);
    let isOver = false;
    return {
        end: () => {
            if (isOver) return;
            isOver = true;
            clearInterval(timer);
            read();
            if (rest !== "") onLine(rest);
            closeSync(file);
        },
    };
}
