/** The bench's own objects in the cluster, made from those of the stack. Pure. */
import type { ConfigMap, Deployment, Ingress, PodSpec } from "../../common/kubernetes/objects";
import { fullContainerOf, fullContainersOf, type FullContainer } from "./container";

export const benchNamespace = "bench";
export const benchHost = "bench.test";

/** Marks the namespace as the bench's. */
export const benchOwner = "bench-throughput";
const nameLabel = "app.kubernetes.io/name";

export interface ManifestMetadata {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
}

export interface Manifest {
    readonly metadata: ManifestMetadata;
    readonly [field: string]: unknown;
}

export interface BenchPod {
    readonly name: string;
    /** All on one node, so that every way is as long. */
    readonly node: string;
    /** ConfigMap instead of the one that php-fpm has in the stack. */
    readonly phpFpmConfig?: string;
    /** CPU limit of php-fpm, a quantity; none where undefined. */
    readonly phpFpmCpuLimit?: string;
    readonly phpFpmMemoryLimit: string;
    readonly cpuRequest: string;
    /** Whether the kubelet asks it, as it asks the stack's pods. */
    readonly hasProbes: boolean;
}

/** A pod of the stack's Deployment with other resources. nginx never has a CPU limit. */
export function benchPod({ spec: { template } }: Deployment, wanted: BenchPod): Manifest {
    const phpFpm = fullContainerOf(template.spec, "php-fpm");
    const configName = template.spec.volumes?.find(({ name }) =>
        phpFpm.volumeMounts.some((mount) => mount.name === name && mount.mountPath.startsWith("/etc/")),
    )?.name;
    const { topologySpreadConstraints: _, ...spec } = template.spec;
    return pod(wanted.name, {
        ...spec,
        nodeName: wanted.node,
        terminationGracePeriodSeconds: 1,
        initContainers: (template.spec.initContainers ?? []).map((each) => adapted(each as FullContainer, wanted)),
        containers: template.spec.containers.map((each) => adapted(each as FullContainer, wanted)),
        volumes: (template.spec.volumes ?? []).map((volume) =>
            volume.name === configName && wanted.phpFpmConfig !== undefined
                ? { ...volume, configMap: { name: wanted.phpFpmConfig } }
                : volume,
        ),
    });
}

function adapted(container: FullContainer, wanted: BenchPod): FullContainer {
    const left = ["lifecycle", ...(wanted.hasProbes ? [] : ["startupProbe", "livenessProbe", "readinessProbe"])];
    const rest = Object.entries(container).filter(([field]) => !left.includes(field));
    const isPhpFpm = container.name === "php-fpm";
    const { cpu: _, ...limits } = container.resources.limits;
    return {
        ...(Object.fromEntries(rest) as unknown as FullContainer),
        resources: {
            requests: { ...container.resources.requests, cpu: wanted.cpuRequest },
            limits: {
                ...limits,
                ...(isPhpFpm ? { memory: wanted.phpFpmMemoryLimit } : {}),
                ...(isPhpFpm && wanted.phpFpmCpuLimit !== undefined ? { cpu: wanted.phpFpmCpuLimit } : {}),
            },
        },
    };
}

/** A copy of one of the stack's ConfigMaps. */
export function benchConfigMap({ metadata, data = {} }: ConfigMap, name = metadata.name): Manifest {
    return configMap(name, data);
}

/** php-fpm's ConfigMap with another number of workers. */
export function withMaxChildren(original: ConfigMap, name: string, maxChildren: number): Manifest {
    const data = Object.entries(original.data ?? {}).map(([file, text]) => [
        file,
        text.replace(/^pm\.max_children = \d+$/m, `pm.max_children = ${maxChildren}`),
    ]);
    return configMap(name, Object.fromEntries(data) as Record<string, string>);
}

