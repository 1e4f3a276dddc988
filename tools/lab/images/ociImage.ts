/** OCI images by umoci, and archives of them that `ctr images import` takes. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { run } from "../../common/commands";
import type { ImageConfig } from "./recipes";

/** The moment that every file and image states, so that the same content has the same digest. 2025-01-01. */
export const epochSeconds = 1735689600;

const created = new Date(epochSeconds * 1000).toISOString();

/** Tar options under which the same files make the same archive. */
const reproducible = ["--sort=name", `--mtime=@${epochSeconds}`, "--numeric-owner", "--format=gnu"] as const;

const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The part of an OCI layout's index.json that is changed here. */
export interface OciIndex {
    readonly manifests: readonly {
        readonly digest: string;
        readonly annotations?: Readonly<Record<string, string>>;
    }[];
}

/** The options of `umoci config` that state what a container runs. */
export function umociConfigArguments(config: ImageConfig): readonly string[] {
    return [
        ...["--config.user", config.user],
        ...["--config.env", `PATH=${path}`],
        ...(config.entrypoint ?? []).flatMap((word) => ["--config.entrypoint", word]),
        ...(config.cmd ?? []).flatMap((word) => ["--config.cmd", word]),
        ...(config.stopSignal === undefined ? [] : ["--config.stopsignal", config.stopSignal]),
        ...(config.workingDirectory === undefined ? [] : ["--config.workingdir", config.workingDirectory]),
    ];
}

/** The index with the image under each of the references, as containerd reads names on import. */
export function nameImage(index: OciIndex, references: readonly string[]): OciIndex {
    const [manifest, ...others] = index.manifests;
    if (manifest === undefined || others.length > 0) {
        throw new Error(`The layout has ${index.manifests.length} images instead of one.`);
    }
    return {
        ...index,
        manifests: references.map((reference) => ({
            ...manifest,
            annotations: {
                "io.containerd.image.name": reference,
                "org.opencontainers.image.ref.name": reference,
            },
        })),
    };
}

export interface ImageParts {
    /** Root file system. */
    readonly root: string;
    readonly config: ImageConfig;
    readonly references: readonly string[];
    /** Empty folder for what comes in between. */
    readonly workFolder: string;
    readonly archivePath: string;
    /** Ends the work. */
    readonly signal: AbortSignal;
}

/** Writes the archive and returns the digest of the image's manifest, which `ctr images list` shows. */
export async function writeImage(parts: ImageParts): Promise<string> {
    const tar = (...args: readonly string[]) =>
        run("tar", ["--create", ...reproducible, ...args], { signal: parts.signal });
    const umoci = (...args: readonly string[]) => run("umoci", args, { signal: parts.signal });
    const layer = join(parts.workFolder, "layer.tar");
    // The container runtime brings /dev, /proc and /sys.
    const runtimes = ["dev", "proc", "sys", "run", "tmp"].map((name) => `--exclude=./${name}/?*`);
    // ingress-nginx has a folder of its own in /tmp.
    const kept = runtimes.filter((option) => !option.includes("/tmp/"));
    await tar("--file", layer, ...kept, "--directory", parts.root, ".");

    const layout = join(parts.workFolder, "layout");
    const image = ["--image", `${layout}:image`];
    await umoci("init", "--layout", layout);
    await umoci("new", ...image);
    await umoci("raw", "add-layer", ...image, "--no-history", layer);
    await umoci("config", ...image, "--no-history", "--created", created, ...umociConfigArguments(parts.config));
    await umoci("gc", "--layout", layout);

    const indexPath = join(layout, "index.json");
    const index = nameImage(JSON.parse(await readFile(indexPath, "utf8")) as OciIndex, parts.references);
    await writeFile(indexPath, JSON.stringify(index));
    await tar("--file", parts.archivePath, "--directory", layout, ".");
    // nameImage saw to it that there is one.
    return index.manifests[0]?.digest ?? "";
}
