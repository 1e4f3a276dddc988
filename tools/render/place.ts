/** Where a stack's service is: what its stack file says of that. */
import { WrongInputError } from "../common/commandLine";
import { describeProblems, parseSettings, parseValue } from "../../settings/parse";
import { project } from "../../settings/project";
import type { StackConfig } from "./stackFile";

export interface Place {
    readonly namespace: string;
    /** Of the kubeconfig; its current one where undefined. */
    readonly context: string | undefined;
}

/** @throws {WrongInputError} with all that is wrong with the stack file */
export function placeOf(stack: string, config: StackConfig): Place {
    const ours = Object.entries(config.values).filter(([key]) => key.startsWith(`${project}:`));
    const values = Object.fromEntries(ours.map(([key, text]) => [key.slice(project.length + 1), parseValue(text)]));
    const parsed = parseSettings({ values });
    if (!parsed.ok) throw new WrongInputError(describeProblems(parsed.problems, stack, project));
    return { namespace: parsed.settings.web.namespace, context: parsed.settings.cluster.context };
}
