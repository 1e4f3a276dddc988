/** Golden manifests: every object of a stack, committed, so that a pull request shows what a change does to the cluster. */
import { join } from "node:path";

import { toYaml } from "../../tools/render/manifests";
import { render } from "../../tools/render/render";
import { recordingOf } from "../helpers/stacks";

export function goldenPath(stack: string): string {
    return join(__dirname, `${stack}.yaml`);
}

export async function goldenText(stack: string): Promise<string> {
    return `# Written by \`npm run golden\`: every object of stack ${stack}.\n${toYaml(render(await recordingOf(stack)))}`;
}
