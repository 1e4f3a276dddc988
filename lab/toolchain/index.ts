/** The programs that the lab needs: what is on PATH wins, the rest is built once and kept in the cache. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { buildGo, downloadModules, findGo, goBuildKey } from "../../common/build/goBuild";
import { exists, publishedFolder } from "../../common/build/publish";
import { together } from "../../common/together";
import { cacheFolder } from "../paths";
import { during, type Progress } from "../progress";
import { atMost } from "./atMost";
import { type GoGroup, type Group, groupOf, type ToolName } from "./catalogue";
import { suitableOnPath } from "./onPath";
import { installPrebuiltGroup, prebuiltGroupKey } from "./prebuilt";

export { ensurePackages, packageNames } from "./packages";
export { isToolName, type ToolName } from "./catalogue";

/**
 * How many builds at a time: more than one, so that linking, which uses one core, does not leave the other idle; not more
 * than two, so that the first is done early.
 */
const atOnce = 2;

/** Tools of which some are still to be built. */
export interface ToolsPlan<Name extends ToolName> {
    /** Absolute. */
    readonly paths: Readonly<Record<Name, string>>;
    readonly missing: readonly Missing<GoGroup>[];
    /** Path of the Go that builds what is missing. */
    readonly go: string;
}

interface Missing<Kind extends Group> {
    readonly group: Kind;
    /** Where it belongs. */
    readonly folder: string;
    readonly logPath: string;
}

/** Absolute paths of tools. Builds what is missing, which takes minutes the first time; the signal ends that. */
export async function ensureTools<Name extends ToolName>(
    names: readonly Name[],
    report: Progress,
    signal?: AbortSignal,
): Promise<Readonly<Record<Name, string>>> {
    return buildTools(await planTools(names, report, signal), report, signal);
}

/** Looks for what is there, and does what takes seconds and can fail: after it, no build of minutes ends for that. */
export async function planTools<Name extends ToolName>(
    names: readonly Name[],
    report: Progress,
    signal?: AbortSignal,
): Promise<ToolsPlan<Name>> {
    const found = await Promise.all(names.map(async (name) => ({ name, onPath: await suitableOnPath(name) })));
    const groups = new Set(found.filter(({ onPath }) => onPath === undefined).map(({ name }) => groupOf(name)));
    const folders = new Map(
        await Promise.all([...groups].map(async (group) => [group, await folderOf(group)] as const)),
    );
    const logs = join(cacheFolder, "logs");
    await mkdir(logs, { recursive: true });
    const missing: Missing<GoGroup>[] = [];
    for (const [group, folder] of folders) {
        if (await exists(folder)) continue;
        const logPath = join(logs, `${group.name}.log`);
        if (group.kind === "go") missing.push({ group, folder, logPath });
        else await make({ group, folder, logPath }, report, signal, installPrebuiltGroup);
    }
    return {
        paths: Object.fromEntries(
            found.map(({ name, onPath }) => [name, onPath ?? join(folders.get(groupOf(name)) ?? "", name)]),
        ) as Record<Name, string>,
        missing,
        go: missing.length === 0 ? "" : await during(report, "find Go", 20, findGo, (path) => path),
    };
}

/** Builds what the plan misses. The first failure ends the others: what they have compiled so far stays in Go's cache. */
export async function buildTools<Name extends ToolName>(
    { paths, missing, go }: ToolsPlan<Name>,
    report: Progress,
    signal?: AbortSignal,
): Promise<Readonly<Record<Name, string>>> {
    if (missing.length === 0) return paths;
    await during(report, "download Go modules", 25, () =>
        together(
            (either) => missing.map(({ group, logPath }) => downloadModules(group, { go, logPath, signal: either })),
            signal,
        ),
    );
    const inTurn = atMost(atOnce);
    await together(
        (either) =>
            missing.map((each) =>
                inTurn(() =>
                    make(each, report, either, (group, folder, options) => buildGo(group, folder, { go, ...options })),
                ),
            ),
        signal,
    );
    return paths;
}

/** Has a group's folder filled, unless another process is at that already. */
async function make<Kind extends Group>(
    { group, folder, logPath }: Missing<Kind>,
    report: Progress,
    signal: AbortSignal | undefined,
    fill: (group: Kind, folder: string, options: FillOptions) => Promise<void>,
): Promise<void> {
    signal?.throwIfAborted();
    const whileWaiting = () => {
        report.note(`${group.name}: another process makes it already; waiting for that one.`);
    };
    await during(report, group.title, group.expectedSeconds, () =>
        publishedFolder(folder, (partial) => fill(group, partial, { logPath, signal }), { whileWaiting, signal }),
    );
}

interface FillOptions {
    readonly logPath: string;
    readonly signal: AbortSignal | undefined;
}

async function folderOf(group: Group): Promise<string> {
    const key = group.kind === "go" ? await goBuildKey(group) : await prebuiltGroupKey(group);
    return join(cacheFolder, "tools", `${group.name}-${key}`);
}
