/** The programs that the lab needs: what is on PATH wins, the rest is built once and kept in the cache. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { cacheFolder } from "../paths";
import { during, type Progress } from "../progress";
import { type Group, groupOf, type ToolName, toolsOf } from "./catalogue";
import { buildGoGroup, goGroupKey } from "./goBuild";
import { suitableOnPath } from "./onPath";
import { installPrebuiltGroup, prebuiltGroupKey } from "./prebuilt";
import { exists, publishedFolder } from "./publish";

export { ensurePackages } from "./packages";
export type { ToolName } from "./catalogue";

/**
 * Groups that are made at the same time. More than one, so that linking, which uses one core, does not leave the other
 * idle; not more than two, so that the first is done early.
 */
const groupsAtOnce = 2;

/** Absolute paths of tools. Builds what is missing, which takes minutes the first time. */
export async function ensureTools<Name extends ToolName>(
    names: readonly Name[],
    report: Progress,
): Promise<Readonly<Record<Name, string>>> {
    const onPath = new Map<ToolName, string>();
    for (const name of names) {
        const path = await suitableOnPath(name);
        if (path !== undefined) onPath.set(name, path);
    }
    const groups = [...new Set(names.filter((name) => !onPath.has(name)).map(groupOf))];
    const folders = new Map<Group, string>();
    const waiting = [...groups];
    const work = async (): Promise<void> => {
        for (let group = waiting.shift(); group !== undefined; group = waiting.shift()) {
            folders.set(group, await ensureGroup(group, report));
        }
    };
    await Promise.all(Array.from({ length: groupsAtOnce }, work));
    const path = (name: Name): string => onPath.get(name) ?? join(folders.get(groupOf(name)) ?? "", name);
    return Object.fromEntries(names.map((name) => [name, path(name)])) as Record<Name, string>;
}

async function ensureGroup(group: Group, report: Progress): Promise<string> {
    const key = group.kind === "go" ? await goGroupKey(group) : await prebuiltGroupKey(group);
    const folder = join(cacheFolder, "tools", `${group.name}-${key}`);
    if (await exists(folder)) return folder;
    const logs = join(cacheFolder, "logs");
    await mkdir(logs, { recursive: true });
    const logPath = join(logs, `${group.name}.log`);
    await during(report, `build ${toolsOf(group).join(", ")}`, Math.round(group.coreSeconds / 2), () =>
        publishedFolder(
            folder,
            (partial) =>
                group.kind === "go"
                    ? buildGoGroup(group, partial, logPath)
                    : installPrebuiltGroup(group, partial, logPath),
            () => {
                report.note(`${group.name}: another process is building it; waiting for that one.`);
            },
        ),
    );
    return folder;
}
