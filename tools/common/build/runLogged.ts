/** Long commands, whose output goes to a file and whose errors say where it is. */
import { open, readFile } from "node:fs/promises";

import { lastLines, started } from "../commands";
import { endOf, start } from "../processGroup";

export interface LoggedOptions {
    readonly cwd: string;
    /** Added to this process's environment. */
    readonly env: Readonly<Record<string, string>>;
    /** Written anew. */
    readonly logPath: string;
    /** Ends the command with all that it has started, as does the end of this process. */
    readonly signal?: AbortSignal | undefined;
}

/** Rejects with the last lines of the output, and where all of it is, when the command fails. */
export async function runLogged(command: readonly string[], options: LoggedOptions): Promise<void> {
    const { cwd, env, logPath, signal } = options;
    signal?.throwIfAborted();
    const log = await open(logPath, "w");
    try {
        const child = await started(command[0] ?? "", () =>
            start(command, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", log.fd, log.fd], signal }),
        );
        const end = await endOf(child, signal);
        if (end === 0) return;
        throw new Error(
            `${command.slice(0, 3).join(" ")} ... in ${cwd} ended with ${end}. ` +
                `The last lines of ${logPath}:\n${lastLines(await readFile(logPath, "utf8"), 20)}`,
        );
    } finally {
        await log.close();
    }
}
