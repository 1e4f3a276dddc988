/** The stacks of the project, which are the stack files that there are. */
import { readdirSync } from "node:fs";
import { join } from "node:path";

import { stackFileName } from "../../settings/project";
import { UsageError } from "./commandLine";
import { repositoryRoot } from "./paths";

/**
 * Names of the stacks, sorted.
 *
 * @param folder that of Pulumi.yaml; default this project's
 */
export function stackNames(folder = repositoryRoot): readonly string[] {
    return readdirSync(folder)
        .flatMap((name) => /^Pulumi\.([\w.-]+)\.yaml$/.exec(name)?.[1] ?? [])
        .sort();
}

/**
 * Path of a stack's file, for a command whose option --stack names it.
 *
 * @throws {UsageError} where there is none, with those that there are
 */
export function stackFilePath(stack: string, folder = repositoryRoot): string {
    if (!/^[\w.-]+$/.test(stack)) {
        throw new UsageError(`--stack ${stack}: a stack's name has letters, digits, _, . and - only.`);
    }
    const known = stackNames(folder);
    if (known.includes(stack)) return join(folder, stackFileName(stack));
    throw new UsageError(
        `--stack ${stack}: there is no ${stackFileName(stack)}. ` +
            (known.length === 0 ? "This folder has no stack at all." : `The stacks here: ${known.join(", ")}.`),
    );
}
