/** `npm run -s simulate`: plays scenarios through the model of the HPA controller. */
import { parseOptions, readInput, runCommand, UsageError } from "../../common/commandLine";
import { play } from "./play";
import { parseScenarios } from "./read";

const usage = `Usage: npm run -s simulate -- --scenarios FILE.ndjson

Plays scenarios, one JSON object a line, through a model of the HPA controller of Kubernetes 1.37, and prints one JSON object
per tick. docs/hpa-scenarios.md describes both.

Exit code: 0 done, 2 the command or the file is wrong`;

function main(args: readonly string[]): number {
    const path = scenariosPath(args);
    for (const scenario of parseScenarios(
        readInput(path, " --scenarios names a file of one JSON object a line."),
        path,
    )) {
        process.stdout.write(
            play(scenario)
                .map((answer) => `${JSON.stringify(answer)}\n`)
                .join(""),
        );
    }
    return 0;
}

function scenariosPath(args: readonly string[]): string {
    const { scenarios: path } = parseOptions({ args: [...args], options: { scenarios: { type: "string" } } }).values;
    if (path === undefined) throw new UsageError("Which scenarios? --scenarios names a file of them.");
    return path;
}

runCommand(main, usage);
