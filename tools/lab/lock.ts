/** One `make up` or `make down` at a time. */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

import { isSameProcess, ownProcess, type ProcessIdentity } from "./cluster/processes";
import { stateFolder, statePaths } from "./paths";

/** Runs the work alone. Rejects at once where another one is at it. */
export async function withLock<T>(work: () => Promise<T>): Promise<T> {
    mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
    takeLock(statePaths.lock);
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
export function checkLock(path: string = statePaths.lock): void {
    const holder = readHolder(path);
    if (holder !== undefined && isSameProcess(holder)) {
        throw new Error(
            `Another make up, make down or test is at work on the lab, pid ${holder.pid}. ` +
                "Wait until it has ended, or end it with Ctrl-C.",
        );
    }
}

/**
 * Takes the lock for this process. A link to a file that is already written is made at once or not at all, so that nobody
 * sees a lock without its holder. The lock of a killed process is replaced by whoever has the lock for that.
 *
 * @throws Error where another process has it, or is just taking it
 */
export function takeLock(path: string): void {
    const own = `${path}.${process.pid}`;
    writeFileSync(own, JSON.stringify(ownProcess()), { mode: 0o600 });
    try {
        if (linked(own, path)) return;
        checkLock(path);
        const takeover = `${path}.takeover`;
        takeLock(takeover);
        try {
            if (!isStale(path)) throw new Error("Another make up, make down or test is at work on the lab. Try again.");
            // Nobody but the holder of this takeover replaces or removes it: its own process is gone.
            renameSync(own, path);
        } finally {
            rmSync(takeover, { force: true });
        }
    } finally {
        rmSync(own, { force: true });
    }
}

/** False where there is one already. */
function linked(from: string, to: string): boolean {
    try {
        linkSync(from, to);
        return true;
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
        throw error;
    }
}

/** True where there is a lock, and its process is gone. */
function isStale(path: string): boolean {
    let text: string;
    try {
        text = readFileSync(path, "utf8");
    } catch {
        return false;
    }
    const holder = parsed(text);
    return holder === undefined || !isSameProcess(holder);
}

function readHolder(path: string): ProcessIdentity | undefined {
    try {
        return parsed(readFileSync(path, "utf8"));
    } catch {
        return undefined;
    }
}

/** Undefined for half a file, as a machine that lost its power may have. */
function parsed(text: string): ProcessIdentity | undefined {
    try {
        return JSON.parse(text) as ProcessIdentity;
    } catch {
        return undefined;
    }
}
