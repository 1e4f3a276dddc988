import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { ResourcesArgs } from "./args";
import { envoyGatewayDefaults } from "./defaults";
import { envoyLifeCycle } from "./drain";
import { readEnvoyGatewayApi } from "./gatewayApi";
import type { ControllerServiceArgs } from "./ingressNginx";
import { owned } from "./objectMetadata";
import { envoyGatewayApiVersion } from "./specs/envoyPolicies";
import {
    certificatesRules,
    envoyGatewayClusterRules,
    envoyGatewayConfiguration,
    envoyGatewayRules,
    envoyProxySpec,
} from "./specs/envoyProxy";
import { gatewayApiVersion, gatewayClasses } from "./specs/gateway";
import { restricted, spreadOverNodesAndZones } from "./specs/podTemplate";
import { withDefaults, type Filled } from "./withDefaults";

/** Everything has a default. */
export interface EnvoyGatewayArgs {
    /**
     * Namespace, made by the component; of the proxies too.
     * @default "envoy-gateway"
     */
    readonly namespace?: string | undefined;
    /**
     * Envoys for each Gateway; not used with workload DaemonSet.
     * @default 2
     */
    readonly replicas?: number | undefined;
    /**
     * Of the Envoys.
     * @default "Deployment"
     */
    readonly workload?: "Deployment" | "DaemonSet" | undefined;
    /**
     * Pinned image of Envoy Gateway.
     * @default "docker.io/envoyproxy/gateway:v1.9.1"
     */
    readonly image?: pulumi.Input<string> | undefined;
    /**
     * Pinned image of Envoy.
     * @default "docker.io/envoyproxy/envoy:distroless-v1.39.1"
     */
    readonly proxyImage?: pulumi.Input<string> | undefined;
    /** @default "LoadBalancer" */
    readonly serviceType?: "LoadBalancer" | "NodePort" | "ClusterIP" | undefined;
    readonly service?: ControllerServiceArgs | undefined;
    /**
     * Ports on the nodes; with one Gateway of the class.
     * @default none
     */
    readonly hostPorts?: { readonly http: number; readonly https: number } | undefined;
    /**
     * How long an Envoy that ends goes on accepting, and how long a new one is not counted on. Seconds.
     * @default 15
     */
    readonly shutdownGraceSeconds?: number | undefined;
    /**
     * The longest that it waits for a pod of a service behind it: `proxyReadTimeoutSecondsOf()` tells it of a PhpWebService.
     * How long Envoys get to end follows from it. Seconds.
     * @default 115
     */
    readonly proxyReadTimeoutSeconds?: number | undefined;
    /**
     * Of the Envoys.
     * @default {"requests":{"cpu":"100m","memory":"90Mi"},"limits":{"cpu":null,"memory":"512Mi"}}
     */
    readonly resources?: ResourcesArgs | undefined;
}

type Controller = Filled<EnvoyGatewayArgs, typeof envoyGatewayDefaults>;
type PodTemplate = k8s.types.input.core.v1.PodTemplateSpec;

const objectName = "envoy-gateway";
const nameLabel = "app.kubernetes.io/name";
const componentLabel = "app.kubernetes.io/component";
const matchLabels = { [nameLabel]: objectName, [componentLabel]: "controller" };
const certificatesName = "envoy-gateway-certificates";

/** Any will do: its image names one, but by no number. */
const userId = 65532;

/** Its Envoys lose their configuration's source with the last of them, and with it the word of pods that come and go. */
const controlPlanes = 2;

/**
 * Envoy Gateway as the controller of Gateways of the class `envoy-gateway`, as typed resources, so that a diff shows every field. Mended
 * where it would lose requests: at least two Envoys with a disruption budget and spread, whose end is as long as the longest request, and
 * two control planes. docs/decisions/0026-envoy-gateway-as-typed-objects.md has the reasons.
 *
 * Names are fixed, one to a cluster. The Envoys come with a Gateway, and are Envoy Gateway's own objects. Needs the CRDs of Gateway API and
 * of Envoy Gateway in the cluster.
 */
