/** How a pod that serves requests ends: preStop hooks and grace periods. */
import { exec, grace, hook, list, phpFpmAlone, script, service, type Fields, type Parts, type Subject } from "./build";

const apache = {
    name: "wordpress",
    image: "docker.io/library/wordpress:6.8.3-php8.3-apache",
    ports: [{ name: "http", containerPort: 80 }],
};
const phpApache = {
    name: "app",
    image: "docker.io/library/php:8.4.14-apache",
    ports: [{ name: "http", containerPort: 80 }],
};
/** They end gracefully on TERM. */
const frankenPhp = {
    name: "app",
    image: "docker.io/dunglas/frankenphp:1.9.1-php8.4",
    ports: [{ name: "http", containerPort: 8000 }],
};
const octane = {
    name: "octane",
    image: "registry.example.com/shop/api:3.1.0",
    command: ["php", "artisan", "octane:start", "--server=swoole", "--port=8000"],
    ports: [{ name: "http", containerPort: 8000 }],
};
const alone = { fpmPlace: "nowhere" } as const;
/** A proxy that asks who one is, in front of nginx in the same pod. */
const behindLogin = (front: Fields) =>
    service({
        front,
        beside: [
            {
                name: "oauth2-proxy",
                image: "quay.io/oauth2-proxy/oauth2-proxy:v7.12.0",
                ports: [{ name: "auth", containerPort: 4180 }],
                readinessProbe: { httpGet: { path: "/ping", port: "auth" } },
                lifecycle: { preStop: { sleep: { seconds: 10 } } },
                resources: { requests: { cpu: "20m" } },
            },
        ],
        service: { spec: { ports: [{ name: "http", port: 80, targetPort: "auth" }] } },
    });
const behind = (apiVersion: string, kind: string, spec: Fields): Parts => ({
    route: { apiVersion, kind, spec: { ingressClassName: undefined, rules: undefined, ...spec } },
});
const openShift = behind("route.openshift.io/v1", "Route", {
    to: { kind: "Service", name: "shop" },
    port: { targetPort: "http" },
});
const contour = behind("projectcontour.io/v1", "HTTPProxy", { routes: [{ services: [{ name: "shop", port: 80 }] }] });
const istio = behind("networking.istio.io/v1", "VirtualService", {
    hosts: ["shop.example.com"],
    http: [{ route: [{ destination: { host: "shop.web.svc.cluster.local", port: { number: 80 } } }] }],
});
const tlsRoute = behind("gateway.networking.k8s.io/v1alpha2", "TLSRoute", {
    rules: [{ backendRefs: [{ name: "shop", port: 80 }] }],
});
const longestRequest = (seconds: string) => ({
    template: { metadata: { annotations: { "php-web-service/longest-request-seconds": seconds } } },
});

/** Traefik in nginx's place, which by itself goes on accepting at one of its entry points. */
const traefik = (
    entryPoint: string,
    duration: string,
    { prefix = "--entryPoints", entryPoints = ["web"] } = {},
): Parts => ({
    fpmPlace: "nowhere",
    front: {
        name: "traefik",
        image: "docker.io/library/traefik:v3.7.15",
        args: [
            ...entryPoints.map((name, i) => `${prefix}.${name}.address=:${8080 + i}`),
            `${prefix}.${entryPoint}.transport.lifeCycle.requestAcceptGraceTimeout=${duration}`,
        ],
    },
});

