/** Bringing images onto a node, which can pull none. */
import { run } from "../../common/commands";
import { containerdSocket } from "./node";

export interface Image {
    /** As pods name it. */
    readonly reference: string;
    /** OCI archive. */
    readonly archivePath: string;
    /** Of the image's manifest: "sha256:...". */
    readonly digest: string;
}

/**
 * Imports what the node does not have, or has with other content. Returns the archives that it took.
 *
 * @param ctr path of containerd's own client
 * @param signal ends it
 */
export async function importImages(
    ctr: string,
    node: string,
    images: readonly Image[],
    signal: AbortSignal,
): Promise<readonly string[]> {
    const client = (...args: string[]) =>
        run(ctr, ["--address", containerdSocket(node), "--namespace", "k8s.io", "images", ...args], { signal });
    const present = parseImageList(await client("list"));
    const archives = new Set(
        images
            .filter(({ reference, digest }) => present.get(reference) !== digest)
            .map(({ archivePath }) => archivePath),
    );
    // One by one: unpacking is bound by the disk.
    for (const archive of archives) await client("import", archive);
    return [...archives];
}

/** Digests by reference, from the table that `ctr images list` prints. */
export function parseImageList(table: string): ReadonlyMap<string, string> {
    const [, ...lines] = table.trim().split("\n");
    return new Map(
        lines.map((line) => {
            const [reference = "", , digest = ""] = line.split(/\s+/);
            return [reference, digest];
        }),
    );
}
