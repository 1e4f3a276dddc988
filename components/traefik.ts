import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { ResourcesArgs } from "./args";
import { traefikDefaults } from "./defaults";
import { traefikLifeCycle } from "./drain";
import { readGatewayApi } from "./gatewayApi";
import type { ControllerServiceArgs } from "./ingressNginx";
import { owned } from "./objectMetadata";
import { leastTraefik, whyNotTraefik } from "./problems";
import { gatewayApiVersion, gatewayClasses } from "./specs/gateway";
import { traefikPodTemplate } from "./specs/traefikPod";
import { controllerPodLabels } from "./specs/traffic";
import { loadedListener, loadedRouteSpec, traefikFiles } from "./specs/traefikConfiguration";
import { parseNginxSizeBytes } from "./units/nginxSize";
import { withDefaults, type Filled } from "./withDefaults";

/** Everything has a default. */
export interface TraefikArgs {
    /**
     * Namespace, made by the component.
     * @default "traefik"
     */
    readonly namespace?: string | undefined;
    /**
     * Pods; not used with workload DaemonSet.
     * @default 2
     */
    readonly replicas?: number | undefined;
    /** @default "Deployment" */
    readonly workload?: "Deployment" | "DaemonSet" | undefined;
    /**
     * Pinned image of Traefik 3.7.5 or newer, with a shell: older ones send to pods that end.
     * @default "docker.io/library/traefik:v3.7.15"
     */
    readonly image?: pulumi.Input<string> | undefined;
    /**
     * Write the address of its load balancer into the Ingresses that it serves; not where another controller does.
     * @default true
     */
    readonly publishAddress?: boolean | undefined;
    /** @default "LoadBalancer" */
    readonly serviceType?: "LoadBalancer" | "NodePort" | "ClusterIP" | undefined;
    readonly service?: ControllerServiceArgs | undefined;
    /**
     * Ports on the nodes.
     * @default none
     */
    readonly hostPorts?: { readonly http: number; readonly https: number } | undefined;
    /**
     * How long a pod that ends goes on accepting, and how long a new one is not counted on. Seconds.
     * @default 15
     */
    readonly shutdownGraceSeconds?: number | undefined;
    /**
     * The longest that it waits for a pod of a service behind it: `proxyReadTimeoutSecondsOf()` tells it of a PhpWebService.
     * How long its own pods get to end follows from it. Seconds.
     * @default 55
     */
    readonly proxyReadTimeoutSeconds?: number | undefined;
    /**
     * Networks of the proxies in front, whose X-Forwarded headers are believed; nobody else's are.
     * @default []
     */
    readonly trustedIPs?: readonly string[] | undefined;
    /**
     * Serve Gateways too, of a GatewayClass `traefik` that is made. The cluster has to have the CRDs of Gateway API 1.5 or newer.
     * @default false
     */
    readonly gateway?: boolean | undefined;
    /**
     * The largest upload to any service behind it, where it serves Gateways: an HTTPRoute cannot say it. As nginx writes sizes.
     * @default "8m"
     */
    readonly clientMaxBodySize?: string | undefined;
    /** @default {"requests":{"cpu":"100m","memory":"90Mi"},"limits":{"cpu":null,"memory":"512Mi"}} */
    readonly resources?: ResourcesArgs | undefined;
}

type Controller = Filled<TraefikArgs, typeof traefikDefaults>;
const gatewayClass = gatewayClasses.traefik;

type PodTemplate = k8s.types.input.core.v1.PodTemplateSpec;

const objectName = "traefik";
const matchLabels = { ...controllerPodLabels.traefik, "app.kubernetes.io/component": "controller" };

/**
 * Traefik as the controller of Ingresses that were written for ingress-nginx, by its provider kubernetesIngressNGINX, and of Gateways
 * where that is asked for, as typed resources, so that a diff shows every field. Mended where it would lose requests: at least two pods with a disruption
 * budget and spread, an end in which it first goes on accepting, and a start that waits for the cluster's routes.
 * docs/decisions/0022-traefik-as-typed-objects.md has the reasons.
 *
 * Names are fixed, one to a cluster. It serves the Ingresses of every class whose controller is ingress-nginx's, such as
 * {@link IngressClass}'s.
 */