export class EnvoyGateway extends pulumi.ComponentResource {
    constructor(name: string, args: EnvoyGatewayArgs = {}, opts?: pulumi.ComponentResourceOptions) {
        super("php-web-service:index:EnvoyGateway", name, {}, opts);
        const controller = withDefaults(args, envoyGatewayDefaults);
        const child = { parent: this };

        const definitions = readEnvoyGatewayApi(name, child);
        const namespace = new k8s.core.v1.Namespace(
            name,
            { metadata: namespaceMetadata(controller) },
            { ...child, dependsOn: definitions },
        ).metadata.name;
        const unnamed = owned({ namespace, labels: matchLabels });
        const metadata = { ...unnamed, name: objectName };

        const certificates = certificatesJob(name, controller, namespace, child);
        const serviceAccount = new k8s.core.v1.ServiceAccount(name, { metadata }, child);
        const access = accessRules(name, serviceAccount, child);
        // Immutable and named by Pulumi: a change is a rolling update, and pods that restart meanwhile find the old one.
        const configMap = new k8s.core.v1.ConfigMap(
            name,
            {
                metadata: unnamed,
                data: {
                    "envoy-gateway.yaml": pulumi.jsonStringify(
                        envoyGatewayConfiguration(controller.image),
                        undefined,
                        2,
                    ),
                },
                immutable: true,
            },
            child,
        );
        const service = new k8s.core.v1.Service(
            name,
            {
                metadata,
                spec: {
                    selector: matchLabels,
                    // By this name and port its Envoys find it.
                    ports: [{ name: "grpc", port: 18000, protocol: "TCP", targetPort: "grpc" }],
                },
            },
            child,
        );
        const deployment = new k8s.apps.v1.Deployment(
            name,
            {
                metadata,
                spec: {
                    replicas: controlPlanes,
                    selector: { matchLabels },
                    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
                    template: podTemplate(controller.image, serviceAccount.metadata.name, configMap.metadata.name),
                },
            },
            { ...child, dependsOn: [certificates, ...access] },
        );
        new k8s.policy.v1.PodDisruptionBudget(
            name,
            { metadata, spec: { maxUnavailable: 1, selector: { matchLabels } } },
            child,
        );
        gatewayClass(name, controller, metadata, { ...child, dependsOn: [deployment, service] });

        this.registerOutputs({});
    }
}

function namespaceMetadata({ namespace, hostPorts }: Controller) {
    // Pod Security has host ports for privileged pods only.
    const level = hostPorts === undefined ? "restricted" : "privileged";
    return owned({
        name: namespace,
        labels: { "pod-security.kubernetes.io/enforce": level, "pod-security.kubernetes.io/warn": level },
    });
}

/** The class of Gateways, and what the Envoys of all of them are. */
function gatewayClass(
    name: string,
    controller: Controller,
    metadata: k8s.types.input.meta.v1.ObjectMeta,
    child: pulumi.CustomResourceOptions,
): void {
    const lifeCycle = envoyLifeCycle(controller.shutdownGraceSeconds, controller.proxyReadTimeoutSeconds);
    const proxy = new k8s.apiextensions.CustomResource(
        name,
        {
            apiVersion: envoyGatewayApiVersion,
            kind: "EnvoyProxy",
            metadata,
            spec: envoyProxySpec({ ...controller, lifeCycle }),
        },
        child,
    );
    const { name: className, controllerName } = gatewayClasses["envoy-gateway"];
    new k8s.apiextensions.CustomResource(
        name,
        {
            apiVersion: gatewayApiVersion,
            kind: "GatewayClass",
            metadata: owned({
                name: className,
                labels: matchLabels,
                annotations: { "pulumi.com/waitFor": "condition=Accepted" },
            }),
            spec: {
                controllerName,
                parametersRef: {
                    group: "gateway.envoyproxy.io",
                    kind: "EnvoyProxy",
                    name: proxy.metadata.name,
                    namespace: controller.namespace,
                },
            },
        },
        // Deleted before its controller, which frees it.
        { ...child, dependsOn: proxy },
    );
}

