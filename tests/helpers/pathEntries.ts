/** Entries of PATH in which no program is found, by what the search for one ends with. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Makes them, and removes them when the work is done. What root may not do either stands for the folder that a user may not
 * read: that one ends with EACCES too.
 *
 * @param name of the program that is looked for
 */
export async function withPathEntries(
    name: string,
    work: (entries: Readonly<Record<"ENOENT" | "EACCES" | "ENOTDIR", string>>) => Promise<void>,
): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), "path-"));
    const entries = { ENOENT: "nowhere", EACCES: "not-executable", ENOTDIR: "file" };
    mkdirSync(join(folder, entries.EACCES));
    writeFileSync(join(folder, entries.EACCES, name), "#!/bin/sh\n", { mode: 0o644 });
    writeFileSync(join(folder, entries.ENOTDIR), "");
    try {
        await work({
            ENOENT: join(folder, entries.ENOENT),
            EACCES: join(folder, entries.EACCES),
            ENOTDIR: join(folder, entries.ENOTDIR),
        });
    } finally {
        rmSync(folder, { recursive: true });
    }
}
