/** Running a command to its end. */
import { spawn } from "node:child_process";

/** Variables to set; those that are undefined are taken away. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface CommandOptions {
    readonly cwd?: string;
    /** Added to this process's environment. */
    readonly env?: Environment;
    /** What the command reads; nothing where undefined. */
    readonly input?: string;
    /** The longest that it may take; it is ended then. Default: for ever. */
    readonly timeoutSeconds?: number;
    /** Ends it. */
    readonly signal?: AbortSignal;
}

/** A command that ended with another code than 0; the message has the last lines that it printed. */
export class CommandError extends Error {
    constructor(
        readonly command: readonly string[],
        readonly code: number | undefined,
        readonly stderr: string,
    ) {
        const ending = code === undefined ? "was ended by a signal" : `ended with ${code}`;
        super(`${command.join(" ")} ${ending}${stderr === "" ? "." : `:\n${lastLines(stderr, 20)}`}`);
    }
}

/** How a command ended, and what it printed. */
export interface Output {
    /** The exit code; undefined where a signal ended the command. */
    readonly code: number | undefined;
    readonly stdout: string;
    readonly stderr: string;
}

/** Runs a command to its end, whatever its exit code. Rejects where it cannot be started, takes too long, or with the signal. */
export function runToEnd(command: string, args: readonly string[], options: CommandOptions = {}): Promise<Output> {
    return new Promise((resolve, reject) => {
        const child = spawn(command, [...args], {
            ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
            env: { ...process.env, ...options.env },
            stdio: ["pipe", "pipe", "pipe"],
            ...(options.signal === undefined ? {} : { signal: options.signal }),
        });
        const { timeoutSeconds } = options;
        const timer =
            timeoutSeconds === undefined
                ? undefined
                : setTimeout(() => {
                      child.kill();
                      const soFar = lastLines(stderr === "" ? stdout : stderr, 20);
                      reject(
                          new Error(
                              `${[command, ...args].join(" ")} has not ended after ${timeoutSeconds} s: ${soFar}`,
                          ),
                      );
                  }, timeoutSeconds * 1000);
        let stdout = "";
        let stderr = "";
        child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
        child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
        // A command that ends without reading its input is judged by its exit code alone.
        child.stdin.on("error", () => undefined);
        child.stdin.end(options.input);
        child.on("error", (error) => {
            clearTimeout(timer);
            reject(error);
        });
        child.on("close", (code) => {
            clearTimeout(timer);
            resolve({ code: code ?? undefined, stdout, stderr });
        });
    });
}

/** Returns what the command prints. Rejects with a {@link CommandError} where it fails. */
export async function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await runToEnd(command, args, options);
    if (code === 0) return stdout;
    throw new CommandError([command, ...args], code, stderr === "" ? stdout : stderr);
}

export function lastLines(text: string, count: number): string {
    return text.trimEnd().split("\n").slice(-count).join("\n");
}

export function sleep(seconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
