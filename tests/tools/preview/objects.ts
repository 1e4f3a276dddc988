/** A small web service as plain objects, with the numbers that the tests turn. */
import type { Manifest } from "../../../tools/render/manifests";

export interface Numbers {
    readonly image?: string;
    readonly longest?: number;
    readonly queue?: number;
    readonly transfer?: number;
    readonly withdrawal?: number | null;
    readonly processControlTimeout?: string | null;
    readonly grace?: number;
    readonly nginxSuffix?: string;
    readonly nginxConf?: string;
    readonly phpFpmSuffix?: string;
    readonly secretSuffix?: string;
    readonly secret?: string;
    readonly min?: number;
    readonly max?: number;
    readonly target?: number;
    readonly cpu?: string;
    readonly replicas?: number;
    readonly hpa?: boolean;
    readonly strategy?: unknown;
    readonly selector?: string;
    readonly name?: string;
    readonly startupProbes?: readonly ("nginx" | "php-fpm")[];
}

const labels = (app: string) => ({ "app.kubernetes.io/name": app });

export const nginxConf = `worker_processes 2;
events {
    worker_connections 1024;
}
http {
    client_max_body_size 8m;
    keepalive_min_timeout 5s;
    server {
        listen 8080;
        root /var/www/html;
    }
}
`;

export function service(numbers: Numbers = {}): readonly Manifest[] {
    const name = numbers.name ?? "shop";
    const timeout = numbers.processControlTimeout === undefined ? "5s" : numbers.processControlTimeout;
    const nginxName = `${name}-nginx-${numbers.nginxSuffix ?? "0a1b2c3d"}`;
    const phpFpmName = `${name}-php-fpm-${numbers.phpFpmSuffix ?? "1a1b1c1d"}`;
    const secretName = `${name}-env-${numbers.secretSuffix ?? "deadbeef"}`;
    const withdrawal = numbers.withdrawal === undefined ? 10 : numbers.withdrawal;
    const startupProbe = (container: "nginx" | "php-fpm") =>
        numbers.startupProbes?.includes(container) === true
            ? { startupProbe: { periodSeconds: 2, failureThreshold: 30 } }
            : {};
    return [
        { apiVersion: "v1", kind: "Namespace", metadata: { name: "web" } },
        {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: nginxName, namespace: "web" },
            immutable: true,
            data: { "nginx.conf": numbers.nginxConf ?? nginxConf },
        },
        {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: phpFpmName, namespace: "web" },
            immutable: true,
            data: {
                "php-fpm.conf":
                    "[global]\n; process_control_timeout = 99s\n" +
                    (timeout === null ? "" : `process_control_timeout = ${timeout}\n`),
            },
        },
        {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: secretName, namespace: "web" },
            immutable: true,
            stringData: { DATABASE_PASSWORD: numbers.secret ?? "hunter2", API_KEY: "the-same-key" },
        },
        {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name, namespace: "web", labels: labels(name) },
            spec: {
                ...(numbers.replicas === undefined ? {} : { replicas: numbers.replicas }),
                minReadySeconds: 5,
                progressDeadlineSeconds: 300,
                strategy: numbers.strategy ?? {
                    type: "RollingUpdate",
                    rollingUpdate: { maxSurge: "25%", maxUnavailable: 0 },
                },
                selector: { matchLabels: labels(numbers.selector ?? name) },
                template: {
                    metadata: {
                        labels: labels(numbers.selector ?? name),
                        annotations: {
                            "php-web-service/longest-request-seconds": String(numbers.longest ?? 40),
                            ...(numbers.queue === undefined
                                ? {}
                                : { "php-web-service/queue-seconds": String(numbers.queue) }),
                            ...(numbers.transfer === undefined
                                ? {}
                                : { "php-web-service/transfer-seconds": String(numbers.transfer) }),
                        },
                    },
                    spec: {
                        terminationGracePeriodSeconds: numbers.grace ?? 60,
                        initContainers: [
                            {
                                name: "php-fpm",
                                image: "docker.io/library/php:8.4.24-fpm",
                                restartPolicy: "Always",
                                ...startupProbe("php-fpm"),
                                resources: { requests: { cpu: numbers.cpu ?? "1000m", memory: "512Mi" } },
                                envFrom: [{ secretRef: { name: secretName } }],
                            },
                        ],
                        containers: [
                            {
                                name: "nginx",
                                image: numbers.image ?? "docker.io/library/nginx:1.30.4",
                                ...startupProbe("nginx"),
                                ...(withdrawal === null
                                    ? {}
                                    : { lifecycle: { preStop: { sleep: { seconds: withdrawal } } } }),
                            },
                        ],
                        volumes: [
                            { name: "nginx-conf", configMap: { name: nginxName } },
                            { name: "php-fpm-conf", configMap: { name: phpFpmName } },
                        ],
                    },
                },
            },
        },
        ...(numbers.hpa === false
            ? []
            : [
                  {
                      apiVersion: "autoscaling/v2",
                      kind: "HorizontalPodAutoscaler",
                      metadata: { name, namespace: "web" },
                      spec: {
                          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
                          minReplicas: numbers.min ?? 3,
                          maxReplicas: numbers.max ?? 24,
                          metrics: [
                              {
                                  type: "ContainerResource",
                                  containerResource: {
                                      name: "cpu",
                                      container: "php-fpm",
                                      target: { type: "Utilization", averageUtilization: numbers.target ?? 60 },
                                  },
                              },
                          ],
                      },
                  },
              ]),
    ];
}

export function ingressController(values: object): Manifest {
    return {
        apiVersion: "kubernetes-ingress-nginx/v0.1.3",
        kind: "IngressController",
        metadata: { name: "ingress-nginx", namespace: "ingress-nginx" },
        spec: values,
    };
}

/** The object of that kind; the test fails where it is missing. */
export function ofKind(manifests: readonly Manifest[], kind: string): Manifest {
    const found = manifests.find((manifest) => manifest.kind === kind);
    if (found === undefined) throw new Error(`no ${kind} in the test's objects`);
    return found;
}
