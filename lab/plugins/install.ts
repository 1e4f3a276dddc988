/** Puts the plugins where the engine looks for them: official ones where the machine has them, stand-ins otherwise. */
import {
    chmodSync,
    existsSync,
    mkdirSync,
    readFileSync,
    renameSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

import { build } from "esbuild";
import { version as kubernetesVersion } from "@pulumi/kubernetes/package.json";
import { version as ingressNginxVersion } from "@pulumi/kubernetes-ingress-nginx/package.json";
import { version as sdkVersion } from "@pulumi/pulumi/package.json";

import { programsOnPath } from "../../common/build/onPath";

export interface InstallOptions {
    /** PULUMI_HOME of the lab; the user's own is only read. */
    readonly pulumiHome: string;
    /** Gets one line for each plugin. */
    readonly report: (line: string) => void;
}

interface Plugin {
    readonly kind: "language" | "resource";
    readonly name: string;
    /** The engine asks for exactly the version of the npm package. */
    readonly version: string;
}

const plugins: readonly Plugin[] = [
    { kind: "language", name: "nodejs", version: sdkVersion },
    { kind: "resource", name: "kubernetes", version: kubernetesVersion },
    { kind: "resource", name: "kubernetes-ingress-nginx", version: ingressNginxVersion },
];

/** Without it, a plugin that is missing is downloaded five times in vain before the engine says so. */
export const pluginEnvironment = { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" } as const;

/** Installs what is not there. Quick where everything is. */
export async function installPlugins({ pulumiHome, report }: InstallOptions): Promise<void> {
    const folder = join(pulumiHome, "plugins");
    mkdirSync(folder, { recursive: true });
    await Promise.all(
        plugins.map(async (plugin) => {
            const official = officialPlugin(plugin, pulumiHome);
            if (official === undefined) {
                await installStandIn(plugin, join(folder, folderName(plugin)));
                report(`${shownName(plugin)}: the lab's stand-in (lab/plugins/README.md).`);
            } else {
                installOfficial(plugin, official, join(folder, folderName(plugin)));
                report(`${shownName(plugin)}: the official plugin, ${official}.`);
            }
        }),
    );
}

function folderName({ kind, name, version }: Plugin): string {
    return `${kind}-${name}-v${version}`;
}

function fileName({ kind, name }: Plugin): string {
    return `pulumi-${kind}-${name}`;
}

function shownName({ name, version }: Plugin): string {
    return `Plugin ${name} ${version}`;
}

/** The official program on PATH, or in the user's own PULUMI_HOME. */
function officialPlugin(plugin: Plugin, pulumiHome: string): string | undefined {
    const homes = [process.env["PULUMI_HOME"] ?? pulumiHome, join(homedir(), ".pulumi")].filter(
        (home) => home !== pulumiHome,
    );
    const inHomes = homes.map((home) => join(home, "plugins", folderName(plugin), fileName(plugin)));
    return [...programsOnPath(fileName(plugin)), ...inHomes.filter((path) => existsSync(path))].find(
        (path) => !isStandIn(dirname(path)),
    );
}

function installOfficial(plugin: Plugin, program: string, folder: string): void {
    rmSync(folder, { recursive: true, force: true });
    // The folder must be a real one, the engine skips links; the program in it may be a link.
    mkdirSync(folder);
    symlinkSync(program, join(folder, fileName(plugin)));
}

const bundleName = "plugin.cjs";

function isStandIn(folder: string): boolean {
    return existsSync(join(folder, bundleName));
}

/** One file for each plugin: it starts three times as fast as TypeScript that is compiled at every start. */
async function installStandIn(plugin: Plugin, folder: string): Promise<void> {
    const { outputFiles } = await build({
        entryPoints: [join(__dirname, plugin.kind === "language" ? "language-nodejs" : plugin.name, "main.ts")],
        bundle: true,
        platform: "node",
        target: "node22",
        write: false,
        logLevel: "silent",
    });
    const [bundle] = outputFiles;
    if (bundle === undefined) throw new Error(`esbuild made nothing of lab/plugins for ${shownName(plugin)}.`);
    mkdirSync(folder, { recursive: true });
    // The Node that runs this, which may not be the one on PATH.
    const launcher = `#!/bin/sh\nexec '${process.execPath}' '${join(folder, bundleName)}' "$@"\n`;
    writeWhereChanged(join(folder, bundleName), bundle.text);
    writeWhereChanged(join(folder, fileName(plugin)), launcher);
    chmodSync(join(folder, fileName(plugin)), 0o755);
}

/** Renamed into its place: an engine may be reading it. */
function writeWhereChanged(path: string, text: string): void {
    if (existsSync(path) && readFileSync(path, "utf8") === text) return;
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
}
