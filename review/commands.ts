/** Programs that a review can do without. */
import { runToEnd, type CommandOptions, type Output } from "../common/commands";

/** Undefined where there is no such command on PATH. */
export type Run = (command: string, args: readonly string[], options: CommandOptions) => Promise<Output | undefined>;

export const run: Run = async (command, args, options) => {
    try {
        return await runToEnd(command, args, options);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
    }
};
