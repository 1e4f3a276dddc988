/** What Envoy Gateway is told: its configuration, and what its proxies are to be. */
import type * as k8s from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";

import { localReadinessFailures, type EnvoyLifeCycle } from "../drain";
import { envoyGatewayApiVersion } from "./envoyPolicies";
import { gatewayClasses } from "./gateway";
import { quantities, spreadOverNodesAndZones, type ResourceQuantities } from "./podTemplate";
import { controllerPodLabels } from "./traffic";

/** As Envoy Gateway has them, in the pods that it makes. */
export const envoyContainerName = "envoy";
export const envoyReadinessPort = 19003;
export const envoyReadinessPath = "/ready";

/** Envoy is not root: of a Gateway's ports below 1024 it takes those that are so much higher. */
const shiftedBy = 10_000;

/** @param image of Envoy Gateway, which is the program that ends its proxies too */
export function envoyGatewayConfiguration(image: Input<string>) {
    return {
        apiVersion: envoyGatewayApiVersion,
        kind: "EnvoyGateway",
        gateway: { controllerName: gatewayClasses["envoy-gateway"].controllerName },
        provider: {
            type: "Kubernetes",
            kubernetes: {
                shutdownManager: { image },
                // Without it an Envoy tells nobody's zone. With it, it waits at its start for 15 s for endpoints of itself.
                proxyTopologyInjector: { disabled: true },
            },
        },
        // For the one bound that has no field: envoyPatchPolicySpec().
        extensionApis: { enableEnvoyPatchPolicy: true },
        logging: { level: { default: "info" } },
    };
}

export interface EnvoyProxyInput {
    readonly workload: "Deployment" | "DaemonSet";
    readonly replicas: number;
    /** Of Envoy. */
    readonly proxyImage: Input<string>;
    readonly serviceType: "LoadBalancer" | "NodePort" | "ClusterIP";
    readonly service: {
        readonly annotations: Readonly<Record<string, string>>;
        readonly externalTrafficPolicy?: "Cluster" | "Local" | undefined;
    };
    readonly hostPorts?: { readonly http: number; readonly https: number } | undefined;
    readonly shutdownGraceSeconds: number;
    readonly lifeCycle: EnvoyLifeCycle;
    readonly resources: ResourceQuantities;
}

/** spec of an EnvoyProxy, for all Gateways of the class. */
export function envoyProxySpec(input: EnvoyProxyInput) {
    const { lifeCycle, service, serviceType } = input;
    return {
        provider: {
            type: "Kubernetes",
            kubernetes: {
                ...(input.workload === "DaemonSet"
                    ? { envoyDaemonSet: workload(input) }
                    : { envoyDeployment: { replicas: input.replicas, ...workload(input) } }),
                ...(input.workload === "Deployment" && input.replicas > 1 ? { envoyPDB: { maxUnavailable: 1 } } : {}),
                envoyService: {
                    type: serviceType,
                    annotations: { ...service.annotations },
                    // Its own is Local.
                    externalTrafficPolicy: service.externalTrafficPolicy ?? "Cluster",
                },
            },
        },
        shutdown: {
            minDrainDuration: `${lifeCycle.minDrainSeconds}s`,
            drainTimeout: `${lifeCycle.drainTimeoutSeconds}s`,
        },
        telemetry: { accessLog: { settings: [accessLog] } },
    };
}

function workload(input: EnvoyProxyInput) {
    // Two pods cannot share a host port, so there one goes before the next comes.
    const maxUnavailable = input.hostPorts === undefined ? 0 : 1;
    return {
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable, maxSurge: 1 - maxUnavailable } },
        pod: {
            securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
            ...(input.workload === "DaemonSet"
                ? {}
                : { topologySpreadConstraints: spreadOverNodesAndZones(controllerPodLabels["envoy-gateway"]) }),
        },
        container: { image: input.proxyImage, resources: quantities(input.resources) },
        patch: { type: "StrategicMerge", value: { spec: patch(input) } },
    };
}

