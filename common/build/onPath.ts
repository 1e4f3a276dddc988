/** Programs that the machine has already. */
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

import { run } from "../commands";

/** Which versions of a program will do. */
export interface Requirement {
    /** What makes it print its version. */
    readonly versionArguments: readonly string[];
    readonly suits: (version: readonly number[]) => boolean;
}

/** So that telling a version asks nobody: Google's kubectl asks the current cluster first, and may wait for it. */
const environment = { KUBECONFIG: "/dev/null", PULUMI_SKIP_UPDATE_CHECK: "true" };
const versionSeconds = 3;

/** The first version in a program's output: "Client Version: v1.34.4" is [1, 34, 4]. */
export function parseVersion(output: string): readonly number[] | undefined {
    return /\bv?(\d+\.\d+\.\d+)/.exec(output)?.[1]?.split(".").map(Number);
}

/** Whether the version in a program's output will do. */
export function meets({ suits }: Requirement, output: string): boolean {
    const version = parseVersion(output);
    return version !== undefined && suits(version);
}

/** Absolute path of a program on PATH with a version that suits; undefined where there is none. */
export async function programOnPath(name: string, requirement: Requirement): Promise<string | undefined> {
    for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
        const path = join(folder, name);
        if (!path.startsWith("/") || !(await isExecutable(path))) continue;
        try {
            const command = [String(versionSeconds), path, ...requirement.versionArguments];
            if (meets(requirement, await run("timeout", command, { env: environment }))) return path;
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
