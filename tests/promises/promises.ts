/**
 * The promise, as checks on what the program registers: each names one way to lose a request (or to be let in where
 * nobody should) and fails where a field opens it. tests/promises/mutations.ts breaks each of those fields in turn.
 */
import { expect } from "chai";

import { parseCpuMillicores, parseMemoryBytes } from "../../components/units/quantity";
import { whyNotPinned } from "../../components/units/imageReference";
import type { Recording } from "../../tools/render/record";
import { requestsWithin, workerConnections } from "../../components/nginxMemory";
import { besideLimitBytes, reservedBytes } from "../../components/workers";
import { resource } from "../helpers/stacks";
import {
    controllerOf,
    directive,
    hpaOf,
    ingressOf,
    secondsOf,
    webObjects,
    type Container,
    type Probe,
} from "../helpers/webObjects";

export interface PromiseCheck {
    readonly name: string;
    readonly check: (recording: Recording) => void;
}

/** The longest that ingress-nginx may still send to a pod that is gone: 3.33 s rate limit + 1 s Lua timer. */
const ingressWithdrawalSeconds = 4.4;

const numberOf = (text: string | undefined) => {
    expect(text, "a number").to.match(/^\d+$/);
    return Number(text);
};

const longestRequestSeconds = (recording: Recording) =>
    numberOf(webObjects(recording).deployment.template.metadata.annotations["php-web-service/longest-request-seconds"]);

/** What the pods say of themselves: the time of a request beside PHP's work. */
const annotatedSeconds = (recording: Recording, name: "queue-seconds" | "transfer-seconds") =>
    numberOf(webObjects(recording).deployment.template.metadata.annotations[`php-web-service/${name}`]);

/** How long nginx may have a request that waits for a worker first. */
const answerSeconds = (recording: Recording) =>
    annotatedSeconds(recording, "queue-seconds") + longestRequestSeconds(recording);

const probesOf = (container: Container): readonly [string, Probe][] =>
    (["startupProbe", "livenessProbe", "readinessProbe"] as const).flatMap((name) => {
        const probe = container[name] as Probe | undefined;
        return probe === undefined ? [] : [[name, probe] as [string, Probe]];
    });

const workerShutdownSeconds = (recording: Recording) =>
    secondsOf(directive(webObjects(recording).nginxConf, "worker_shutdown_timeout")[0]);

const processControlSeconds = (recording: Recording) =>
    secondsOf(directive(webObjects(recording).phpFpmConf, "process_control_timeout")[0]);

/** What stands in nginx's location of exactly this path. */
const locationIn = (nginxConf: string, path: string) =>
    nginxConf.split(`location = ${path} {`)[1]?.split("\n        }")[0] ?? "";