/** What an EnvoyProxy has no field for. */
function patch({ hostPorts, shutdownGraceSeconds, lifeCycle, service }: EnvoyProxyInput) {
    const { http, https } = gatewayClasses["envoy-gateway"].ports;
    const hostPort = (name: string, port: number, onNode: number) => ({
        name,
        containerPort: port + shiftedBy,
        hostPort: onNode,
        protocol: "TCP",
    });
    return {
        // Load balancers get as long to see a pod come as to see one go.
        minReadySeconds: shutdownGraceSeconds,
        template: {
            spec: {
                // By itself it is 300 s more than the drain.
                terminationGracePeriodSeconds: lifeCycle.terminationGracePeriodSeconds,
                containers: [
                    {
                        name: envoyContainerName,
                        ...(hostPorts === undefined
                            ? {}
                            : {
                                  ports: [
                                      hostPort("http", http, hostPorts.http),
                                      hostPort("https", https, hostPorts.https),
                                  ],
                              }),
                        startupProbe: { periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 300 },
                        readinessProbe: {
                            periodSeconds: readinessPeriodSeconds,
                            timeoutSeconds: 5,
                            failureThreshold:
                                service.externalTrafficPolicy === "Local"
                                    ? localReadinessFailures(shutdownGraceSeconds, readinessPeriodSeconds)
                                    : 3,
                        },
                        // By itself 3 s in which it is busy are its end.
                        livenessProbe: { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
                    },
                ],
            },
        },
    };
}

const readinessPeriodSeconds = 1;

/** A line of JSON for each request; `attempts` is more than one where another pod was asked. */
const accessLog = {
    format: {
        type: "JSON",
        json: {
            start_time: "%START_TIME%",
            method: "%REQ(:METHOD)%",
            path: "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
            protocol: "%PROTOCOL%",
            authority: "%REQ(:AUTHORITY)%",
            response_code: "%RESPONSE_CODE%",
            response_flags: "%RESPONSE_FLAGS%",
            response_code_details: "%RESPONSE_CODE_DETAILS%",
            connection_termination_details: "%CONNECTION_TERMINATION_DETAILS%",
            upstream_transport_failure_reason: "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
            bytes_received: "%BYTES_RECEIVED%",
            bytes_sent: "%BYTES_SENT%",
            duration: "%DURATION%",
            upstream_host: "%UPSTREAM_HOST%",
            attempts: "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
            route_name: "%ROUTE_NAME%",
            x_forwarded_for: "%REQ(X-FORWARDED-FOR)%",
            user_agent: "%REQ(USER-AGENT)%",
            x_request_id: "%REQ(X-REQUEST-ID)%",
        },
    },
    sinks: [{ type: "File", file: { path: "/dev/stdout" } }],
} as const;

/** What the control plane reads of the whole cluster, and the conditions that it writes: as its chart has it. */
export const envoyGatewayClusterRules: readonly k8s.types.input.rbac.v1.PolicyRule[] = [
    ...readOf("", ["nodes", "namespaces", "configmaps", "secrets", "services"]),
    ...readOf("apps", ["deployments", "daemonsets"]),
    ...readOf("discovery.k8s.io", ["endpointslices"]),
    ...readOf("multicluster.x-k8s.io", ["serviceimports"]),
    ...readOf("gateway.networking.k8s.io", gatewayApiKinds()),
    ...writeOf("gateway.networking.k8s.io", ["gatewayclasses"], ["patch", "update"]),
    ...writeOf(
        "gateway.networking.k8s.io",
        gatewayApiKinds()
            .filter((kind) => kind !== "referencegrants")
            .map((kind) => `${kind}/status`),
        ["update"],
    ),
    ...readOf("gateway.envoyproxy.io", [...envoyGatewayKinds(), "httproutefilters"]),
    ...writeOf(
        "gateway.envoyproxy.io",
        envoyGatewayKinds().map((kind) => `${kind}/status`),
        ["update"],
    ),
];

/** Of its own namespace: what it makes of Gateways, and which of its pods leads. */
export const envoyGatewayRules: readonly k8s.types.input.rbac.v1.PolicyRule[] = [
    ...makeOf("", ["serviceaccounts", "services", "configmaps"]),
    ...makeOf("apps", ["deployments", "daemonsets"]),
    ...makeOf("autoscaling", ["horizontalpodautoscalers"]),
    ...makeOf("policy", ["poddisruptionbudgets"]),
    {
        apiGroups: ["coordination.k8s.io"],
        resources: ["leases"],
        verbs: ["get", "list", "watch", "create", "update", "patch", "delete"],
    },
    { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
];

/** Of the Job that makes the certificates by which the proxies know their control plane, and it them. */
export const certificatesRules: readonly k8s.types.input.rbac.v1.PolicyRule[] = [
    { apiGroups: [""], resources: ["secrets"], verbs: ["get", "create", "update"] },
];

/** Of all but grants there are conditions to write. */
function gatewayApiKinds() {
    return [
        "gatewayclasses",
        "gateways",
        "listenersets",
        "httproutes",
        "grpcroutes",
        "tlsroutes",
        "tcproutes",
        "udproutes",
        "referencegrants",
        "backendtlspolicies",
    ];
}

function envoyGatewayKinds() {
    return [
        "envoyproxies",
        "envoypatchpolicies",
        "clienttrafficpolicies",
        "backendtrafficpolicies",
        "securitypolicies",
        "envoyextensionpolicies",
        "backends",
    ];
}

function readOf(group: string, resources: string[]) {
    return [{ apiGroups: [group], resources, verbs: ["get", "list", "watch"] }];
}

function writeOf(group: string, resources: string[], verbs: string[]) {
    return [{ apiGroups: [group], resources, verbs }];
}

function makeOf(group: string, resources: string[]) {
    const verbs = ["create", "get", "list", "delete", "deletecollection", "patch", "watch"];
    return [{ apiGroups: [group], resources, verbs }];
}