/** Service and Ingress of a bench pod, with what the stack asks of the ingress controller. */
export function benchRoute(podName: string, ours: Ingress): { readonly service: Manifest; readonly ingress: Manifest } {
    const metadata = { name: podName, namespace: benchNamespace };
    return {
        service: {
            apiVersion: "v1",
            kind: "Service",
            metadata,
            spec: { selector: { [nameLabel]: podName }, ports: [{ name: "http", port: 80, targetPort: "http" }] },
        },
        ingress: {
            apiVersion: "networking.k8s.io/v1",
            kind: "Ingress",
            metadata: { ...metadata, annotations: ours.metadata.annotations ?? {} },
            spec: {
                ...(ours.spec.ingressClassName === undefined ? {} : { ingressClassName: ours.spec.ingressClassName }),
                rules: [
                    {
                        host: benchHost,
                        http: {
                            paths: [
                                {
                                    path: "/",
                                    pathType: "Prefix",
                                    backend: { service: { name: podName, port: { name: "http" } } },
                                },
                            ],
                        },
                    },
                ],
            },
        },
    };
}

export const plainProxyPort = 8080;

/** nginx as a plain proxy, with the resources that the ingress controller has. */
export function plainProxy(
    { spec: { template } }: Deployment,
    {
        name,
        node,
        upstream,
        cpuRequest,
    }: { readonly name: string; readonly node: string; readonly upstream: string; readonly cpuRequest: string },
): { readonly configMap: Manifest; readonly pod: Manifest } {
    const nginx = fullContainerOf(template.spec, "nginx");
    const folder = "/etc/plain-proxy";
    return {
        configMap: configMap(name, { "nginx.conf": plainProxyConf(upstream) }),
        pod: pod(name, {
            automountServiceAccountToken: false,
            ...(template.spec["securityContext"] === undefined
                ? {}
                : { securityContext: template.spec["securityContext"] }),
            nodeName: node,
            terminationGracePeriodSeconds: 1,
            containers: [
                {
                    name: "nginx",
                    image: nginx.image,
                    command: ["nginx", "-c", `${folder}/nginx.conf`],
                    resources: { requests: { cpu: cpuRequest } },
                    securityContext: nginx.securityContext,
                    volumeMounts: [
                        { name: "config", mountPath: folder },
                        { name: "temporary", mountPath: "/tmp" },
                    ],
                },
            ],
            volumes: [
                { name: "config", configMap: { name } },
                { name: "temporary", emptyDir: {} },
            ],
        } as PodSpec),
    };
}

/** As many workers and as many kept connections as ingress-nginx has by default; a log, as it has one. */
function plainProxyConf(upstream: string): string {
    return `worker_processes auto;
pid /tmp/nginx.pid;
daemon off;
error_log /dev/stderr warn;
events {
    worker_connections 16384;
}
http {
    access_log /dev/stdout;
    client_body_temp_path /tmp/client_body;
    fastcgi_temp_path /tmp/fastcgi;
    proxy_temp_path /tmp/proxy;
    scgi_temp_path /tmp/scgi;
    uwsgi_temp_path /tmp/uwsgi;
    upstream service {
        server ${upstream};
        keepalive 320;
    }
    server {
        listen ${plainProxyPort};
        location / {
            proxy_pass http://service;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
        }
    }
}
`;
}

/** Names of the ConfigMaps that the pods mount. */
export function mountedConfigMaps({ spec: { template } }: Deployment): readonly string[] {
    return template.spec.volumes?.flatMap(({ configMap: source }) => source?.name ?? []) ?? [];
}

/** The ConfigMap that has php-fpm's configuration. */
export function phpFpmConfigMap(configMaps: readonly ConfigMap[]): ConfigMap {
    const found = configMaps.find(({ data }) => data?.["php-fpm.conf"] !== undefined);
    if (found === undefined) throw new Error("The Deployment's pods mount no ConfigMap with php-fpm.conf.");
    return found;
}

/** The port at which a pod's last container serves. */
export function servicePort({ spec: { template } }: Deployment): number {
    const port = fullContainersOf(template.spec).at(-1)?.ports?.[0]?.containerPort;
    if (port === undefined) throw new Error("The Deployment's pods name no port.");
    return port;
}

function pod(name: string, spec: PodSpec): Manifest {
    return {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace: benchNamespace, labels: { [nameLabel]: name } },
        spec,
    };
}

function configMap(name: string, data: Readonly<Record<string, string>>): Manifest {
    return {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name, namespace: benchNamespace },
        data,
    };
}
