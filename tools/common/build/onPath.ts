/** Programs that the machine has already. */
import { accessSync, constants, statSync } from "node:fs";
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

/** Absolute paths of the programs of this name on PATH that this user may run, in PATH's order. */
export function programsOnPath(name: string): readonly string[] {
    return (process.env["PATH"] ?? "")
        .split(delimiter)
        .map((folder) => join(folder, name))
        .filter((path) => path.startsWith("/") && isProgram(path));
}

/** Absolute path of a program on PATH with a version that suits; undefined where there is none. */
export async function programOnPath(name: string, requirement: Requirement): Promise<string | undefined> {
    for (const path of programsOnPath(name)) {
        try {
            const command = [String(versionSeconds), path, ...requirement.versionArguments];
            if (meets(requirement, await run("timeout", command, { env: environment }))) return path;
        } catch {
            // A program that cannot even tell its version is none that suits.
        }
    }
    return undefined;
}

function isProgram(path: string): boolean {
    try {
        accessSync(path, constants.X_OK);
        return statSync(path).isFile();
    } catch {
        return false;
    }
}
