/** Folders in the cache that are either whole or not there. */
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { type LockOptions, withFileLock } from "./fileLock";

/**
 * The folder, made where it is missing. It is filled under another name and renamed at the end, so that an interrupt
 * leaves no half of it under its own name.
 *
 * @param fill fills the folder that it is given
 * @param options for when another process is making it already
 * @returns whether it had to be made
 */
export async function publishedFolder(
    folder: string,
    fill: (partial: string) => Promise<void>,
    options: LockOptions = {},
): Promise<boolean> {
    if (await exists(folder)) return false;
    const parent = dirname(folder);
    return withFileLock(join(parent, `.${basename(folder)}.lock`), options, async () => {
        if (await exists(folder)) return false;
        const partial = join(parent, `.${basename(folder)}.partial`);
        // What a killed run left. Nobody else is at it: that is what the lock is for.
        await rm(partial, { recursive: true, force: true });
        await mkdir(partial, { recursive: true });
        try {
            await fill(partial);
            await rename(partial, folder);
        } catch (error) {
            await rm(partial, { recursive: true, force: true });
            throw error;
        }
        return true;
    });
}

export async function exists(path: string): Promise<boolean> {
    try {
        await stat(path);
        return true;
    } catch {
        return false;
    }
}
