/** A command of a test, with what it printed. */
import { repositoryRoot } from "../../tools/common/paths";
import { runToEnd, type Output } from "../../tools/common/commands";

/** Runs a command in the project's folder to its end. Rejects only where it cannot be started. */
export function spawned(command: string, ...args: readonly string[]): Promise<Output> {
    return runToEnd(command, args, { cwd: repositoryRoot });
}