export class Traefik extends pulumi.ComponentResource {
    /** @throws RunError where the image is known to lose requests, before anything is registered */
    constructor(name: string, args: TraefikArgs = {}, opts?: pulumi.ComponentResourceOptions) {
        checkImage(name, args.image);
        super("php-web-service:index:Traefik", name, {}, opts);
        const controller = withDefaults(args, traefikDefaults);
        const child = { parent: this };

        const namespace = new k8s.core.v1.Namespace(name, { metadata: namespaceMetadata(controller) }, child).metadata
            .name;
        const unnamed = owned({ namespace, labels: matchLabels });
        const metadata = { ...unnamed, name: objectName };

        const serviceAccount = new k8s.core.v1.ServiceAccount(name, { metadata }, child);
        const access = accessRules(name, serviceAccount, controller.gateway, child);
        // Immutable and named by Pulumi: a change is a rolling update, and pods that restart meanwhile find the old one.
        const gateway = controller.gateway
            ? {
                  maxRequestBodyBytes: parseNginxSizeBytes(controller.clientMaxBodySize) ?? 0,
                  proxyReadTimeoutSeconds: controller.proxyReadTimeoutSeconds,
              }
            : undefined;
        const configMap = new k8s.core.v1.ConfigMap(
            name,
            { metadata: unnamed, data: traefikFiles(gateway), immutable: true },
            child,
        );
        const routes = gateway === undefined ? [] : gatewayObjects(name, metadata, child);
        const { annotations, externalTrafficPolicy } = controller.service;
        const template = traefikPodTemplate({
            ...controller,
            externalTrafficPolicy,
            labels: matchLabels,
            lifeCycle: traefikLifeCycle(controller.shutdownGraceSeconds, controller.proxyReadTimeoutSeconds),
            // Without a load balancer its Service has no address that visitors reach.
            publishService:
                controller.publishAddress && controller.serviceType === "LoadBalancer" ? objectName : undefined,
            gateway,
            serviceAccountName: serviceAccount.metadata.name,
            configMapName: configMap.metadata.name,
        });
        workload(name, controller, metadata, template, { ...child, dependsOn: [...access, ...routes] });
        new k8s.core.v1.Service(
            name,
            {
                metadata: { ...metadata, annotations: { ...annotations, ...metadata.annotations } },
                spec: {
                    type: controller.serviceType,
                    ...(externalTrafficPolicy === undefined ? {} : { externalTrafficPolicy }),
                    selector: matchLabels,
                    ports: [
                        { name: "web", port: 80, protocol: "TCP", targetPort: "web", appProtocol: "http" },
                        {
                            name: "websecure",
                            port: 443,
                            protocol: "TCP",
                            targetPort: "websecure",
                            appProtocol: "https",
                        },
                    ],
                },
            },
            child,
        );

        this.registerOutputs({});
    }
}

function checkImage(name: string, image: TraefikArgs["image"]): void {
    if (typeof image !== "string") return;
    const reason = whyNotTraefik(image);
    if (reason === undefined) return;
    throw new pulumi.RunError(
        `Traefik ${name}: image: found ${image}. Allowed: ${leastTraefik.join(".")} or newer; this one ${reason}.`,
    );
}

function namespaceMetadata({ namespace, hostPorts }: Controller) {
    // Pod Security has host ports for privileged pods only.
    const level = hostPorts === undefined ? "restricted" : "privileged";
    return owned({
        name: namespace,
        labels: { "pod-security.kubernetes.io/enforce": level, "pod-security.kubernetes.io/warn": level },
    });
}

