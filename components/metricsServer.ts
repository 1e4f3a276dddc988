import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { metricsServerDefaults } from "./defaults";
import { owned } from "./objectMetadata";
import { withDefaults, type Filled } from "./withDefaults";

/** Everything has a default. */
export interface MetricsServerArgs {
    /**
     * Pinned image.
     * @default "registry.k8s.io/metrics-server/metrics-server:v0.9.0"
     */
    readonly image?: pulumi.Input<string> | undefined;
    /**
     * Do not check kubelets' certificates (`--kubelet-insecure-tls`).
     * @default true
     */
    readonly kubeletInsecureTls?: boolean | undefined;
    /**
     * 2 adds spread over nodes and a disruption budget.
     * @default 1
     */
    readonly replicas?: 1 | 2 | undefined;
    /**
     * How often kubelets are asked. Seconds, 10 or more.
     * @default 15
     */
    readonly metricResolutionSeconds?: number | undefined;
    /**
     * Run in the nodes' network, on port 4443, where the API server cannot reach pods.
     * @default false
     */
    readonly hostNetwork?: boolean | undefined;
}

type Server = Filled<MetricsServerArgs, typeof metricsServerDefaults>;

const namespace = "kube-system";
const serviceName = "metrics-server";
const podPort = 10250;
/** On a node the other one is the kubelet's. */
const nodePort = 4443;
const matchLabels = { "k8s-app": "metrics-server" };

/**
 * metrics-server, without which an HPA does nothing: the objects of its release manifest as typed resources, so that a
 * diff shows every field. Check with `kubectl get apiservice v1beta1.metrics.k8s.io`.
 *
 * Names are fixed: the APIService's by Kubernetes, the rest by everybody's tools and runbooks. A cluster that already
 * has it is noticed as a conflict on creation; set `metricsServer.install: false` there.
 */
export class MetricsServer extends pulumi.ComponentResource {
    constructor(name: string, args: MetricsServerArgs = {}, opts?: pulumi.ComponentResourceOptions) {
        super("php-web-service:index:MetricsServer", name, {}, opts);
        const server = withDefaults(args, metricsServerDefaults);
        const child = { parent: this };
        const metadata = owned({ name: serviceName, namespace, labels: matchLabels });

        const serviceAccount = new k8s.core.v1.ServiceAccount(name, { metadata }, child);
        const access = accessRules(name, serviceAccount, child);
        const deployment = new k8s.apps.v1.Deployment(
            name,
            { metadata, spec: deploymentSpec(server, serviceAccount.metadata.name) },
            { ...child, dependsOn: access },
        );
        const service = new k8s.core.v1.Service(
            name,
            {
                metadata,
                spec: {
                    selector: matchLabels,
                    ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: "https", appProtocol: "https" }],
                },
            },
            child,
        );
        new k8s.apiregistration.v1.APIService(
            name,
            {
                metadata: owned({ name: "v1beta1.metrics.k8s.io", labels: matchLabels }),
                spec: {
                    group: "metrics.k8s.io",
                    version: "v1beta1",
                    groupPriorityMinimum: 100,
                    versionPriority: 100,
                    // The certificate is the pod's own, made at its start.
                    insecureSkipTLSVerify: true,
                    service: { name: service.metadata.name, namespace },
                },
            },
            // An APIService without a server behind it breaks discovery for every client of the cluster.
            { ...child, dependsOn: [deployment] },
        );
        if (server.replicas > 1) {
            new k8s.policy.v1.PodDisruptionBudget(
                name,
                { metadata, spec: { maxUnavailable: 1, selector: { matchLabels } } },
                child,
            );
        }

        this.registerOutputs({});
    }
}

