/** A command of a test, with what it printed. */
import { spawn } from "node:child_process";

import { root } from "../../render/stackFile";

export interface Ended {
    /** null where a signal ended it. */
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
}

/** Runs a command in the project's folder to its end. Rejects only where it cannot be started. */
export function spawned(command: string, ...args: readonly string[]): Promise<Ended> {
    return new Promise((resolve, reject) => {
        const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
        let stdout = "";
        let stderr = "";
        child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
        child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
        child.on("error", reject);
        child.on("close", (code) => {
            resolve({ code, stdout, stderr });
        });
    });
}