export const hooks: Subject = {
    rules: ["grace-covers-drain"],
    bad: {
        "no hook at all": hook(undefined),
        "a postStart hook only": service({
            front: { lifecycle: { preStop: undefined, postStart: { exec: { command: ["sleep", "15"] } } } },
        }),
        "no hook on Caddy": hook(undefined, { front: { name: "caddy", image: "docker.io/library/caddy:2.10.2" } }),
        "no hook on Apache with mod_php": hook(undefined, { front: apache, fpmPlace: "nowhere" }),
        "the hook is the exporter's": hook(undefined, {
            beside: [
                {
                    name: "exporter",
                    image: "docker.io/nginx/nginx-prometheus-exporter:1.5.1",
                    ports: [{ name: "metrics", containerPort: 9113 }],
                    lifecycle: { preStop: { sleep: { seconds: 15 } } },
                    resources: { requests: { cpu: "10m" } },
                },
            ],
        }),
        "exec true": hook(exec("/bin/true")),
        "exec nginx -s quit": hook(exec("nginx", "-s", "quit")),
        "exec nginx -s stop": hook(exec("/usr/sbin/nginx", "-s", "stop")),
        "sh nginx -s quit": hook(script("/usr/sbin/nginx -s quit")),
        "quits, then sleeps": hook(script("nginx -s quit; sleep 15")),
        "signals, then sleeps": hook(script("kill -QUIT $(cat /var/run/nginx.pid)\nsleep 15")),
        "signals, and waits for the end": hook(script("kill -QUIT 1; while kill -0 1; do sleep 1; done")),
        "sleeps, then stops at once": hook(script("sleep 15; nginx -s stop")),
        "sleeps, then terminates nginx": hook(script("sleep 15 && kill -TERM 1")),
        "sleeps, then kills": hook(script("sleep 15; kill -9 1")),
        "sleeps, then pkill": hook(script("sleep 15; pkill nginx")),
        "sleeps, then stops Apache at once": hook(script("sleep 15; apachectl -k stop"), {
            front: apache,
            fpmPlace: "nowhere",
        }),
        "sleeps, then terminates by a file's pid": hook(script("sleep 15; kill -TERM $(cat /var/run/nginx.pid)")),
        "sleeps, then kills by pgrep": hook(script("sleep 15; kill -9 `pgrep nginx`")),
        "sleeps, then stops in an if": hook(script("sleep 15; if [ -f /run/nginx.pid ]; then nginx -s stop; fi")),
        "sleeps, then stops in a group": hook(script("sleep 15; { nginx -s stop; }")),
        "sleeps, then stops in another shell": hook(script("sleep 15; sh -c 'nginx -s stop'")),
        "sleeps, then stops by sudo": hook(script("sleep 15; sudo killall nginx")),
        "sleeps, then stops the service": hook(script("sleep 15; service nginx stop")),
        "sleeps, then stops by init.d": hook(script("sleep 15; /etc/init.d/nginx stop")),
        "sleeps, then terminates php's Apache": hook(script("sleep 10; kill -TERM 1"), { ...alone, front: phpApache }),
        "sleeps, and its stop signal is TERM": service({ front: { lifecycle: { stopSignal: "SIGTERM" } } }),
        "sleeps, and its stop signal is KILL": service({ front: { lifecycle: { stopSignal: "SIGKILL" } } }),
        "php-fpm alone whose stop signal is TERM": phpFpmAlone({ front: { lifecycle: { stopSignal: "SIGTERM" } } }),
        "sleep and exec in one hook": hook({ sleep: { seconds: 10 }, exec: { command: ["nginx", "-s", "stop"] } }),
        "sleeps for as long as a variable says": hook(script("sleep ${DRAIN:-15}; nginx -s quit")),
        "asks itself to drain by curl": hook(exec("curl", "-s", "http://127.0.0.1:8080/drain")),
        "the hook is php-fpm's": hook(undefined, { fpm: { lifecycle: { preStop: { sleep: { seconds: 15 } } } } }),
        "no hook on FrankenPHP": hook(undefined, { ...alone, front: frankenPhp }),
        "no hook on Swoole": hook(undefined, { ...alone, front: octane }),
        "the default grace period of FrankenPHP": service({ ...alone, ...grace(undefined), front: frankenPhp }),
        "no hook on nginx behind a login": behindLogin({ lifecycle: undefined }),
        "no hook behind an OpenShift Route": hook(undefined, openShift),
        "no hook behind Contour": hook(undefined, contour),
        "no hook behind Istio": hook(undefined, istio),
        "no hook behind a TLSRoute": hook(undefined, tlsRoute),
        "no hook behind a load balancer on port 8000": hook(undefined, {
            ...alone,
            route: null,
            service: { spec: { type: "LoadBalancer", ports: [{ port: 8000 }] } },
            front: { ...octane, ports: [{ containerPort: 8000 }], readinessProbe: { httpGet: { port: 8000 } } },
        }),
        "sleeps in the background": hook(script("sleep 15 &")),
        "sleeps in the background, detached": hook(script("nohup sleep 15 >/dev/null 2>&1 &")),
        "a group in the background": hook(script("(sleep 15; nginx -s quit) &")),
        "only speaks of sleeping": hook(script("# sleep 15\ntrue")),
        "only prints": hook(script("echo 'now sleep 15; then quit'")),
        "only prints, without quotes": hook(script("echo sleep 15")),
        "never gets to its sleep by &&": hook(script("false && sleep 15")),
        "never gets to its sleep by ||": hook(script("true || sleep 15")),
        "never gets to its sleep by exit": hook(script("exit 0; sleep 15")),
        "sleeps on a condition": hook(script("[ -f /tmp/drain ] && sleep 15; nginx -s quit")),
        "sleeps in an if": hook(script("if [ -e /tmp/slow ]; then\n  sleep 15\nfi")),
        "sleeps for one second, in a loop that ends": hook(script("while true; do sleep 1; break; done")),
        "is cut short by timeout": hook(exec("timeout", "1", "sleep", "15")),
        "redefines sleep": hook(script("sleep() { :; }; sleep 15")),
        "a program with a blank in its name": hook(exec("sleep 15")),
        "sh without -c": hook(exec("sh", "sleep 15")),
        "sh -c with the duration outside": hook(exec("sh", "-c", "sleep", "15")),
        "a duration that is none": hook(script("sleep fifteen; nginx -s quit")),
        "sleeps for 3 s": hook({ sleep: { seconds: 3 } }),
        "sleeps for no time": hook({ sleep: { seconds: 0 } }),
        "sleeps for half a second": hook(exec("sleep", "0.5")),
        "sleeps for 2 s, then quits, then sleeps": hook(script("sleep 2; nginx -s quit; sleep 20")),
        "asks the application to end": hook({ sleep: undefined, httpGet: { path: "/shutdown", port: 8080 } }),
        "a handler that Kubernetes never runs": hook({ sleep: undefined, tcpSocket: { port: 8080 } }),
        "sleeps longer than the grace period": hook({ sleep: { seconds: 60 } }, grace(undefined)),
        "the default grace period": service(grace(undefined)),
        "no grace period": service(grace(0)),
        "one second short": service(grace(39)),
        "one second short after a script": hook(script("sleep 20; nginx -s quit"), grace(49)),
        "a request longer than the grace period": service(longestRequest("120")),
        "a promise in hexadecimal": service({ ...longestRequest("0x01"), ...grace(12) }),
        "a promise in powers of ten": service({ ...longestRequest("1e0"), ...grace(12) }),
        "a promise of nothing": service({ ...longestRequest(""), ...grace(12) }),
        "an endless promise": service(longestRequest("Infinity")),
        "a promise with a unit": service(longestRequest("40s")),
        "a StatefulSet without a hook": hook(undefined, {
            autoscaler: null,
            workload: { kind: "StatefulSet", spec: { replicas: 3, strategy: undefined } },
        }),
        "a Rollout without a hook": hook(undefined, {
            workload: {
                apiVersion: "argoproj.io/v1alpha1",
                kind: "Rollout",
                spec: { strategy: { rollingUpdate: undefined, canary: { maxUnavailable: 0 } } },
            },
        }),
        "a List whose Deployment has no hook": list(hook(undefined)),
        "no hook behind a load balancer": hook(undefined, { route: null, service: { spec: { type: "LoadBalancer" } } }),
        "no hook behind an HTTPRoute": hook(undefined, {
            route: {
                apiVersion: "gateway.networking.k8s.io/v1",
                kind: "HTTPRoute",
                spec: { rules: [{ backendRefs: [{ name: "shop", port: 80 }] }] },
            },
        }),
        "Traefik that accepts for too short": hook(undefined, traefik("web", "4s")),
        "Traefik that accepts at another entry point": hook(
            undefined,
            traefik("admin", "10s", { entryPoints: ["web", "admin"] }),
        ),
        "Traefik that accepts at the one for probes": hook(
            undefined,
            traefik("traefik", "10s", { entryPoints: ["web", "traefik"] }),
        ),
        "Traefik that accepts for a time that is none": hook(undefined, traefik("web", "ten")),
        "Traefik without time for the longest request": hook(undefined, { ...traefik("web", "10s"), ...grace(39) }),
        "no hook behind Traefik's IngressRoute": hook(undefined, {
            route: {
                apiVersion: "traefik.io/v1alpha1",
                kind: "IngressRoute",
                spec: {
                    rules: undefined,
                    routes: [{ match: "PathPrefix(`/`)", services: [{ name: "shop", port: 80 }] }],
                },
            },
        }),
    },
    good: {
        "Traefik that accepts for as long by itself": hook(undefined, traefik("web", "10s")),
        "Traefik that does so in another way of writing": hook(
            undefined,
            traefik("web", "0m10s", { prefix: "--EntryPoints" }),
        ),
        "Traefik that closes its probes' entry point at once": hook(
            undefined,
            traefik("web", "10s", { entryPoints: ["web", "traefik"] }),
        ),
        "Traefik whose hook does something else meanwhile": hook(exec("ln", "-sfn", "/a", "/b"), traefik("web", "10")),
        "the service as it is": service(),
        "the service as a List": list(service()),
        "behind a load balancer": service({ route: null, service: { spec: { type: "LoadBalancer" } } }),
        "Kubernetes' own sleep": hook({ sleep: { seconds: 15 } }),
        "just as long as needed": hook({ sleep: { seconds: 5 } }, grace(35)),
        "exec sleep": hook(exec("/bin/sleep", "15")),
        "exec sleep by env": hook(exec("/usr/bin/env", "sleep", "15")),
        "exec sleep by busybox": hook(exec("busybox", "sleep", "15")),
        "sh sleep": hook(script("sleep 15")),
        "bash with options": hook(exec("bash", "-ec", "sleep 15")),
        "a quoted duration": hook(script("sleep '15'")),
        "a duration with a unit": hook(script("sleep 0.25m; nginx -s quit")),
        "two sleeps": hook(script("sleep 5\nsleep 5")),
        "sleep in the shell's place": hook(script("exec sleep 15")),
        "sleeps, then quits": hook(script("sleep 15; nginx -s quit")),
        "sleeps and quits": hook(exec("sh", "-c", "sleep 15 && /usr/sbin/nginx -s quit")),
        "sleeps, then signals": hook(script("sleep 15; kill -QUIT $(cat /var/run/nginx.pid)")),
        "sleeps, quits, and waits for the end": hook(
            script("sleep 15; nginx -s quit; while pgrep -x nginx; do sleep 1; done"),
        ),
        "sleeps, quits, and sleeps while nginx drains": hook(script("sleep 10; nginx -s quit; sleep 45")),
        "the same, just in time": hook(script("sleep 10; nginx -s quit; sleep 30"), grace(40)),
        "comments, says so, sleeps": hook(script("# until proxies know\necho draining > /proc/1/fd/1\nsleep 15")),
        "set -e before, reload never": hook(script("set -eu; sleep 15; nginx -s quit || true")),
        "a log line on both streams": hook(script('echo "preStop at $(date)" >>/proc/1/fd/1 2>&1 && sleep 15')),
        "a file that says so, then sleeps": hook(script("touch /tmp/draining; sleep 15")),
        "an if after the sleep": hook(script("sleep 15\nif [ -f /run/nginx.pid ]; then nginx -s quit; fi")),
        "one minute": hook(script("sleep 1m"), grace(90)),
        "Apache, gracefully": hook(script("sleep 10; apachectl -k graceful-stop"), {
            front: apache,
            fpmPlace: "nowhere",
        }),
        "Apache, by its signal": hook(script("sleep 10 && kill -WINCH 1"), { front: apache, fpmPlace: "nowhere" }),
        "Caddy, whose own signal is TERM": hook(script("sleep 10; kill -TERM 1"), {
            front: { name: "caddy", image: "docker.io/library/caddy:2.10.2" },
        }),
        "Node.js, whose own signal is TERM": hook(script("sleep 10; kill 1"), {
            front: { name: "api", image: "registry.example.com/shop/api:4.2.0" },
            fpmPlace: "nowhere",
        }),
        "FrankenPHP, by TERM": hook(script("sleep 10; kill -TERM 1"), { ...alone, front: frankenPhp }),
        "Swoole, by its own command": hook(script("sleep 10; php artisan octane:stop"), { ...alone, front: octane }),
        "php's Apache, by its signal": hook(script("sleep 10; kill -WINCH 1"), { ...alone, front: phpApache }),
        "Caddy's own stop signal": service({
            front: { name: "caddy", image: "docker.io/library/caddy:2.10.2", lifecycle: { stopSignal: "SIGTERM" } },
        }),
        "nginx' own stop signal": service({ front: { lifecycle: { stopSignal: "SIGQUIT" } } }),
        "quits by a file's pid": hook(script('sleep 15; kill -QUIT "$(cat /var/run/nginx.pid)"')),
        "speaks of stopping, and quits": hook(script("sleep 15; echo 'no nginx -s stop'; nginx -s quit")),
        "waits with kill -0": hook(
            script("sleep 15; nginx -s quit; while kill -0 $(cat /run/nginx.pid) 2>/dev/null; do sleep 1; done"),
        ),
        "nginx sleeps behind a login": behindLogin({}),
        "behind an OpenShift Route": service(openShift),
        "behind Contour": service(contour),
        "behind Istio": service(istio),
        "a database behind a load balancer": hook(undefined, {
            ...alone,
            route: null,
            budget: null,
            service: { spec: { type: "LoadBalancer", ports: [{ name: "mysql", port: 3306 }] } },
            front: {
                name: "mysql",
                image: "docker.io/library/mysql:8.4.6",
                ports: [{ containerPort: 3306 }],
                readinessProbe: undefined,
            },
        }),
        "a shorter promise": service({ ...longestRequest("15"), ...grace(25) }),
        "a promise in tenths": service({ ...longestRequest("12.5"), ...grace(30) }),
        "no traffic from outside": hook(undefined, { route: null, budget: null, pod: grace(5).pod! }),
        "a queue worker": hook(undefined, {
            name: "worker",
            fpmPlace: "nowhere",
            service: null,
            route: null,
            front: { name: "worker", ports: undefined, readinessProbe: undefined },
        }),
    },
};
