/**
 * The baselines: the same images, application and configuration as ours, without what keeps the promise. Pure; made from
 * our own objects, so that only the settings under test differ.
 */
import {
    containerOf,
    type ConfigMap,
    type Container,
    type Deployment,
    type Gateway,
    type HorizontalPodAutoscaler,
    type Ingress,
    type KubernetesObject,
    type PodSpec,
    type Service,
} from "../../common/kubernetes/objects";
import { pingPath } from "../../../components/specs/names";

/** Our objects, as the cluster has them. */
export interface Ours {
    readonly deployment: Deployment;
    readonly autoscaler: HorizontalPodAutoscaler;
    readonly service: Service;
    /** What leads requests to it. */
    readonly route: Ingress | Gateway;
    /** Those that the pods mount. */
    readonly configMaps: readonly ConfigMap[];
    /** php-fpm's CPU use in percent of its request. */
    readonly targetCPUUtilizationPercentage: number;
}

export interface Baseline {
    readonly name: string;
    readonly title: string;
    readonly description: string;
    readonly nginx: LifecycleSettings;
    readonly phpFpm: LifecycleSettings;
    /** Kubernetes' default, 30 s, where undefined. */
    readonly terminationGracePeriodSeconds?: number;
    /** Kubernetes' default, 25 % each, where undefined. */
    readonly rollingUpdate?: { readonly maxSurge: string; readonly maxUnavailable: string };
}

type LifecycleSettings = Readonly<Record<string, unknown>>;

const noSettings: Baseline = {
    name: "none",
    title: "No lifecycle settings",
    description: "two plain containers without probes and hooks, grace period 30 s",
    nginx: {},
    phpFpm: {},
};

interface ProbeTimes {
    readonly initialDelaySeconds: number;
    readonly periodSeconds: number;
    readonly failureThreshold: number;
    readonly timeoutSeconds: number;
}

const times = (
    initialDelaySeconds: number,
    periodSeconds: number,
    failureThreshold: number,
    timeoutSeconds: number,
): ProbeTimes => ({ initialDelaySeconds, periodSeconds, failureThreshold, timeoutSeconds });

const onPhpFpm = { tcpSocket: { port: 9000 } };
const onNginx = (path: string) => ({ httpGet: { path, port: 8080 } });
const sleepBeforeStop = { lifecycle: { preStop: { sleep: { seconds: 30 } } } };

/**
 * The recipe that a public write-up arrived at, one 502 after the other. Its probes are cross-wired: each container's
 * probes ask the other one. Its preStop is `exec /bin/sleep 30`; the images here have no such program, and the kubelet's
 * own `sleep` takes as long.
 */
const writeUp: Baseline = {
    name: "write-up",
    title: "The usual recipe",
    description: "probes, preStop sleep 30 s in both containers, grace period 60 s, RollingUpdate 25 % / 25 %",
    nginx: {
        livenessProbe: { ...onPhpFpm, ...times(4, 10, 3, 3) },
        readinessProbe: { ...onPhpFpm, ...times(4, 10, 6, 3) },
        startupProbe: { ...onPhpFpm, ...times(2, 3, 10, 1) },
        ...sleepBeforeStop,
    },
    phpFpm: {
        livenessProbe: { ...onNginx(pingPath), ...times(4, 10, 3, 3) },
        readinessProbe: { ...onNginx("/healthz"), ...times(4, 10, 6, 5) },
        startupProbe: { ...onNginx(pingPath), ...times(2, 3, 10, 1) },
        ...sleepBeforeStop,
    },
    terminationGracePeriodSeconds: 60,
    rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" },
};

export const allBaselines: readonly Baseline[] = [noSettings, writeUp];

const appName = "drill";
const servicePort = 80;
const labels = { "app.kubernetes.io/name": appName };

export function baselineNamespace({ name }: Baseline): string {
    return `drill-${name}`;
}

/** The name of all its objects but the ConfigMaps. */
export const baselineObjectName = appName;

/** Objects by the kind's place in the API, in the order in which they are created. */
export interface BaselineObjects {
    readonly configMaps: readonly (object & { readonly metadata: { readonly name: string } })[];
    readonly deployment: object;
    readonly service: object;
    readonly autoscaler: object;
    /** What leads requests to it, as the stack has it: an Ingress, or a Gateway and an HTTPRoute. */
    readonly routes: readonly KubernetesObject[];
}

