/** Kubernetes objects that the cluster has before any stack is on it: what a cluster elsewhere brings along. */
import { run } from "../../common/commands";
import { coreDnsImage } from "../images/recipes";
import { statePaths } from "../paths";
import { clusterDnsAddress, clusterDomain } from "./controlPlane";

/**
 * Makes the objects, or changes them to what they are here.
 *
 * @param kubectl absolute path
 */
export async function applyObjects(kubectl: string, objects: readonly object[], signal?: AbortSignal): Promise<void> {
    await run(kubectl, ["apply", "--filename=-"], {
        env: { KUBECONFIG: statePaths.kubeconfig },
        input: JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }),
        signal,
    });
}

/** Who the nodes' kube-network-policies are to the apiserver. */
export const networkPoliciesUser = "kube-network-policies";

/** What those may read. */
export const networkPoliciesObjects: readonly object[] = grant(
    networkPoliciesUser,
    [
        { apiGroups: [""], resources: ["pods", "namespaces"], verbs: ["list", "watch"] },
        { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: ["list", "watch"] },
    ],
    { apiGroup: "rbac.authorization.k8s.io", kind: "User", name: networkPoliciesUser },
);

const namespace = "kube-system";
const dnsName = "coredns";
/** By which everybody finds a cluster's DNS, whatever answers there. */
const dnsLabels = { "k8s-app": "kube-dns" };
const dnsPorts = { dns: 53, health: 8080, ready: 8181 };

/** Names of the cluster alone. All others are said not to exist, as nothing leads out of the lab: at once, and for good. */
const corefile = `${clusterDomain} in-addr.arpa {
    errors
    health :${dnsPorts.health} {
        lameduck 5s
    }
    ready :${dnsPorts.ready}
    kubernetes {
        ttl 30
    }
    cache 30
}
. {
    errors
    template ANY ANY {
        rcode NXDOMAIN
    }
}
`;

const protocols = ["UDP", "TCP"] as const;

/** Cluster DNS: on each node one pod, which a drain of the node leaves where it is. */
export const dnsObjects: readonly object[] = [
    ...grant(
        `system:${dnsName}`,
        [
            { apiGroups: [""], resources: ["services", "pods", "namespaces"], verbs: ["list", "watch"] },
            { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
        ],
        { kind: "ServiceAccount", name: dnsName, namespace },
    ),
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: dnsName, namespace } },
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: dnsName, namespace }, data: { Corefile: corefile } },
    {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "kube-dns", namespace, labels: { ...dnsLabels, "kubernetes.io/name": "CoreDNS" } },
        spec: {
            clusterIP: clusterDnsAddress,
            selector: dnsLabels,
            ports: protocols.map((protocol) => ({
                name: protocol === "UDP" ? "dns" : "dns-tcp",
                protocol,
                port: dnsPorts.dns,
            })),
        },
    },
    {
        apiVersion: "apps/v1",
        kind: "DaemonSet",
        metadata: { name: dnsName, namespace, labels: dnsLabels },
        spec: {
            selector: { matchLabels: dnsLabels },
            template: {
                metadata: {
                    labels: dnsLabels,
                    // Another Corefile rolls the pods, as nothing reads it again.
                    annotations: { "php-web-service-lab/corefile": corefile },
                },
                spec: dnsPod(),
            },
        },
    },
];

function dnsPod(): object {
    return {
        serviceAccountName: dnsName,
        priorityClassName: "system-cluster-critical",
        // The node's own resolver, which is none.
        dnsPolicy: "Default",
        enableServiceLinks: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
        containers: [
            {
                name: dnsName,
                image: coreDnsImage,
                args: ["-conf", "/etc/coredns/Corefile"],
                ports: protocols.map((protocol) => ({
                    name: protocol === "UDP" ? "dns" : "dns-tcp",
                    protocol,
                    containerPort: dnsPorts.dns,
                })),
                readinessProbe: { httpGet: { path: "/ready", port: dnsPorts.ready }, periodSeconds: 2 },
                livenessProbe: { httpGet: { path: "/health", port: dnsPorts.health }, failureThreshold: 5 },
                resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "128Mi" } },
                securityContext: {
                    allowPrivilegeEscalation: false,
                    readOnlyRootFilesystem: true,
                    capabilities: { drop: ["ALL"] },
                },
                volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
            },
        ],
        volumes: [{ name: "config", configMap: { name: dnsName } }],
    };
}

/** A role for the whole cluster, and who has it. */
export function grant(name: string, rules: readonly object[], subject: object): readonly object[] {
    const apiGroup = "rbac.authorization.k8s.io";
    return [
        { apiVersion: `${apiGroup}/v1`, kind: "ClusterRole", metadata: { name }, rules },
        {
            apiVersion: `${apiGroup}/v1`,
            kind: "ClusterRoleBinding",
            metadata: { name },
            roleRef: { apiGroup, kind: "ClusterRole", name },
            subjects: [subject],
        },
    ];
}
