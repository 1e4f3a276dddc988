/**
 * The check of the checks: breaks each field that the promise hangs on, one at a time, and tells what notices.
 * `npm run mutation` prints the table; mutations.test.ts demands that nothing goes unnoticed.
 */
import { checkManifests } from "../../policy/check";
import type { Recording, Registered } from "../../tools/render/record";
import type { Manifest } from "../../tools/render/manifests";
import { manifestOf } from "../../tools/render/render";
import { recordingOfGolden } from "../golden/golden";
import { promises } from "./promises";

export interface Mutation {
    readonly name: string;
    /** Of the golden ones, what it breaks; prod where absent. */
    readonly stack?: string;
    readonly apply: (recording: MutableRecording) => void;
}

interface MutableRecording {
    readonly resources: {
        -readonly [K in keyof Registered]: K extends "inputs" ? Record<string, unknown> : Registered[K];
    }[];
}

type Path = readonly (string | number)[];
type Branch = Record<string | number, unknown>;

/** Which checks and which policies notice a mutation. */
export interface Verdict {
    readonly mutation: string;
    readonly promises: readonly string[];
    readonly policies: readonly string[];
}

// --- Where a mutation strikes ----------------------------------------------------------------------------------------

const deployment = "kubernetes:apps/v1:Deployment";
const configMap = "kubernetes:core/v1:ConfigMap";
const hpa = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";
const ingress = "kubernetes:networking.k8s.io/v1:Ingress";
const controller = "kubernetes-ingress-nginx:index:IngressController";

const pod: Path = ["spec", "template", "spec"];
const nginx: Path = [...pod, "containers", 0];
const phpFpm: Path = [...pod, "initContainers", 0];

function find(recording: MutableRecording, type: string, name: string) {
    const found = recording.resources.find((each) => each.type === type && each.name === name);
    if (found === undefined) throw new Error(`no ${type} ${name}`);
    return found;
}

/** Changes what stands at a path. Throws where nothing stands there: a mutation must strike something. */
function change(root: Branch, path: Path, to: (old: unknown) => unknown): void {
    const key = path[path.length - 1];
    if (key === undefined) throw new Error("no path");
    const parent = path.slice(0, -1).reduce<Branch>((branch, step) => branch[step] as Branch, root);
    if (!(key in parent)) throw new Error(`nothing at ${path.join(".")}`);
    const value = to(parent[key]);
    if (value === undefined) Reflect.deleteProperty(parent, key);
    else parent[key] = value;
}

const edit =
    (type: string, name: string, path: Path, to: unknown): Mutation["apply"] =>
    (recording) => {
        change(find(recording, type, name).inputs, path, () => to);
    };

const remove = (type: string, name: string, path: Path) => edit(type, name, path, undefined);

const add =
    (type: string, name: string, path: Path, extra: Branch): Mutation["apply"] =>
    (recording) => {
        change(find(recording, type, name).inputs, path, (old) => ({ ...(old as Branch), ...extra }));
    };

const inText =
    (name: string, file: string, pattern: RegExp, to: string): Mutation["apply"] =>
    (recording) => {
        change(find(recording, configMap, name).inputs, ["data", file], (old) => {
            const text = String(old).replace(pattern, to);
            if (text === old) throw new Error(`${String(pattern)} is not in ${file}`);
            return text;
        });
    };

const nginxConf = (pattern: RegExp, to: string) => inText("web-nginx", "nginx.conf", pattern, to);
const phpFpmConf = (pattern: RegExp, to: string) => inText("web-php-fpm", "php-fpm.conf", pattern, to);
const phpIni = (pattern: RegExp, to: string) => inText("web-php-fpm", "php.ini", pattern, to);

const drop =
    (type: string, name: string): Mutation["apply"] =>
    (recording) => {
        const index = recording.resources.indexOf(find(recording, type, name));
        recording.resources.splice(index, 1);
    };

const both =
    (...steps: readonly Mutation["apply"][]): Mutation["apply"] =>
    (recording) => {
        for (const step of steps) step(recording);
    };

// --- What is broken --------------------------------------------------------------------------------------------------

const mutation = (name: string, apply: Mutation["apply"]): Mutation => ({ name, apply });

