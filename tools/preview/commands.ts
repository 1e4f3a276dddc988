/** Programs that a review can do without. */
import { MissingProgramError, runToEnd, type CommandOptions, type Output } from "../common/commands";

/** Undefined where there is no such command on PATH that this user may run. */
export type Run = (command: string, args: readonly string[], options: CommandOptions) => Promise<Output | undefined>;

export const run: Run = async (command, args, options) => {
    try {
        return await runToEnd(command, args, options);
    } catch (error) {
        if (error instanceof MissingProgramError) return undefined;
        throw error;
    }
};
