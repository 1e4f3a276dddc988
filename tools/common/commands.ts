/** Starting a program, and running a command to its end. */
import type { ChildProcess } from "node:child_process";

import { endOf, start } from "./processGroup";

/** Variables to set; those that are undefined are taken away. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface CommandOptions {
    readonly cwd?: string;
    /** Added to this process's environment. */
    readonly env?: Environment;
    /** What the command reads; nothing where undefined. */
    readonly input?: string;
    /** Ends the command with all that it has started, as does the end of this process; see {@link endOf}. */
    readonly signal?: AbortSignal | undefined;
    /** Ends it likewise, once it has taken so long. Default: never. */
    readonly timeoutSeconds?: number;
}

/** A command that ended with another code than 0; the message has the last lines that it printed. */
export class CommandError extends Error {
    constructor(
        readonly command: readonly string[],
        readonly code: number | undefined,
        readonly stderr: string,
    ) {
        const ending = code === undefined ? "was ended by a signal" : `ended with ${code}`;
        const last = lastLines(stderr, 20);
        super(`${command.join(" ")} ${ending}${last === "" ? "." : `:\n${last}`}`);
    }
}

/** There is no such program, or none that this user may run. */
export class MissingProgramError extends Error {
    constructor(program: string, hint: string, cause: unknown) {
        const place = program.includes("/") ? "" : " on PATH";
        super(`There is no ${program}${place} that this user may run.${hint === "" ? "" : ` ${hint}`}`, { cause });
    }
}

/**
 * How the search for a program ends in vain: with EACCES where a folder of PATH may not be read, or the program not be run,
 * and with ENOTDIR where PATH's last entry is no folder.
 */
const codesOfMissing: readonly unknown[] = ["ENOENT", "EACCES", "ENOTDIR"];

/**
 * The child process, once its program runs.
 *
 * @param begin calls spawn
 * @param hint how to get the program, for the error's message
 * @throws {MissingProgramError}
 */
export async function started<Child extends ChildProcess>(
    program: string,
    begin: () => Child,
    hint = "",
): Promise<Child> {
    try {
        return await new Promise((resolve, reject) => {
            // Some of the errors it throws, of others it tells by an event.
            const child = begin();
            child.on("error", reject);
            child.on("spawn", () => {
                resolve(child);
            });
        });
    } catch (error) {
        if (!codesOfMissing.includes((error as NodeJS.ErrnoException).code)) throw error;
        throw new MissingProgramError(program, hint, error);
    }
}

/** How a command ended, and what it printed. */
export interface Output {
    /** The exit code; undefined where a signal ended the command. */
    readonly code: number | undefined;
    readonly stdout: string;
    readonly stderr: string;
}

/**
 * Runs a command to its end, whatever its exit code. Rejects only where it does not start (see {@link started}), takes too
 * long, or is ended by the signal.
 */
export async function runToEnd(
    command: string,
    args: readonly string[],
    options: CommandOptions = {},
): Promise<Output> {
    const { cwd, env, input, timeoutSeconds } = options;
    const timeout = timeoutSeconds === undefined ? undefined : AbortSignal.timeout(timeoutSeconds * 1000);
    const signal =
        timeout === undefined
            ? options.signal
            : AbortSignal.any([timeout, ...(options.signal ? [options.signal] : [])]);
    signal?.throwIfAborted();
    const child = await started(command, () =>
        start([command, ...args], {
            cwd,
            env: { ...process.env, ...env },
            stdio: ["pipe", "pipe", "pipe"],
            signal,
        }),
    );
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    // A command that ends without reading its input is judged by its exit code alone.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
    const end = await endOf(child, signal).catch((error: unknown) => {
        if (timeout === undefined || signal?.reason !== timeout.reason) throw error;
        const soFar = lastLines(stderr.trim() === "" ? stdout : stderr, 20);
        throw new Error(`${[command, ...args].join(" ")} has not ended after ${timeoutSeconds} s: ${soFar}`);
    });
    return { code: typeof end === "number" ? end : undefined, stdout, stderr };
}

/** Returns what the command prints. Rejects with a {@link CommandError} where it fails. */
export async function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await runToEnd(command, args, options);
    if (code === 0) return stdout;
    throw new CommandError([command, ...args], code, stderr.trim() === "" ? stdout : stderr);
}

export function lastLines(text: string, count: number): string {
    return text.trimEnd().split("\n").slice(-count).join("\n");
}

export function sleep(seconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
