/** CRDs, which a cluster's owner brings before any stack: Gateway API's, Envoy Gateway's, and those of monitoring. */
import { readdirSync } from "node:fs";
import { basename } from "node:path";

import { run } from "../../common/commands";
import { statePaths } from "../paths";

/** Those of Gateways, among what else is in the folders. */
export const definedGroups: readonly string[] = ["gateway.networking.k8s.io", "gateway.envoyproxy.io"];

/**
 * Makes them, or changes them to what the files are, and returns when the API serves their objects.
 *
 * @param kubectl absolute path
 * @param folders of the releases' files
 * @param groups of the API that are waited for
 */
export async function bringDefinitions(
    kubectl: string,
    folders: readonly string[],
    groups: readonly string[] = definedGroups,
    signal?: AbortSignal,
): Promise<void> {
    const env = { KUBECONFIG: statePaths.kubeconfig };
    // Not on the client's side, which notes the whole object in an annotation: some are larger than one may be.
    const files = folders.flatMap((folder) => ["--filename", folder]);
    await run(kubectl, ["apply", "--server-side", ...files], { env, signal });
    const established = ["--for=condition=Established", "--timeout=60s"];
    const definitions = definitionsIn(
        folders.flatMap((folder) => readdirSync(folder)),
        groups,
    );
    await run(kubectl, ["wait", ...established, ...definitions], { env, signal });
}

/** What files of that name hold, as kubectl names it: "keda.sh_scaledobjects.yaml". Those of other objects are left out. */
export function definitionsIn(files: readonly string[], groups: readonly string[] = definedGroups): readonly string[] {
    return files
        .map((file) => basename(file, ".yaml").split("_"))
        .filter(([group = "", plural]) => groups.includes(group) && plural !== "vap")
        .map(([group = "", plural = ""]) => `customresourcedefinition/${plural}.${group}`);
}
