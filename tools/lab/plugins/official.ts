/** Which plugins the stacks need, and where a machine has the official ones. */
import { existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

import { version as kubernetesVersion } from "@pulumi/kubernetes/package.json";
import { version as ingressNginxVersion } from "@pulumi/kubernetes-ingress-nginx/package.json";
import { version as sdkVersion } from "@pulumi/pulumi/package.json";

import { programsOnPath } from "../../common/build/onPath";

export interface Plugin {
    readonly kind: "language" | "resource";
    readonly name: string;
    /** The engine asks for exactly the version of the npm package. */
    readonly version: string;
}

export const plugins = {
    nodejs: { kind: "language", name: "nodejs", version: sdkVersion },
    kubernetes: { kind: "resource", name: "kubernetes", version: kubernetesVersion },
    ingressNginx: { kind: "resource", name: "kubernetes-ingress-nginx", version: ingressNginxVersion },
} as const satisfies Readonly<Record<string, Plugin>>;

/** What a stand-in has beside its launcher. */
export const standInBundle = "plugin.cjs";

export function folderName({ kind, name, version }: Plugin): string {
    return `${kind}-${name}-v${version}`;
}

export function fileName({ kind, name }: Plugin): string {
    return `pulumi-${kind}-${name}`;
}

/** Absolute path of the official program on PATH, or in the user's PULUMI_HOME; undefined where there is none. */
export function officialPlugin(plugin: Plugin): string | undefined {
    const homes = [process.env["PULUMI_HOME"] ?? "", join(homedir(), ".pulumi")].filter((home) => home !== "");
    const inHomes = homes.map((home) => join(home, "plugins", folderName(plugin), fileName(plugin)));
    const found = [...programsOnPath(fileName(plugin)), ...inHomes.filter((path) => existsSync(path))].find(
        (path) => !existsSync(join(dirname(path), standInBundle)),
    );
    return found === undefined ? undefined : realpathSync(found);
}
