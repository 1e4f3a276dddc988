import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

/**
 * A command that gets a CPU before everything else on the machine, cgroups included, which a nice value does not reach across:
 * for what stands for another machine, a client or a cloud's load balancer. Only root may.
 */
export function cpuFirst(command: readonly string[]): readonly string[] {
    return [chrt, "--rr", "1", ...command];
}

const chrt = "/usr/bin/chrt";

/**
 * Where this process came first when it began, by `chrt --reset-on-fork`, all threads do that it has by now, those of V8
 * included: they are forked as well, and the first thread waits for them. Nothing where it did not.
 */
export function raiseThreads(): void {
    if (policyOf(process.pid) !== roundRobin) return;
    spawnSync(chrt, ["--all-tasks", "--reset-on-fork", "--rr", "--pid", "1", String(process.pid)]);
}

/** SCHED_RR in <linux/sched.h>. */
const roundRobin = 2;

/** Of the process's first thread: field 41 of /proc/PID/stat, of which the second one, in brackets, may have spaces. */
function policyOf(pid: number): number {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /, "")
        .split(" ");
    return Number(fields[41 - 3]);
}

/**
 * Gives the session that a process leads as much weight as all pods of the lab together have beside sessions: for the cluster's
 * own programs, which would wait behind pods for half a minute on a machine of two cores, and for work of other machines
 * that would keep the cluster from its own if it came first. Nothing where sessions have no weight of their own
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
