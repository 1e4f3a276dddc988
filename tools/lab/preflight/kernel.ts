/** What nodes need of the kernel: tried, in namespaces that are gone with the command, rather than looked up in lists. */
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";

import { CommandError, run, runToEnd } from "../../common/commands";
import { hostAddress } from "../cluster/network";

/** Lets the firewall of a node see what one of its pods sends to another. Nothing asks the kernel to load it. */
const bridgeFilter = "br_netfilter";
const bridgeSettings = "/proc/sys/net/bridge";

/** Something that nodes need. */
export interface Need {
    /** For the message. */
    readonly what: string;
    /** Shell command, in namespaces of its own. */
    readonly trial: string;
    /** What the kernel has it in, where that may be missing. Most are loaded as they are used. */
    readonly module?: string;
}

const rule = (what: string, module: string, text: string, chain = "FORWARD"): Need => ({
    what,
    trial: `iptables --append ${chain} ${text}`,
    module,
});

/** What a node's namespaces are joined by, and the rules that kube-proxy, the kubelet, kube-network-policies and the CNI plugins write. */
const needs: readonly Need[] = [
    { what: "a bridge", trial: "ip link add bridge0 type bridge", module: "bridge" },
    { what: "a pair of interfaces", trial: "ip link add veth0 type veth peer name veth1", module: "veth" },
    {
        what: "an overlay file system",
        trial:
            "mount -t tmpfs tmpfs /mnt && mkdir /mnt/lower /mnt/upper /mnt/work /mnt/merged && " +
            "mount -t overlay overlay -o lowerdir=/mnt/lower,upperdir=/mnt/upper,workdir=/mnt/work /mnt/merged",
        module: "overlay",
    },
    { what: "forwarding", trial: "echo 1 >/proc/sys/net/ipv4/ip_forward" },
    {
        what: "a firewall for what crosses a bridge",
        trial: `echo 1 >${bridgeSettings}/bridge-nf-call-iptables`,
        module: bridgeFilter,
    },
];

/** These need iptables, which the lab installs. */
const firewallNeeds: readonly Need[] = [
    rule("rules with a comment", "xt_comment", "--match comment --comment lab"),
    rule("rules for connections", "xt_conntrack", "--match conntrack --ctstate INVALID --jump DROP"),
    rule("rules for marked packets", "xt_mark", "--match mark --mark 1 --jump MARK --set-mark 2"),
    rule("rules for a share of packets", "xt_statistic", "--match statistic --mode random --probability 0.5"),
    rule("rules for local addresses", "xt_addrtype", "--match addrtype --dst-type LOCAL"),
    rule("rules for several ports", "xt_multiport", "--protocol tcp --match multiport --dports 80,443"),
    rule("rules that refuse", "ipt_REJECT", "--jump REJECT"),
    rule("rules for the sender", "xt_owner", "--match owner --uid-owner 0", "POSTROUTING --table mangle"),
    rule("rules that ask a program", "xt_NFQUEUE", "--jump NFQUEUE --queue-bypass", "POSTROUTING --table mangle"),
    rule("masquerading", "xt_MASQUERADE", "--jump MASQUERADE --random-fully", "POSTROUTING --table nat"),
    rule(
        "redirection",
        "xt_nat",
        `--protocol tcp --jump DNAT --to-destination ${hostAddress}:80`,
        "PREROUTING --table nat",
    ),
];

/** How many of the kernel's watches of files the lab takes; each container of a pod has one with version 2. */
const inotifyInstances = 64;
const inotifyLimitPath = "/proc/sys/fs/inotify/max_user_instances";

/**
 * Loads what nothing loads by itself, where that is allowed. The machine's own bridges stay as they are: without the
 * module no firewall sees what crosses them, and once loaded it would.
 */
export async function loadModules(): Promise<void> {
    if (existsSync(bridgeSettings)) return;
    // Where it fails, the trial tells.
    await runToEnd("modprobe", [bridgeFilter]).catch(() => undefined);
    if (!existsSync(bridgeSettings)) return;
    for (const family of ["ip", "ip6", "arp"]) writeFileSync(`${bridgeSettings}/bridge-nf-call-${family}tables`, "0");
}

/** One line for each thing that nodes need and the kernel refuses. */
export async function kernelProblems(): Promise<readonly string[]> {
    // Debian's smallest installation has neither. The lab installs them, and asks again.
    const has = (program: string) => existsSync(`/usr/sbin/${program}`) || existsSync(`/sbin/${program}`);
    const tried = [...(has("ip") ? needs : []), ...(has("iptables") ? firewallNeeds : [])];
    if (tried.length === 0) return [];
    try {
        const output = await run("unshare", [
            ...["--net", "--mount", "--pid", "--uts", "--ipc", "--fork", "bash", "-c"],
            trialScript(tried),
        ]);
        return refusals(tried, output);
    } catch (error) {
        const why = error instanceof CommandError ? error.stderr.trim() : String(error);
        return [
            `The kernel makes no namespaces (network, mounts, processes, host name), and nodes are made of them: ${why}. ` +
                "In a container, run it privileged.",
        ];
    }
}

/** Shell script that tries each, and prints a line for each that fails: its number, and why. */
export function trialScript(tried: readonly Need[]): string {
    return tried
        .map(({ trial }, index) => `why=$({ ${trial}; } 2>&1) || echo ${index} $why`)
        .concat("true")
        .join("\n");
}

/** @param output what {@link trialScript} printed */
export function refusals(tried: readonly Need[], output: string): readonly string[] {
    return output.split("\n").flatMap((line) => {
        const [, index, why = ""] = /^(\d+) ?(.*)$/.exec(line) ?? [];
        const need = tried[Number(index)];
        if (index === undefined || need === undefined) return [];
        const load =
            need.module === undefined
                ? "In"
                : `Load it with modprobe ${need.module}; where there is no such module, install the whole kernel (on Debian ` +
                  "linux-image-amd64 or -arm64) and start that; in";
        return [
            `The kernel refuses nodes ${need.what}: ${why.replace(/\.$/, "")}. ` +
                `${load} a container, run it privileged, on a machine whose kernel has it.`,
        ];
    });
}

/** The kernel's limit for all processes of a user, and root has all of the lab's. */
export function inotifyProblem(): string | undefined {
    const limit = Number(readFileSync(inotifyLimitPath, "utf8"));
    const used = usedInotifyInstances();
    if (limit - used >= inotifyInstances) return undefined;
    return (
        `${used} of root's ${limit} watches of files are in use (fs.inotify.max_user_instances), and the lab needs ` +
        `${inotifyInstances}. Mend: sysctl -w fs.inotify.max_user_instances=${Math.max(512, 2 * limit)}`
    );
}

function usedInotifyInstances(): number {
    return readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .flatMap((pid) => descriptorsOf(pid))
        .filter((target) => target === "anon_inode:inotify").length;
}

/** Empty for a process that has ended meanwhile. */
function descriptorsOf(pid: string): readonly string[] {
    try {
        return readdirSync(`/proc/${pid}/fd`).map((descriptor) => readlinkSync(`/proc/${pid}/fd/${descriptor}`));
    } catch {
        return [];
    }
}
