import { writeFileSync } from "node:fs";

/**
 * A command that gets a CPU before everything else on the machine, cgroups included, which a nice value does not reach across:
 * for what stands for another machine, a client or a cloud's load balancer. Only root may.
 */
export function cpuFirst(command: readonly string[]): readonly string[] {
    return ["/usr/bin/chrt", "--rr", "1", ...command];
}

/**
 * Gives the session that a process leads as much weight as the lab's cluster has beside sessions: for work of other machines that
 * would keep the cluster from its own for too long if it came first. Nothing where sessions have no weight of their own
 * (sched_autogroup), nor for others than root.
 */
export function raiseSession(pid: number): void {
    try {
        writeFileSync(`/proc/${pid}/autogroup`, String(niceOfRaised));
    } catch {
        // It has ended, or there is no such file.
    }
}

/** Of sixteen times the weight of 0, nearly. */
const niceOfRaised = -12;
