/** CRDs, which a cluster's owner brings before any stack: Gateway API's, and Envoy Gateway's. */
import { readdirSync } from "node:fs";
import { basename } from "node:path";

import { run } from "../../common/commands";
import { statePaths } from "../paths";

/** Those of ours, among what else is in the folders. */
export const definedGroups: readonly string[] = ["gateway.networking.k8s.io", "gateway.envoyproxy.io"];

/**
 * Makes them, or changes them to what the files are, and returns when the API serves their objects.
 *
 * @param kubectl absolute path
 * @param folders of the releases' files
 */
export async function bringDefinitions(kubectl: string, folders: readonly string[]): Promise<void> {
    const env = { KUBECONFIG: statePaths.kubeconfig };
    // Not on the client's side, which notes the whole object in an annotation: some are larger than one may be.
    const files = folders.flatMap((folder) => ["--filename", folder]);
    await run(kubectl, ["apply", "--server-side", ...files], { env });
    const established = ["--for=condition=Established", "--timeout=60s"];
    const definitions = definitionsIn(folders.flatMap((folder) => readdirSync(folder)));
    await run(kubectl, ["wait", ...established, ...definitions], { env });
}

/** What files of that name hold, as kubectl names it; those of other objects are left out. */
export function definitionsIn(files: readonly string[]): readonly string[] {
    return files
        .map((file) => basename(file, ".yaml").split("_"))
        .filter(([group = "", plural]) => definedGroups.includes(group) && plural !== "vap")
        .map(([group = "", plural = ""]) => `customresourcedefinition/${plural}.${group}`);
}
