/** Running a command to its end. */
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

/** How a command ended, and what it printed. */
export interface Output {
    /** The exit code; undefined where a signal ended the command. */
    readonly code: number | undefined;
    readonly stdout: string;
    readonly stderr: string;
}

/** Runs a command to its end, whatever its exit code. Rejects only where it cannot be started, or is ended by the signal. */
export async function runToEnd(
    command: string,
    args: readonly string[],
    options: CommandOptions = {},
): Promise<Output> {
    const { cwd, env, input, signal } = options;
    signal?.throwIfAborted();
    const child = start([command, ...args], {
        cwd,
        env: { ...process.env, ...env },
        stdio: ["pipe", "pipe", "pipe"],
        signal,
    });
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    // A command that ends without reading its input is judged by its exit code alone.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
    const end = await endOf(child, signal);
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