/** Where files of releases before are kept. */
const ofAssets = (name: string, apply: Mutation["apply"]): Mutation => ({ name, apply, stack: "assets" });

export const mutations: readonly Mutation[] = [
    // Starting.
    mutation("php-fpm becomes a plain container beside nginx", (recording) => {
        const { inputs } = find(recording, deployment, "web");
        let moved: unknown;
        change(inputs, [...pod, "initContainers"], (old) => {
            [moved] = old as unknown[];
            return [];
        });
        change(inputs, [...pod, "containers"], (old) => [...(old as unknown[]), moved]);
    }),
    mutation("php-fpm is an ordinary init container", remove(deployment, "web", [...phpFpm, "restartPolicy"])),
    mutation(
        "nginx's probes ask php-fpm's port",
        both(
            edit(deployment, "web", [...nginx, "readinessProbe"], { tcpSocket: { port: 9000 }, failureThreshold: 9 }),
            edit(deployment, "web", [...nginx, "livenessProbe"], { tcpSocket: { port: 9000 }, failureThreshold: 3 }),
        ),
    ),
    mutation(
        "php-fpm's liveness asks nginx",
        edit(deployment, "web", [...phpFpm, "livenessProbe", "tcpSocket", "port"], "http"),
    ),
    mutation(
        "nginx's liveness goes through php-fpm",
        edit(deployment, "web", [...nginx, "livenessProbe", "httpGet", "path"], "/-/ready"),
    ),
    mutation(
        "nginx's readiness does not go through php-fpm",
        edit(deployment, "web", [...nginx, "readinessProbe", "httpGet", "path"], "/-/alive"),
    ),
    mutation(
        "nginx answers /-/ready itself",
        nginxConf(/location = \/-\/ready \{[^]*?\n {8}\}/, 'location = /-/ready { return 200 "ok"; }'),
    ),
    mutation(
        "readiness waits for a worker of the pool that may be busy",
        nginxConf(/(location = \/-\/ready \{[^]*?fastcgi_pass 127\.0\.0\.1:)9002/, "$19000"),
    ),
    mutation(
        "readiness gives up as soon as there is no CPU",
        edit(deployment, "web", [...nginx, "readinessProbe", "failureThreshold"], 3),
    ),
    mutation(
        "liveness restarts after one failure",
        edit(deployment, "web", [...nginx, "livenessProbe", "failureThreshold"], 1),
    ),
    mutation(
        "readiness is asked late",
        add(deployment, "web", [...nginx, "readinessProbe"], { initialDelaySeconds: 4 }),
    ),
    mutation("readiness is asked seldom", edit(deployment, "web", [...nginx, "readinessProbe", "periodSeconds"], 10)),
    mutation(
        "nginx is asked for its readiness only when a startup probe has passed",
        add(deployment, "web", nginx, { startupProbe: { httpGet: { path: "/-/alive", port: "http" } } }),
    ),
    mutation(
        "nginx is created only when a startup probe of php-fpm has passed",
        add(deployment, "web", phpFpm, { startupProbe: { tcpSocket: { port: "fastcgi" } } }),
    ),
    mutation("a pod is ready when it runs", remove(deployment, "web", [...nginx, "readinessProbe"])),
    mutation(
        "the Service sends to pods that are not ready",
        add("kubernetes:core/v1:Service", "web", ["spec"], { publishNotReadyAddresses: true }),
    ),
    mutation(
        "liveness does not wait for php-fpm's start",
        remove(deployment, "web", [...phpFpm, "livenessProbe", "initialDelaySeconds"]),
    ),
    mutation(
        "startup takes longer than the progress deadline",
        edit(deployment, "web", [...phpFpm, "livenessProbe", "initialDelaySeconds"], 600),
    ),
    mutation("Pulumi stops waiting before Kubernetes does", (recording) => {
        const web = find(recording, deployment, "web");
        web.options = { ...web.options, customTimeouts: { create: "60s", update: "60s" } };
    }),
    // Ending.
    mutation("nginx has no preStop", remove(deployment, "web", [...nginx, "lifecycle"])),
    mutation(
        "preStop is shorter than ingress-nginx needs",
        edit(deployment, "web", [...nginx, "lifecycle", "preStop", "sleep", "seconds"], 3),
    ),
    mutation(
        "preStop closes the listener (nginx -s quit)",
        edit(deployment, "web", [...nginx, "lifecycle", "preStop"], { exec: { command: ["nginx", "-s", "quit"] } }),
    ),
    mutation(
        "preStop takes the whole grace period",
        edit(deployment, "web", [...nginx, "lifecycle", "preStop", "sleep", "seconds"], 60),
    ),
    mutation(
        "the grace period is Kubernetes' default",
        remove(deployment, "web", [...pod, "terminationGracePeriodSeconds"]),
    ),
    mutation(
        "the grace period ends with the longest request",
        edit(deployment, "web", [...pod, "terminationGracePeriodSeconds"], 60),
    ),
    mutation(
        "the grace period forgets the wait for a worker",
        edit(deployment, "web", [...pod, "terminationGracePeriodSeconds"], 65),
    ),
    mutation(
        "uploads take time, and the drain has none for them",
        edit(
            deployment,
            "web",
            ["spec", "template", "metadata", "annotations", "php-web-service/transfer-seconds"],
            "60",
        ),
    ),
    mutation(
        "the wait for a worker counts as work",
        edit(deployment, "web", ["spec", "template", "metadata", "annotations", "php-web-service/queue-seconds"], "0"),
    ),
    mutation(
        "the promise grows, and the drain does not",
        edit(
            deployment,
            "web",
            ["spec", "template", "metadata", "annotations", "php-web-service/longest-request-seconds"],
            "120",
        ),
    ),
    mutation(
        "nginx cuts requests at shutdown",
        nginxConf(/worker_shutdown_timeout \d+s/, "worker_shutdown_timeout 10s"),
    ),
    mutation(
        "nginx cuts at shutdown what waited for a worker",
        nginxConf(/worker_shutdown_timeout \d+s/, "worker_shutdown_timeout 40s"),
    ),
    mutation("nginx gives up on php-fpm early", nginxConf(/fastcgi_read_timeout \d+s/, "fastcgi_read_timeout 30s")),
    mutation(
        "nginx takes the wait for a worker for work",
        nginxConf(/fastcgi_read_timeout \d+s/, "fastcgi_read_timeout 40s"),
    ),
    mutation(
        "php-fpm ends long requests early",
        phpFpmConf(/request_terminate_timeout = \d+s/, "request_terminate_timeout = 30s"),
    ),
    mutation(
        "process_control_timeout is 0",
        phpFpmConf(/process_control_timeout = \d+s/, "process_control_timeout = 0s"),
    ),
    mutation(
        "nginx closes idle connections before ingress-nginx does",
        nginxConf(/keepalive_timeout 75s/, "keepalive_timeout 15s"),
    ),
    mutation(
        "nginx closes connections that a proxy has not used yet",
        nginxConf(/client_header_timeout 75s/, "client_header_timeout 60s"),
    ),
    mutation(
        "the controller does not take whole answers",
        edit(ingress, "web", ["metadata", "annotations", "nginx.ingress.kubernetes.io/proxy-buffering"], undefined),
    ),
    mutation(
        "the controller sends an upload as it comes",
        edit(ingress, "web", ["metadata", "annotations", "nginx.ingress.kubernetes.io/proxy-request-buffering"], "off"),
    ),
    mutation("the proxy is not told what is streamed", nginxConf(/^ *fastcgi_pass_header .*\n/m, "")),
    mutation("PHP ends what computes for long", phpIni(/max_execution_time = \d+/, "max_execution_time = 30")),
    mutation("PHP ends what is read for long", phpIni(/max_input_time = .*\n/, "")),
    mutation(
        "readiness asks the pod's address",
        edit(
            deployment,
            "web",
            [...pod, "containers", 0, "readinessProbe", "httpGet", "httpHeaders"],
            [{ name: "X-Forwarded-Proto", value: "https" }],
        ),
    ),
    mutation(
        "readiness asks by plain HTTP",
        edit(
            deployment,
            "web",
            [...pod, "containers", 0, "readinessProbe", "httpGet", "httpHeaders"],
            [{ name: "Host", value: "www.example.com" }],
        ),
    ),
    mutation("nginx listens on IPv4 alone", nginxConf(/^ *listen \[::\].*\n/m, "")),
    mutation("keepalive_min_timeout is gone", nginxConf(/^ *keepalive_min_timeout .*\n/m, "")),
    mutation(
        "temporary files evict the pod above a limit",
        edit(deployment, "web", [...pod, "volumes"], [{ name: "nginx-temporary", emptyDir: { sizeLimit: "16Mi" } }]),
    ),
    mutation("temporary files are in memory", (recording) => {
        change(find(recording, deployment, "web").inputs, [...pod, "volumes"], (old) =>
            (old as Branch[]).map((volume) =>
                volume["name"] === "php-fpm-temporary" ? { ...volume, emptyDir: { medium: "Memory" } } : volume,
            ),
        );
    }),
    mutation("php-fpm's memory limit is for the usual", (recording) => {
        const { inputs } = find(recording, deployment, "web");
        change(inputs, [...phpFpm, "resources"], (old) => {
            const { requests } = old as { readonly requests: unknown };
            return { requests, limits: requests };
        });
    }),
    mutation("php's memory_limit is the image's matter", phpFpmConf(/^php_admin_value\[memory_limit\].*\n/m, "")),
    mutation(
        "an application may raise its memory_limit",
        phpFpmConf(/^php_admin_value\[memory_limit\]/m, "php_value[memory_limit]"),
    ),
    mutation(
        "php's memory_limit grows, and the container's does not",
        phpFpmConf(/^(php_admin_value\[memory_limit\]) = .*$/m, "$1 = 256M"),
    ),
    mutation(
        "opcache takes more than was added up",
        phpIni(/^opcache.memory_consumption = .*$/m, "opcache.memory_consumption = 512"),
    ),
    mutation(
        "JIT takes memory that was not added up",
        phpIni(/^opcache.jit_buffer_size = .*$/m, 'opcache.jit_buffer_size = "64M"'),
    ),
    mutation("more workers than memory has room for", phpFpmConf(/pm\.max_children = \d+/, "pm.max_children = 100")),
    mutation("workers come and go (pm = dynamic)", phpFpmConf(/^pm = static/m, "pm = dynamic")),
    mutation("nginx takes any number of requests to the application", nginxConf(/^ *limit_conn requests .*\n/m, "")),
    mutation(
        "nginx has larger buffers than were added up",
        nginxConf(/fastcgi_buffers 8 16k/, "fastcgi_buffers 64 16k"),
    ),
    mutation(
        "nginx's memory limit is below what its requests may take",
        edit(deployment, "web", [...nginx, "resources", "limits", "memory"], "180Mi"),
    ),
    // Replicas.
    mutation("replicas beside the HPA", add(deployment, "web", ["spec"], { replicas: 3 })),
    mutation(
        "the HPA averages all containers",
        edit(
            hpa,
            "web",
            ["spec", "metrics"],
            [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } } }],
        ),
    ),
    mutation(
        "the HPA watches nginx",
        edit(hpa, "web", ["spec", "metrics", 0, "containerResource", "container"], "nginx"),
    ),
    mutation("php-fpm has no CPU request", remove(deployment, "web", [...phpFpm, "resources", "requests", "cpu"])),
    mutation(
        "the HPA's target can never be exceeded",
        edit(hpa, "web", ["spec", "metrics", 0, "containerResource", "target", "averageUtilization"], 100),
    ),
    mutation("the HPA targets nothing that exists", edit(hpa, "web", ["spec", "scaleTargetRef", "name"], "webb")),
    mutation("the HPA may go down to one pod", edit(hpa, "web", ["spec", "minReplicas"], 1)),
    mutation(
        "the HPA's behavior is left to defaults",
        remove(hpa, "web", ["spec", "behavior", "scaleDown", "stabilizationWindowSeconds"]),
    ),
    mutation(
        "maxUnavailable is 25 %",
        edit(deployment, "web", ["spec", "strategy", "rollingUpdate", "maxUnavailable"], "25%"),
    ),
    mutation(
        "the rollout strategy is Recreate",
        edit(deployment, "web", ["spec", "strategy"], { type: "Recreate", rollingUpdate: {} }),
    ),
    mutation("a pod counts the moment it is ready", edit(deployment, "web", ["spec", "minReadySeconds"], 0)),
    mutation("no disruption budget", drop("kubernetes:policy/v1:PodDisruptionBudget", "web")),
    mutation(
        "the disruption budget blocks drains",
        edit("kubernetes:policy/v1:PodDisruptionBudget", "web", ["spec", "maxUnavailable"], 0),
    ),
    mutation(
        "the disruption budget selects other pods",
        edit("kubernetes:policy/v1:PodDisruptionBudget", "web", ["spec", "selector", "matchLabels"], { app: "other" }),
    ),
    mutation(
        "a broken pod blocks drains",
        remove("kubernetes:policy/v1:PodDisruptionBudget", "web", ["spec", "unhealthyPodEvictionPolicy"]),
    ),
    mutation("pods may sit on one node", remove(deployment, "web", [...pod, "topologySpreadConstraints"])),
    mutation("a ConfigMap changes under running pods", edit(configMap, "web-nginx", ["immutable"], false)),
    mutation(
        "a ConfigMap has a fixed name, and is deleted before its successor is there",
        add(configMap, "web-php-fpm", ["metadata"], { name: "web-php-fpm" }),
    ),
    mutation("a killed update leaves a second Deployment", remove(deployment, "web", ["metadata", "name"])),
    mutation("a killed update leaves a field manager behind", remove(hpa, "web", ["metadata", "annotations"])),
    // Traffic.
    mutation(
        "the Service selects other pods",
        edit("kubernetes:core/v1:Service", "web", ["spec", "selector"], { app: "other" }),
    ),
    mutation(
        "the Service goes to php-fpm",
        edit("kubernetes:core/v1:Service", "web", ["spec", "ports", 0, "targetPort"], "fastcgi"),
    ),
    mutation(
        "an answer with a few cookies too many is a 502 of the controller",
        edit(ingress, "web", ["metadata", "annotations", "nginx.ingress.kubernetes.io/proxy-buffer-size"], "4k"),
    ),
    mutation(
        "the Ingress gives up before the pod",
        edit(ingress, "web", ["metadata", "annotations", "nginx.ingress.kubernetes.io/proxy-read-timeout"], "40"),
    ),
    mutation(
        "every URL becomes /",
        add(ingress, "web", ["metadata", "annotations"], { "nginx.ingress.kubernetes.io/rewrite-target": "/" }),
    ),
    mutation(
        "the Ingress leads to another Service",
        edit(ingress, "web", ["spec", "rules", 0, "http", "paths", 0, "backend", "service", "name"], "other"),
    ),
    mutation("the chart's version is open", remove(controller, "ingress-nginx", ["helmOptions", "version"])),
    mutation(
        "a controller pod closes its listener at once",
        edit(controller, "ingress-nginx", ["controller", "extraArgs"], { "shutdown-grace-period": "0" }),
    ),
    mutation(
        "a controller pod cuts requests at shutdown",
        edit(controller, "ingress-nginx", ["controller", "config", "worker-shutdown-timeout"], "30s"),
    ),
    mutation(
        "a controller pod is killed while it drains",
        edit(controller, "ingress-nginx", ["controller", "config", "worker-shutdown-timeout"], "600s"),
    ),
    mutation(
        "the package's misspelt grace key is trusted",
        add(controller, "ingress-nginx", ["controller"], { terminateGracePeriodSeconds: 600 }),
    ),
    mutation(
        "chart values by a way that the package overwrites",
        add(controller, "ingress-nginx", ["helmOptions"], { values: { controller: { replicaCount: 2 } } }),
    ),
    mutation(
        "one controller at a time, gone first",
        edit(controller, "ingress-nginx", ["controller", "updateStrategy", "rollingUpdate", "maxUnavailable"], 1),
    ),
    mutation(
        "the controllers' budget blocks drains",
        edit(controller, "ingress-nginx", ["controller", "minAvailable"], 2),
    ),
    mutation(
        "metrics-server is not registered",
        drop("kubernetes:apiregistration.k8s.io/v1:APIService", "metrics-server"),
    ),
    mutation(
        "metrics-server does not reach kubelets",
        edit(deployment, "metrics-server", [...pod, "containers", 0, "args"], ["--cert-dir=/tmp"]),
    ),
    // Files of releases before.
    ofAssets("a pod serves before its files are kept", (recording) => {
        change(find(recording, deployment, "web").inputs, [...pod, "initContainers"], (old) =>
            (old as Branch[]).filter(({ name }) => name !== "assets"),
        );
    }),
    ofAssets("nginx asks for no kept file", nginxConf(/try_files \$uri @kept;/, "try_files $uri @application;")),
    ofAssets(
        "nginx cannot read what is kept",
        edit(
            deployment,
            "web",
            [...nginx, "volumeMounts"],
            [
                { name: "nginx-config", mountPath: "/etc/php-web-service", readOnly: true },
                { name: "nginx-temporary", mountPath: "/tmp" },
            ],
        ),
    ),
    ofAssets("a link among kept files leads anywhere", nginxConf(/^ *disable_symlinks .*\n/m, "")),
    ofAssets("PHP may write among kept files", (recording) => {
        change(find(recording, deployment, "web").inputs, [...pod, "initContainers", 2, "volumeMounts"], (old) => [
            ...(old as Branch[]),
            { name: "kept-assets", mountPath: "/run/kept-assets" },
        ]);
    }),
    ofAssets("kept files go while old pods still serve", (recording) => {
        const job = find(recording, "kubernetes:batch/v1:Job", "web-assets");
        job.options = { ...job.options, dependsOn: [] };
    }),
    ofAssets("kept files go with the release", (recording) => {
        const { inputs } = find(recording, "kubernetes:batch/v1:Job", "web-assets");
        change(inputs, [...pod, "containers", 0, "command", 4], () => "86400");
    }),
    // Access.
    mutation(
        "a container may write to its root file system",
        edit(deployment, "web", [...phpFpm, "securityContext", "readOnlyRootFilesystem"], false),
    ),
    mutation("a container runs as root", edit(deployment, "web", [...nginx, "securityContext", "runAsUser"], 0)),
    mutation("the namespace enforces nothing", edit("kubernetes:core/v1:Namespace", "web", ["metadata", "labels"], {})),
    mutation("pods have a service account token", remove(deployment, "web", [...pod, "automountServiceAccountToken"])),
    mutation(
        "anybody reaches nginx",
        remove("kubernetes:networking.k8s.io/v1:NetworkPolicy", "web", ["spec", "ingress", 0, "from"]),
    ),
    mutation(
        "the controller reaches php-fpm",
        edit("kubernetes:networking.k8s.io/v1:NetworkPolicy", "web", ["spec", "ingress", 0, "ports", 0, "port"], 9000),
    ),
    mutation("php-fpm serves anybody", phpFpmConf(/^listen\.allowed_clients.*\n/m, "")),
    mutation("an image is latest", edit(deployment, "web", [...phpFpm, "image"], "docker.io/library/php:latest")),
    mutation(
        "the provider is replaced with its kubeconfig",
        remove("pulumi:providers:kubernetes", "cluster", ["clusterIdentifier"]),
    ),
];

