/** A node of the lab: containerd, kubelet and kube-proxy in namespaces of their own, started as one daemon. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { statePaths } from "../paths";
import { renewCgroup } from "./cgroups";
import type { CertificateAuthority, Pair } from "./certificates";
import { ask, isHealthy } from "./health";
import { writeKubeconfig } from "./kubeconfig";
import { namespacePath, podRange, type NodeNetwork } from "./network";
import {
    cniConfiguration,
    containerdConfiguration,
    kubeletConfiguration,
    kubeProxyConfiguration,
} from "./nodeConfiguration";
import type { Daemon, Supervisor } from "./supervisor";

export type NodeTool = "containerd" | "kubelet" | "kube-proxy";

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
}

/** Where a node's containerd is reached from this machine. */
export function containerdSocket(node: string): string {
    return join(nodeFolder(node), "run/containerd/containerd.sock");
}

/** Starts the node unless it runs. Returns when it is ready: by its daemons, and by what Kubernetes thinks of it. */
export async function startNode(supervisor: Supervisor, options: NodeOptions): Promise<"running" | "started"> {
    const configuration = await writeConfiguration(options);
    return supervisor.ensure(nodeDaemon(options, configuration));
}

/** A node ends as a machine does that loses power. */
export const nodeStopSeconds = 0;

function nodeDaemon(options: NodeOptions, configuration: readonly string[]): Daemon {
    const { network, zone, tools, server, authority, kubeletClient } = options;
    const { name, address } = network;
    const script = join(__dirname, "node.sh");
    return {
        name,
        command: "/usr/bin/nsenter",
        args: [
            `--net=${namespacePath(name)}`,
            ...["/usr/bin/unshare", "--mount", "--pid", "--uts", "--ipc", "--fork", "--mount-proc", "--kill-child"],
            ...[script, nodeFolder(name), name, address, `topology.kubernetes.io/zone=${zone}`],
            ...Object.entries(tools).map(([tool, path]) => `${tool}=${path}`),
        ],
        // Anew, as after a reboot: the kubelet spends seconds on each control group of a pod that is gone.
        beforeStart: () => renewCgroup(name),
        configuration: [...configuration, readFileSync(script, "utf8")],
        isReady: async (startedAt) => {
            const client = {
                ca: authority.certificate,
                cert: readFileSync(kubeletClient.certificatePath),
                key: readFileSync(kubeletClient.keyPath),
            };
            const answers = await Promise.all([
                isHealthy(`http://${address}:10256/healthz`),
                isHealthy(`https://${address}:10250/healthz`, client),
                // The apiserver's administrator by its group, and so good for these questions too.
                ask(`${server}/api/v1/nodes/${name}`, client).then(({ body }) => isReady(body)),
                ask(`${server}${leases}/${name}`, client).then(({ body }) => isRenewedSince(startedAt, body)),
            ]);
            return answers.every((healthy) => healthy);
        },
        readySeconds: 60,
        stopSeconds: nodeStopSeconds,
    };
}

/** @param body a Node object, or the apiserver's answer that there is none */
function isReady(body: string): boolean {
    const { status } = JSON.parse(body) as {
        readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
    };
    return status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") ?? false;
}

const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";

/** Whether the node has reported since it was started: an older word of it is kept for most of a minute. */
function isRenewedSince(startedAt: Date, body: string): boolean {
    const { spec } = JSON.parse(body) as { readonly spec?: { readonly renewTime?: string } };
    return spec?.renewTime !== undefined && Date.parse(spec.renewTime) > startedAt.getTime();
}

function nodeFolder(node: string): string {
    return join(statePaths.nodes, node);
}

/** Writes what the node's daemons read, below what is /var/lib to them. Returns the texts that only a new start takes up. */
async function writeConfiguration(options: NodeOptions): Promise<readonly string[]> {
    const { network, authority, server } = options;
    const { name, address } = network;
    const lib = join(nodeFolder(name), "lib");
    for (const folder of ["kubelet", "kube-proxy", "cni/net.d"]) {
        mkdirSync(join(lib, folder), { recursive: true, mode: 0o700 });
    }

    const [kubelet, kubeletServer, kubeProxy] = await Promise.all([
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
    ]);
    writeKubeconfig(join(lib, "kubelet/kubeconfig"), server, authority.certificatePath, "kubelet", kubelet);
    writeKubeconfig(join(lib, "kube-proxy/kubeconfig"), server, authority.certificatePath, "kube-proxy", kubeProxy);
    const secret = (path: string, source: string) => {
        writeFileSync(join(lib, path), readFileSync(source), { mode: 0o600 });
    };
    secret("kubelet/server.crt", kubeletServer.certificatePath);
    secret("kubelet/server.key", kubeletServer.keyPath);
    secret("kubelet/ca.crt", authority.certificatePath);

    const texts = {
        "containerd.toml": containerdConfiguration(options),
        "cni/net.d/10-lab.conflist": cniConfiguration(network),
        "kubelet/config.json": kubeletConfiguration(name),
        "kube-proxy/config.json": kubeProxyConfiguration(podRange),
    };
    for (const [path, text] of Object.entries(texts)) writeFileSync(join(lib, path), text, { mode: 0o600 });
    return Object.values(texts);
}
