/** `make down`: everything that `make up` has started or made, but for the cache. */
import { rmSync } from "node:fs";

import { removeCluster } from "../cluster/cluster";
import { stopPulumi } from "../engine";
import { stopFrontDoor } from "../frontDoor";
import { stateFolder } from "../paths";
import { during, type Progress } from "../progress";

/** The cluster is removed as a whole, and so nothing in it is destroyed first: pods may take minutes to end. */
export async function down(progress: Progress): Promise<void> {
    await during(progress, "stop the lab", 5, async () => {
        await stopPulumi();
        await stopFrontDoor();
        await removeCluster();
    });
    await during(progress, "remove its files", 2, async () => {
        rmSync(stateFolder, { recursive: true, force: true });
        return Promise.resolve();
    });
}
