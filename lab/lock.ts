/** One `make up` or `make down` at a time. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

import { isSameProcess, ownProcess, type ProcessIdentity } from "./cluster/processes";
import { stateFolder, statePaths } from "./paths";

/** Runs the work alone. Rejects at once where another one is at it. */
export async function withLock<T>(work: () => Promise<T>): Promise<T> {
    mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
    take();
    try {
        return await work();
    } finally {
        release();
    }
}

export function release(): void {
    rmSync(statePaths.lock, { force: true });
}

/** Throws where another one is at it. */
export function checkLock(): void {
    const holder = readHolder();
    if (holder !== undefined && isSameProcess(holder)) {
        throw new Error(
            `Another make up, make down or test is at work on the lab, pid ${holder.pid}. ` +
                "Wait until it has ended, or end it with Ctrl-C.",
        );
    }
}

function take(): void {
    checkLock();
    // A lock without its process is that of one that was killed.
    release();
    writeFileSync(statePaths.lock, JSON.stringify(ownProcess()), { flag: "wx" });
}

function readHolder(): ProcessIdentity | undefined {
    try {
        return JSON.parse(readFileSync(statePaths.lock, "utf8")) as ProcessIdentity;
    } catch {
        return undefined;
    }
}
