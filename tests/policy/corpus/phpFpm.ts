/** Who is stopped first: php-fpm beside its front server, and php-fpm on its own. */
import {
    exec,
    grace,
    list,
    phpFpmAlone,
    replicas,
    script,
    service,
    type Fields,
    type Parts,
    type Subject,
} from "./build";

const beside = (fpm: Fields, front: Fields = {}, parts: Parts = {}) =>
    service({ ...parts, fpmPlace: "main container", fpm, front });
const sidecar = (fpm: Fields, front: Fields = {}) => service({ fpm, front });

const ownImage = "registry.example.com/shop/backend:4.2.0";
/** Nothing but what is added tells that it is php-fpm. */
const app = { name: "app", image: ownImage, ports: undefined, readinessProbe: undefined };
const caddy = { name: "caddy", image: "docker.io/library/caddy:2.10.2" };
const openresty = { name: "proxy", image: "docker.io/openresty/openresty:1.27.1.2-alpine" };
const httpd = { name: "web", image: "docker.io/library/httpd:2.4.65" };
const hookOf = (preStop: Fields) => ({ lifecycle: { preStop } });
const idle = (name: string, command: readonly string[], image = "docker.io/library/busybox:1.37.0"): Fields => ({
    name,
    image,
    command,
    resources: { requests: { cpu: "10m" } },
});

