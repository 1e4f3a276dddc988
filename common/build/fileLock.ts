/** Locks between processes, so that two runs at once do not build the same thing twice. */
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

import { started } from "../commands";

/**
 * Runs the work while no other process holds the lock. It is the kernel's lock on the file, held by a child that ends with
 * this process: none is ever left behind.
 *
 * @param whileWaiting told once, when somebody else has it
 */
export async function withFileLock<T>(path: string, whileWaiting: () => void, work: () => Promise<T>): Promise<T> {
    await mkdir(dirname(path), { recursive: true });
    const holder = await started("flock", () =>
        spawn("flock", ["--exclusive", path, "sh", "-c", "echo locked; exec cat"], {
            stdio: ["pipe", "pipe", "inherit"],
        }),
    );
    const timer = setTimeout(whileWaiting, 1000);
    try {
        await new Promise<void>((resolve, reject) => {
            holder.stdout.once("data", () => {
                resolve();
            });
            holder.once("close", (code) => {
                reject(new Error(`flock could not lock ${path}: it ended with ${code ?? "a signal"}.`));
            });
        });
        clearTimeout(timer);
        return await work();
    } finally {
        clearTimeout(timer);
        holder.stdin.end();
    }
}
