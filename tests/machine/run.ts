/** `make test-machine`: the tests of this folder in an emulated machine. */
import { parseOptions, runCommand, UsageError } from "../../tools/common/commandLine";
import { ensureVegeta } from "../../tools/drill/load";
import { ensureMachine, releases, runMachine } from "./emulator";

const usage = `Usage: tests/machine/run.ts [--release ${releases.join("|")}]

Runs the lab in an emulated machine as Debian's installer leaves it: about half an hour.`;

const mostSeconds = 3600;

async function main(args: readonly string[]): Promise<number> {
    const { values } = parseOptions({
        args: [...args],
        options: { release: { type: "string", default: releases[0] } },
    });
    const release = releases.find((name) => name === values.release);
    if (release === undefined)
        throw new UsageError(`--release ${values.release}: it is one of ${releases.join(", ")}.`);
    // Without a network, it cannot be built there.
    await ensureVegeta(say);
    return await runMachine(await ensureMachine(release, say), say, mostSeconds);
}

function say(text: string): void {
    process.stdout.write(text);
}

runCommand(main, usage);
