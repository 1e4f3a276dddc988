/** Finding processes, and telling one from a later one that got the same pid. */
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";

export interface ProcessIdentity {
    readonly pid: number;
    /** Clock ticks from the machine's start to the process's. */
    readonly startTicks: string;
    /** The kernel gives every boot one. */
    readonly bootId: string;
}

export function ownProcess(): ProcessIdentity {
    const startTicks = fieldsOf(process.pid)?.startTicks;
    if (startTicks === undefined) throw new Error("/proc does not show this process. Is it mounted?");
    return { pid: process.pid, startTicks, bootId: bootId() };
}

/** Whether this very process still runs. */
export function isSameProcess({ pid, startTicks, bootId: boot }: ProcessIdentity): boolean {
    const fields = fieldsOf(pid);
    return fields !== undefined && fields.state !== "Z" && fields.startTicks === startTicks && boot === bootId();
}

/** Processes that were started with this variable in their environment, by the names of their programs. */
export function processesWith(
    variable: string,
    value: string,
): readonly { readonly pid: number; readonly name: string }[] {
    const mark = `\0${variable}=${value}\0`;
    return readdirSync("/proc").flatMap((pid) => {
        try {
            if (!`\0${readFileSync(`/proc/${pid}/environ`, "utf8")}`.includes(mark)) return [];
            const [command = ""] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
            return [{ pid: Number(pid), name: basename(command) }];
        } catch {
            // No process, one of another user, or one that has just ended.
            return [];
        }
    });
}

function bootId(): string {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

function fieldsOf(pid: number): { readonly state: string; readonly startTicks: string } | undefined {
    let stat: string;
    try {
        stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    } catch {
        return undefined;
    }
    // Behind the name, which may hold spaces and brackets, come the third field and all further ones.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", startTicks: fields[19] ?? "" };
}