function deploymentSpec(
    server: Server,
    serviceAccountName: pulumi.Input<string>,
): k8s.types.input.apps.v1.DeploymentSpec {
    const httpsPort = server.hostNetwork ? nodePort : podPort;
    return {
        replicas: server.replicas,
        selector: { matchLabels },
        // With required spread over two nodes there is no third node for a surge, and on one node's port no room for it.
        strategy: {
            type: "RollingUpdate",
            rollingUpdate: { maxUnavailable: server.replicas > 1 || server.hostNetwork ? 1 : 0 },
        },
        template: {
            metadata: { labels: matchLabels },
            spec: {
                serviceAccountName,
                priorityClassName: "system-cluster-critical",
                nodeSelector: { "kubernetes.io/os": "linux" },
                ...(server.hostNetwork ? { hostNetwork: true } : {}),
                ...(server.replicas > 1 ? { affinity: apartFromEachOther } : {}),
                containers: [
                    {
                        name: "metrics-server",
                        image: server.image,
                        args: [
                            "--cert-dir=/tmp",
                            `--secure-port=${httpsPort}`,
                            "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
                            "--kubelet-use-node-status-port",
                            `--metric-resolution=${server.metricResolutionSeconds}s`,
                            ...(server.kubeletInsecureTls ? ["--kubelet-insecure-tls"] : []),
                        ],
                        ports: [{ name: "https", containerPort: httpsPort, protocol: "TCP" }],
                        resources: { requests: { cpu: "100m", memory: "200Mi" } },
                        livenessProbe: {
                            httpGet: { path: "/livez", port: "https", scheme: "HTTPS" },
                            periodSeconds: 10,
                            failureThreshold: 3,
                        },
                        readinessProbe: {
                            httpGet: { path: "/readyz", port: "https", scheme: "HTTPS" },
                            initialDelaySeconds: 20,
                            periodSeconds: 10,
                            failureThreshold: 3,
                        },
                        securityContext: {
                            allowPrivilegeEscalation: false,
                            capabilities: { drop: ["ALL"] },
                            readOnlyRootFilesystem: true,
                            runAsNonRoot: true,
                            runAsUser: 1000,
                            seccompProfile: { type: "RuntimeDefault" },
                        },
                        volumeMounts: [{ name: "temporary", mountPath: "/tmp" }],
                    },
                ],
                volumes: [{ name: "temporary", emptyDir: {} }],
            },
        },
    };
}

const apartFromEachOther: k8s.types.input.core.v1.Affinity = {
    podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
            { labelSelector: { matchLabels }, topologyKey: "kubernetes.io/hostname" },
        ],
    },
};

/** Who metrics-server is, what it may read, and who may read from it. */
function accessRules(
    name: string,
    serviceAccount: k8s.core.v1.ServiceAccount,
    child: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
    const apiGroup = "rbac.authorization.k8s.io";
    const subjects = [{ kind: "ServiceAccount", name: serviceAccount.metadata.name, namespace }];
    const reader = new k8s.rbac.v1.ClusterRole(
        `${name}-reader`,
        {
            metadata: owned({ name: "system:metrics-server", labels: matchLabels }),
            rules: [
                { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
                { apiGroups: [""], resources: ["pods", "nodes"], verbs: ["get", "list", "watch"] },
            ],
        },
        child,
    );
    return [
        new k8s.rbac.v1.ClusterRole(
            `${name}-aggregated-reader`,
            {
                metadata: owned({
                    name: "system:aggregated-metrics-reader",
                    labels: {
                        ...matchLabels,
                        "rbac.authorization.k8s.io/aggregate-to-admin": "true",
                        "rbac.authorization.k8s.io/aggregate-to-edit": "true",
                        "rbac.authorization.k8s.io/aggregate-to-view": "true",
                    },
                }),
                rules: [
                    { apiGroups: ["metrics.k8s.io"], resources: ["pods", "nodes"], verbs: ["get", "list", "watch"] },
                ],
            },
            child,
        ),
        new k8s.rbac.v1.ClusterRoleBinding(
            `${name}-reader`,
            {
                metadata: owned({ name: "system:metrics-server", labels: matchLabels }),
                roleRef: { apiGroup, kind: "ClusterRole", name: reader.metadata.name },
                subjects,
            },
            child,
        ),
        new k8s.rbac.v1.ClusterRoleBinding(
            `${name}-auth-delegator`,
            {
                metadata: owned({ name: "metrics-server:system:auth-delegator", labels: matchLabels }),
                roleRef: { apiGroup, kind: "ClusterRole", name: "system:auth-delegator" },
                subjects,
            },
            child,
        ),
        new k8s.rbac.v1.RoleBinding(
            `${name}-auth-reader`,
            {
                metadata: owned({ name: "metrics-server-auth-reader", namespace, labels: matchLabels }),
                roleRef: { apiGroup, kind: "Role", name: "extension-apiserver-authentication-reader" },
                subjects,
            },
            child,
        ),
    ];
}
