/** Programs that the machine has already. What is on PATH wins where its version suits. */
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

import { versionAtLeast } from "../../common/imageReference";
import { run } from "../commands";
import type { ToolName } from "./catalogue";

interface Requirement {
    /** What makes it print its version. */
    readonly versionArguments: readonly string[];
    readonly suits: (version: readonly number[]) => boolean;
}

/** Programs that people have; the others are the lab's own matter. */
const requirements: Readonly<Partial<Record<ToolName, Requirement>>> = {
    // Not older than the SDK in package.json.
    pulumi: { versionArguments: ["version"], suits: (v) => v[0] === 3 && versionAtLeast(v, [3, 259, 0]) },
    // Kubernetes promises one minor version to either side of the apiserver's.
    kubectl: {
        versionArguments: ["version", "--client"],
        suits: (v) => v[0] === 1 && versionAtLeast(v, [1, 33]) && !versionAtLeast(v, [1, 36]),
    },
    // The official provider's Helm is a 3 as well; 4 applies and waits differently.
    helm: { versionArguments: ["version", "--short"], suits: (v) => v[0] === 3 && versionAtLeast(v, [3, 14]) },
};

/** So that telling a version asks nobody: Google's kubectl asks the current cluster first, and may wait for it. */
const environment = { KUBECONFIG: "/dev/null", PULUMI_SKIP_UPDATE_CHECK: "true" };
const versionSeconds = 3;

/** The first version in a program's output: "Client Version: v1.34.4" is [1, 34, 4]. */
export function parseVersion(output: string): readonly number[] | undefined {
    return /\bv?(\d+\.\d+\.\d+)/.exec(output)?.[1]?.split(".").map(Number);
}

export function isSuitable(name: ToolName, output: string): boolean {
    const version = parseVersion(output);
    return version !== undefined && requirements[name]?.suits(version) === true;
}

/** Absolute path of a program on PATH with a version that suits; undefined where there is none. */
export async function suitableOnPath(name: ToolName): Promise<string | undefined> {
    const requirement = requirements[name];
    if (requirement === undefined) return undefined;
    for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
        const path = join(folder, name);
        if (!path.startsWith("/") || !(await isExecutable(path))) continue;
        try {
            const command = [String(versionSeconds), path, ...requirement.versionArguments];
            if (isSuitable(name, await run("timeout", command, { env: environment }))) return path;
        } catch {
            // A program that cannot even tell its version is none that suits.
        }
    }
    return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
    try {
        await access(path, constants.X_OK);
        return true;
    } catch {
        return false;
    }
}
