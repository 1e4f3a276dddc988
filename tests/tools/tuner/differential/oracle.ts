/** Asking the real controller, in tools/lab/toolchain/hpa-oracle. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

import { ensureTools } from "../../../../tools/lab/toolchain";
import type { Scenario } from "../../../../tools/tuner/scenarios/schema";
import { quiet } from "../../../helpers/quiet";

/** Absolute path of the oracle; builds it where it is missing. */
export async function oraclePath(): Promise<string> {
    return (await ensureTools(["hpa-oracle"], quiet))["hpa-oracle"];
}

/**
 * Plays scenarios through the real controller.
 *
 * @param onAnswer told of each line, in order, as it comes
 */
export async function askOracle(
    path: string,
    scenarios: Iterable<Scenario>,
    onAnswer: (line: string) => void,
): Promise<void> {
    // One core each, and little garbage collection: scenarios are small.
    const child = spawn(path, [], { env: { ...process.env, GOMAXPROCS: "1", GOGC: "400" } });
    let complaint = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
        complaint += chunk;
    });
    const ended = new Promise<number | null>((resolve, reject) => {
        child.on("error", reject);
        child.on("close", resolve);
    });
    // A child that has ended says so by its code.
    child.stdin.on("error", () => undefined);
    const lines = createInterface({ input: child.stdout });
    lines.on("line", onAnswer);
    for (const scenario of scenarios) {
        if (child.exitCode !== null) break;
        if (child.stdin.write(`${JSON.stringify(scenario)}\n`)) continue;
        await Promise.race([new Promise((resolve) => child.stdin.once("drain", resolve)), ended]);
    }
    child.stdin.end();
    const code = await ended;
    if (code !== 0) throw new Error(`hpa-oracle ended with ${code ?? "a signal"}: ${complaint}`);
}
