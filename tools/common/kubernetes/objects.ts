/** The parts of Kubernetes objects that drill and bench read, and where the API has them. */

export interface ObjectMeta {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
}

export interface KubernetesObject {
    readonly apiVersion?: string;
    readonly kind?: string;
    readonly metadata: ObjectMeta;
}

export interface Pod extends KubernetesObject {
    readonly spec: { readonly nodeName?: string };
    readonly status: {
        readonly phase: string;
        readonly podIP?: string;
        readonly conditions?: readonly { readonly type: string; readonly status: string }[];
        readonly containerStatuses?: readonly ContainerStatus[];
        readonly initContainerStatuses?: readonly ContainerStatus[];
    };
}

export interface ContainerStatus {
    readonly name: string;
    readonly ready: boolean;
    readonly restartCount: number;
    readonly state?: { readonly running?: object; readonly terminated?: object };
}

export interface Deployment extends KubernetesObject {
    readonly spec: {
        readonly replicas: number;
        readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
        readonly template: PodTemplate;
        readonly [field: string]: unknown;
    };
    readonly status: {
        readonly observedGeneration?: number;
        readonly replicas?: number;
        readonly readyReplicas?: number;
        readonly updatedReplicas?: number;
        readonly availableReplicas?: number;
    };
    readonly metadata: KubernetesObject["metadata"] & { readonly generation?: number };
}

export interface PodTemplate {
    readonly metadata?: {
        readonly labels?: Readonly<Record<string, string>>;
        readonly annotations?: Readonly<Record<string, string>>;
    };
    readonly spec: PodSpec;
}

export interface PodSpec {
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly volumes?: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
    readonly terminationGracePeriodSeconds?: number;
    readonly [field: string]: unknown;
}

export interface Container {
    readonly name: string;
    readonly image: string;
    readonly [field: string]: unknown;
}

export interface HorizontalPodAutoscaler extends KubernetesObject {
    readonly spec: {
        readonly minReplicas: number;
        readonly maxReplicas: number;
        readonly [field: string]: unknown;
    };
    readonly status?: { readonly desiredReplicas?: number };
}

export interface ConfigMap extends KubernetesObject {
    readonly data?: Readonly<Record<string, string>>;
    readonly immutable?: boolean;
}

export interface Service extends KubernetesObject {
    readonly spec: { readonly ports: readonly unknown[]; readonly selector: Readonly<Record<string, string>> };
}

export interface Ingress extends KubernetesObject {
    readonly spec: {
        readonly ingressClassName?: string;
        readonly rules?: readonly {
            readonly host?: string;
            readonly http?: { readonly paths: readonly object[] };
        }[];
    };
}

export interface Gateway extends KubernetesObject {
    readonly spec: {
        readonly gatewayClassName: string;
        readonly listeners: readonly {
            readonly name: string;
            readonly protocol: string;
            readonly allowedRoutes?: { readonly namespaces?: { readonly from?: string } };
            readonly [field: string]: unknown;
        }[];
    };
}

export interface HttpRoute extends KubernetesObject {
    readonly spec: {
        readonly hostnames?: readonly string[];
        readonly rules?: readonly { readonly backendRefs?: readonly unknown[] }[];
        readonly [field: string]: unknown;
    };
}

/** Labels as the API and kubectl take them. */
export function selectorOf(labels: Readonly<Record<string, string>>): string {
    return Object.entries(labels)
        .map(([name, value]) => `${name}=${value}`)
        .join();
}

export const paths = {
    nodes: "/api/v1/nodes",
    node: (name: string) => `/api/v1/nodes/${name}`,
    namespace: (name: string) => `/api/v1/namespaces/${name}`,
    pods: (namespace: string) => `/api/v1/namespaces/${namespace}/pods`,
    configMaps: (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`,
    services: (namespace: string) => `/api/v1/namespaces/${namespace}/services`,
    deployments: (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments`,
    replicaSets: (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/replicasets`,
    jobs: (namespace: string) => `/apis/batch/v1/namespaces/${namespace}/jobs`,
    events: (namespace: string) => `/api/v1/namespaces/${namespace}/events`,
    daemonSets: (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/daemonsets`,
    autoscalers: (namespace: string) => `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`,
    ingresses: (namespace: string) => `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`,
    gateways: (namespace: string) => `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/gateways`,
    httpRoutes: (namespace: string) => `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes`,
} as const;

export function isReady(pod: Pod): boolean {
    return pod.status.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

/** In the order of their start. */
export function containersOf(pod: PodSpec): readonly Container[] {
    return [...(pod.initContainers ?? []), ...pod.containers];
}

/** @throws where the pod has none of that name */
export function containerOf(pod: PodSpec, name: string): Container {
    const found = containersOf(pod).find((each) => each.name === name);
    if (found === undefined) throw new Error(`The Deployment's pods have no container ${name}.`);
    return found;
}
