/** A node of the lab: containerd, kubelet, kube-proxy and kube-network-policies in namespaces of their own, as one daemon. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { statePaths } from "../paths";
import { hasVersion1, renewCgroup } from "./cgroups";
import type { CertificateAuthority, Pair } from "./certificates";
import { ask, isHealthy } from "./health";
import { kubeconfig } from "./kubeconfig";
import { namespacePath, podRange, type NodeNetwork } from "./network";
import { networkPoliciesUser } from "./objects";
import {
    cniConfiguration,
    containerdConfiguration,
    kubeletConfiguration,
    kubeProxyConfiguration,
} from "./nodeConfiguration";
import type { Daemon, Supervisor } from "./supervisor";

export type NodeTool = "containerd" | "kubelet" | "kube-proxy" | "kube-network-policies";

export interface NodeOptions {
    readonly network: NodeNetwork;
    /** Zone label; pods are spread over zones. */
    readonly zone: string;
    /** Absolute paths. */
    readonly tools: Readonly<Record<NodeTool, string>>;
    /** Folder of the CNI plugins. */
    readonly cniPluginsFolder: string;
    /** Image that keeps a pod's namespaces. */
    readonly pauseImage: string;
    /** The apiserver's URL. */
    readonly server: string;
    readonly authority: CertificateAuthority;
    /** The apiserver's certificate towards kubelets, to ask for their health with. */
    readonly kubeletClient: Pair;
    /** Ends the waiting for it. */
    readonly signal: AbortSignal;
}

/** Where a node's containerd is reached from this machine. */
export function containerdSocket(node: string): string {
    return join(nodeFolder(node), "run/containerd/containerd.sock");
}

/** Starts the node unless it runs. Returns when it is ready: by its daemons, and by what Kubernetes thinks of it. */
export function startNode(supervisor: Supervisor, options: NodeOptions): Promise<"running" | "started"> {
    return supervisor.ensure(nodeDaemon(options), options.signal);
}

/** A node ends as a machine does that loses power. */
export const nodeStopSeconds = 0;

function nodeDaemon(options: NodeOptions): Daemon {
    const { network, zone, tools, server, authority, kubeletClient } = options;
    const { name, address } = network;
    const files = configurationFiles(options);
    return {
        name,
        networkNamespace: namespacePath(name),
        command: "/usr/bin/unshare",
        args: [
            ...["--mount", "--pid", "--uts", "--ipc", "--fork", "--mount-proc", "--kill-child"],
            ...[
                join(nodeFolder(name), "lib", script),
                nodeFolder(name),
                name,
                address,
                `topology.kubernetes.io/zone=${zone}`,
            ],
            ...Object.entries(tools).map(([tool, path]) => `${tool}=${path}`),
        ],
        beforeStart: async () => {
            // Only now: kube-proxy ends itself when its file is written again.
            await writeFiles(options, files);
            // Anew, as after a reboot: the kubelet spends seconds on each control group of a pod that is gone.
            await renewCgroup(name);
        },
        configuration: Object.values(files),
        furtherLogPaths: [join(nodeFolder(name), "log/kubelet.log")],
        isReady: async (startedAt) => {
            const client = {
                ca: authority.certificate,
                cert: readFileSync(kubeletClient.certificatePath),
                key: readFileSync(kubeletClient.keyPath),
            };
            // The apiserver's administrator by its group, and so good for its questions too.
            const [kubeProxy, kubelet, node, lease] = await Promise.all([
                isHealthy(`http://${address}:10256/healthz`),
                isHealthy(`https://${address}:10250/healthz`, client),
                ask(`${server}/api/v1/nodes/${name}`, client),
                ask(`${server}${leases}/${name}`, client),
            ]);
            if (!kubeProxy || !kubelet) throw new Error(`${kubelet ? "kube-proxy" : "kubelet"} is not healthy`);
            if (isReadySince(startedAt, node.body, lease.body)) return true;
            throw new Error(`Kubernetes says of it: ${readinessOf(node.body)?.message ?? "there is no such node"}`);
        },
        stopSeconds: nodeStopSeconds,
    };
}

