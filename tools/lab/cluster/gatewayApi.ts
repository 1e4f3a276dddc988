/** Gateway API's CRDs, which a cluster's owner brings before any stack. */
import { readdirSync } from "node:fs";
import { basename } from "node:path";

import { run } from "../../common/commands";
import { statePaths } from "../paths";

/** Ours, among those of others. */
export const gatewayApiGroup = "gateway.networking.k8s.io";

/**
 * Makes them, or changes them to what the files are, and returns when the API serves their objects.
 *
 * @param kubectl absolute path
 * @param folder of the release's files
 */
export async function bringGatewayApi(kubectl: string, folder: string): Promise<void> {
    const env = { KUBECONFIG: statePaths.kubeconfig };
    // Not on the client's side, which notes the whole object in an annotation: some are larger than one may be.
    await run(kubectl, ["apply", "--server-side", "--filename", folder], { env });
    const established = ["--for=condition=Established", "--timeout=60s"];
    await run(kubectl, ["wait", ...established, ...definitionsIn(readdirSync(folder))], { env });
}

/** What files of that name hold, as kubectl names it; those of other objects are left out. */
export function definitionsIn(files: readonly string[]): readonly string[] {
    return files
        .map((file) => basename(file, ".yaml").split("_"))
        .filter(([group, plural]) => group === gatewayApiGroup && plural !== "vap")
        .map(([group, plural]) => `customresourcedefinition/${plural}.${group}`);
}