function workload(
    name: string,
    { workload: kind, replicas, hostPorts, shutdownGraceSeconds }: Controller,
    metadata: k8s.types.input.meta.v1.ObjectMeta,
    template: PodTemplate,
    child: pulumi.CustomResourceOptions,
): void {
    const selector = { matchLabels };
    // Two pods cannot share a host port, so there one goes before the next comes.
    const maxUnavailable = hostPorts === undefined ? 0 : 1;
    const rolling = { type: "RollingUpdate", rollingUpdate: { maxUnavailable, maxSurge: 1 - maxUnavailable } };
    const common = {
        selector,
        template,
        // Load balancers get as long to see a pod come as to see one go.
        minReadySeconds: shutdownGraceSeconds,
    };
    if (kind === "DaemonSet") {
        new k8s.apps.v1.DaemonSet(name, { metadata, spec: { ...common, updateStrategy: rolling } }, child);
        return;
    }
    new k8s.apps.v1.Deployment(name, { metadata, spec: { ...common, replicas, strategy: rolling } }, child);
    if (replicas > 1) {
        new k8s.policy.v1.PodDisruptionBudget(name, { metadata, spec: { maxUnavailable: 1, selector } }, child);
    }
}

const gatewayGroup = { apiGroups: ["gateway.networking.k8s.io"] };
/** With what it has a status for. */
const gatewayKinds = ["gatewayclasses", "gateways", "httproutes", "grpcroutes", "tlsroutes", "backendtlspolicies"];
const gatewayRules = [
    // Listeners take routes by their namespaces' labels.
    { apiGroups: [""], resources: ["namespaces"], verbs: ["list", "watch"] },
    { ...gatewayGroup, resources: [...gatewayKinds, "referencegrants"], verbs: ["list", "watch"] },
    { ...gatewayGroup, resources: gatewayKinds.map((kind) => `${kind}/status`), verbs: ["update"] },
];

/** The class of Gateways, and one of its own with the route that the startup probe asks for. */
function gatewayObjects(
    name: string,
    metadata: k8s.types.input.meta.v1.ObjectMeta,
    child: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
    const apiVersion = gatewayApiVersion;
    const madeClass = new k8s.apiextensions.CustomResource(
        name,
        {
            apiVersion,
            kind: "GatewayClass",
            metadata: owned({ name: gatewayClass.name, labels: matchLabels }),
            spec: { controllerName: gatewayClass.controllerName },
        },
        { ...child, dependsOn: readGatewayApi(name, child) },
    );
    const gateway = new k8s.apiextensions.CustomResource(
        name,
        {
            apiVersion,
            kind: "Gateway",
            metadata,
            spec: { gatewayClassName: gatewayClass.name, listeners: [loadedListener] },
        },
        { ...child, dependsOn: madeClass },
    );
    const route = new k8s.apiextensions.CustomResource(
        name,
        { apiVersion, kind: "HTTPRoute", metadata, spec: loadedRouteSpec(objectName) },
        { ...child, dependsOn: gateway },
    );
    return [route];
}

/** What its providers read of the whole cluster, and the addresses and conditions that they write. */
function accessRules(
    name: string,
    serviceAccount: k8s.core.v1.ServiceAccount,
    isGatewayServed: boolean,
    child: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
    const metadata = owned({ name: objectName, labels: matchLabels });
    const verbs = ["list", "watch"];
    const role = new k8s.rbac.v1.ClusterRole(
        name,
        {
            metadata,
            rules: [
                // Certificates, and what annotations name.
                { apiGroups: [""], resources: ["services", "secrets", "configmaps"], verbs },
                { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs },
                { apiGroups: ["networking.k8s.io"], resources: ["ingresses", "ingressclasses"], verbs },
                { apiGroups: ["networking.k8s.io"], resources: ["ingresses/status"], verbs: ["update"] },
                ...(isGatewayServed ? gatewayRules : []),
            ],
        },
        child,
    );
    const { name: account, namespace } = serviceAccount.metadata;
    const binding = new k8s.rbac.v1.ClusterRoleBinding(
        name,
        {
            metadata,
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role.metadata.name },
            subjects: [{ kind: "ServiceAccount", name: account, namespace }],
        },
        child,
    );
    return [binding];
}
