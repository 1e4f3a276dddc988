/** The machine that is measured on, and what else it does. */
import { cpus, release } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

import type { Machine } from "./result";

/** A lab that serves nobody takes less; a build or a test beside it takes more. */
export const quietShare = 0.3;
const sampleSeconds = 3;
/** A lab that has just started is at work for a while. */
const patienceSeconds = 30;

export interface CpuTimes {
    readonly times: Readonly<Record<"user" | "nice" | "sys" | "idle" | "irq", number>>;
}

/** Waits for quiet, and goes on without it. */
export async function machine(say: (line: string) => void, signal: AbortSignal): Promise<Machine> {
    say(`Waiting for a quiet machine, ${patienceSeconds} s at most.`);
    const deadline = performance.now() + patienceSeconds * 1000;
    let share: number;
    do {
        const before = cpus();
        await sleep(sampleSeconds * 1000, undefined, { signal });
        share = busyShare(before, cpus());
    } while (share > quietShare && performance.now() < deadline);
    return { cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length, kernel: release(), busyShareBefore: share };
}

/** Share of all cores' time that was used between two readings. */
export function busyShare(before: readonly CpuTimes[], after: readonly CpuTimes[]): number {
    const sum = (cores: readonly CpuTimes[], of: (core: CpuTimes) => number) =>
        cores.map(of).reduce((a, b) => a + b, 0);
    const spent = (of: (core: CpuTimes) => number) => sum(after, of) - sum(before, of);
    const idle = spent(({ times }) => times.idle);
    const all = spent(({ times }) => Object.values(times).reduce((a, b) => a + b, 0));
    return all === 0 ? 0 : 1 - idle / all;
}