// --- What notices ----------------------------------------------------------------------------------------------------

/** Promises and policies that fail on a recording. */
export function failures(recording: Recording): Pick<Verdict, "promises" | "policies"> {
    const failing = promises.filter(({ check }) => {
        try {
            check(recording);
            return false;
        } catch {
            return true;
        }
    });
    return {
        promises: failing.map(({ name }) => name),
        policies: [...new Set(checkManifests(manifests(recording)).map(({ policy }) => policy))],
    };
}

/** Breaks a copy of a stack's recording by each mutation and tells what notices. */
export async function judgeMutations(): Promise<readonly Verdict[]> {
    const stacks = [...new Set(mutations.map(({ stack = "prod" }) => stack))];
    const recordings = new Map<string, Recording>();
    for (const stack of stacks) recordings.set(stack, await recordingOfGolden(stack));
    return mutations.map(({ name, apply, stack = "prod" }) => {
        const recording = recordings.get(stack)!;
        const broken = {
            ...recording,
            resources: recording.resources.map((each) => ({ ...each, inputs: structuredClone(each.inputs) })),
        };
        apply(broken);
        return { mutation: name, ...failures(broken) };
    });
}

function manifests({ resources }: Recording): readonly Manifest[] {
    return resources.filter(({ type }) => type.startsWith("kubernetes:")).map(manifestOf);
}
