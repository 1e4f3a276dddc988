/** Control groups of the nodes: all below one, in each hierarchy that the machine has. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { sleep } from "../../common/commands";

const parent = "php-web-service-lab";

/** What a pod's limits need. */
const controllers = ["cpu", "cpuset", "memory", "pids"] as const;

/**
 * The weight of all pods together, where each process of this machine outside of a group counts 1: as many as a busy cluster
 * has. With the kernel's default, 1, pods starved behind the control plane and the makers of load, with 200 of them waiting.
 */
export const podsWeight = 16;
/** What version 1 (`cpu.shares`) and version 2 (`cpu.weight`) call 1. */
const defaultCpuWeights = { 1: 1024, 2: 100 } as const;

interface Hierarchy {
    readonly path: string;
    readonly version: 1 | 2;
}

/** A node's control group, as the kubelet's `cgroupRoot`. */
export function nodeCgroup(node: string): string {
    return `/${parent}/${node}`;
}

/** Makes a node's control group, empty. */
export async function renewCgroup(node: string): Promise<void> {
    await removeCgroup(join(parent, node));
    for (const { path, version } of hierarchies()) {
        let above = path;
        for (const name of [parent, node]) {
            if (version === 2) enableControllers(above);
            const group = join(above, name);
            mkdirSync(group, { recursive: true });
            if (version === 1) inheritCpuset(above, group);
            if (name === parent) weigh(group, version);
            above = group;
        }
        if (version === 2) enableControllers(above);
    }
}

/** Removes the control groups of all nodes. Their processes must have ended, or be about to. */
export async function removeCgroups(): Promise<void> {
    await removeCgroup(parent);
}

async function removeCgroup(name: string): Promise<void> {
    // Also in a hierarchy that is none for pods: runc makes them in each.
    const groups = mounts()
        .map(({ path }) => join(path, name))
        .filter((group) => existsSync(group));
    // A control group is busy until the kernel is done with its last process.
    const deadline = performance.now() + 10_000;
    for (const group of groups) {
        while (!removed(group)) {
            if (performance.now() > deadline) throw new Error(`Control group ${group} still has processes in it.`);
            await sleep(0.1);
        }
    }
}

function removed(group: string): boolean {
    for (const entry of readdirSync(group, { withFileTypes: true })) {
        if (entry.isDirectory() && !removed(join(group, entry.name))) return false;
    }
    try {
        rmdirSync(group);
        return true;
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EBUSY") return false;
        throw error;
    }
}

/** Where pods are limited. Beside version 1 there may be a hierarchy of version 2 without controllers, which is none. */
function hierarchies(): readonly Hierarchy[] {
    return mounts().filter(({ path, version }) => version === 1 || controllersOf(path).includes("cpu"));
}

function mounts(): readonly Hierarchy[] {
    return readFileSync("/proc/self/mounts", "utf8")
        .split("\n")
        .flatMap((line): readonly Hierarchy[] => {
            const [, path, type] = line.split(" ");
            if (path === undefined || (type !== "cgroup" && type !== "cgroup2")) return [];
            return [{ path, version: type === "cgroup" ? 1 : 2 }];
        });
}

/** Names of the controllers that pods' limits need and the machine does not have. */
export function missingControllers(): readonly string[] {
    const available = hierarchies().flatMap(({ path, version }) =>
        // Version 1 is mounted under the names of its controllers.
        version === 1 ? basename(path).split(",") : controllersOf(path),
    );
    return controllers.filter((name) => !available.includes(name));
}

function controllersOf(group: string): readonly string[] {
    return readFileSync(join(group, "cgroup.controllers"), "utf8").trim().split(" ");
}

function enableControllers(group: string): void {
    writeFileSync(join(group, "cgroup.subtree_control"), controllers.map((name) => `+${name}`).join(" "));
}

function weigh(group: string, version: 1 | 2): void {
    const file = join(group, version === 1 ? "cpu.shares" : "cpu.weight");
    // Version 1 has a hierarchy for each controller.
    if (existsSync(file)) writeFileSync(file, String(podsWeight * defaultCpuWeights[version]));
}

/** A new cpuset of version 1 is empty, and no process can enter it. */
function inheritCpuset(above: string, group: string): void {
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
        if (!existsSync(join(group, file))) continue;
        writeFileSync(join(group, file), readFileSync(join(above, file), "utf8"));
    }
}
