/** Node processes that the language host starts. */
import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";

export interface Ending {
    /** Undefined where a signal ended it. */
    readonly code: number | undefined;
}

export class Programs {
    private readonly running = new Set<ChildProcess>();

    /**
     * Runs the Node of PATH, as the official host does.
     *
     * @param onOutput gets what is printed; without it the output goes where the host's own goes, which the engine shows
     */
    run(
        args: readonly string[],
        options: Pick<SpawnOptions, "cwd" | "env">,
        onOutput?: { readonly stdout: (chunk: Buffer) => void; readonly stderr: (chunk: Buffer) => void },
    ): Promise<Ending> {
        const output = onOutput === undefined ? "inherit" : "pipe";
        const child = spawn("node", args, { ...options, stdio: ["ignore", output, output] });
        this.running.add(child);
        if (onOutput !== undefined) {
            child.stdout?.on("data", onOutput.stdout);
            child.stderr?.on("data", onOutput.stderr);
        }
        return new Promise((resolve, reject) => {
            child.on("error", reject);
            child.on("close", (code) => {
                this.running.delete(child);
                resolve({ code: code ?? undefined });
            });
        });
    }

    stop(): void {
        for (const child of this.running) child.kill("SIGKILL");
    }
}
