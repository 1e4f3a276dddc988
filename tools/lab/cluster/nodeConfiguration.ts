/** Texts of the files that a node's daemons read. Paths are those that the node itself sees. */
import { nodeCgroup } from "./cgroups";
import { clusterDnsAddress, clusterDomain } from "./controlPlane";
import type { NodeNetwork } from "./network";

const containerdSocket = "/run/containerd/containerd.sock";

interface Containerd {
    readonly pauseImage: string;
    readonly cniPluginsFolder: string;
}

export function containerdConfiguration({ pauseImage, cniPluginsFolder }: Containerd): string {
    return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
# Snapshotters for file systems that a node does not have.
disabled_plugins = [
    "io.containerd.snapshotter.v1.aufs",
    "io.containerd.snapshotter.v1.btrfs",
    "io.containerd.snapshotter.v1.devmapper",
    "io.containerd.snapshotter.v1.zfs",
]

[grpc]
address = "${containerdSocket}"

# It makes this folder, by default one of the machine's.
[plugins."io.containerd.internal.v1.opt"]
path = "/var/lib/containerd/opt"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${pauseImage}"
# Some machines refuse a lower score even to root, and runc then ends with "can't get final child's PID".
restrict_oom_score_adj = true
# ingress-nginx binds port 80 as a user who is not root.
enable_unprivileged_ports = true

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "${cniPluginsFolder}"
conf_dir = "/var/lib/cni/net.d"
`;
}

/** A bridge for the node's pods, and host ports. */
export function cniConfiguration({ pods }: NodeNetwork): string {
    return json({
        cniVersion: "1.0.0",
        name: "lab",
        plugins: [
            {
                type: "bridge",
                bridge: "cni0",
                isDefaultGateway: true,
                // Pods are routed, so that each is seen under its own address.
                ipMasq: false,
                // A pod may reach itself through its Service.
                hairpinMode: true,
                ipam: { type: "host-local", ranges: [[{ subnet: pods }]] },
            },
            { type: "portmap", capabilities: { portMappings: true } },
        ],
    });
}

/** @param hasCgroupV1 whether the machine's control groups are of version 1, which a kubelet refuses unless told otherwise */
export function kubeletConfiguration(node: string, hasCgroupV1: boolean): string {
    return json({
        apiVersion: "kubelet.config.k8s.io/v1beta1",
        kind: "KubeletConfiguration",
        authentication: {
            anonymous: { enabled: false },
            webhook: { enabled: true },
            x509: { clientCAFile: "/var/lib/kubelet/ca.crt" },
        },
        authorization: { mode: "Webhook" },
        tlsCertFile: "/var/lib/kubelet/server.crt",
        tlsPrivateKeyFile: "/var/lib/kubelet/server.key",
        containerRuntimeEndpoint: `unix://${containerdSocket}`,
        // The default is a folder outside of what a node has for itself.
        volumePluginDir: "/var/lib/kubelet/volume-plugins",
        cgroupDriver: "cgroupfs",
        cgroupRoot: nodeCgroup(node),
        ...(hasCgroupV1 ? { failCgroupV1: false } : {}),
        enforceNodeAllocatable: [],
        failSwapOn: false,
        // Evict late, and never collect images: none could be pulled again.
        evictionHard: { "memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
        imageGCHighThresholdPercent: 100,
        imageGCLowThresholdPercent: 99,
        clusterDNS: [clusterDnsAddress],
        clusterDomain,
        // The machine's own resolver is out of reach.
        resolvConf: "/dev/null",
    });
}

/** @param podRange addresses of all nodes' pods, CIDR */
export function kubeProxyConfiguration(podRange: string): string {
    return json({
        apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
        kind: "KubeProxyConfiguration",
        clientConnection: { kubeconfig: "/var/lib/kube-proxy/kubeconfig" },
        mode: "iptables",
        clusterCIDR: podRange,
        // 0 leaves the kernel's settings as they are: they are the whole machine's.
        conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
    });
}

function json(value: unknown): string {
    // JSON is YAML, which is what these files usually are.
    return `${JSON.stringify(value, undefined, 2)}\n`;
}
