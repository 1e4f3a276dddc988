/** What our commands have in common: how they read their options, and how they end. */
import { readFileSync } from "node:fs";
import { parseArgs, type ParseArgsConfig } from "node:util";

/** Wrong usage. The command's usage is printed below it. */
export class UsageError extends Error {}

/** The command is right, and a file that it names is not. */
export class WrongInputError extends Error {}

export const wrongUsageCode = 2;
/** As a shell has it for a program that SIGINT ended. */
export const interruptedCode = 130;

/**
 * parseArgs of node:util.
 *
 * @throws {UsageError} with its complaint
 */
export function parseOptions<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
    try {
        return parseArgs(config);
    } catch (error) {
        throw new UsageError(error instanceof Error ? error.message : String(error));
    }
}

/**
 * @param hint how to mend it, for the message
 * @throws {WrongInputError} where there is no such file, or none that can be read
 */
export function readInput(path: string, hint = ""): string {
    try {
        return readFileSync(path, "utf8");
    } catch (error) {
        throw new WrongInputError(
            `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.${hint}`,
        );
    }
}

/**
 * Aborted by the first Ctrl-C or SIGTERM.
 *
 * @param onInterrupted called once, before: it tells what is done then
 */
export function interruption(onInterrupted: () => void = () => undefined): AbortSignal {
    const controller = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
        process.on(signal, () => {
            // tsx passes on what a terminal has sent already.
            if (controller.signal.aborted) return;
            onInterrupted();
            controller.abort();
        });
    }
    return controller.signal;
}

/**
 * Runs a command with the process's arguments, and has the process end with its exit code; where it throws, with its message
 * and 1, or 2 for a wrong usage or a wrong input.
 */
export function runCommand(main: (args: readonly string[]) => number | Promise<number>, usage: string): void {
    // Who reads only the first lines, as head does, closes the pipe; what the command does is done to its end all the same.
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code !== "EPIPE") throw error;
    });
    Promise.resolve()
        .then(() => main(process.argv.slice(2)))
        .then(
            (code) => {
                process.exitCode = code;
            },
            (error: unknown) => {
                const isUsage = error instanceof UsageError;
                const message = error instanceof Error ? error.message : String(error);
                process.stderr.write(isUsage ? `${message}\n\n${usage}\n` : `${message}\n`);
                process.exitCode = isUsage || error instanceof WrongInputError ? wrongUsageCode : 1;
            },
        );
}
