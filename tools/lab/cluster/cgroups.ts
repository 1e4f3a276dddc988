/** Control groups of the nodes: all below one, in each hierarchy that the machine has. */
import {
    appendFileSync,
    existsSync,
    mkdirSync,
    readdirSync,
    readFileSync,
    rmdirSync,
    statSync,
    writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

import { sleep } from "../../common/commands";
import { statePaths } from "../paths";

const parent = "php-web-service-lab";

/** What a pod's limits need. */
const neededControllers = ["cpu", "cpuset", "memory", "pids"] as const;

/**
 * The weight of all pods together, where each session of this machine outside of a group counts 1: as many as a busy cluster
 * has. With the kernel's default, 1, pods starved behind the control plane and the makers of load, with 200 of them waiting.
 */
export const podsWeight = 16;
/**
 * The same for version 2, where systemd has put every session and service into a few groups, each of which counts 1. Three
 * of four parts go to the pods then, as with version 1 beside the control plane's five daemons.
 */
const podsWeightBesideSlices = 3;
/** By version: `cpu.shares` or `cpu.weight`, in the units of which the kernel calls 1024 or 100 what is 1 above. */
const cpuWeights = {
    1: { file: "cpu.shares", value: podsWeight * 1024 },
    2: { file: "cpu.weight", value: podsWeightBesideSlices * 100 },
} as const;

/** A mounted hierarchy of control groups. Of version 1 there is one for each controller, or for a few of them. */
export interface Hierarchy {
    /** Where it is mounted. */
    readonly path: string;
    readonly version: 1 | 2;
}

/** A node's control group, as the kubelet's `cgroupRoot`. */
export function nodeCgroup(node: string): string {
    return `/${parent}/${node}`;
}

/** Whether pods are limited by version 1. */
export function hasVersion1(): boolean {
    return podHierarchies().some(({ version }) => version === 1);
}

/** Makes a node's control group, empty. */
export async function renewCgroup(node: string): Promise<void> {
    await removeCgroup(join(parent, node));
    for (const hierarchy of podHierarchies()) makeNodeGroup(hierarchy, node, statePaths.cgroupControllers);
}

/**
 * Makes the groups of a node in one hierarchy.
 *
 * @param notePath where the controllers are noted that its top did not hand down before
 */
export function makeNodeGroup({ path, version }: Hierarchy, node: string, notePath: string): void {
    if (version === 2) noteControllers(path, notePath);
    let above = path;
    for (const name of [parent, node]) {
        if (version === 2) handDownControllers(above);
        const group = join(above, name);
        mkdirSync(group, { recursive: true });
        if (version === 1) inheritCpuset(above, group);
        if (name === parent) weigh(group, version);
        above = group;
    }
    if (version === 2) handDownControllers(above);
}

/** Removes the control groups of all nodes. Their processes must have ended, or be about to. */
export async function removeCgroups(): Promise<void> {
    await removeCgroup(parent);
    for (const { path, version } of podHierarchies()) {
        if (version === 2) takeBackControllers(path, statePaths.cgroupControllers);
    }
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
function podHierarchies(): readonly Hierarchy[] {
    return mounts().filter(({ path, version }) => version === 1 || namesIn(path, "cgroup.controllers").includes("cpu"));
}

/** The hierarchies of this machine, each where it is mounted first: a chroot's /sys shows them once more. */
function mounts(): readonly Hierarchy[] {
    const byDevice = new Map<number, Hierarchy>();
    for (const line of readFileSync("/proc/self/mounts", "utf8").split("\n")) {
        const [, path, type] = line.split(" ");
        if (path === undefined || (type !== "cgroup" && type !== "cgroup2")) continue;
        const device = statSync(path).dev;
        if (!byDevice.has(device)) byDevice.set(device, { path, version: type === "cgroup" ? 1 : 2 });
    }
    return [...byDevice.values()];
}

/** Names of the controllers that pods' limits need and the machine does not have. */
export function missingControllers(): readonly string[] {
    const available = podHierarchies().flatMap(({ path, version }) =>
        // Version 1 is mounted under the names of its controllers.
        version === 1 ? basename(path).split(",") : namesIn(path, "cgroup.controllers"),
    );
    return neededControllers.filter((name) => !available.includes(name));
}

/**
 * Names of the controllers that are there and cannot be handed down to groups of the lab. So it is in a container whose own
 * processes are in the group at the top of what it sees: version 2 has processes only in groups at the bottom.
 */
export function controllersWithheld(among: readonly Hierarchy[] = podHierarchies()): readonly string[] {
    return among
        .filter(({ version }) => version === 2)
        .flatMap(({ path }) => {
            const before = namesIn(path, subtreeControl);
            handDownControllers(path);
            const withheld = neededControllers.filter((name) => !namesIn(path, subtreeControl).includes(name));
            // Nothing was started yet, and what only was tried leaves nothing.
            withdrawAllBut(before, path);
            return withheld;
        });
}

const subtreeControl = "cgroup.subtree_control";

/** A file of a group that lists controllers. */
function namesIn(group: string, file: "cgroup.controllers" | typeof subtreeControl): readonly string[] {
    return readFileSync(join(group, file), "utf8")
        .split(/\s+/)
        .filter((name) => name !== "");
}

/**
 * All that the group has itself: the kubelet ends where one that it knows, such as hugetlb, stops half-way, and runc hands
 * down all of them too. Each by itself, since one that the kernel keeps back would take the others along.
 */
function handDownControllers(group: string): void {
    for (const name of namesIn(group, "cgroup.controllers")) control(group, `+${name}`);
}

function withdrawAllBut(kept: readonly string[], group: string): void {
    for (const name of namesIn(group, subtreeControl)) if (!kept.includes(name)) control(group, `-${name}`);
}

/** Nothing where the kernel does not have it so: a controller is in use further down, or not to be handed down. */
function control(group: string, change: string): void {
    try {
        appendFileSync(join(group, subtreeControl), `${change}\n`);
    } catch (error) {
        if (!["EBUSY", "EINVAL", "ENOENT", "EOPNOTSUPP"].includes((error as NodeJS.ErrnoException).code ?? "")) {
            throw error;
        }
    }
}

/** Notes once what the hierarchy's top hands down before the lab. */
function noteControllers(top: string, notePath: string): void {
    if (existsSync(notePath)) return;
    mkdirSync(dirname(notePath), { recursive: true, mode: 0o700 });
    writeFileSync(notePath, JSON.stringify(namesIn(top, subtreeControl)));
}

/** Has the hierarchy's top hand down what it did before the lab; what somebody else uses since stays. */
export function takeBackControllers(top: string, notePath: string): void {
    if (!existsSync(notePath)) return;
    withdrawAllBut(JSON.parse(readFileSync(notePath, "utf8")) as readonly string[], top);
}

function weigh(group: string, version: 1 | 2): void {
    const { file, value } = cpuWeights[version];
    // Version 1 has a hierarchy for each controller.
    if (existsSync(join(group, file))) writeFileSync(join(group, file), String(value));
}

/** A new cpuset of version 1 is empty, and no process can enter it. */
function inheritCpuset(above: string, group: string): void {
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
        if (!existsSync(join(group, file))) continue;
        writeFileSync(join(group, file), readFileSync(join(above, file), "utf8"));
    }
}