const environment = [
    { name: "ENVOY_GATEWAY_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
    { name: "KUBERNETES_CLUSTER_DOMAIN", value: "cluster.local" },
];

const asks = (path: string) => ({ httpGet: { path, port: "health" }, timeoutSeconds: 5 });

function podTemplate(
    image: pulumi.Input<string>,
    serviceAccountName: pulumi.Input<string>,
    configMapName: pulumi.Input<string>,
): PodTemplate {
    return {
        metadata: { labels: matchLabels },
        spec: {
            serviceAccountName,
            securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
            topologySpreadConstraints: spreadOverNodesAndZones(matchLabels),
            containers: [
                {
                    name: "envoy-gateway",
                    image,
                    command: ["envoy-gateway"],
                    args: ["server", "--config-path=/config/envoy-gateway.yaml"],
                    env: environment,
                    ports: [
                        { name: "grpc", containerPort: 18000, protocol: "TCP" },
                        { name: "health", containerPort: 8081, protocol: "TCP" },
                    ],
                    resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
                    startupProbe: { ...asks("/healthz"), periodSeconds: 1, failureThreshold: 120 },
                    readinessProbe: { ...asks("/readyz"), periodSeconds: 5 },
                    livenessProbe: { ...asks("/healthz"), periodSeconds: 20 },
                    securityContext: restricted(userId),
                    volumeMounts: [
                        { name: "configuration", mountPath: "/config", readOnly: true },
                        { name: "certificates", mountPath: "/certs", readOnly: true },
                        { name: "wasm", mountPath: "/var/lib/eg/wasm" },
                    ],
                },
            ],
            volumes: [
                { name: "configuration", configMap: { name: configMapName } },
                { name: "certificates", secret: { secretName: "envoy-gateway" } },
                { name: "wasm", emptyDir: {} },
            ],
        },
    };
}

/** Makes the certificates for control plane and Envoys where there are none, as a hook of the chart does. */
function certificatesJob(
    name: string,
    { image }: Controller,
    namespace: pulumi.Output<string>,
    child: pulumi.CustomResourceOptions,
): k8s.batch.v1.Job {
    const labels = { [nameLabel]: objectName, [componentLabel]: "certificates" };
    const unnamed = owned({ namespace, labels });
    const metadata = { ...unnamed, name: certificatesName };
    const job = `${name}-certificates`;
    const serviceAccount = new k8s.core.v1.ServiceAccount(job, { metadata }, child);
    const role = new k8s.rbac.v1.Role(job, { metadata, rules: [...certificatesRules] }, child);
    const binding = new k8s.rbac.v1.RoleBinding(
        job,
        {
            metadata,
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
            subjects: [{ kind: "ServiceAccount", name: serviceAccount.metadata.name, namespace }],
        },
        child,
    );
    return new k8s.batch.v1.Job(
        job,
        {
            // Named by Pulumi: a Job is never changed, another image is another one.
            metadata: unnamed,
            spec: {
                backoffLimit: 3,
                template: {
                    metadata: { labels },
                    spec: {
                        serviceAccountName: serviceAccount.metadata.name,
                        restartPolicy: "Never",
                        securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
                        containers: [
                            {
                                name: "certificates",
                                image,
                                command: ["envoy-gateway"],
                                args: ["certgen", "--disable-topology-injector"],
                                env: environment,
                                resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } },
                                securityContext: restricted(userId),
                            },
                        ],
                    },
                },
            },
        },
        { ...child, dependsOn: binding },
    );
}

function accessRules(
    name: string,
    serviceAccount: k8s.core.v1.ServiceAccount,
    child: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
    const { name: account, namespace } = serviceAccount.metadata;
    const subjects = [{ kind: "ServiceAccount", name: account, namespace }];
    const apiGroup = "rbac.authorization.k8s.io";
    const ofCluster = owned({ name: objectName, labels: matchLabels });
    const ofNamespace = { ...ofCluster, namespace };
    const clusterRole = new k8s.rbac.v1.ClusterRole(
        name,
        { metadata: ofCluster, rules: [...envoyGatewayClusterRules] },
        child,
    );
    const role = new k8s.rbac.v1.Role(name, { metadata: ofNamespace, rules: [...envoyGatewayRules] }, child);
    return [
        new k8s.rbac.v1.ClusterRoleBinding(
            name,
            {
                metadata: ofCluster,
                roleRef: { apiGroup, kind: "ClusterRole", name: clusterRole.metadata.name },
                subjects,
            },
            child,
        ),
        new k8s.rbac.v1.RoleBinding(
            name,
            { metadata: ofNamespace, roleRef: { apiGroup, kind: "Role", name: role.metadata.name }, subjects },
            child,
        ),
    ];
}
