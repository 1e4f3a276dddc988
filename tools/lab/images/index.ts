/** The lab's container images, from Debian packages and the toolchain's programs. */
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";

import { cacheKey } from "../../common/build/cacheKey";
import { publishedFolder } from "../../common/build/publish";
import { run } from "../../common/commands";
import { together } from "../../common/together";
import type { AddOn } from "../addOns";
import { type Controller, type ControllerName, controllers, isControllerImage } from "../controller";
import { cacheFolder, repositoryRoot } from "../paths";
import { during, type Progress } from "../progress";
import type { ToolName } from "../toolchain/catalogue";
import { indexTargetsArguments, parseRepositories, sourcesList } from "./debianSources";
import { adaptTemplate } from "./ingressTemplate";
import { epochSeconds, writeImage } from "./ociImage";
import {
    debianRelease,
    type ImageRecipe,
    monitoringRecipes,
    parsePackageFileName,
    recipes,
    references,
    type ResolvedPackage,
} from "./recipes";

export { pauseImage } from "./recipes";

export interface Image {
    /** As a Pod names it. */
    readonly reference: string;
    /** OCI archive, for `ctr images import`. References of one image share it, and one import brings all of them. */
    readonly archivePath: string;
    /** Of the manifest, as `ctr images list` shows it. */
    readonly digest: string;
}

/** Of a lab with that controller: all but the other controllers'. */
export function recipesOf(controller: ControllerName, addOns: readonly AddOn[] = []): readonly ImageRecipe[] {
    const { images }: Controller = controllers[controller];
    return [
        ...recipes.filter(({ name }) => images.includes(name) || !isControllerImage(name)),
        ...(addOns.includes("monitoring") ? monitoringRecipes : []),
    ];
}

/** The tools that those are made of. */
export function imageToolsOf(controller: ControllerName, addOns: readonly AddOn[] = []): readonly ToolName[] {
    return recipesOf(controller, addOns).flatMap(({ from }) => Object.values(from));
}

type ImageTools = Readonly<Partial<Record<ToolName, string>>>;

/** What is known of an archive; kept beside it as image.json. */
interface ImageDescription {
    readonly references: readonly string[];
    readonly digest: string;
    readonly packages: readonly ResolvedPackage[];
}

const imagesFolder = join(repositoryRoot, "tools/lab/images");

/** Measured: 5 s on a quiet machine with two cores, and compilers may be at work beside it. */
const expectedSeconds = 15;

/**
 * Images, each made where the cache has none of this recipe. What Debian changed meanwhile does not make it anew: a
 * warm run asks no mirror. Deleting the cache's folder `images` does.
 *
 * @param tools may still be built: images without them are made at once
 * @param signal ends it
 * @param which those of the lab: recipesOf()
 */
export async function ensureImages(
    tools: ImageTools | Promise<ImageTools>,
    report: Progress,
    signal: AbortSignal | undefined,
    which: readonly ImageRecipe[],
): Promise<readonly Image[]> {
    const source = await textsBelow(imagesFolder);
    const images = await together(
        (either) =>
            which.map(async (recipe) => {
                const isOfPackagesOnly = Object.keys(recipe.from).length === 0;
                return ensureImage(recipe, isOfPackagesOnly ? {} : await tools, source, report, either);
            }),
        signal,
    );
    return images.flat();
}

async function ensureImage(
    recipe: ImageRecipe,
    tools: ImageTools,
    source: string,
    report: Progress,
    signal: AbortSignal,
): Promise<readonly Image[]> {
    const parts = Object.entries(recipe.from).map(([destination, name]) => {
        const path = tools[name];
        if (path === undefined) throw new Error(`Image ${recipe.name} needs ${name}, which the caller did not give.`);
        return { destination, path };
    });
    // The folder of a tool is named by what the tool was made from.
    const finishing = await Promise.all(recipe.finish.map((path) => textsBelow(join(repositoryRoot, dirname(path)))));
    const key = cacheKey(
        recipe,
        source,
        ...finishing,
        process.arch,
        ...parts.map(({ path }) => basename(dirname(path))),
    );
    const folder = join(cacheFolder, "images", `${recipe.name}-${key}`);
    const archivePath = join(folder, "image.tar");
    await publishedFolder(
        folder,
        (partial) =>
            during(report, `image ${recipe.name}`, expectedSeconds, () => makeImage(recipe, parts, partial, signal)),
        { signal },
    );
    const description = JSON.parse(await readFile(join(folder, "image.json"), "utf8")) as ImageDescription;
    return description.references.map((reference) => ({ reference, archivePath, digest: description.digest }));
}

interface ToolPart {
    /** Path in the image. */
    readonly destination: string;
    readonly path: string;
}

async function makeImage(
    recipe: ImageRecipe,
    parts: readonly ToolPart[],
    folder: string,
    signal: AbortSignal,
): Promise<void> {
    // Not in /tmp, which may allow no devices. What an interrupted run leaves here, the next one clears away.
    const workFolder = join(folder, "work");
    await mkdir(workFolder);
    const root = join(workFolder, "root");
    const packages = await unpack(recipe, root, workFolder, signal);
    for (const { destination, path } of parts) {
        await cp(path, join(root, destination), { recursive: true, force: true });
    }
    if (recipe.name === "ingress-nginx") {
        const template = join(root, "etc/nginx/template/nginx.tmpl");
        await writeFile(template, adaptTemplate(await readFile(template, "utf8")));
    }
    for (const script of recipe.finish) await run(join(repositoryRoot, script), [root], { signal });
    const description = {
        references: references(recipe, packages),
        digest: await writeImage({
            root,
            workFolder,
            config: recipe.config,
            references: references(recipe, packages),
            archivePath: join(folder, "image.tar"),
            signal,
        }),
        packages,
    } satisfies ImageDescription;
    await writeFile(join(folder, "image.json"), `${JSON.stringify(description, undefined, 4)}\n`);
    await rm(workFolder, { recursive: true });
}

/** Unpacks packages and all that they depend on, and returns which versions they were. */
async function unpack(
    { packages, release = debianRelease }: ImageRecipe,
    root: string,
    workFolder: string,
    signal: AbortSignal,
): Promise<readonly ResolvedPackage[]> {
    await mkdir(root);
    if (packages.length === 0) return [];
    const sources = join(workFolder, "sources.list");
    const repositories = parseRepositories(await run("apt-get", indexTargetsArguments));
    await writeFile(sources, sourcesList(repositories, release));
    const names = join(workFolder, "packages.txt");
    await run(
        "mmdebstrap",
        [
            "--quiet",
            "--mode=root",
            // Unpacks only. Installing would need a shell, dpkg and perl in every image, and ten times the time.
            "--variant=extract",
            "--format=directory",
            `--include=${packages.join(",")}`,
            `--extract-hook=ls "$1/var/cache/apt/archives" > '${names}'`,
            release,
            root,
            sources,
        ],
        { env: { SOURCE_DATE_EPOCH: String(epochSeconds) }, signal },
    );
    const files = (await readFile(names, "utf8")).split("\n").filter((name) => name.endsWith(".deb"));
    return files.sort().map(parsePackageFileName);
}

/** What decides what an image becomes, besides packages and tools: the files of a folder, but for documents. */
async function textsBelow(folder: string): Promise<string> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = entries
        .filter((entry) => entry.isFile() && !entry.name.endsWith(".md"))
        .map((entry) => join(entry.parentPath, entry.name));
    const texts = await Promise.all(
        paths.sort().map(async (path) => `${relative(folder, path)}\n${await readFile(path, "utf8")}`),
    );
    return texts.join("\n");
}
