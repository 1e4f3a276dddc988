/** Running a command to its end, with its output as text. */
import { spawn } from "node:child_process";

export interface Output {
    /** The exit code; undefined where a signal ended the command. */
    readonly code: number | undefined;
    readonly stdout: string;
    readonly stderr: string;
}

export interface CommandOptions {
    readonly cwd: string;
    /** Added to this process's environment. */
    readonly env?: Readonly<Record<string, string>>;
}

/** Undefined where there is no such command on PATH. */
export type Run = (command: string, args: readonly string[], options: CommandOptions) => Promise<Output | undefined>;

export const run: Run = (command, args, options) =>
    new Promise((resolve, reject) => {
        const child = spawn(command, [...args], {
            cwd: options.cwd,
            env: { ...process.env, ...options.env },
            stdio: ["ignore", "pipe", "pipe"],
        });
        const stdout: Buffer[] = [];
        const stderr: Buffer[] = [];
        child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
        child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
        child.on("error", (error: NodeJS.ErrnoException) => {
            if (error.code === "ENOENT") resolve(undefined);
            else reject(error);
        });
        child.on("close", (code) => {
            resolve({
                code: code ?? undefined,
                stdout: Buffer.concat(stdout).toString("utf8"),
                stderr: Buffer.concat(stderr).toString("utf8"),
            });
        });
    });
