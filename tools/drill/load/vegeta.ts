/** Where the load generator comes from. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { buildGo, findGo, goBuildKey, type GoBuild } from "../../common/build/goBuild";
import { programOnPath, type Requirement } from "../../common/build/onPath";
import { publishedFolder } from "../../common/build/publish";
import { versionAtLeast } from "../../../components/units/imageReference";
import { cacheFolder } from "../../common/paths";

export const vegetaBuild: GoBuild = {
    moduleFolder: join(__dirname, "vegeta"),
    programs: { vegeta: { package: "github.com/tsenart/vegeta/v12", builtAs: "vegeta" } },
    folders: {},
    module: "github.com/tsenart/vegeta/v12",
    stamps: { "main.Version": "v12.13.0" },
};

/** Its results are read field by field, and what it does with lost connections was tried out with the 12.13. */
export const vegetaRequirement: Requirement = {
    versionArguments: ["-version"],
    suits: (version) => version[0] === 12 && versionAtLeast(version, [12, 12]),
};

/**
 * Absolute path of vegeta: the one on PATH where its version suits, else one built into the cache, which takes 15 s of two
 * cores the first time.
 *
 * @param note told once when it has to be built, or when another process builds it already
 */
export async function ensureVegeta(note: (text: string) => void = () => undefined): Promise<string> {
    const onPath = await programOnPath("vegeta", vegetaRequirement);
    if (onPath !== undefined) return onPath;
    const folder = join(cacheFolder, "tools", `vegeta-${await goBuildKey(vegetaBuild)}`);
    const logs = join(cacheFolder, "logs");
    await mkdir(logs, { recursive: true });
    await publishedFolder(
        folder,
        async (partial) => {
            note("Building vegeta, the load generator (15 s).");
            await buildGo(vegetaBuild, partial, { go: await findGo(), logPath: join(logs, "vegeta.log") });
        },
        {
            whileWaiting: () => {
                note("vegeta: another process builds it already; waiting for that one.");
            },
        },
    );
    return join(folder, "vegeta");
}
