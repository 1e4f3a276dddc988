/** What has become of processes that a test has started. */
import { readdirSync, readFileSync } from "node:fs";

import { sleep } from "../../tools/common/commands";

/** Until somebody has asked how it ended, the kernel still lists a process, as a zombie. */
export function isRunning(pid: number): boolean {
    return !["none", "Z"].includes(statOf(pid).state);
}

/** The pids of a process group that still run. */
export function runningOfGroup(leader: number): readonly number[] {
    const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return pids.map(Number).filter((pid) => isRunning(pid) && statOf(pid).group === leader);
}

/** Those that still run after so many seconds; none, as soon as there is none. */
export async function stillRunning(running: () => readonly number[], seconds: number): Promise<readonly number[]> {
    const deadline = performance.now() + seconds * 1000;
    while (running().length > 0 && performance.now() < deadline) await sleep(0.05);
    return running();
}

function statOf(pid: number): { readonly state: string; readonly group: number } {
    try {
        // After the program's name, in which there may be anything.
        const [state = "", , group] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
        return { state, group: Number(group) };
    } catch {
        return { state: "none", group: 0 };
    }
}
