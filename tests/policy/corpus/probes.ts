/** What probes ask, and what they do to a pod that is busy; and what its image is. */
import { list, service, type Fields, type Parts, type Subject } from "./build";

const readiness = (readinessProbe: Fields | undefined, parts: Parts = {}) =>
    service({ ...parts, front: { readinessProbe, ...parts.front } });
const liveness = (probe: Fields, parts: Parts = {}) =>
    service({ ...parts, front: { livenessProbe: { httpGet: { path: "/healthz", port: "http" }, ...probe } } });
const fpmLiveness = (livenessProbe: Fields) => service({ fpm: { livenessProbe } });
const only = (probe: Fields): Fields => ({ httpGet: undefined, ...probe });
const image = (name: string, parts: Parts = {}) => service({ ...parts, front: { ...parts.front, image: name } });

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

export const probes: Subject = {
    rules: ["probes-ask-own-container", "readiness-opens-traffic", "liveness-spares-busy-pods"],
    bad: {
        "no readiness": readiness(undefined),
        "no readiness, but liveness": readiness(undefined, {
            front: { livenessProbe: { httpGet: { path: "/healthz", port: "http" } } },
        }),
        "no readiness of Apache": readiness(undefined, {
            fpmPlace: "nowhere",
            front: { name: "drupal", image: "docker.io/library/drupal:11.2.5-apache" },
        }),
        "readiness that is always true": readiness(only({ exec: { command: ["true"] } })),
        "readiness that is a word": readiness(only({ exec: { command: ["sh", "-c", "echo ready"] } })),
        "a start probe alone": readiness(undefined, {
            front: { startupProbe: { httpGet: { path: "/healthz", port: "http" } } },
        }),
        "readiness that always ends with 0": readiness(only({ exec: { command: ["sh", "-c", "exit 0"] } })),
        "readiness that excuses every failure": readiness(
            only({ exec: { command: ["sh", "-c", "curl -fsS http://127.0.0.1:8080/healthz || true"] } }),
        ),
        "a Service that publishes what is not ready": service({
            service: { spec: { publishNotReadyAddresses: true } },
        }),
        "no readiness in a StatefulSet": readiness(undefined, {
            autoscaler: null,
            workload: { kind: "StatefulSet", spec: { replicas: 3, strategy: undefined } },
        }),
        "no readiness in a List": list(readiness(undefined)),
        "one failure": liveness({ failureThreshold: 1 }),
        "one failure of php-fpm": fpmLiveness({ tcpSocket: { port: 9000 }, failureThreshold: 1 }),
        "two failures in two seconds": liveness({ failureThreshold: 2, periodSeconds: 1 }),
        "a grace of 1 s": liveness({ terminationGracePeriodSeconds: 1 }),
        "a grace of 5 s on php-fpm": fpmLiveness({ tcpSocket: { port: 9000 }, terminationGracePeriodSeconds: 5 }),
        "nginx asks php-fpm's port": readiness(only({ tcpSocket: { port: 9000 } })),
        "nginx asks php-fpm's port by name": readiness(only({ tcpSocket: { port: "fastcgi" } })),
        "php-fpm asks nginx' port": fpmLiveness({ httpGet: { path: "/ping", port: 8080 } }),
        "a port's name that nobody has": liveness({ httpGet: { path: "/healthz", port: "web" } }),
        "the node's own loopback": readiness(only({ tcpSocket: { host: "127.0.0.1", port: 8080 } })),
        "another host's port": fpmLiveness({ tcpSocket: { host: "mysql.web.svc", port: 3306 } }),
        "the public name as host": readiness({ httpGet: { host: "www.example.com", path: "/", port: 443 } }),
        "localhost by name": liveness({ httpGet: { host: "localhost", path: "/healthz", port: 8080 } }),
    },
    good: {
        tcpSocket: readiness(only({ tcpSocket: { port: "http" } })),
        exec: readiness(only({ exec: { command: ["curl", "-fsS", "http://127.0.0.1:8080/healthz"] } })),
        "exec, with a word for the log": readiness(
            only({ exec: { command: ["sh", "-c", "curl -fsS http://127.0.0.1:8080/ || (echo down; exit 1)"] } }),
        ),
        "a Service for peers that publishes what is not ready": service({
            more: [
                {
                    apiVersion: "v1",
                    kind: "Service",
                    metadata: { name: "shop-peers", namespace: "web" },
                    spec: {
                        clusterIP: "None",
                        publishNotReadyAddresses: true,
                        selector: { "app.kubernetes.io/name": "shop" },
                        ports: [{ name: "gossip", port: 7946 }],
                    },
                },
            ],
        }),
        "the Host header": readiness({
            httpGet: { path: "/", port: "http", httpHeaders: [{ name: "Host", value: "www.example.com" }] },
        }),
        "the usual liveness": liveness({ initialDelaySeconds: 10, periodSeconds: 10, timeoutSeconds: 5 }),
        "a patient liveness": liveness({ failureThreshold: 6, periodSeconds: 20 }),
        "liveness by Kubernetes' example": liveness({ initialDelaySeconds: 3, periodSeconds: 3 }),
        "a liveness with the pod's grace": liveness({ terminationGracePeriodSeconds: 60 }),
        "a start that fails fast": service({
            front: {
                startupProbe: {
                    httpGet: { path: "/healthz", port: "http" },
                    failureThreshold: 1,
                    initialDelaySeconds: 20,
                    terminationGracePeriodSeconds: 1,
                },
            },
        }),
        "the node's loopback from the node's network": readiness(
            only({ tcpSocket: { host: "127.0.0.1", port: 8080 } }),
            { pod: { hostNetwork: true } },
        ),
        "a port that nobody declares": fpmLiveness({ tcpSocket: { port: 9001 } }),
        "a database that fails fast": service({
            name: "cache",
            fpmPlace: "nowhere",
            route: null,
            budget: null,
            front: {
                name: "memcached",
                image: "docker.io/library/memcached:1.6.39",
                readinessProbe: undefined,
                livenessProbe: { tcpSocket: { port: "http" }, failureThreshold: 1 },
            },
        }),
    },
};

