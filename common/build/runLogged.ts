/** Long commands, whose output goes to a file and whose errors say where it is. */
import { spawn } from "node:child_process";
import { open, readFile } from "node:fs/promises";

import { lastLines, started } from "../commands";

export interface LoggedOptions {
    readonly cwd: string;
    /** Added to this process's environment. */
    readonly env: Readonly<Record<string, string>>;
    /** Written anew. */
    readonly logPath: string;
}

/** Rejects with the last lines of the output, and where all of it is, when the command fails. */
export async function runLogged(command: readonly string[], options: LoggedOptions): Promise<void> {
    const [program = "", ...args] = command;
    const log = await open(options.logPath, "w");
    try {
        const child = await started(program, () =>
            spawn(program, args, {
                cwd: options.cwd,
                env: { ...process.env, ...options.env },
                stdio: ["ignore", log.fd, log.fd],
            }),
        );
        const code = await new Promise<number | string>((resolve) => {
            child.on("close", (exitCode, signal) => {
                resolve(exitCode ?? signal ?? "nothing");
            });
        });
        if (code === 0) return;
        const output = await readFile(options.logPath, "utf8");
        throw new Error(
            `${command.slice(0, 3).join(" ")} ... in ${options.cwd} ended with ${code}. ` +
                `The last lines of ${options.logPath}:\n${lastLines(output, 20)}`,
        );
    } finally {
        await log.close();
    }
}
