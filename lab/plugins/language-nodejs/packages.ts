/** Pulumi packages that a program has installed: each says in its package.json which plugin it needs. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface RequiredPlugin {
    readonly name: string;
    readonly version: string;
    /** Where to download it from, if not from the usual place. */
    readonly server?: string;
}

interface Manifest {
    readonly name?: string;
    readonly version?: string;
    readonly pulumi?: {
        readonly resource?: boolean;
        readonly name?: string;
        readonly version?: string;
        readonly server?: string;
    };
}

/** Plugins of all packages that the program at this folder sees, by name and version. */
export function requiredPlugins(programFolder: string): readonly RequiredPlugin[] {
    const found = new Map<string, RequiredPlugin>();
    for (const folder of nodeModulesSeenFrom(programFolder)) {
        for (const plugin of pluginsBelow(folder)) found.set(`${plugin.name} ${plugin.version}`, plugin);
    }
    return [...found.values()];
}

function nodeModulesSeenFrom(folder: string): readonly string[] {
    const parent = dirname(folder);
    return [join(folder, "node_modules"), ...(parent === folder ? [] : nodeModulesSeenFrom(parent))];
}

function pluginsBelow(nodeModules: string): readonly RequiredPlugin[] {
    return packageFolders(nodeModules).flatMap((folder) => [
        ...pluginOf(folder),
        ...pluginsBelow(join(folder, "node_modules")),
    ]);
}

function packageFolders(nodeModules: string): readonly string[] {
    return namesIn(nodeModules).flatMap((name) => {
        const folder = join(nodeModules, name);
        if (name.startsWith("@")) return namesIn(folder).map((scoped) => join(folder, scoped));
        return name.startsWith(".") ? [] : [folder];
    });
}

function namesIn(folder: string): readonly string[] {
    try {
        return readdirSync(folder);
    } catch {
        return [];
    }
}

function pluginOf(folder: string): readonly RequiredPlugin[] {
    let text: string;
    try {
        text = readFileSync(join(folder, "package.json"), "utf8");
    } catch {
        return [];
    }
    // Hundreds of packages are looked at for every preview, and few of them are Pulumi's.
    if (!text.includes('"pulumi"')) return [];
    const { name = "", version = "", pulumi } = JSON.parse(text) as Manifest;
    if (pulumi?.resource !== true) return [];
    return [
        {
            name: pulumi.name ?? name.replace(/^@pulumi\//, ""),
            version: pulumi.version ?? version,
            ...(pulumi.server === undefined ? {} : { server: pulumi.server }),
        },
    ];
}

/** What the program's own package.json depends on, with the versions that are installed. */
export function directDependencies(
    programFolder: string,
): readonly { readonly name: string; readonly version: string }[] {
    const { dependencies = {} } = readManifest<{ readonly dependencies?: Readonly<Record<string, string>> }>(
        programFolder,
    );
    return Object.keys(dependencies).map((name) => ({
        name,
        version: readManifest<Manifest>(join(programFolder, "node_modules", name)).version ?? "not installed",
    }));
}

function readManifest<T extends object>(folder: string): Partial<T> {
    try {
        return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as T;
    } catch {
        return {};
    }
}