/** @throws where our Deployment is not of nginx and php-fpm */
export function baselineObjects(baseline: Baseline, ours: Ours, namespace: string, host: string): BaselineObjects {
    const metadata = { name: appName, namespace, labels };
    const template = ours.deployment.spec.template;
    return {
        configMaps: ours.configMaps.map(({ metadata: { name }, data }) => ({
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name, namespace },
            data: Object.fromEntries(
                Object.entries(data ?? {}).map(([file, text]) => [file, withoutShutdownDirectives(text)]),
            ),
        })),
        deployment: {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata,
            spec: {
                // No replicas: the autoscaler's matter. Kubernetes begins with one.
                selector: { matchLabels: labels },
                ...(baseline.rollingUpdate === undefined
                    ? {}
                    : { strategy: { type: "RollingUpdate", rollingUpdate: baseline.rollingUpdate } }),
                template: { metadata: { labels }, spec: podSpec(baseline, template.spec) },
            },
        },
        service: {
            apiVersion: "v1",
            kind: "Service",
            metadata,
            spec: {
                selector: labels,
                ports: [{ name: "http", port: servicePort, targetPort: "http", protocol: "TCP" }],
            },
        },
        autoscaler: {
            apiVersion: "autoscaling/v2",
            kind: "HorizontalPodAutoscaler",
            metadata,
            spec: {
                ...ours.autoscaler.spec,
                scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: appName },
                metrics: [
                    {
                        type: "Resource",
                        resource: {
                            name: "cpu",
                            target: { type: "Utilization", averageUtilization: ours.targetCPUUtilizationPercentage },
                        },
                    },
                ],
            },
        },
        routes: isGateway(ours.route)
            ? gatewayObjects(ours.route, metadata, host)
            : [ingressObject(ours.route, metadata, host)],
    };
}

const isGateway = (route: Ingress | Gateway): route is Gateway => "listeners" in route.spec;

type Metadata = KubernetesObject["metadata"];

function ingressObject({ spec: { ingressClassName } }: Ingress, metadata: Metadata, host: string) {
    const backend = { service: { name: appName, port: { name: "http" } } };
    return {
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        metadata,
        spec: {
            ...(ingressClassName === undefined ? {} : { ingressClassName }),
            rules: [{ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
        },
    };
}

/**
 * A route on the stack's Gateway, where that takes routes of other namespaces; else on one of the baseline's own, at the same entry point of
 * the same controller.
 */
function gatewayObjects(gateway: Gateway, metadata: Metadata, host: string) {
    const { gatewayClassName, listeners } = gateway.spec;
    const listener = listeners.find(({ protocol }) => protocol === "HTTP");
    if (listener === undefined) throw new Error("The stack's Gateway has no listener for HTTP.");
    const apiVersion = "gateway.networking.k8s.io/v1";
    const isShared = listener.allowedRoutes?.namespaces?.from === "All";
    const parent = isShared
        ? { name: gateway.metadata.name, namespace: gateway.metadata.namespace }
        : { name: appName };
    return [
        ...(isShared
            ? []
            : [{ apiVersion, kind: "Gateway", metadata, spec: { gatewayClassName, listeners: [listener] } }]),
        {
            apiVersion,
            kind: "HTTPRoute",
            metadata,
            spec: {
                parentRefs: [{ ...parent, sectionName: listener.name }],
                hostnames: [host],
                rules: [
                    {
                        matches: [{ path: { type: "PathPrefix", value: "/" } }],
                        backendRefs: [{ name: appName, port: servicePort }],
                    },
                ],
            },
        },
    ];
}

/** Directives that nobody sets who has not thought of the shutdown. */
export function withoutShutdownDirectives(text: string): string {
    return text.replace(/^\s*(?:worker_shutdown_timeout|keepalive_min_timeout|process_control_timeout)\b.*\n/gm, "");
}

function podSpec(baseline: Baseline, ours: PodSpec): PodSpec {
    const { initContainers = [], topologySpreadConstraints: _, terminationGracePeriodSeconds: __, ...rest } = ours;
    // What copies an application's files for nginx.
    const copying = initContainers.filter(({ name }) => name !== "php-fpm");
    return {
        ...rest,
        ...(copying.length === 0 ? {} : { initContainers: copying }),
        ...(baseline.terminationGracePeriodSeconds === undefined
            ? {}
            : { terminationGracePeriodSeconds: baseline.terminationGracePeriodSeconds }),
        containers: [
            { ...withoutLifecycle(containerOf(ours, "nginx")), ...baseline.nginx },
            { ...withoutLifecycle(containerOf(ours, "php-fpm")), ...baseline.phpFpm },
        ],
    };
}

function withoutLifecycle(container: Container): Container {
    const lifecycle = ["restartPolicy", "lifecycle", "startupProbe", "livenessProbe", "readinessProbe"];
    return Object.fromEntries(
        Object.entries(container).filter(([key]) => !lifecycle.includes(key)),
    ) as unknown as Container;
}
