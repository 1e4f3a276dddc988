/** Building programs from pinned Go modules. */
import { chmod, cp, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";

import { run } from "../commands";
import { repositoryRoot } from "../paths";
import { cacheKey } from "./cacheKey";
import { runLogged } from "./runLogged";

/** Programs that one `go build` makes; none where only folders of a module are wanted. */
export interface GoBuild {
    /** Of their go.mod and go.sum, and of Go files of our own. */
    readonly moduleFolder: string;
    readonly programs: Readonly<Record<string, GoProgram>>;
    /** Folders of the main module that are kept beside the programs, since Go's module cache may be emptied. */
    readonly folders: Readonly<Record<string, string>>;
    /** The module that `folders` are in. */
    readonly module: string;
    /** Variables that state a program's version. */
    readonly stamps: Readonly<Record<string, string>>;
    /** Build tags, of those that its modules offer. */
    readonly tags?: readonly string[];
    /** Patterns of packages that are large, need not be fast, and are no other build's: not inlining saves a fifth of them. */
    readonly notInlined?: readonly string[];
}

export interface GoProgram {
    readonly package: string;
    /** What `go build` calls it: the last part of the package's path, but for a version's number. */
    readonly builtAs: string;
}

/**
 * Without a debugger's tables, neither made by the compiler nor kept by the linker: 7 % less work, and programs of two
 * thirds the size. (Without inlining anywhere it would be a quarter less, for programs that are slower ever after.)
 */
export function buildFlags(build: GoBuild): readonly string[] {
    const stamps = Object.entries(build.stamps).map(([variable, value]) => `-X ${variable}=${value}`);
    const { tags = [], notInlined = [] } = build;
    return [
        "-trimpath",
        "-buildvcs=false",
        "-mod=readonly",
        ...(tags.length > 0 ? [`-tags=${tags.join(",")}`] : []),
        // Of these, the last that names a package holds for it.
        "-gcflags=all=-dwarf=false",
        ...notInlined.map((pattern) => `-gcflags=${pattern}=-dwarf=false -l`),
        `-ldflags=${["-s", "-w", ...stamps].join(" ")}`,
    ];
}

/** For `go`; what the caller's environment says of flags and workspaces is not this build's. */
const environment = {
    // No C compiler is needed, and the programs run on any Linux, images without a C library included.
    CGO_ENABLED: "0",
    GOFLAGS: "",
    GOWORK: "off",
    // Each compiler process collects garbage only above the limit: 9 % less work, for memory that is there.
    GOGC: "off",
    GOMEMLIMIT: "1500MiB",
};

/**
 * What the folder in the cache is named by. Not by the version of the installed Go: then a warm run would need Go
 * to find what is there. The least version is in go.mod.
 */
export async function goBuildKey(build: GoBuild): Promise<string> {
    const folder = build.moduleFolder;
    const sources = (await readdir(folder)).filter((name) => name.endsWith(".go")).sort();
    const [goMod, goSum, ...sourceTexts] = await Promise.all(
        ["go.mod", "go.sum", ...sources].map((name) => readFile(join(folder, name), "utf8")),
    );
    return cacheKey(
        goMod,
        goSum,
        buildFlags(build),
        build.programs,
        build.folders,
        process.arch,
        ...sources,
        ...sourceTexts,
    );
}

/** The path of a Go that will do. Where the machine has none, one is installed, which takes 20 s; see scripts/go/go.sh. */
export async function findGo(): Promise<string> {
    return (await run(join(repositoryRoot, "scripts/go/go.sh"), [])).trim();
}

export interface GoOptions {
    /** Path, from {@link findGo}. */
    readonly go: string;
    readonly logPath: string;
    /** Ends Go with all its compilers. */
    readonly signal?: AbortSignal | undefined;
}

/** Fills Go's module cache with what the build needs: nothing that can fail for the network's sake is left to it. */
export async function downloadModules(build: GoBuild, { go, ...options }: GoOptions): Promise<void> {
    // Of `go mod download`, half would be what only tests need.
    const tags = build.tags?.join(",") ?? "";
    const ofPrograms = ["list", "-deps", "-mod=readonly", `-tags=${tags}`, ...packages(build)];
    const words = packages(build).length === 0 ? ["mod", "download", build.module] : ofPrograms;
    await runLogged(["nice", go, ...words], { cwd: build.moduleFolder, env: environment, ...options });
}

/** Fills a folder with the programs and folders. Go's own build cache lets an interrupted build go on. */
export async function buildGo(build: GoBuild, folder: string, { go, logPath, signal }: GoOptions): Promise<void> {
    const inModule = { cwd: build.moduleFolder, env: environment, signal };
    if (packages(build).length > 0) {
        // Go that is ended leaves it behind, and it is large: so it is where the next attempt clears up. /tmp may be memory.
        const work = join(folder, ".work");
        await mkdir(work);
        // Whoever waits for it works on meanwhile, or runs the tests.
        await runLogged(["nice", go, "build", ...buildFlags(build), "-o", `${folder}/`, ...packages(build)], {
            ...inModule,
            env: { ...environment, GOTMPDIR: work },
            logPath,
        });
        await rm(work, { recursive: true });
    }
    for (const [name, { builtAs }] of Object.entries(build.programs)) {
        if (builtAs !== name) await rename(join(folder, builtAs), join(folder, name));
    }
    const folders = Object.entries(build.folders);
    if (folders.length === 0) return;
    const source = (await run(go, ["list", "-m", "-f", "{{.Dir}}", build.module], inModule)).trim();
    for (const [name, path] of folders) {
        await cp(join(source, path), join(folder, name), { recursive: true });
        // The module cache is read-only, and copies inherit that.
        await run("chmod", ["-R", "u+w", join(folder, name)]);
    }
    await chmod(folder, 0o755);
}

function packages({ programs }: GoBuild): readonly string[] {
    return Object.values(programs).map((program) => program.package);
}
