/** Builds the corpus' manifests: a service that loses nothing, in the manner of public charts, with parts changed. */
import type { PolicyObject } from "../../../policy/manifest";

/** Fields of an object; undefined takes one away. Maps are merged, lists are replaced. */
export type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
    typeof value === "object" && value !== null && !Array.isArray(value);

function merged<T extends Fields>(base: T, changes: Fields = {}): T {
    const entries = Object.entries(changes).map(([key, value]) => {
        const old = base[key];
        return [key, isFields(old) && isFields(value) ? merged(old, value) : value] as const;
    });
    return Object.fromEntries(
        Object.entries({ ...base, ...Object.fromEntries(entries) }).filter(([, v]) => v !== undefined),
    ) as T;
}

/** Where php-fpm runs beside the front server. */
export type PhpFpmPlace = "native sidecar" | "main container" | "nowhere";

/** What is different from the service that loses nothing. null leaves an object out. */
export interface Parts {
    readonly name?: string;
    /** The Deployment, StatefulSet, ... */
    readonly workload?: Fields;
    readonly template?: Fields;
    readonly pod?: Fields;
    /** The container that gets the traffic. */
    readonly front?: Fields;
    readonly fpm?: Fields;
    readonly fpmPlace?: PhpFpmPlace;
    /** More containers, and more native sidecars after php-fpm. */
    readonly beside?: readonly Fields[];
    readonly service?: Fields | null;
    readonly route?: Fields | null;
    readonly budget?: Fields | null;
    readonly autoscaler?: Fields | null;
    readonly more?: readonly PolicyObject[];
}

const requests = { requests: { cpu: "250m", memory: "256Mi" } };

/** nginx that drains for 10 s, then for as long as 30 s, php-fpm as its native sidecar, and all that belongs to them. */
export function service(parts: Parts = {}): readonly PolicyObject[] {
    const name = parts.name ?? "shop";
    const metadata = { name, namespace: "web", labels: { "app.kubernetes.io/name": name } };
    const labels = metadata.labels;
    const front = merged(
        {
            name: "nginx",
            image: "docker.io/library/nginx:1.29.3-alpine",
            ports: [{ name: "http", containerPort: 8080 }],
            readinessProbe: { httpGet: { path: "/healthz", port: "http" } },
            lifecycle: { preStop: { sleep: { seconds: 10 } } },
            resources: requests,
        },
        parts.front,
    );
    const fpm = merged(
        {
            name: "php-fpm",
            image: "docker.io/library/php:8.4.14-fpm-alpine",
            readinessProbe: { tcpSocket: { port: 9000 } },
            ports: [{ name: "fastcgi", containerPort: 9000 }],
            resources: requests,
        },
        parts.fpm,
    );
    const fpmPlace = parts.fpmPlace ?? "native sidecar";
    const pod = merged(
        {
            terminationGracePeriodSeconds: 60,
            ...(fpmPlace === "native sidecar" ? { initContainers: [{ ...fpm, restartPolicy: "Always" }] } : {}),
            containers: [front, ...(fpmPlace === "main container" ? [fpm] : []), ...(parts.beside ?? [])],
        },
        parts.pod,
    );
    const workload = merged(
        {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata,
            spec: {
                selector: { matchLabels: labels },
                strategy: { rollingUpdate: { maxSurge: "25%", maxUnavailable: 0 } },
                template: merged({ metadata: { labels }, spec: pod }, parts.template),
            },
        },
        parts.workload,
    );
    const scaleTargetRef = { apiVersion: workload.apiVersion, kind: workload.kind, name };
    return [
        workload,
        ...optional(parts.service, {
            apiVersion: "v1",
            kind: "Service",
            metadata,
            spec: { selector: labels, ports: [{ name: "http", port: 80, targetPort: "http" }] },
        }),
        ...optional(parts.route, {
            apiVersion: "networking.k8s.io/v1",
            kind: "Ingress",
            metadata,
            spec: {
                ingressClassName: "nginx",
                rules: [{ http: { paths: [{ path: "/", pathType: "Prefix", backend: backend(name) }] } }],
            },
        }),
        ...optional(parts.budget, {
            apiVersion: "policy/v1",
            kind: "PodDisruptionBudget",
            metadata,
            spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
        }),
        ...optional(parts.autoscaler, {
            apiVersion: "autoscaling/v2",
            kind: "HorizontalPodAutoscaler",
            metadata,
            spec: { scaleTargetRef, minReplicas: 3, maxReplicas: 24, metrics: [cpuMetric] },
        }),
        ...(parts.more ?? []),
    ];
}

const backend = (name: string) => ({ service: { name, port: { name: "http" } } });

export const cpuMetric = {
    type: "Resource",
    resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } },
};

function optional(changes: Fields | null | undefined, base: PolicyObject): readonly PolicyObject[] {
    return changes === null ? [] : [merged(base, changes)];
}

// --- Parts that many cases have --------------------------------------------------------------------------------------

/** The front server's preStop hook. */
export const hook = (preStop: Fields | undefined, parts: Parts = {}): readonly PolicyObject[] =>
    service({ ...parts, front: { ...parts.front, lifecycle: preStop === undefined ? undefined : { preStop } } });

export const exec = (...command: readonly string[]): Fields => ({ sleep: undefined, exec: { command } });

export const script = (text: string): Fields => exec("/bin/sh", "-c", text);

export const grace = (terminationGracePeriodSeconds: number | undefined): Parts => ({
    pod: { terminationGracePeriodSeconds },
});

/** A fixed number of pods. */
export const replicas = (count: number | undefined, spec: Fields = {}): Parts => ({
    autoscaler: null,
    workload: { spec: { replicas: count, ...spec } },
});

/** A php-fpm Deployment of its own, which another pod's nginx reaches through a Service. */
export function phpFpmAlone(parts: Parts = {}): readonly PolicyObject[] {
    return service({
        name: "shop-php",
        fpmPlace: "nowhere",
        route: null,
        ...parts,
        service: parts.service === null ? null : { spec: { ports: [{ port: 9000 }] }, ...parts.service },
        front: {
            name: "php",
            image: "docker.io/library/php:8.4.14-fpm",
            ports: [{ containerPort: 9000 }],
            readinessProbe: { httpGet: undefined, tcpSocket: { port: 9000 } },
            ...parts.front,
        },
    });
}

/** All objects in one, as `kubectl get -o yaml` and some generators print them. */
export const list = (items: readonly PolicyObject[]): readonly PolicyObject[] => [
    { apiVersion: "v1", kind: "List", items },
];

/** Manifests by what is peculiar about them. */
export type Cases = Readonly<Record<string, readonly PolicyObject[]>>;

/** Cases of one subject. */
export interface Subject {
    /** They lose requests, or stand in the way of what keeps them, and one of these rules has to say so. */
    readonly bad: Cases;
    readonly rules: readonly string[];
    /** They lose none, so no mandatory rule may object. */
    readonly good: Cases;
}
