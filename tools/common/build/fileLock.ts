/** Locks between processes, so that two runs at once do not build the same thing twice. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

import { started } from "../commands";

export interface LockOptions {
    /** Told once, when somebody else has it. */
    readonly whileWaiting?: (() => void) | undefined;
    /** Ends the waiting. */
    readonly signal?: AbortSignal | undefined;
}

/**
 * Runs the work while no other process holds the lock. It is the kernel's lock on the file, held by a child that ends with
 * this process: none is ever left behind.
 */
export async function withFileLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
    await mkdir(dirname(path), { recursive: true });
    options.signal?.throwIfAborted();
    const holder = await started("flock", () =>
        spawn("flock", ["--exclusive", path, "sh", "-c", "echo locked; exec cat"], {
            stdio: ["pipe", "pipe", "inherit"],
        }),
    );
    try {
        await locked(holder, path, options);
        return await work();
    } finally {
        holder.stdin.end();
    }
}

async function locked(holder: ChildProcess, path: string, { whileWaiting, signal }: LockOptions): Promise<void> {
    const timer = setTimeout(() => whileWaiting?.(), 1000);
    const giveUp = () => holder.kill();
    signal?.addEventListener("abort", giveUp);
    try {
        await new Promise<void>((resolve, reject) => {
            holder.stdout?.once("data", () => {
                resolve();
            });
            holder.once("close", (code) => {
                reject(new Error(`flock could not lock ${path}: it ended with ${code ?? "a signal"}.`));
            });
        });
    } finally {
        clearTimeout(timer);
        signal?.removeEventListener("abort", giveUp);
        signal?.throwIfAborted();
    }
}
