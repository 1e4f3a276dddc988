/** Prometheus by its operator, with figures of the cluster itself, and KEDA: what a cluster's owner brings before a stack that scales on more than CPU. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { run } from "../../common/commands";
import { monitoringDefaults } from "../../../components/defaults";
import { monitoringImages } from "../images/recipes";
import { statePaths } from "../paths";
import { CertificateAuthority } from "./certificates";
import { clusterDomain } from "./controlPlane";
import { bringDefinitions } from "./definitions";
import { applyObjects, grant } from "./objects";

/** Of the modules' releases, as they come. */
export interface MonitoringFolders {
    /** Of CRDs. */
    readonly definitions: readonly string[];
    readonly kedaRoles: string;
    readonly prometheusOperatorRoles: string;
}

/** Of the CRDs. */
export const monitoringGroups = [...["", "eventing."].map((part) => `${part}keda.sh`), "monitoring.coreos.com"];

/** Where the stack's NetworkPolicy expects Prometheus. */
const monitoringNamespace = monitoringDefaults.namespace;
/** As KEDA's own role bindings name it. */
const kedaNamespace = "keda";
const kedaAccount = "keda-operator";
const metricsApiserver = "keda-metrics-apiserver";
const prometheusOperator = "prometheus-operator";
const prometheus = "prometheus";
const kubeStateMetrics = "kube-state-metrics";
/** Where the operator keeps the nodes' addresses. */
const kubelets = { namespace: "kube-system", name: "kubelet" };

const env = () => ({ KUBECONFIG: statePaths.kubeconfig });

/** Makes all of it, or changes it to what it is here. It comes up while the stack does. */
export async function bringMonitoring(
    kubectl: string,
    folders: MonitoringFolders,
    signal?: AbortSignal,
): Promise<void> {
    await bringDefinitions(kubectl, folders.definitions, monitoringGroups, signal);
    await applyObjects(kubectl, [namespaceObject(kedaNamespace), namespaceObject(monitoringNamespace)], signal);
    const roles = [
        join(folders.kedaRoles, "role.yaml"),
        join(folders.kedaRoles, "role_binding.yaml"),
        join(folders.prometheusOperatorRoles, "prometheus-operator-cluster-role.yaml"),
    ].map((path) => `--filename=${path}`);
    await run(kubectl, ["apply", ...roles], { env: env(), signal });
    await applyObjects(
        kubectl,
        [...prometheusObjects, ...clusterFigures, ...kedaObjects(await kedaCertificates())],
        signal,
    );
}

/** Returns when metrics are asked for, and answered. */
export async function waitForMonitoring(kubectl: string, signal?: AbortSignal): Promise<void> {
    const wait = (namespace: string, ...args: readonly string[]) =>
        run(kubectl, ["--namespace", namespace, ...args, "--timeout=120s"], { env: env(), signal });
    await wait(kedaNamespace, "rollout", "status", `deployment/${kedaAccount}`);
    await wait(kedaNamespace, "rollout", "status", `deployment/${metricsApiserver}`);
    await wait(kedaNamespace, "wait", "--for=condition=Available", `apiservice/${externalMetricsService}`);
    await wait(monitoringNamespace, "rollout", "status", `deployment/${kubeStateMetrics}`);
    await wait(monitoringNamespace, "wait", "--for=condition=Available", `prometheus/${prometheus}`);
}

/** A server's and a client's certificate in one: KEDA's two programs speak to each other by it. */
async function kedaCertificates(): Promise<Readonly<Record<string, string>>> {
    const authority = await CertificateAuthority.open(statePaths.monitoring, "php-web-service-lab-keda");
    const { certificatePath, keyPath } = await authority.issue({
        name: "keda",
        commonName: "keda",
        usages: ["serverAuth", "clientAuth"],
        hosts: [kedaAccount, metricsApiserver].flatMap((service) => [
            `${service}.${kedaNamespace}.svc`,
            `${service}.${kedaNamespace}.svc.${clusterDomain}`,
        ]),
    });
    return {
        "ca.crt": authority.certificate,
        "tls.crt": readFileSync(certificatePath, "utf8"),
        "tls.key": readFileSync(keyPath, "utf8"),
    };
}

function namespaceObject(name: string): object {
    const enforced = { "pod-security.kubernetes.io/enforce": "restricted" };
    return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels: enforced } };
}

function account(name: string, namespace: string): object {
    return { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } };
}

const restrictedPod = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } as const;
const restrictedContainer = {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
} as const;

const apiGroup = "rbac.authorization.k8s.io";

