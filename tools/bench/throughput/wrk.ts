/** wrk, the load generator: one thread with a small share of a core, and every connection always has one request open. */
import { join } from "node:path";

import { run } from "../../common/commands";
import { cpuFirst } from "../../common/cpuFirst";

export interface Sample {
    readonly requestsPerSecond: number;
    readonly p99Milliseconds: number;
}

export interface Load {
    readonly connections: number;
    readonly seconds: number;
}

export interface Target {
    /** "http://198.18.129.7:8080", without the page. */
    readonly url: string;
    /** Host header; the URL's own where undefined. */
    readonly host?: string;
    /** Path of the network namespace in which the generator runs; this process's where undefined. */
    readonly network?: string;
}

/** What wrk.lua prints. */
interface Figures {
    readonly microseconds: number;
    readonly requests: number;
    readonly p99Microseconds: number;
    readonly connect: number;
    readonly read: number;
    readonly write: number;
    readonly status: number;
    readonly timeout: number;
}

/** Above any page's time, so that nothing that is only slow counts as an error. */
const timeoutSeconds = 10;
/** What wrk may take beside its time. */
const spareSeconds = 30;

/**
 * @param isFirst whether it gets its CPU first, as if it were elsewhere: docs/decisions/0013-where-the-benchs-load-comes-from.md.
 *   Only root may, whose the lab is, and so the bench.
 */
export function wrkCommand(
    target: Target,
    page: string,
    { connections, seconds }: Load,
    isFirst = process.getuid?.() === 0,
): readonly string[] {
    const command = [
        ...(target.network === undefined ? [] : ["nsenter", `--net=${target.network}`]),
        "wrk",
        "--threads=1",
        `--connections=${connections}`,
        `--duration=${seconds}s`,
        `--timeout=${timeoutSeconds}s`,
        `--script=${join(__dirname, "wrk.lua")}`,
        ...(target.host === undefined ? [] : [`--header=Host: ${target.host}`]),
        `${target.url}${page}`,
    ];
    return isFirst ? cpuFirst(command) : command;
}

/** @throws where wrk fails, or any request does: a service that fails quickly would look like a fast one */
export async function measure(target: Target, page: string, load: Load): Promise<Sample> {
    const [command = "", ...args] = wrkCommand(target, page, load);
    try {
        return parseFigures(await run(command, args, { timeoutSeconds: load.seconds + spareSeconds }));
    } catch (error) {
        throw new Error(`${target.url}${page}: ${error instanceof Error ? error.message : String(error)}`, {
            cause: error,
        });
    }
}

/** Reads what wrk printed. */
export function parseFigures(output: string): Sample {
    const line = output.split("\n").find((each) => each.startsWith("{"));
    if (line === undefined) throw new Error(`wrk measured nothing:\n${output.trim()}`);
    const { microseconds, requests, p99Microseconds, ...errors } = JSON.parse(line) as Figures;
    const failed = Object.entries(errors).filter(([, count]) => count > 0);
    if (failed.length > 0) {
        throw new Error(
            `of ${requests} requests failed: ${failed.map(([kind, count]) => `${count} ${kind}`).join(", ")}`,
        );
    }
    if (requests === 0) throw new Error("no request was answered");
    return { requestsPerSecond: requests / (microseconds / 1e6), p99Milliseconds: p99Microseconds / 1000 };
}
