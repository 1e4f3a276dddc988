/**
 * Golden manifests: every object of a stack, committed, so that a pull request shows what a change does to the cluster. Beside
 * the project's own stacks those of stacks/, which have what these do not.
 */
import { globSync } from "node:fs";
import { basename, join } from "node:path";

import { stackNames } from "../../tools/common/stackFiles";
import { toYaml } from "../../tools/render/manifests";
import type { Recording } from "../../tools/render/record";
import { render } from "../../tools/render/render";
import { readStackFile } from "../../tools/render/stackFile";
import { recordingOf, recordingOfConfig } from "../helpers/stacks";

const casePath = (name: string) => join(__dirname, "stacks", `${name}.yaml`);

const caseNames = globSync("*.yaml", { cwd: join(__dirname, "stacks") }).map((name) => basename(name, ".yaml"));

export const goldenNames: readonly string[] = [...stackNames(), ...caseNames].sort();

export function goldenPath(stack: string): string {
    return join(__dirname, `${stack}.yaml`);
}

export function recordingOfGolden(stack: string): Promise<Recording> {
    return caseNames.includes(stack)
        ? recordingOfConfig(readStackFile(stack, casePath(stack)), stack)
        : recordingOf(stack);
}

export async function goldenText(stack: string): Promise<string> {
    return `# Written by \`npm run golden\`: every object of stack ${stack}.\n${toYaml(render(await recordingOfGolden(stack)))}`;
}