const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";

interface NodeObject {
    readonly status?: {
        readonly conditions?: readonly {
            readonly type: string;
            readonly status: string;
            readonly lastHeartbeatTime: string;
            readonly message?: string;
        }[];
    };
}

interface LeaseObject {
    readonly spec?: { readonly renewTime?: string };
}

/**
 * Whether a node is ready, and has said so since its start: an older word is kept for most of a minute. A new node writes
 * its state at once and its lease 10 s later; one that was there before does it the other way round.
 *
 * @param node a Node object, or the apiserver's answer that there is none
 * @param lease likewise
 */
export function isReadySince(startedAt: Date, node: string, lease: string): boolean {
    const ready = readinessOf(node);
    if (ready?.status !== "True") return false;
    const { spec } = JSON.parse(lease) as LeaseObject;
    // Kubernetes cuts the times in a state to whole seconds.
    const reports = [Date.parse(ready.lastHeartbeatTime) + 1000, Date.parse(spec?.renewTime ?? "")];
    return reports.some((time) => time > startedAt.getTime());
}

/** @param node a Node object, or the apiserver's answer that there is none */
function readinessOf(node: string) {
    return (JSON.parse(node) as NodeObject).status?.conditions?.find(({ type }) => type === "Ready");
}

const script = "node.sh";

function nodeFolder(node: string): string {
    return join(statePaths.nodes, node);
}

/** What the node's daemons read, by path below what is /var/lib to them. */
function configurationFiles(options: NodeOptions): Readonly<Record<string, string>> {
    const { network } = options;
    return {
        // A copy, so that a lab does not depend on the checkout that it was started from.
        [script]: readFileSync(join(__dirname, script), "utf8"),
        "containerd.toml": containerdConfiguration(options),
        "cni/net.d/10-lab.conflist": cniConfiguration(network),
        "kubelet/config.json": kubeletConfiguration(network.name, hasVersion1()),
        "kube-proxy/config.json": kubeProxyConfiguration(podRange),
    };
}

/** Writes the configuration, and what the node proves itself with. */
async function writeFiles(options: NodeOptions, files: Readonly<Record<string, string>>): Promise<void> {
    const { network, authority, server } = options;
    const { name, address } = network;
    const lib = join(nodeFolder(name), "lib");
    const write = (path: string, text: string) => {
        mkdirSync(dirname(join(lib, path)), { recursive: true, mode: 0o700 });
        writeFileSync(join(lib, path), text, { mode: path === script ? 0o700 : 0o600 });
    };
    for (const [path, text] of Object.entries(files)) write(path, text);

    const [kubelet, kubeletServer, kubeProxy, networkPolicies] = await Promise.all([
        authority.issue({
            name: `${name}-kubelet`,
            // Kubernetes' node authorizer knows a node by this name and group.
            commonName: `system:node:${name}`,
            organization: "system:nodes",
            usages: ["clientAuth"],
        }),
        authority.issue({
            name: `${name}-kubelet-server`,
            commonName: name,
            usages: ["serverAuth"],
            hosts: [address],
        }),
        authority.issue({ name: `${name}-kube-proxy`, commonName: "system:kube-proxy", usages: ["clientAuth"] }),
        authority.issue({ name: `${name}-network-policies`, commonName: networkPoliciesUser, usages: ["clientAuth"] }),
    ]);
    write("kubelet/kubeconfig", kubeconfig(server, authority.certificate, "kubelet", kubelet));
    write("kube-proxy/kubeconfig", kubeconfig(server, authority.certificate, "kube-proxy", kubeProxy));
    write(
        "kube-network-policies/kubeconfig",
        kubeconfig(server, authority.certificate, "kube-network-policies", networkPolicies),
    );
    write("kubelet/server.crt", readFileSync(kubeletServer.certificatePath, "utf8"));
    write("kubelet/server.key", readFileSync(kubeletServer.keyPath, "utf8"));
    write("kubelet/ca.crt", authority.certificate);
}