export const promises: readonly PromiseCheck[] = [
    // --- starting ---
    {
        name: "php-fpm starts before nginx and ends after it: a native sidecar beside a main container",
        check: (recording) => {
            const { pod } = webObjects(recording);
            expect(pod.containers.map(({ name }) => name)).to.deep.equal(["nginx"]);
            const first = pod.initContainers.findIndex(({ name }) => name === "php-fpm");
            // What copies the application, or files of it, has ended before.
            for (const { name } of pod.initContainers.slice(0, first))
                expect(name).to.be.oneOf(["application", "assets"]);
            const sidecars = pod.initContainers.slice(first);
            expect(sidecars[0]?.name).to.equal("php-fpm");
            for (const sidecar of sidecars) expect(sidecar.restartPolicy, sidecar.name).to.equal("Always");
        },
    },
    {
        name: "every probe asks a port of its own container",
        check: (recording) => {
            for (const container of webObjects(recording).containers) {
                const ports = container.ports as typeof container.ports | undefined;
                const own = (ports ?? []).flatMap((port) => [port.name, port.containerPort]);
                for (const [name, probe] of probesOf(container)) {
                    const port = (probe.httpGet as typeof probe.httpGet | undefined)?.port ?? probe.tcpSocket.port;
                    expect(own, `${container.name} ${name}`).to.include(port);
                }
            }
        },
    },
    {
        name: "nginx's liveness asks nginx alone, and its readiness asks the application through php-fpm",
        check: (recording) => {
            const { nginx, nginxConf } = webObjects(recording);
            expect(nginx.livenessProbe.httpGet.path).to.equal("/-/alive");
            expect(nginx.readinessProbe.httpGet.path).to.equal("/-/ready");
            const location = (path: string) => locationIn(nginxConf, path);
            expect(location("/-/alive")).to.include("return 200").and.not.include("fastcgi_pass");
            expect(location("/-/ready"))
                .to.include("rewrite ^ /healthz break;")
                .and.include("fastcgi_pass 127.0.0.1:9002;");
        },
    },
    {
        name: "a new pod serves as soon as it can: readiness asks every second from the start, and nothing comes before it",
        check: (recording) => {
            const { nginx, containers } = webObjects(recording);
            expect(nginx.readinessProbe.periodSeconds).to.equal(1);
            expect(nginx.readinessProbe.successThreshold).to.equal(1);
            expect(nginx.readinessProbe).to.not.have.property("initialDelaySeconds");
            for (const container of containers) expect(container, container.name).to.not.have.property("startupProbe");
        },
    },
    {
        name: "a new pod serves no sooner than it can: the Service sends to ready pods alone",
        check: (recording) => {
            const { nginx, service } = webObjects(recording);
            expect(nginx).to.have.property("readinessProbe");
            expect(service).to.not.have.property("publishNotReadyAddresses");
        },
    },
    {
        name: "php-fpm's liveness is a TCP connect, which a busy pool passes, and waits for php-fpm's start",
        check: (recording) => {
            const { tcpSocket, initialDelaySeconds } = webObjects(recording).phpFpm.livenessProbe;
            expect(tcpSocket.port).to.equal("fastcgi");
            expect(initialDelaySeconds).to.be.at.least(5);
        },
    },
    {
        name: "a pool whose workers are all busy is not taken out of service, nor restarted: readiness has its own",
        check: (recording) => {
            const { nginx, phpFpm, nginxConf, phpFpmConf } = webObjects(recording);
            const pool = /^\[readiness\]\nlisten = (\S+)$/m.exec(phpFpmConf)?.[1];
            expect(pool).to.match(/^127\.0\.0\.1:/);
            const health = /fastcgi_pass (\S+);/.exec(locationIn(nginxConf, "/-/ready"))?.[1];
            expect(health).to.equal(pool);
            const { timeoutSeconds, failureThreshold } = nginx.readinessProbe;
            expect(timeoutSeconds * failureThreshold).to.be.at.least(30);
            for (const { failureThreshold } of [nginx.livenessProbe, phpFpm.livenessProbe]) {
                expect(failureThreshold).to.be.at.least(3);
            }
        },
    },
    {
        name: "a healthy rollout is not reported as failed: startup fits into progressDeadlineSeconds, and that into Pulumi's wait",
        check: (recording) => {
            const { deployment, deploymentResource, phpFpm } = webObjects(recording);
            const startupSeconds = phpFpm.livenessProbe.initialDelaySeconds;
            expect(startupSeconds + deployment.minReadySeconds).to.be.lessThan(deployment.progressDeadlineSeconds);
            const wait = deploymentResource.options.customTimeouts;
            expect(secondsOf(wait?.create)).to.be.greaterThan(deployment.progressDeadlineSeconds);
            expect(secondsOf(wait?.update)).to.be.greaterThan(deployment.progressDeadlineSeconds);
        },
    },
    // --- ending ---
    {
        name: "nginx serves on until proxies have withdrawn: a native preStop sleep longer than ingress-nginx needs",
        check: (recording) => {
            const { nginx } = webObjects(recording);
            expect(nginx.lifecycle.preStop.sleep.seconds).to.be.greaterThan(ingressWithdrawalSeconds);
            expect(nginx.lifecycle.preStop).to.have.all.keys("sleep");
        },
    },
    {
        name: "nginx lets every admitted request end: worker_shutdown_timeout covers the longest one, its wait and its way",
        check: (recording) => {
            expect(workerShutdownSeconds(recording)).to.be.at.least(
                annotatedSeconds(recording, "transfer-seconds") + answerSeconds(recording),
            );
        },
    },
    {
        name: "neither nginx nor php-fpm gives up before the longest request ends, though it waits for a worker first",
        check: (recording) => {
            const { nginxConf, phpFpmConf } = webObjects(recording);
            const [readTimeout, ...others] = directive(nginxConf, "fastcgi_read_timeout");
            expect(others).to.deep.equal([]);
            expect(annotatedSeconds(recording, "queue-seconds")).to.be.at.least(5);
            expect(secondsOf(readTimeout)).to.be.at.least(answerSeconds(recording));
            expect(secondsOf(directive(phpFpmConf, "request_terminate_timeout")[0])).to.be.at.least(
                longestRequestSeconds(recording),
            );
        },
    },
    {
        name: "php-fpm does not drop its workers at SIGQUIT: process_control_timeout is not its default of 0",
        check: (recording) => {
            expect(processControlSeconds(recording)).to.be.at.least(1);
        },
    },
    {
        name: "the grace period covers preStop, the longest request with its wait, and php-fpm's part, with slack",
        check: (recording) => {
            const { pod, nginx } = webObjects(recording);
            const sum =
                nginx.lifecycle.preStop.sleep.seconds +
                annotatedSeconds(recording, "transfer-seconds") +
                answerSeconds(recording) +
                processControlSeconds(recording);
            expect(pod.terminationGracePeriodSeconds).to.be.greaterThan(sum);
        },
    },
    {
        name: "nginx never closes a connection that a proxy may be using: keep-alive outlives ingress-nginx's 60 s",
        check: (recording) => {
            const { nginxConf } = webObjects(recording);
            for (const name of ["keepalive_timeout", "client_header_timeout"])
                expect(secondsOf(directive(nginxConf, name)[0]), name).to.be.greaterThan(60);
        },
    },
    {
        name: "a slow client holds no pod that ends: the controller takes the whole answer, but for one that is streamed",
        check: (recording) => {
            expect(ingressOf(recording).annotations["nginx.ingress.kubernetes.io/proxy-buffering"]).to.equal("on");
            const { nginxConf } = webObjects(recording);
            expect(directive(nginxConf, "fastcgi_pass_header")).to.deep.equal(["X-Accel-Buffering"]);
        },
    },
    {
        name: "a slow upload holds no pod that ends: the controller sends a request when it has all of it",
        check: (recording) => {
            const { annotations } = ingressOf(recording);
            expect(annotations["nginx.ingress.kubernetes.io/proxy-request-buffering"]).to.equal("on");
        },
    },
    {
        name: "PHP's own limits of time end nothing that is promised",
        check: (recording) => {
            const { phpIni } = webObjects(recording);
            for (const name of ["max_execution_time", "max_input_time"]) {
                const [seconds] = directive(phpIni, name);
                expect(numberOf(seconds), name).to.be.at.least(longestRequestSeconds(recording));
            }
        },
    },
    {
        name: "readiness asks what a visitor asks: the host, and HTTPS",
        check: (recording) => {
            const { httpHeaders } = webObjects(recording).nginx.readinessProbe.httpGet;
            const { host } = ingressOf(recording).spec.rules[0] ?? {};
            const headers = new Map(httpHeaders.map(({ name, value }) => [name, value]));
            // Optional in the API, which the types do not say.
            expect(headers.get("Host")).to.equal(host);
            expect(headers.get("X-Forwarded-Proto")).to.equal("https");
        },
    },
    {
        name: "nginx listens on both address families",
        check: (recording) => {
            expect(directive(webObjects(recording).nginxConf, "listen")).to.include.members([
                "8080 default_server",
                "[::]:8080 default_server",
            ]);
        },
    },
    {
        name: "an idle connection survives the start of nginx's shutdown where nginx has the directive (1.27.4)",
        check: (recording) => {
            const { nginx, nginxConf } = webObjects(recording);
            const [major, minor] = (nginx.image.split(":")[1] ?? "").split(".").map(Number);
            const has = major === 1 && (minor ?? 0) >= 28;
            expect(directive(nginxConf, "keepalive_min_timeout")).to.have.length(has ? 1 : 0);
        },
    },
    {
        name: "temporary files are not in memory, and have no size limit whose overrun evicts the pod",
        check: (recording) => {
            const { pod, nginx, phpFpm, nginxConf } = webObjects(recording);
            for (const { name, volumeMounts } of [nginx, phpFpm]) {
                const mount = volumeMounts.find(({ mountPath }) => mountPath === "/tmp");
                const volume = pod.volumes.find((each) => each.name === mount?.name);
                expect(volume?.emptyDir, name).to.deep.equal({});
            }
            for (const kind of ["client_body", "fastcgi", "proxy", "scgi", "uwsgi"]) {
                expect(directive(nginxConf, `${kind}_temp_path`), kind).to.deep.equal([`/tmp/${kind}`]);
            }
        },
    },
    {
        name: "a request that takes too much memory ends alone: all workers at memory_limit fit into the container's limit",
        check: (recording) => {
            const { phpFpm, phpFpmConf, phpIni } = webObjects(recording);
            const mebibytes = (text: string | undefined) => numberOf(/^"?(\d+)M?"?$/.exec(text ?? "")?.[1]) * 2 ** 20;
            expect(new Set(directive(phpFpmConf, "pm"))).to.deep.equal(new Set(["static"]));
            const pools = directive(phpFpmConf, "pm.max_children");
            const workers = pools.reduce((sum, text) => sum + numberOf(text), 0);
            // As an admin value of every pool: ini_set in an application cannot raise it.
            const limits = directive(phpFpmConf, "php_admin_value[memory_limit]");
            expect(limits).to.have.length(pools.length);
            const worker = Math.max(...limits.map(mebibytes)) + besideLimitBytes;
            const shared = ["opcache.memory_consumption", "opcache.jit_buffer_size"]
                .map((name) => mebibytes(directive(phpIni, name)[0]))
                .reduce((sum, bytes) => sum + bytes, reservedBytes);
            const limit = parseMemoryBytes((phpFpm.resources.limits as Record<string, string>)["memory"] ?? "") ?? 0;
            expect(limit).to.be.at.least(shared + workers * worker);
        },
    },
    {
        name: "clients that are slow to take their answers do not end nginx: requests at once fit into its memory",
        check: (recording) => {
            const { nginx, nginxConf } = webObjects(recording);
            // Wherever PHP is asked, but for readiness and php-fpm's own answer.
            const [requests, ...others] = directive(nginxConf, "limit_conn").map((text) => text.split(" ")[1]);
            expect(others).to.deep.equal([requests, requests]);
            expect(directive(nginxConf, "fastcgi_pass")).to.have.length(others.length + 3);
            const limit = (nginx.resources.limits as Record<string, string>)["memory"] ?? "";
            const workerProcesses = numberOf(directive(nginxConf, "worker_processes")[0]);
            expect(numberOf(directive(nginxConf, "worker_connections")[0])).to.be.at.most(workerConnections);
            expect(directive(nginxConf, "fastcgi_buffers")).to.deep.equal(["8 16k"]);
            expect(numberOf(requests)).to.be.at.most(requestsWithin({ containerLimit: limit, workerProcesses }));
        },
    },
    // --- replicas ---
    {
        name: "the number of pods has one owner: no replicas beside the HPA",
        check: (recording) => {
            expect(webObjects(recording).deployment).to.not.have.property("replicas");
        },
    },
    {
        name: "the HPA targets the Deployment by php-fpm's own CPU, which has a request",
        check: (recording) => {
            const { phpFpm } = webObjects(recording);
            const { metrics, scaleTargetRef } = hpaOf(recording);
            expect(scaleTargetRef.kind).to.equal("Deployment");
            expect(scaleTargetRef.apiVersion).to.equal("apps/v1");
            expect(scaleTargetRef.name).to.equal("web");
            expect(metrics).to.have.length(1);
            expect(metrics[0]?.type).to.equal("ContainerResource");
            expect(metrics[0]?.containerResource).to.deep.include({ name: "cpu", container: "php-fpm" });
            const target = metrics[0]?.containerResource.target;
            expect(target?.type).to.equal("Utilization");
            expect(target?.averageUtilization).to.be.within(1, 90);
            const requests = phpFpm.resources.requests as Record<string, string>;
            expect(parseCpuMillicores(requests["cpu"] ?? "")).to.be.greaterThan(0);
        },
    },
    {
        name: "the HPA never goes below two pods, and its behavior is spelled out",
        check: (recording) => {
            const { minReplicas, maxReplicas, behavior } = hpaOf(recording);
            expect(minReplicas).to.be.at.least(2);
            expect(maxReplicas).to.be.at.least(minReplicas);
            for (const direction of ["scaleUp", "scaleDown"] as const) {
                const rules = behavior[direction];
                expect(rules.stabilizationWindowSeconds, direction).to.be.a("number");
                expect(rules.selectPolicy, direction).to.equal("Max");
                expect(rules.policies, direction).to.not.be.empty;
            }
            expect(behavior.scaleUp.stabilizationWindowSeconds).to.equal(0);
            expect(behavior.scaleDown.stabilizationWindowSeconds).to.be.greaterThan(0);
        },
    },
    {
        name: "a rollout takes no pod away before its successor serves",
        check: (recording) => {
            const { strategy, minReadySeconds } = webObjects(recording).deployment;
            expect(strategy.type).to.equal("RollingUpdate");
            expect(strategy.rollingUpdate.maxUnavailable).to.equal(0);
            expect(strategy.rollingUpdate.maxSurge).to.not.be.oneOf([0, "0%", undefined]);
            expect(minReadySeconds).to.be.at.least(1);
        },
    },
    {
        name: "a node's drain takes one pod at a time, and is never blocked",
        check: (recording) => {
            const { disruptionBudget, deployment } = webObjects(recording);
            expect(disruptionBudget.maxUnavailable).to.equal(1);
            expect(disruptionBudget).to.not.have.property("minAvailable");
            expect(disruptionBudget.unhealthyPodEvictionPolicy).to.equal("AlwaysAllow");
            expect(deployment.template.metadata.labels).to.include(disruptionBudget.selector.matchLabels);
        },
    },
    {
        name: "pods are spread over nodes and zones, softly, each revision by itself",
        check: (recording) => {
            const { pod, deployment } = webObjects(recording);
            expect(pod.topologySpreadConstraints.map(({ topologyKey }) => topologyKey)).to.deep.equal([
                "kubernetes.io/hostname",
                "topology.kubernetes.io/zone",
            ]);
            for (const constraint of pod.topologySpreadConstraints) {
                expect(constraint).to.deep.include({ maxSkew: 1, whenUnsatisfiable: "ScheduleAnyway" });
                expect(constraint.matchLabelKeys).to.deep.equal(["pod-template-hash"]);
                expect(deployment.template.metadata.labels).to.include(constraint.labelSelector.matchLabels);
            }
        },
    },
    {
        name: "a configuration change is a new object and a rolling update: immutable ConfigMaps, referenced by name",
        check: (recording) => {
            const { pod } = webObjects(recording);
            const isInConfigMap = pod.volumes.some((volume) => volume.name === "application" && "configMap" in volume);
            const mounted = pod.volumes.flatMap((volume) => {
                const configMap = volume.configMap as typeof volume.configMap | undefined;
                return configMap === undefined ? [] : [configMap.name];
            });
            for (const name of ["web-nginx", "web-php-fpm", ...(isInConfigMap ? ["web-app"] : [])]) {
                const { inputs } = resource(recording, "kubernetes:core/v1:ConfigMap", name);
                expect(inputs["immutable"], name).to.equal(true);
                expect(inputs["metadata"], name).to.not.have.property("name");
                expect(mounted.some((mount) => mount.startsWith(`${name}-`))).to.equal(true, `${name} is mounted`);
            }
        },
    },
    {
        name: "what a killed engine had begun is the next one's own: one name for each object, one field manager for all",
        check: ({ resources }) => {
            for (const { type, name, inputs } of resources.filter((each) => each.type.startsWith("kubernetes:"))) {
                const metadata = inputs["metadata"] as { name?: string; annotations?: Record<string, string> };
                const manager = metadata.annotations?.["pulumi.com/patchFieldManager"];
                expect(manager, `${type} ${name}`).to.match(/^php-web-service\/[a-z]+$/);
                // Immutable ones change their name with every change.
                if (inputs["immutable"] !== true) expect(metadata.name, `${type} ${name}`).to.be.a("string");
            }
        },
    },
    // --- traffic ---
    {
        name: "the Service reaches nginx's port on exactly these pods",
        check: (recording) => {
            const { service, nginx, deployment } = webObjects(recording);
            expect(service.selector).to.deep.equal(deployment.selector.matchLabels);
            expect(deployment.template.metadata.labels).to.include(service.selector);
            expect(service.ports).to.have.length(1);
            expect(service.ports[0]).to.deep.include({ name: "http", port: 80, targetPort: "http" });
            expect(nginx.ports[0]).to.deep.include({ name: "http", containerPort: 8080 });
            expect(directive(webObjects(recording).nginxConf, "listen")[0]).to.equal("8080 default_server");
        },
    },
    {
        name: "the Ingress waits longer than the pod may take, and rewrites no URL",
        check: (recording) => {
            const { annotations, spec } = ingressOf(recording);
            for (const name of ["proxy-read-timeout", "proxy-send-timeout"]) {
                expect(numberOf(annotations[`nginx.ingress.kubernetes.io/${name}`]), name).to.be.greaterThan(
                    longestRequestSeconds(recording),
                );
            }
            expect(annotations).to.not.have.property("nginx.ingress.kubernetes.io/rewrite-target");
            expect(
                numberOf(annotations["nginx.ingress.kubernetes.io/proxy-buffer-size"]?.replace("k", "")),
            ).to.be.at.least(16);
            expect(spec.ingressClassName).to.equal("nginx");
            const path = spec.rules[0]?.http.paths[0];
            expect(path).to.deep.include({ path: "/", pathType: "Prefix" });
            expect(path?.backend.service.port).to.deep.equal({ name: "http" });
            expect(path?.backend.service.name).to.equal("web");
        },
    },
    {
        name: "ingress-nginx: the chart is pinned",
        check: (recording) => {
            expect(controllerOf(recording).helmOptions["version"]).to.match(/^\d+\.\d+\.\d+$/);
        },
    },
    {
        name: "ingress-nginx: a pod that ends goes on accepting, and lets its requests end within its 300 s",
        check: (recording) => {
            const { controller } = controllerOf(recording);
            const { "shutdown-grace-period": grace } = controller["extraArgs"] as Record<string, string>;
            const { "worker-shutdown-timeout": workers } = controller["config"] as Record<string, string>;
            expect(numberOf(grace)).to.be.at.least(5);
            expect(secondsOf(workers)).to.be.greaterThan(longestRequestSeconds(recording));
            expect(numberOf(grace) + secondsOf(workers) + 10).to.be.at.most(300);
        },
    },
    {
        name: "ingress-nginx: nothing is set that the package or the chart drops silently",
        check: (recording) => {
            const { controller, helmOptions } = controllerOf(recording);
            expect(controller).to.not.have.any.keys("terminateGracePeriodSeconds", "heathCheckHost", "tolerations");
            expect(helmOptions).to.not.have.property("values");
        },
    },
    {
        name: "ingress-nginx: a drain or a rollout leaves a controller that serves",
        check: (recording) => {
            const { controller } = controllerOf(recording);
            const { maxUnavailable } = (controller["updateStrategy"] as { rollingUpdate: { maxUnavailable: number } })
                .rollingUpdate;
            if (controller["kind"] === "DaemonSet") {
                expect(maxUnavailable).to.equal(1);
                return;
            }
            expect(controller["kind"]).to.equal("Deployment");
            expect(maxUnavailable).to.equal(0);
            const replicas = controller["replicaCount"] as number;
            expect(controller["minAvailable"]).to.equal(Math.max(1, replicas - 1));
            const spread = controller["topologySpreadConstraints"] as readonly { topologyKey: string }[];
            expect(spread.map(({ topologyKey }) => topologyKey)).to.include("kubernetes.io/hostname");
        },
    },
    // --- metrics ---
    {
        name: "the HPA has metrics: metrics-server behind v1beta1.metrics.k8s.io, asked at least every 15 s",
        check: (recording) => {
            const { inputs } = resource(recording, "kubernetes:apiregistration.k8s.io/v1:APIService");
            expect((inputs["metadata"] as { name: string }).name).to.equal("v1beta1.metrics.k8s.io");
            expect(inputs["spec"]).to.deep.include({ group: "metrics.k8s.io", version: "v1beta1" });
            const deployment = resource(recording, "kubernetes:apps/v1:Deployment", "metrics-server").inputs[
                "spec"
            ] as ReturnType<typeof webObjects>["deployment"];
            const args = deployment.template.spec.containers[0]?.args ?? [];
            expect(args).to.include("--kubelet-insecure-tls");
            expect(args).to.include("--metric-resolution=15s");
            expect(deployment.strategy.rollingUpdate.maxUnavailable).to.equal(0);
        },
    },
    // --- files of releases before ---
    {
        name: "where files of releases before are kept, a page of any pod finds its own at every other one: there before it serves, and gone long after it",
        check: (recording) => {
            const { pod, nginx, phpFpm, nginxConf } = webObjects(recording);
            const mountIn = (container: Container) =>
                container.volumeMounts.find(({ name }) => name === "kept-assets")?.mountPath;
            const keepers = pod.initContainers.filter((container) => mountIn(container) !== undefined);
            if (!nginxConf.includes("location @kept")) return;
            expect(keepers.map(({ name }) => name)).to.deep.equal(["assets"]);
            expect(mountIn(phpFpm)).to.equal(undefined);
            const folders = directive(nginxConf, "root").filter((root) =>
                root.startsWith(`${mountIn(nginx) ?? "none"}/`),
            );
            expect(folders).to.have.length(2);
            expect(directive(nginxConf, "disable_symlinks")).to.have.length(2);
            expect(directive(nginxConf, "try_files")).to.include("$uri @kept").and.include("$uri @kept_asset");
            const { inputs, options } = resource(recording, "kubernetes:batch/v1:Job", "web-assets");
            const after = [options.dependsOn ?? []].flat() as unknown as readonly { readonly __name: string }[];
            expect(after.map(({ __name }) => __name)).to.include("web");
            const { template } = inputs["spec"] as {
                readonly template: ReturnType<typeof webObjects>["deployment"]["template"];
            };
            const seconds = numberOf(template.spec.containers[0]?.command[4]);
            expect(seconds).to.be.greaterThan(pod.terminationGracePeriodSeconds + 3600);
            expect(seconds % 3600).to.equal(pod.terminationGracePeriodSeconds);
        },
    },
    // --- access ---
    {
        name: "every container passes Pod Security restricted, with a read-only root file system",
        check: (recording) => {
            const { pod, containers } = webObjects(recording);
            expect(pod.securityContext).to.deep.include({ runAsNonRoot: true });
            expect(pod.securityContext.seccompProfile.type).to.equal("RuntimeDefault");
            for (const { name, securityContext } of containers) {
                expect(securityContext, name).to.deep.include({
                    allowPrivilegeEscalation: false,
                    capabilities: { drop: ["ALL"] },
                    readOnlyRootFilesystem: true,
                    runAsNonRoot: true,
                });
                expect(securityContext.runAsUser, name).to.be.greaterThan(0);
            }
        },
    },
    {
        name: "the namespace enforces Pod Security restricted",
        check: (recording) => {
            expect(webObjects(recording).namespace.labels["pod-security.kubernetes.io/enforce"]).to.equal("restricted");
        },
    },
    {
        name: "no pod has a service account token",
        check: (recording) => {
            expect(webObjects(recording).pod.automountServiceAccountToken).to.equal(false);
        },
    },
    {
        name: "only the ingress controller reaches nginx, and nobody reaches php-fpm",
        check: (recording) => {
            const { networkPolicy, deployment } = webObjects(recording);
            expect(networkPolicy.podSelector.matchLabels).to.deep.equal(deployment.selector.matchLabels);
            expect(networkPolicy.policyTypes).to.deep.equal(["Ingress"]);
            expect(networkPolicy.ingress).to.deep.equal([
                {
                    from: [
                        {
                            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ingress-nginx" } },
                            podSelector: {
                                matchLabels: {
                                    "app.kubernetes.io/name": "ingress-nginx",
                                    "app.kubernetes.io/component": "controller",
                                },
                            },
                        },
                    ],
                    ports: [{ protocol: "TCP", port: 8080 }],
                },
            ]);
        },
    },
    {
        name: "php-fpm serves only its own pod's nginx",
        check: (recording) => {
            const { phpFpmConf } = webObjects(recording);
            expect(directive(phpFpmConf, "listen")).to.deep.equal(["9000", "127.0.0.1:9002"]);
            expect(directive(phpFpmConf, "listen.allowed_clients")).to.deep.equal(["127.0.0.1", "127.0.0.1"]);
            expect(directive(phpFpmConf, "pm.status_listen")).to.deep.equal(["127.0.0.1:9001"]);
        },
    },
    {
        name: "images are pinned",
        check: (recording) => {
            for (const { name, image } of webObjects(recording).containers) {
                expect(whyNotPinned(image), `${name}: ${image}`).to.equal(undefined);
            }
        },
    },
    {
        name: "everything is on the one provider, which a changed kubeconfig does not replace",
        check: (recording) => {
            const provider = resource(recording, "pulumi:providers:kubernetes");
            expect(provider.inputs["clusterIdentifier"]).to.be.a("string").and.not.be.empty;
        },
    },
];