export const images: Subject = {
    rules: ["images-pinned", "no-removed-api-versions"],
    bad: {
        "no tag": image("docker.io/library/nginx"),
        latest: image("docker.io/library/nginx:latest"),
        "a channel": image("docker.io/library/nginx:stable-alpine"),
        "a major version": image("docker.io/library/nginx:1"),
        "a moving php-fpm": service({ fpm: { image: "docker.io/library/php:8-fpm" } }),
        "no image reference": image("https://docker.io/library/nginx:1.29.3"),
        "latest in a List": list(image("docker.io/library/nginx:latest")),
        "an old Ingress": service({ route: { apiVersion: "extensions/v1beta1" } }),
        "an old autoscaler": service({ autoscaler: { apiVersion: "autoscaling/v2beta2" } }),
        "an old budget": service({ budget: { apiVersion: "policy/v1beta1" } }),
        "an old CronJob in a List": list([
            { apiVersion: "batch/v1beta1", kind: "CronJob", metadata: { name: "cron" }, spec: {} },
        ]),
    },
    good: {
        "a digest alone": image(`docker.io/library/nginx@${digest}`),
        "tag and digest": image(`docker.io/library/nginx:stable@${digest}`),
        "a registry in upper case": image("Registry.Example.COM/shop/front-nginx:1.0.2"),
        "a registry with a port": image("registry.example.com:5000/shop/front-nginx:1.0.2"),
        "a Job's moving image": [
            {
                apiVersion: "batch/v1",
                kind: "Job",
                metadata: { name: "backup" },
                spec: { template: { spec: { containers: [{ name: "backup", image: "docker.io/curlimages/curl" }] } } },
            },
        ],
        "a CronJob's moving image": [
            {
                apiVersion: "batch/v1",
                kind: "CronJob",
                metadata: { name: "backup" },
                spec: {
                    jobTemplate: {
                        spec: {
                            template: {
                                spec: { containers: [{ name: "backup", image: "docker.io/library/busybox:latest" }] },
                            },
                        },
                    },
                },
            },
        ],
    },
};
