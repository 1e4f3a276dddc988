/**
 * The network between this machine and its cluster: the control plane and every node in network namespaces of their own,
 * all on one bridge, which is in a namespace too. Of it the machine itself sees one interface and the routes through it.
 * Nothing of the cluster calls the machine: it only answers, so that a firewall that lets nothing in is not in the way.
 *
 *     this machine 198.18.0.1 ── bridge ─┬─ control-plane 198.18.0.2
 *                                        ├─ node-1 198.18.0.11 ── its pods 198.18.129.0/24
 *                                        └─ node-2 198.18.0.12 ── its pods 198.18.130.0/24
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

import { run } from "../../common/commands";
import { statePaths } from "../paths";

export interface NodeNetwork {
    /** Name of the node, and of its port at the bridge. */
    readonly name: string;
    readonly address: string;
    /** Addresses of its pods, CIDR. */
    readonly pods: string;
    /** The node's address among its pods. */
    readonly podGateway: string;
}

/** Set aside for benchmarks (RFC 2544), so that no network that a machine is in has these addresses. */
export const labRange = "198.18.0.0/15";
/** This machine's own address among them. */
export const hostAddress = "198.18.0.1";
/** Where the apiserver listens. */
export const controlPlaneAddress = "198.18.0.2";
export const controlPlaneName = "control-plane";
const prefixLength = 24;
/** Apart from the nodes' range: a pod that took that for its own link would never reach a node. */
export const podRange = "198.18.128.0/17";

export const nodeNetworks: readonly NodeNetwork[] = [1, 2].map((number) => ({
    name: `node-${number}`,
    address: `198.18.0.${10 + number}`,
    pods: `198.18.${128 + number}.0/24`,
    podGateway: `198.18.${128 + number}.1`,
}));

/** All that is on the bridge but this machine. */
const members = [{ name: controlPlaneName, address: controlPlaneAddress }, ...nodeNetworks];

export const hostInterface = "php-lab0";
const switchName = "switch";
const bridge = "br0";

/** Path of a node's network namespace. */
export function namespacePath(name: string): string {
    return join(statePaths.network, name);
}

/** Whether everything is there, as after a `make up` and before a reboot. */
export async function isNetworkComplete(): Promise<boolean> {
    try {
        const routes = await run("ip", ["route", "show", "dev", hostInterface]);
        if (nodeNetworks.some(({ pods, address }) => !routes.includes(`${pods} via ${address}`))) return false;
        const ports = await inNamespace(switchName, ["ip", "-oneline", "link", "show", "master", bridge, "up"]);
        if (["host", ...members.map(({ name }) => name)].some((port) => !ports.includes(` ${port}@`))) return false;
        for (const { name, address } of members) {
            const addresses = await inNamespace(name, ["ip", "-oneline", "address", "show", "dev", "eth0", "up"]);
            if (!addresses.includes(` ${address}/`)) return false;
        }
        return true;
    } catch {
        return false;
    }
}

/** Makes the network anew. Nodes that still run are cut off, so end them first. */
export async function createNetwork(): Promise<void> {
    await removeNetwork();
    mkdirSync(statePaths.network, { recursive: true, mode: 0o700 });

    await createNamespace(switchName);
    await inNamespace(switchName, ["ip", "link", "add", bridge, "type", "bridge"]);
    await inNamespace(switchName, ["ip", "link", "set", bridge, "up"]);

    await run("ip", [
        ...["link", "add", hostInterface, "type", "veth"],
        ...["peer", "name", "host", "netns", namespacePath(switchName)],
    ]);
    await connectToBridge("host");
    await run("ip", ["address", "add", `${hostAddress}/${prefixLength}`, "dev", hostInterface]);
    await run("ip", ["link", "set", hostInterface, "up"]);

    for (const { name, address } of members) await createMember(name, address);
    for (const { name } of nodeNetworks) {
        // No further than this bridge: nodes reach nothing outside the lab. Services' addresses, which kube-proxy replaces
        // on the way, need a route all the same.
        await inNamespace(name, ["ip", "route", "add", "default", "via", controlPlaneAddress]);
    }
    for (const { address, pods } of nodeNetworks) {
        await run("ip", ["route", "add", pods, "via", address, "dev", hostInterface]);
        const others = nodeNetworks.filter((node) => node.address !== address).map(({ name }) => name);
        for (const other of [controlPlaneName, ...others]) {
            await inNamespace(other, ["ip", "route", "add", pods, "via", address]);
        }
    }
    await checkReach();
}

/** A namespace on the bridge. */
async function createMember(name: string, address: string): Promise<void> {
    await createNamespace(name);
    await inNamespace(name, [
        ...["ip", "link", "add", "eth0", "type", "veth"],
        ...["peer", "name", name, "netns", namespacePath(switchName)],
    ]);
    await connectToBridge(name);
    await inNamespace(name, ["ip", "address", "add", `${address}/${prefixLength}`, "dev", "eth0"]);
    await inNamespace(name, ["ip", "link", "set", "eth0", "up"]);
    await inNamespace(name, ["ip", "link", "set", "lo", "up"]);
}

const reachSeconds = 5;

/** Rejects where this machine may not call what is on the bridge, or not hear the answer. */
async function checkReach(): Promise<void> {
    const answer = await new Promise<string>((resolve) => {
        const socket = connect({ host: controlPlaneAddress, port: 1, timeout: reachSeconds * 1000 });
        socket.on("connect", () => socket.destroy(new Error("something listens there")));
        socket.on("timeout", () => socket.destroy(new Error(`no answer within ${reachSeconds} s`)));
        socket.on("error", (error: NodeJS.ErrnoException) => {
            resolve(error.code ?? error.message);
        });
    });
    // Nothing listens there yet, and a refusal is an answer.
    if (answer === "ECONNREFUSED") return;
    throw new Error(
        `This machine does not reach the lab's network at ${controlPlaneAddress}: ${answer}. Its firewall holds back what ` +
            `goes out by the interface ${hostInterface}, or the answers. Let it call there: ` +
            `ufw allow out on ${hostInterface}, firewall-cmd --zone=trusted --add-interface=${hostInterface}, or ` +
            `nft insert rule inet filter output oifname ${hostInterface} accept (and established connections on input).`,
    );
}

/** Removes whatever there is of it. The last process in a namespace must have ended before. */
export async function removeNetwork(): Promise<void> {
    // A veth goes with its peer, and with the namespace that it is in.
    await run("ip", ["link", "delete", hostInterface]).catch(() => undefined);
    let names: readonly string[] = [];
    try {
        names = readdirSync(statePaths.network);
    } catch {
        // There is none.
    }
    for (const name of names) {
        await run("umount", [namespacePath(name)]).catch(() => undefined);
        rmSync(namespacePath(name));
    }
}

async function createNamespace(name: string): Promise<void> {
    // Not `ip netns`: that leaves a mount of its own behind for good.
    writeFileSync(namespacePath(name), "");
    await run("unshare", [`--net=${namespacePath(name)}`, "true"]);
}

async function connectToBridge(port: string): Promise<void> {
    await inNamespace(switchName, ["ip", "link", "set", port, "master", bridge, "up"]);
}

function inNamespace(name: string, command: readonly string[]): Promise<string> {
    return run("nsenter", [`--net=${namespacePath(name)}`, ...command]);
}
