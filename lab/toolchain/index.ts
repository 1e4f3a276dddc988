/** The programs that the lab needs: what is on PATH wins, the rest is built once and kept in the cache. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { buildGo, goBuildKey } from "../../common/build/goBuild";
import { exists, publishedFolder } from "../../common/build/publish";
import { cacheFolder } from "../paths";
import { during, type Progress } from "../progress";
import { atMost } from "./atMost";
import { type Group, groupOf, type ToolName } from "./catalogue";
import { suitableOnPath } from "./onPath";

export { ensurePackages } from "./packages";
export { isToolName, type ToolName } from "./catalogue";

/**
 * More than one, so that linking, which uses one core, does not leave the other idle; not more than two, so that the first
 * is done early.
 */
const inTurn = atMost(2);

/** What this process makes or has made. */
const folders = new Map<Group, Promise<string>>();

/**
 * Absolute paths of tools. Builds what is missing, which takes minutes the first time. May be called again while it is
 * still at it, for instance for the few tools that something else waits for.
 */
export async function ensureTools<Name extends ToolName>(
    names: readonly Name[],
    report: Progress,
): Promise<Readonly<Record<Name, string>>> {
    // Where one fails the others are made all the same: the next attempt has less to do, and the error stands last.
    const results = await Promise.allSettled(
        names.map(async (name) => [name, (await suitableOnPath(name)) ?? (await builtPath(name, report))] as const),
    );
    const paths = results.map((result) => {
        if (result.status === "rejected") throw result.reason as Error;
        return result.value;
    });
    return Object.fromEntries(paths) as Record<Name, string>;
}

async function builtPath(name: ToolName, report: Progress): Promise<string> {
    const group = groupOf(name);
    let folder = folders.get(group);
    if (folder === undefined) {
        folder = ensureGroup(group, report);
        folders.set(group, folder);
        // Asked for again after a failure, it is tried again.
        folder.catch(() => folders.delete(group));
    }
    return join(await folder, name);
}

async function ensureGroup(group: Group, report: Progress): Promise<string> {
    const folder = join(cacheFolder, "tools", `${group.name}-${await goBuildKey(group)}`);
    if (!(await exists(folder))) await inTurn(() => makeGroup(group, folder, report));
    return folder;
}

async function makeGroup(group: Group, folder: string, report: Progress): Promise<void> {
    const logs = join(cacheFolder, "logs");
    await mkdir(logs, { recursive: true });
    const logPath = join(logs, `${group.name}.log`);
    await during(report, group.title, group.expectedSeconds, () =>
        publishedFolder(
            folder,
            (partial) => buildGo(group, partial, logPath),
            () => {
                report.note(`${group.name}: another process makes it already; waiting for that one.`);
            },
        ),
    );
}