export const phpFpm: Subject = {
    rules: ["php-fpm-outlives-nginx", "grace-covers-drain", "readiness-opens-traffic", "rollouts-keep-capacity"],
    bad: {
        "two main containers": beside({}),
        "WordPress' image with fpm in its tag": beside({
            ...app,
            image: "docker.io/library/wordpress:6.8.3-php8.3-fpm",
        }),
        "Nextcloud's image": beside({ ...app, image: "docker.io/library/nextcloud:31.0.9-fpm-alpine" }),
        "Drupal's image": beside({ ...app, image: "docker.io/library/drupal:11.2.5-php8.4-fpm" }),
        "Matomo's image": beside({ ...app, image: "docker.io/library/matomo:5.4.0-fpm" }),
        "Kimai's image": beside({ ...app, image: "docker.io/kimai/kimai2:fpm-2.40.0" }),
        "Bitnami's image": beside({ ...app, image: "docker.io/bitnami/php-fpm:8.4.13" }),
        "the name alone": beside({ ...app, name: "php-fpm" }),
        "a prefixed name": beside({ ...app, name: "shop-fpm" }),
        "the command": beside({ ...app, command: ["php-fpm"] }),
        "the command with path and version": beside({ ...app, command: ["/usr/sbin/php-fpm8.3", "-F"] }),
        "the entrypoint's arguments": beside({ ...app, args: ["php-fpm", "--nodaemonize"] }),
        "an entrypoint as command": beside({ ...app, command: ["docker-php-entrypoint"], args: ["php-fpm"] }),
        "a script as command": beside({ ...app, command: ["sh", "-c", "php artisan optimize && exec php-fpm -F"] }),
        "port 9000": beside({ ...app, ports: [{ containerPort: 9000 }] }),
        "a port's name": beside({ ...app, ports: [{ name: "php-fpm", containerPort: 9074 }] }),
        "a port named fastcgi": beside({ ...app, ports: [{ name: "fastcgi", containerPort: 9001 }] }),
        "behind Caddy": beside({}, caddy),
        "behind OpenResty": beside({}, openresty),
        "behind httpd": beside({}, httpd),
        "behind Apache by name": beside({}, { name: "apache", image: "registry.example.com/shop/front:1.0.2" }),
        "behind nginx by command": beside(
            {},
            {
                name: "web",
                image: "registry.example.com/shop/front:1.0.2",
                command: ["nginx", "-g", "daemon off;"],
            },
        ),
        "behind what has the port http": beside({}, { name: "web", image: "registry.example.com/shop/front:1.0.2" }),
        "both sleep alike": beside(hookOf({ sleep: { seconds: 10 } })),
        "php-fpm sleeps a little longer": beside(hookOf(exec("sleep", "20"))),
        "nginx is the sidecar": service({
            fpmPlace: "nowhere",
            front: { name: "php-fpm", image: "docker.io/library/php:8.4.14-fpm" },
            pod: {
                initContainers: [{ name: "nginx", image: "docker.io/library/nginx:1.29.3", restartPolicy: "Always" }],
            },
        }),
        "php-fpm is a sidecar after nginx": service({
            fpmPlace: "nowhere",
            front: { name: "app", image: ownImage },
            pod: {
                initContainers: [
                    { name: "nginx", image: "docker.io/library/nginx:1.29.3", restartPolicy: "Always" },
                    { name: "fpm", image: "docker.io/library/php:8.4.14-fpm", restartPolicy: "Always" },
                ],
            },
        }),
        "the sidecar's hook signals php-fpm": sidecar(hookOf(exec("kill", "-QUIT", "1"))),
        "the sidecar's hook signals in a script": sidecar(hookOf(script("kill -s QUIT 1; sleep 30"))),
        "the sidecar's hook signals too early": sidecar(hookOf(script("sleep 15; kill -QUIT 1"))),
        "the sidecar's hook stops it behind Caddy": sidecar(hookOf(script("pkill -QUIT php-fpm")), caddy),
        "in a StatefulSet": beside(
            {},
            {},
            {
                autoscaler: null,
                workload: { kind: "StatefulSet", spec: { replicas: 3, strategy: undefined } },
            },
        ),
        "in a DaemonSet": beside(
            {},
            {},
            {
                autoscaler: null,
                workload: {
                    kind: "DaemonSet",
                    spec: {
                        strategy: undefined,
                        updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
                    },
                },
            },
        ),
        "in a Rollout": beside(
            {},
            {},
            {
                workload: {
                    apiVersion: "argoproj.io/v1alpha1",
                    kind: "Rollout",
                    spec: { strategy: { rollingUpdate: undefined, canary: { maxUnavailable: 0 } } },
                },
            },
        ),
        "in a List": list(beside({})),
        "alone behind a Service, without a hook": phpFpmAlone({ front: { lifecycle: undefined } }),
        "alone, and quits at once": phpFpmAlone({ front: hookOf(exec("kill", "-QUIT", "1")) }),
        "alone, sleeps and is terminated": phpFpmAlone({ front: hookOf(script("sleep 10; kill -TERM 1")) }),
        "alone, with the default grace period": phpFpmAlone(grace(undefined)),
        "alone, without readiness": phpFpmAlone({ front: { readinessProbe: undefined } }),
        "alone, rolled out by Kubernetes' default": phpFpmAlone({ workload: { spec: { strategy: undefined } } }),
        "alone in WordPress' image": phpFpmAlone({
            front: {
                name: "wordpress",
                image: "docker.io/library/wordpress:6.8.3-php8.3-fpm",
                lifecycle: undefined,
            },
        }),
        "alone by its command": phpFpmAlone({
            front: { name: "app", image: ownImage, command: ["php-fpm", "-F"], lifecycle: undefined },
        }),
        "alone by its port's name": phpFpmAlone({
            front: {
                name: "app",
                image: ownImage,
                ports: [{ name: "fastcgi", containerPort: 9000 }],
                lifecycle: undefined,
            },
        }),
        "alone by its Service's port's name": phpFpmAlone({
            service: { spec: { ports: [{ name: "php-fpm", port: 9000 }] } },
            front: { name: "app", image: ownImage, lifecycle: undefined },
        }),
    },
    good: {
        "WordPress as a sidecar": sidecar({ ...app, image: "docker.io/library/wordpress:6.8.3-php8.3-fpm" }),
        "Nextcloud as a sidecar behind Caddy": sidecar(
            { ...app, image: "docker.io/library/nextcloud:31.0.9-fpm-alpine" },
            caddy,
        ),
        "by command, as a sidecar behind httpd": sidecar({ ...app, command: ["php-fpm"] }, httpd),
        "by port, as a sidecar behind OpenResty": sidecar({ ...app, ports: [{ containerPort: 9000 }] }, openresty),
        "the sidecar's hook only sleeps": sidecar(hookOf({ sleep: { seconds: 45 } })),
        "the sidecar's hook signals when nginx is through": sidecar(hookOf(script("sleep 45; kill -QUIT 1"))),
        "a main container that outsleeps nginx' drain": beside(hookOf({ sleep: { seconds: 45 } })),
        "php-fpm-slowlog": service({ beside: [idle("php-fpm-slowlog", ["tail", "-F", "/var/log/fpm/slow.log"])] }),
        "php-fpm's log in php-fpm's image": service({
            beside: [idle("logs", ["tail", "-F", "/var/log/fpm/slow.log"], "docker.io/library/php:8.4.14-fpm-alpine")],
        }),
        "Nextcloud's cron beside nginx": service({
            beside: [idle("nextcloud-cron", ["/cron.sh"], "docker.io/library/nextcloud:31.0.9-fpm-alpine")],
        }),
        "a queue worker beside nginx": service({
            beside: [idle("queue", ["php", "artisan", "queue:work"], "docker.io/library/php:8.4.14-fpm")],
        }),
        "php-fpm's exporter beside nginx": service({
            beside: [
                {
                    name: "php-fpm-exporter",
                    image: "docker.io/hipages/php-fpm_exporter:2.2.0",
                    ports: [{ name: "metrics", containerPort: 9253 }],
                    resources: { requests: { cpu: "10m" } },
                },
            ],
        }),
        "both in one container": service({
            fpmPlace: "nowhere",
            front: { name: "app", image: "docker.io/serversideup/php:8.4-fpm-nginx-v3.6.0" },
        }),
        "alone behind a Service": phpFpmAlone(),
        "alone, sleeps and quits": phpFpmAlone({ front: hookOf(script("sleep 10; kill -QUIT 1")) }),
        "alone, and nobody comes": phpFpmAlone({ service: null, budget: null, front: { lifecycle: undefined } }),
        "a queue worker in php-fpm's image": phpFpmAlone({
            service: null,
            budget: null,
            front: { command: ["php", "artisan", "horizon"], lifecycle: undefined, readinessProbe: undefined },
        }),
        "workers, and a Service for their metrics": phpFpmAlone({
            budget: null,
            service: { spec: { ports: [{ name: "metrics", port: 9253 }] } },
            front: {
                command: ["php", "artisan", "queue:work"],
                ports: [{ name: "metrics", containerPort: 9253 }],
                readinessProbe: undefined,
                lifecycle: undefined,
            },
        }),
        "ClickHouse's port 9000": phpFpmAlone({
            ...replicas(1),
            budget: null,
            front: { name: "clickhouse", image: "docker.io/clickhouse/clickhouse-server:25.8.4", lifecycle: undefined },
        }),
        "a CronJob in php-fpm's image": [
            {
                apiVersion: "batch/v1",
                kind: "CronJob",
                metadata: { name: "cron", namespace: "web" },
                spec: {
                    schedule: "*/5 * * * *",
                    jobTemplate: {
                        spec: {
                            template: {
                                spec: {
                                    restartPolicy: "Never",
                                    containers: [
                                        {
                                            name: "cron",
                                            image: "docker.io/library/nextcloud:31.0.9-fpm",
                                            command: ["php", "-f", "/var/www/html/cron.php"],
                                        },
                                    ],
                                },
                            },
                        },
                    },
                },
            },
        ],
        "a Job with nginx and php-fpm, with the service's labels": [
            ...service(),
            {
                apiVersion: "batch/v1",
                kind: "Job",
                metadata: { name: "smoke-test", namespace: "web" },
                spec: {
                    template: {
                        metadata: { labels: { "app.kubernetes.io/name": "shop" } },
                        spec: {
                            restartPolicy: "Never",
                            containers: [
                                { name: "nginx", image: "docker.io/library/nginx:1.29.3" },
                                { name: "php-fpm", image: "docker.io/library/php:8.4.14-fpm" },
                            ],
                        },
                    },
                },
            },
        ],
    },
};