function binding(
    kind: "ClusterRole" | "Role",
    role: string,
    name: string,
    subject: object,
    namespace?: string,
): object {
    return {
        apiVersion: `${apiGroup}/v1`,
        kind: namespace === undefined ? "ClusterRoleBinding" : "RoleBinding",
        metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
        roleRef: { apiGroup, kind, name: role },
        subjects: [subject],
    };
}

interface Program {
    readonly name: string;
    readonly namespace: string;
    readonly serviceAccountName: string;
    readonly image: string;
    readonly args: readonly string[];
    /** By name, of those that are looked for by it. */
    readonly ports?: Readonly<Record<string, number>>;
    readonly env?: readonly object[];
    readonly readinessProbe?: object;
    readonly memory: { readonly request: string; readonly limit: string };
    readonly volumeMounts?: readonly object[];
    readonly volumes?: readonly object[];
}

function deployment({ name, namespace, memory, image, args, ports = {}, ...program }: Program): object {
    const labels = { "app.kubernetes.io/name": name };
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, namespace, labels },
        spec: {
            replicas: 1,
            selector: { matchLabels: labels },
            template: {
                metadata: { labels },
                spec: {
                    serviceAccountName: program.serviceAccountName,
                    enableServiceLinks: false,
                    securityContext: restrictedPod,
                    containers: [
                        {
                            name,
                            image,
                            args,
                            ports: Object.entries(ports).map(([portName, containerPort]) => ({
                                name: portName,
                                containerPort,
                            })),
                            env: program.env ?? [],
                            ...(program.readinessProbe === undefined ? {} : { readinessProbe: program.readinessProbe }),
                            resources: {
                                requests: { cpu: "10m", memory: memory.request },
                                limits: { memory: memory.limit },
                            },
                            securityContext: restrictedContainer,
                            volumeMounts: program.volumeMounts ?? [],
                        },
                    ],
                    volumes: program.volumes ?? [],
                },
            },
        },
    };
}

const operatorSubject = { kind: "ServiceAccount", name: prometheusOperator, namespace: monitoringNamespace };

const prometheusObjects: readonly object[] = [
    account(prometheusOperator, monitoringNamespace),
    binding("ClusterRole", prometheusOperator, prometheusOperator, operatorSubject),
    deployment({
        name: prometheusOperator,
        namespace: monitoringNamespace,
        serviceAccountName: prometheusOperator,
        image: monitoringImages.prometheusOperator,
        args: [
            `--prometheus-config-reloader=${monitoringImages.configReloader}`,
            // By default a hundredth of a core, of which its start alone takes seconds.
            "--config-reloader-cpu-limit=0",
            `--kubelet-service=${kubelets.namespace}/${kubelets.name}`,
        ],
        memory: { request: "32Mi", limit: "256Mi" },
    }),
    account(prometheus, monitoringNamespace),
    ...grant(
        prometheus,
        [
            {
                apiGroups: [""],
                resources: ["services", "endpoints", "pods", "namespaces"],
                verbs: ["get", "list", "watch"],
            },
            { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["get", "list", "watch"] },
            { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
        ],
        { kind: "ServiceAccount", name: prometheus, namespace: monitoringNamespace },
    ),
    {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "Prometheus",
        metadata: { name: prometheus, namespace: monitoringNamespace },
        spec: {
            replicas: 1,
            image: monitoringImages.prometheus,
            serviceAccountName: prometheus,
            retention: "1d",
            // Of every namespace: an empty selector is for all.
            ...Object.fromEntries(
                ["podMonitor", "serviceMonitor", "rule"].flatMap((what) => [
                    [`${what}Selector`, {}],
                    [`${what}NamespaceSelector`, {}],
                ]),
            ),
            securityContext: { ...restrictedPod, runAsUser: 65534, fsGroup: 65534 },
            resources: { requests: { cpu: "10m", memory: "96Mi" }, limits: { memory: "512Mi" } },
        },
    },
];

/** As kube-prometheus has it, of what alerts and dashboard ask for. */
const clusterFigures: readonly object[] = [
    account(kubeStateMetrics, monitoringNamespace),
    ...grant(
        kubeStateMetrics,
        [
            { apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] },
            { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: ["list", "watch"] },
        ],
        { kind: "ServiceAccount", name: kubeStateMetrics, namespace: monitoringNamespace },
    ),
    deployment({
        name: kubeStateMetrics,
        namespace: monitoringNamespace,
        serviceAccountName: kubeStateMetrics,
        image: monitoringImages.kubeStateMetrics,
        args: ["--resources=horizontalpodautoscalers,pods"],
        ports: { metrics: 8080 },
        readinessProbe: { httpGet: { path: "/healthz", port: "metrics" }, periodSeconds: 2 },
        memory: { request: "32Mi", limit: "256Mi" },
    }),
    {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PodMonitor",
        metadata: { name: kubeStateMetrics, namespace: monitoringNamespace },
        spec: {
            selector: { matchLabels: { "app.kubernetes.io/name": kubeStateMetrics } },
            // Namespace and pod are those that a figure is of. Often, for those of pods that end.
            podMetricsEndpoints: [{ port: "metrics", honorLabels: true, interval: "10s" }],
        },
    },
    {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "ServiceMonitor",
        metadata: { name: kubelets.name, namespace: monitoringNamespace },
        spec: {
            namespaceSelector: { matchNames: [kubelets.namespace] },
            selector: { matchLabels: { "app.kubernetes.io/name": kubelets.name } },
            endpoints: [
                {
                    port: "https-metrics",
                    scheme: "https",
                    // Not cAdvisor's, which knows the containers of a machine's one containerd, and here each node has its own.
                    path: "/metrics/resource",
                    honorLabels: true,
                    bearerTokenFile: "/var/run/secrets/kubernetes.io/serviceaccount/token",
                    tlsConfig: { insecureSkipVerify: true },
                },
            ],
        },
    },
];

