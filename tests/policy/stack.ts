/** A stack that keeps every rule, and ways to break it field by field. */
import { checkManifests, judge } from "../../policy/check";
import { kubeObject, type PolicyObject } from "../../policy/manifest";
import type { Rule, RuleConfig } from "../../policy/rule";

const labels = { app: "web" };
const metadata = { name: "web", namespace: "shop" };

/** An Ingress, a Service, nginx with php-fpm as its sidecar, an autoscaler and a disruption budget. */
export function webStack(): readonly PolicyObject[] {
    return [
        {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata,
            spec: {
                selector: { matchLabels: labels },
                strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: 0 } },
                template: {
                    metadata: { labels, annotations: { "php-web-service/longest-request-seconds": "40" } },
                    spec: {
                        terminationGracePeriodSeconds: 60,
                        initContainers: [
                            {
                                name: "php-fpm",
                                image: "docker.io/library/php:8.4.24-fpm",
                                restartPolicy: "Always",
                                ports: [{ name: "fastcgi", containerPort: 9000 }],
                                startupProbe: { tcpSocket: { port: "fastcgi" } },
                                livenessProbe: { tcpSocket: { port: 9000 } },
                                resources: { requests: { cpu: "1000m", memory: "512Mi" } },
                            },
                        ],
                        containers: [
                            {
                                name: "nginx",
                                image: "docker.io/nginxinc/nginx-unprivileged:1.30.4",
                                ports: [{ name: "http", containerPort: 8080 }],
                                readinessProbe: { httpGet: { path: "/healthz", port: "http" } },
                                livenessProbe: { httpGet: { path: "/ping", port: 8080 } },
                                lifecycle: { preStop: { sleep: { seconds: 10 } } },
                                resources: { requests: { cpu: "100m", memory: "90Mi" } },
                            },
                        ],
                    },
                },
            },
        },
        {
            apiVersion: "v1",
            kind: "Service",
            metadata,
            spec: { selector: labels, ports: [{ name: "http", port: 80, targetPort: "http" }] },
        },
        {
            apiVersion: "networking.k8s.io/v1",
            kind: "Ingress",
            metadata,
            spec: {
                ingressClassName: "nginx",
                rules: [
                    {
                        http: {
                            paths: [
                                {
                                    path: "/",
                                    pathType: "Prefix",
                                    backend: { service: { name: "web", port: { name: "http" } } },
                                },
                            ],
                        },
                    },
                ],
            },
        },
        {
            apiVersion: "autoscaling/v2",
            kind: "HorizontalPodAutoscaler",
            metadata,
            spec: {
                scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
                minReplicas: 3,
                maxReplicas: 24,
                metrics: [
                    {
                        type: "ContainerResource",
                        containerResource: {
                            container: "php-fpm",
                            name: "cpu",
                            target: { type: "Utilization", averageUtilization: 60 },
                        },
                    },
                ],
            },
        },
        {
            apiVersion: "policy/v1",
            kind: "PodDisruptionBudget",
            metadata,
            spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
        },
    ];
}

/** The place of a value: names of fields, and numbers of list elements. */
export type Path = readonly (string | number)[];

/** Where things are in the stack's Deployment. */
export const podSpec: Path = ["spec", "template", "spec"];
export const nginx: Path = [...podSpec, "containers", 0];
export const phpFpm: Path = [...podSpec, "initContainers", 0];
export const firstBackend: Path = ["spec", "rules", 0, "http", "paths", 0, "backend"];

/** A copy of a value with one place in it changed; undefined takes the place away. */
export function withValue<T>(target: T, path: Path, value: unknown): T {
    const [head, ...rest] = path;
    if (head === undefined) return value as T;
    const inner = (target as Record<string | number, unknown> | undefined)?.[head];
    const changed = withValue(inner, rest, value);
    if (Array.isArray(target)) {
        return target.map((item: unknown, i) => (i === head ? changed : item)) as T;
    }
    const entries = Object.entries({ ...target, [head]: changed });
    return Object.fromEntries(entries.filter(([, entry]) => entry !== undefined)) as T;
}

/** The web stack with one place of its object of that kind changed. */
export function webStackWith(kind: string, path: Path, value: unknown): readonly PolicyObject[] {
    return change(webStack(), kind, path, value);
}

export function change(
    objects: readonly PolicyObject[],
    kind: string,
    path: Path,
    value: unknown,
): readonly PolicyObject[] {
    return objects.map((object) => (object.kind === kind ? withValue(object, path, value) : object));
}

export function without(objects: readonly PolicyObject[], kind: string): readonly PolicyObject[] {
    return objects.filter((object) => object.kind !== kind);
}

/** The same stack again under another name. */
export function renamed(objects: readonly PolicyObject[], name: string): readonly PolicyObject[] {
    const text = JSON.stringify(objects).replaceAll('"web"', JSON.stringify(name));
    return JSON.parse(text) as readonly PolicyObject[];
}

/** What one rule says about all objects. */
export interface Verdict {
    /** "Deployment shop/web: what is wrong". */
    readonly violations: readonly string[];
    /** Whom it could not judge, and why. */
    readonly undecided: readonly string[];
}

export function verdict(rule: Rule, objects: readonly PolicyObject[], config: RuleConfig = {}): Verdict {
    const cluster = objects.map((object) => kubeObject(object));
    const judged = cluster.map((object) => ({ object, ...judge(rule, object, cluster, config) }));
    return {
        violations: judged.flatMap(({ object, messages }) => messages.map((message) => `${object.label}: ${message}`)),
        undecided: judged.flatMap(({ object, unknown }) =>
            unknown === undefined ? [] : [`${object.label}: ${unknown.field}`],
        ),
    };
}

/** Names of the rules that the objects break. */
export function brokenRules(objects: readonly PolicyObject[]): readonly string[] {
    return [...new Set(checkManifests(objects).map((violation) => violation.policy))];
}
