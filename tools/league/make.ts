/** Goals of the Makefile, as whoever types them has them. */
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";

import { interruptedCode } from "../common/commandLine";
import { started } from "../common/commands";
import { repositoryRoot } from "../common/paths";
import type { Make } from "./league";

/** What a make around this one passes on, and what would have the goals work on a cluster that is not the lab, or with another one's options. */
const notPassedOn = ["MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "CONTEXT", "STACK", "ARGS", "CONTROLLER"];

/** @param program another make, for tests */
export function makeOf(print: (text: string) => void, program = "make"): Make {
    return async (args, { logPath, signal }) => {
        const isInterrupted = () => signal?.aborted === true;
        if (isInterrupted()) return interruptedCode;
        const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !notPassedOn.includes(name)));
        // A process group of its own: Ctrl-C reaches the league alone, which tells it to all that runs in it, once.
        const child = await started(program, () =>
            spawn(program, ["--no-print-directory", ...args], {
                cwd: repositoryRoot,
                env,
                detached: true,
                stdio: ["ignore", "pipe", "pipe"],
            }),
        );
        const interrupt = () => {
            if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
                process.kill(-child.pid, "SIGINT");
            }
        };
        signal?.addEventListener("abort", interrupt);
        // Aborted while it was started.
        if (isInterrupted()) interrupt();
        const log = createWriteStream(logPath, { flags: "a" });
        for (const stream of [child.stdout, child.stderr]) {
            stream.setEncoding("utf8").on("data", (text: string) => {
                print(text);
                log.write(text);
            });
        }
        const code = await new Promise<number>((resolve) => {
            child.on("close", (exitCode) => {
                resolve(exitCode ?? 1);
            });
        });
        signal?.removeEventListener("abort", interrupt);
        log.end();
        await finished(log);
        return code;
    };
}