const externalMetricsService = "v1beta1.external.metrics.k8s.io";
const kedaSubject = { kind: "ServiceAccount", name: kedaAccount, namespace: kedaNamespace };
const certificatesVolume = { name: "certificates", secret: { secretName: "kedaorg-certs" } };
const certificatesMount = { name: "certificates", mountPath: "/certs", readOnly: true };
const kedaEnvironment = [
    { name: "WATCH_NAMESPACE", value: "" },
    { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
];

function service(name: string, ports: readonly object[]): object {
    return {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name, namespace: kedaNamespace },
        spec: { selector: { "app.kubernetes.io/name": name }, ports },
    };
}

/** As its release has them, but for certificates, which it would make itself and find a minute later. */
function kedaObjects(certificates: Readonly<Record<string, string>>): readonly object[] {
    const readersRole = "keda-external-metrics-reader";
    return [
        account(kedaAccount, kedaNamespace),
        {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: certificatesVolume.secret.secretName, namespace: kedaNamespace },
            type: "kubernetes.io/tls",
            stringData: certificates,
        },
        binding("ClusterRole", "system:auth-delegator", "keda-system-auth-delegator", kedaSubject),
        binding("Role", "extension-apiserver-authentication-reader", "keda-auth-reader", kedaSubject, "kube-system"),
        ...grant(readersRole, [{ apiGroups: ["external.metrics.k8s.io"], resources: ["*"], verbs: ["get", "list"] }], {
            kind: "ServiceAccount",
            name: "horizontal-pod-autoscaler",
            namespace: "kube-system",
        }),
        service(kedaAccount, [{ name: "metricsservice", port: 9666 }]),
        service(metricsApiserver, [{ name: "https", port: 443, targetPort: 6443 }]),
        deployment({
            name: kedaAccount,
            namespace: kedaNamespace,
            serviceAccountName: kedaAccount,
            image: monitoringImages.keda,
            args: ["--zap-log-level=info", "--zap-encoder=console", "--zap-time-encoding=rfc3339"],
            env: kedaEnvironment,
            readinessProbe: { httpGet: { path: "/readyz", port: 8081 }, periodSeconds: 2 },
            memory: { request: "64Mi", limit: "512Mi" },
            volumes: [certificatesVolume],
            volumeMounts: [certificatesMount],
        }),
        deployment({
            name: metricsApiserver,
            namespace: kedaNamespace,
            serviceAccountName: kedaAccount,
            image: monitoringImages.kedaMetricsApiserver,
            args: [
                "--secure-port=6443",
                "--zap-log-level=error",
                "--client-ca-file=/certs/ca.crt",
                "--tls-cert-file=/certs/tls.crt",
                "--tls-private-key-file=/certs/tls.key",
                "--cert-dir=/certs",
            ],
            env: kedaEnvironment,
            readinessProbe: { httpGet: { scheme: "HTTPS", path: "/readyz", port: 6443 }, periodSeconds: 2 },
            memory: { request: "64Mi", limit: "512Mi" },
            volumes: [certificatesVolume, { name: "temporary", emptyDir: {} }],
            volumeMounts: [certificatesMount, { name: "temporary", mountPath: "/tmp" }],
        }),
        {
            apiVersion: "apiregistration.k8s.io/v1",
            kind: "APIService",
            metadata: { name: externalMetricsService },
            spec: {
                group: "external.metrics.k8s.io",
                version: "v1beta1",
                groupPriorityMinimum: 100,
                versionPriority: 100,
                service: { name: metricsApiserver, namespace: kedaNamespace },
                caBundle: Buffer.from(certificates["ca.crt"] ?? "").toString("base64"),
            },
        },
    ];
}
