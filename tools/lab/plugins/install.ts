/** Puts the plugins where the engine looks for them: official ones, and stand-ins for those that cannot be had. */
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { build } from "esbuild";

import { repositoryRoot } from "../paths";
import { fileName, folderName, officialPlugin, plugins, standInBundle, type Plugin } from "./official";

export interface InstallOptions {
    /** PULUMI_HOME of the lab; the user's own is only read. */
    readonly pulumiHome: string;
    /** Absolute path of the official provider. */
    readonly kubernetesProvider: string;
    /** Gets one line for each plugin. */
    readonly report: (line: string) => void;
}

/** Without it, a plugin that is missing is downloaded five times in vain before the engine says so. */
export const pluginEnvironment = { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" } as const;

/** Installs all of them anew, within a second. */
export async function installPlugins({ pulumiHome, kubernetesProvider, report }: InstallOptions): Promise<void> {
    for (const plugin of Object.values(plugins)) {
        const folder = join(pulumiHome, "plugins", folderName(plugin));
        rmSync(folder, { recursive: true, force: true });
        // The folder must be a real one, the engine skips links; the program in it may be a link.
        mkdirSync(folder, { recursive: true });
        const program = plugin === plugins.kubernetes ? kubernetesProvider : officialPlugin(plugin);
        if (program === undefined) await installStandIn(plugin, folder);
        else symlinkSync(program, join(folder, fileName(plugin)));
        const what =
            program === undefined ? "the lab's stand-in (tools/lab/plugins/README.md)" : `official, ${program}`;
        report(`Plugin ${plugin.name} ${plugin.version}: ${what}.`);
    }
}

/** Compiled once, and not by tsx at every start: that would take half a second more of each command. */
async function installStandIn(plugin: Plugin, folder: string): Promise<void> {
    await build({
        entryPoints: [join(__dirname, `${fileName(plugin)}.ts`)],
        outfile: join(folder, standInBundle),
        bundle: true,
        packages: "external",
        platform: "node",
        logLevel: "silent",
    });
    symlinkSync(join(repositoryRoot, "node_modules"), join(folder, "node_modules"));
    const launcher = join(folder, fileName(plugin));
    // The Node that runs this, which may not be the one on PATH.
    writeFileSync(launcher, `#!/bin/sh\nexec '${process.execPath}' '${join(folder, standInBundle)}' "$@"\n`);
    chmodSync(launcher, 0o755);
}
