/** A stack file on its real way to the program: YAML -> Pulumi's configuration -> settings/read.ts. */
import * as pulumi from "@pulumi/pulumi";

import { project } from "../../settings/project";
import { parseStackFile, type StackConfig } from "../../tools/render/stackFile";
import { readConfiguration, type StackConfiguration } from "../../settings/read";

/** Reads a stack file's text as the program would. Throws what the program throws. */
export async function readStackText(text: string, stack = "prod"): Promise<StackConfiguration> {
    return await readStackConfig(parseStackFile(text), stack);
}

/** As readStackText, from what parseStackFile yields. */
export async function readStackConfig(config: StackConfig, stack = "prod"): Promise<StackConfiguration> {
    await pulumi.runtime.setMocks(
        {
            newResource: ({ name }) => ({ id: name, state: {} }),
            call: () => ({}),
        },
        project,
        stack,
    );
    pulumi.runtime.setAllConfig({ ...config.values }, [...config.secretKeys]);
    return readConfiguration();
}

/** What a stack file's text is refused with; undefined where it is accepted. */
export async function refusalOf(text: string, stack = "prod"): Promise<unknown> {
    try {
        await readStackText(text, stack);
        return undefined;
    } catch (error) {
        return error;
    }
}
