/** Rules that concern several keys at once. Each message says what was found, what is allowed, and why. */
import { whyNotPinned } from "../common/imageReference";
import { formatMemory, parseCpuMillicores, parseMemoryBytes, parsePhpBytes } from "../common/quantity";
import {
    describeGraceSum,
    describeTimeInPod,
    describeWitness,
    neededGraceSeconds,
    timeBehindControllerSeconds,
    timeInPodSeconds,
} from "../components/drain";
import { idleSecondsKey, idleSecondsOfProxy, neededKeepaliveSeconds } from "../components/keepalive";
import { describeNginxLimit, nginxLimit, requestsWithin } from "../components/nginxMemory";
import { drainInputOf, maxChildrenOf } from "../components/service";
import { clusterTolerance, defaultAutoscaling, isWithin, mostMemoryBytes, type ParsedSettings } from "./schema";
import { whyNoIniName, whyNoIniValue, withoutVariables } from "./phpIni";
import { dottedPath, quoted } from "./schemaTree";
import { isSecretLike } from "./secretLike";
import {
    describeWorst,
    readinessWorkers,
    sharedMemorySettings,
    workersWithin,
    worstBytes,
    worstWorkerBytes,
} from "../components/workers";

/** What is wrong with one key. */
export interface Problem {
    /** Path from the root, dotted: "web.autoscaling.minReplicas". */
    readonly path: string;
    readonly message: string;
}

export interface RuleInput {
    readonly settings: ParsedSettings;
    /** True where the stack file itself has a value at the path: the other values are defaults. */
    readonly isGiven: (path: string) => boolean;
    /** The stack's name, without organization and project. */
    readonly stack: string;
    /** Names of the environment variables in the key secrets. */
    readonly secretNames: readonly string[];
}

interface Rule {
    /** The paths that the rule reads. Where one of them is broken by itself, the rule has nothing to say. */
    readonly reads: readonly string[];
    readonly check: (input: RuleInput) => readonly Problem[];
}

/** Stacks for trying things out, where one replica is enough. */
const relaxedStacks: readonly string[] = ["dev", "lab"];

/** Linux takes so much for one text of an environment, and a ConfigMap has room for little more. */
const mostTextBytes = 131_072;

/** As ingress-nginx' admission has it, where it looks for configuration that was slipped in. */
const deniedInPaths = /\/etc\/(?:passwd|shadow|group|nginx|ingress-controller)|\/var\/run\/secrets|_by_lua/;

/** A quantity less so many bytes, in whole MiB. */
const lowered = (quantity: string, bytes: number): number =>
    Math.floor(((parseMemoryBytes(quantity) ?? 0) - bytes) / 2 ** 20);

/** php.ini settings that other settings are written to. */
const ownedIniSettings: ReadonlyMap<string, string> = new Map([
    ["memory_limit", "web.phpFpm.memoryLimit"],
    ["opcache.memory_consumption", "web.phpFpm.opcacheMemory"],
    ["max_execution_time", "web.longestRequestSeconds"],
    ["max_input_time", "web.longestRequestSeconds"],
]);

const problem = (path: string, message: string): readonly Problem[] => [{ path, message }];
const none: readonly Problem[] = [];

/** Keys that would silently do nothing beside another one. */
function inert(input: RuleInput, paths: readonly string[], because: string): readonly Problem[] {
    return paths
        .filter((path) => input.isGiven(path))
        .map((path) => ({ path, message: `has no effect ${because}. Remove it.` }));
}

const controllerKeys = [
    "replicas",
    "workload",
    "chart",
    "image",
    "serviceType",
    "hostPorts",
    "shutdownGraceSeconds",
    "admissionWebhooks",
    "mimalloc",
    "resources",
    "config",
].map((key) => `ingressController.${key}`);

export const rules: readonly Rule[] = [
    // --- replicas ---
    {
        reads: ["web.replicas"],
        check: ({ settings: { web } }) =>
            web.replicas !== undefined && web.autoscaling !== undefined
                ? problem(
                      "web.replicas",
                      `found ${web.replicas} beside web.autoscaling; only one can own the number of pods. ` +
                          "Remove web.replicas, or web.autoscaling for a fixed number.",
                  )
                : none,
    },
    {
        reads: ["web.autoscaling.minReplicas", "web.autoscaling.maxReplicas"],
        check: ({ settings: { web } }) =>
            web.autoscaling !== undefined && web.autoscaling.minReplicas > web.autoscaling.maxReplicas
                ? problem(
                      "web.autoscaling.minReplicas",
                      `found ${web.autoscaling.minReplicas}, above maxReplicas ${web.autoscaling.maxReplicas}. ` +
                          "Allowed: at most maxReplicas.",
                  )
                : none,
    },
    {
        reads: ["web.autoscaling.minReplicas", "web.replicas"],
        check: ({ settings: { web }, stack }) => {
            const [path, replicas] =
                web.replicas === undefined
                    ? ["web.autoscaling.minReplicas", (web.autoscaling ?? defaultAutoscaling).minReplicas]
                    : ["web.replicas", web.replicas];
            if (replicas >= 2 || relaxedStacks.includes(stack)) return none;
            return problem(
                path,
                `found ${replicas} in stack ${stack}. Allowed: 2 or more outside ${relaxedStacks.join(" and ")}, ` +
                    "since one replica cannot survive a node's drain.",
            );
        },
    },
    {
        reads: ["web.phpFpm.resources.requests.cpu"],
        check: ({ settings: { web } }) =>
            web.phpFpm.resources.requests.cpu === null
                ? problem(
                      "web.phpFpm.resources.requests.cpu",
                      "found null. Allowed: a CPU quantity, since the autoscaler measures php-fpm in percent of this " +
                          "request, and without it reports an error and stands still.",
                  )
                : none,
    },
    {
        reads: [
            "web.replicas",
            "web.autoscaling.targetCPUUtilizationPercentage",
            "web.autoscaling.scaleUp.tolerance",
            "web.phpFpm.resources.requests.cpu",
            "web.phpFpm.resources.limits.cpu",
        ],
        check: ({ settings: { web } }) => {
            const { requests, limits } = web.phpFpm.resources;
            const request = parseCpuMillicores(requests.cpu ?? "");
            const limit = parseCpuMillicores(limits.cpu ?? "");
            if (web.replicas !== undefined || request === undefined || limit === undefined) return none;
            const { targetCPUUtilizationPercentage: target, scaleUp } = web.autoscaling ?? defaultAutoscaling;
            const reachable = (limit / request) * 100;
            const factor = 1 + (scaleUp.tolerance ?? clusterTolerance);
            if (reachable > target * factor || limit < request) return none;
            return problem(
                "web.autoscaling.targetCPUUtilizationPercentage",
                `found ${target}, but php-fpm's CPU limit ${limits.cpu ?? ""} lets it use at most ` +
                    `${Math.floor(reachable)} % of its request ${requests.cpu ?? ""}, and the HPA only acts above ` +
                    `${Math.ceil(target * factor)} %: it would never scale out. Allowed: at most ` +
                    `${Math.ceil(reachable / factor) - 1}, or a higher CPU limit.`,
            );
        },
    },
    {
        reads: ["web.autoscaling.kind", "web.autoscaling.triggers"],
        check: ({ settings: { web } }) =>
            web.autoscaling?.kind === "hpa" && web.autoscaling.triggers.length > 0
                ? problem(
                      "web.autoscaling.triggers",
                      `found ${web.autoscaling.triggers.length} with kind hpa, which has none. ` +
                          "Allowed: with kind: keda only.",
                  )
                : none,
    },
    {
        reads: ["web.autoscaling.triggers"],
        check: ({ settings: { web } }) => {
            const triggers = web.autoscaling?.triggers ?? [];
            return triggers.flatMap(({ name, metadata }, i) => [
                ...(name !== undefined && triggers.findIndex((other) => other.name === name) < i
                    ? problem(
                          `web.autoscaling.triggers[${i}].name`,
                          `found ${quoted(name)} a second time. Allowed: one trigger of a name; KEDA refuses more.`,
                      )
                    : none),
                ...Object.entries(metadata).flatMap(([key, value]) =>
                    isSecretLike(key, value)
                        ? problem(
                              dottedPath(["web", "autoscaling", "triggers", i, "metadata", key]),
                              "looks like a secret, and stack files are committed. KEDA takes it from the environment: " +
                                  `pulumi config set --secret --path secrets.NAME, and ${key}FromEnv: NAME here.`,
                          )
                        : none,
                ),
            ]);
        },
    },
    {
        reads: ["web.autoscaling.kind", "web.autoscaling.scaleUp.tolerance", "web.autoscaling.scaleDown.tolerance"],
        check: ({ settings: { web } }) =>
            (["scaleUp", "scaleDown"] as const).flatMap((direction) => {
                const tolerance = web.autoscaling?.[direction].tolerance;
                return web.autoscaling?.kind === "keda" && tolerance !== undefined
                    ? problem(
                          `web.autoscaling.${direction}.tolerance`,
                          `found ${tolerance} with kind keda. Allowed: with kind: hpa only, as nobody would see whether ` +
                              "the cluster takes it from the HPA that KEDA makes.",
                      )
                    : none;
            }),
    },
    ...(["scaleUp", "scaleDown"] as const).map((direction): Rule => ({
        reads: [`web.autoscaling.${direction}`],
        check: ({ settings: { web } }) => {
            const scaling = web.autoscaling?.[direction];
            return scaling?.percent === null && scaling.pods === null
                ? problem(
                      `web.autoscaling.${direction}`,
                      "found percent null and pods null, which leaves no policy. Allowed: at least one of them.",
                  )
                : none;
        },
    })),
    // --- resources ---
    ...(["web.nginx", "web.phpFpm", "ingressController"] as const).map((owner): Rule => ({
        reads: [`${owner}.resources`],
        check: ({ settings }) => {
            const { requests, limits } = {
                "web.nginx": settings.web.nginx,
                "web.phpFpm": settings.web.phpFpm,
                ingressController: settings.ingressController,
            }[owner].resources;
            const pairs = [
                ["cpu", parseCpuMillicores, limits.cpu, requests.cpu],
                ["memory", parseMemoryBytes, limits.memory ?? null, requests.memory ?? null],
            ] as const;
            return pairs.flatMap(([name, parse, limit, request]) =>
                limit !== null && request !== null && (parse(limit) ?? 0) < (parse(request) ?? 0)
                    ? problem(
                          `${owner}.resources.limits.${name}`,
                          `found ${limit}, below the request ${request}. Allowed: at least the request.`,
                      )
                    : none,
            );
        },
    })),
    {
        reads: [
            "web.phpFpm.maxChildren",
            "web.phpFpm.memoryLimit",
            "web.phpFpm.opcacheMemory",
            "web.phpFpm.ini",
            "web.phpFpm.resources.limits.memory",
        ],
        check: ({ settings: { web } }) => {
            const { maxChildren: workers = 1, memoryLimit, opcacheMemory, resources } = web.phpFpm;
            const limit = resources.limits.memory;
            if (limit === undefined) return none;
            const missing = worstBytes(web.phpFpm, workers) - (parseMemoryBytes(limit) ?? 0);
            if (missing <= 0) return none;
            const lower = [
                ["maxChildren", workersWithin(limit, web.phpFpm), 1, ""],
                ["memoryLimit", lowered(memoryLimit, missing / (workers + readinessWorkers)), 2, "Mi"],
                ["opcacheMemory", lowered(opcacheMemory, missing), 16, "Mi"],
            ] as const;
            const ways = lower.flatMap(([name, most, least, unit]) =>
                most >= least ? [`${name} ${most}${unit}`] : [],
            );
            return problem(
                "web.phpFpm.resources.limits.memory",
                `found ${limit}. Allowed: ${formatMemory(worstBytes(web.phpFpm, workers))} or more: ` +
                    `${describeWorst(web.phpFpm, workers)}. With less, one request that takes too much can end all ` +
                    `workers, and every request in them. Remove the key to have it computed` +
                    (ways.length === 0 ? "." : `, or lower the sum: ${ways.join(", or ")}.`),
            );
        },
    },
    {
        reads: ["web.phpFpm.workerMemory", "web.phpFpm.memoryLimit"],
        check: ({ settings: { web }, isGiven }) => {
            const { workerMemory, memoryLimit } = web.phpFpm;
            const most = worstWorkerBytes(web.phpFpm);
            if (!isGiven("web.phpFpm.workerMemory") || (parseMemoryBytes(workerMemory) ?? 0) <= most) return none;
            return problem(
                "web.phpFpm.workerMemory",
                `found ${workerMemory}, and with memoryLimit ${memoryLimit} a worker never has more than ` +
                    `${formatMemory(most)}. Allowed: what one uses usually, up to that, or a higher memoryLimit.`,
            );
        },
    },
    {
        reads: ["web.nginx.resources.limits.memory", "web.nginx.workerProcesses", "web.phpFpm"],
        check: ({ settings: { web } }) => {
            const { workerProcesses, resources } = web.nginx;
            const workers = maxChildrenOf(web);
            if (requestsWithin({ workerProcesses, containerLimit: resources.limits.memory }) >= workers) return none;
            return problem(
                "web.nginx.resources.limits.memory",
                `found ${resources.limits.memory}. Allowed: ${nginxLimit(workerProcesses, workers)} or more: ` +
                    `${describeNginxLimit(workerProcesses, workers)}, one for each php-fpm worker. Remove the key for ` +
                    "the default, or lower web.nginx.workerProcesses.",
            );
        },
    },
    {
        reads: ["web.phpFpm.maxChildren"],
        check: (input) =>
            input.settings.web.phpFpm.maxChildren === undefined
                ? none
                : inert(input, ["web.phpFpm.workersPerCpu"], "beside web.phpFpm.maxChildren"),
    },
    {
        reads: ["web.phpFpm.resources.requests.memory"],
        check: (input) =>
            input.settings.web.phpFpm.resources.requests.memory === undefined
                ? none
                : inert(input, ["web.phpFpm.workerMemory"], "beside web.phpFpm.resources.requests.memory"),
    },
    // --- drain ---
    {
        reads: ["web.longestRequestSeconds", "web.drain", "web.gateway", "ingressController.kind"],
        check: ({ settings }) => {
            const input = drainInputOf(settings);
            const grace = input.terminationGracePeriodSeconds;
            const needed = neededGraceSeconds(input);
            if (grace === undefined || grace >= needed) return none;
            return problem(
                "web.drain.terminationGracePeriodSeconds",
                `found ${grace}. Allowed: ${needed} or more: ${describeGraceSum(input)}. With ${grace} s ` +
                    `${describeWitness(input) ?? "the slack is gone"}. Remove the key to have it computed.`,
            );
        },
    },
    {
        reads: ["web.longestRequestSeconds", "web.drain", "web.gateway", "ingressController.shutdownGraceSeconds"],
        check: ({ settings }) => {
            const { web, ingressController } = settings;
            if (!ingressController.install || ingressController.kind !== "ingress-nginx") return none;
            const { shutdownGraceSeconds } = ingressController;
            const input = drainInputOf(settings);
            const room = timeBehindControllerSeconds(shutdownGraceSeconds);
            const seconds = timeInPodSeconds(input);
            const most = web.longestRequestSeconds - (seconds - room);
            if (web.gateway !== undefined || seconds <= room) return none;
            return problem(
                "web.longestRequestSeconds",
                `found ${web.longestRequestSeconds}. Allowed: ` +
                    (most < 1 ? "with shorter parts of web.drain only," : `at most ${most}`) +
                    ` behind the installed ingress-nginx: ${describeTimeInPod(input)} = ${seconds} s, and of the 300 s that ` +
                    `its pods get to end, ${shutdownGraceSeconds} s are shutdownGraceSeconds, 10 s its own and 5 s margin, ` +
                    `which leaves ${room} s. For longer requests bring your own controller (ingressController.install: false).`,
            );
        },
    },
    {
        reads: ["web.rollout"],
        check: ({ settings: { web } }) => {
            const { startupSeconds, minReadySeconds, progressDeadlineSeconds } = web.rollout;
            const budget = startupSeconds + minReadySeconds;
            if (budget < progressDeadlineSeconds) return none;
            return problem(
                "web.rollout.progressDeadlineSeconds",
                `found ${progressDeadlineSeconds}. Allowed: above the startup budget of ${budget} s ` +
                    `(${startupSeconds} s startupSeconds + ${minReadySeconds} s minReadySeconds), or a healthy ` +
                    "rollout is reported as failed.",
            );
        },
    },
    // --- traffic ---
    {
        reads: ["web.path", "web.stripPathPrefix"],
        check: ({ settings: { web } }) => [
            ...(web.path !== "/" && web.path.endsWith("/")
                ? problem(
                      "web.path",
                      `found ${quoted(web.path)}. Allowed: no slash at the end, as in ${quoted(web.path.slice(0, -1))}.`,
                  )
                : none),
            ...(web.path === "/" && web.stripPathPrefix
                ? problem(
                      "web.stripPathPrefix",
                      "found true with path /, where there is no prefix to cut off: every URL would become /. " +
                          "Allowed: with a longer web.path only.",
                  )
                : none),
        ],
    },
    {
        reads: ["web.path", "web.stripPathPrefix", "web.gateway", "ingressController.kind"],
        check: ({ settings: { web, ingressController } }) => {
            if (web.gateway !== undefined || ingressController.kind !== "ingress-nginx") return none;
            const denied = web.stripPathPrefix ? deniedInPaths : new RegExp(`[.~]|${deniedInPaths.source}`);
            const [found] = denied.exec(web.path) ?? [];
            return found === undefined
                ? none
                : problem(
                      "web.path",
                      `found ${quoted(web.path)}, and ingress-nginx denies an Ingress with ${quoted(found)} in its path. ` +
                          "Allowed: letters, digits, _, - and /.",
                  );
        },
    },
    {
        reads: ["web.tls", "web.host", "web.gateway"],
        check: ({ settings: { web } }) => {
            if (web.tls === undefined) return none;
            if (web.gateway !== undefined) {
                return problem("web.tls", "found beside web.gateway, whose listener has the certificate. Remove it.");
            }
            return web.host === undefined
                ? problem("web.tls", "found without web.host. Allowed: with the host that the certificate is for.")
                : none;
        },
    },
    {
        reads: ["web.tls"],
        check: (input) =>
            input.settings.web.tls?.certManagerIssuer === undefined
                ? inert(input, ["web.tls.certManagerIssuerKind"], "without web.tls.certManagerIssuer")
                : none,
    },
    {
        reads: ["web.gateway"],
        check: (input) =>
            input.settings.web.gateway === undefined
                ? none
                : inert(input, ["web.ingressClassName", "web.awaitAddress"], "beside web.gateway: there is no Ingress"),
    },
    {
        reads: ["web.app.healthPath"],
        check: ({ settings: { web } }) =>
            web.app.healthPath === "/ping" || web.app.healthPath.startsWith("/-/")
                ? problem(
                      "web.app.healthPath",
                      `found ${quoted(web.app.healthPath)}. Allowed: a path that the application answers: /ping is php-fpm's ` +
                          "own and /-/ is nginx's.",
                  )
                : none,
    },
    {
        reads: ["web.namespace", "ingressController.namespace", "ingressController.kind"],
        check: ({ settings: { web, ingressController } }) => {
            const controllerNamespace = ingressController.namespace ?? ingressController.kind;
            const reserved = ["default", "kube-system", "kube-public", "kube-node-lease", controllerNamespace];
            return reserved.includes(web.namespace)
                ? problem(
                      "web.namespace",
                      `found ${web.namespace}. Allowed: a namespace of its own, since the stack makes it, enforces ` +
                          `Pod Security "restricted" in it and removes it again (not ${reserved.join(", ")}).`,
                  )
                : none;
        },
    },
    // --- environment ---
    {
        reads: [],
        check: ({ settings: { web }, secretNames }) =>
            Object.entries(web.phpFpm.env).flatMap(([name, value]) => {
                const path = dottedPath(["web", "phpFpm", "env", name]);
                if (secretNames.includes(name)) {
                    return problem(path, "is also in the key secrets. Remove one of the two.");
                }
                if (name === "PHP_INI_SCAN_DIR") {
                    return problem(path, "is set by the stack. Use web.phpFpm.ini for php.ini settings.");
                }
                if (value.includes("\0"))
                    return problem(path, "has a null character in it, which no environment can hold.");
                return isSecretLike(name, value)
                    ? problem(
                          path,
                          "looks like a secret, and stack files are committed. Set it encrypted: " +
                              `pulumi config set --secret --path ${dottedPath(["secrets", name])}`,
                      )
                    : none;
            }),
    },
    {
        reads: [`ingressController.config.${idleSecondsKey}`],
        check: ({ settings: { ingressController } }) => {
            const seconds = ingressController.config[idleSecondsKey];
            return seconds === undefined || (/^\d+$/.test(seconds) && Number(seconds) <= 7000)
                ? none
                : problem(
                      `ingressController.config.${idleSecondsKey}`,
                      `found ${quoted(seconds)}. Allowed: whole seconds up to 7000, which the pods' keepalive_timeout follows.`,
                  );
        },
    },
    {
        reads: ["web.nginx.keepaliveSeconds", "web.gateway", "ingressController.kind", "ingressController.config"],
        check: ({ settings }) => {
            const { keepaliveSeconds } = settings.web.nginx;
            const idleSeconds = idleSecondsOfProxy(settings);
            const needed = neededKeepaliveSeconds(idleSeconds);
            return keepaliveSeconds === undefined || keepaliveSeconds >= needed
                ? none
                : problem(
                      "web.nginx.keepaliveSeconds",
                      `found ${keepaliveSeconds}. Allowed: ${needed} or more: the proxy in front keeps idle connections for ` +
                          `${idleSeconds} s, and ${needed - idleSeconds} s beside. A connection that nginx closes first ` +
                          "loses the request that is just being sent on it.",
                  );
        },
    },
    {
        reads: [],
        check: ({ secretNames }) =>
            secretNames.includes("PHP_INI_SCAN_DIR")
                ? problem("secrets.PHP_INI_SCAN_DIR", "is set by the stack. Use web.phpFpm.ini for php.ini settings.")
                : none,
    },
    {
        reads: [],
        check: ({ settings: { web } }) =>
            Object.entries(web.phpFpm.ini).flatMap(([name, value]) => {
                const path = dottedPath(["web", "phpFpm", "ini", name]);
                // In another case PHP would not know it.
                const owner = ownedIniSettings.get(name.toLowerCase());
                const isShared = sharedMemorySettings.some((each) => each === name);
                const reason =
                    whyNoIniName(name) ??
                    (owner === undefined ? undefined : `is set by the stack. Use ${owner}.`) ??
                    (isSecretLike(name, withoutVariables(String(value)))
                        ? "looks like a secret, and stack files are committed. Set it encrypted, and name it here as " +
                          "${NAME}: pulumi config set --secret --path secrets.NAME"
                        : undefined) ??
                    (isShared && !isWithin(parsePhpBytes(String(value)), mostMemoryBytes)
                        ? `found ${quoted(String(value))}. Allowed: a size with its unit, such as 64M, since it is added up.`
                        : undefined) ??
                    whyNoIniValue(name, value);
                return reason === undefined ? none : problem(path, reason);
            }),
    },
    {
        reads: [],
        check: ({ settings: { web } }) =>
            "opcache.jit" in web.phpFpm.ini && !("opcache.jit_buffer_size" in web.phpFpm.ini)
                ? problem(
                      dottedPath(["web", "phpFpm", "ini", "opcache.jit"]),
                      "has no effect without opcache.jit_buffer_size beside it, such as 64M. Set both, or remove it.",
                  )
                : none,
    },
    ...(["env", "ini"] as const).map((key): Rule => ({
        reads: [],
        check: ({ settings: { web } }) => {
            const bytes = Buffer.byteLength(Object.entries(web.phpFpm[key]).flat().join(""));
            return bytes <= mostTextBytes
                ? none
                : problem(
                      `web.phpFpm.${key}`,
                      `found ${bytes} bytes in all. Allowed: at most ${mostTextBytes}, as Kubernetes and Linux bound them; ` +
                          "longer texts go into a file in the image.",
                  );
        },
    })),
    // --- ingress controller, metrics-server ---
    {
        reads: ["ingressController.kind", "ingressController.install", "ingressController.workload"],
        check: (input) => {
            const { kind, install, workload, replicas, chart } = input.settings.ingressController;
            if (!install) return inert(input, controllerKeys, "while ingressController.install is false");
            if (kind === "traefik")
                return inert(input, controllerKeys, "with kind traefik, which you install yourself");
            return [
                ...(workload === "DaemonSet"
                    ? inert(input, ["ingressController.replicas"], "with workload DaemonSet")
                    : replicas < 2 && !relaxedStacks.includes(input.stack)
                      ? problem(
                            "ingressController.replicas",
                            `found ${replicas} in stack ${input.stack}. Allowed: 2 or more outside ` +
                                `${relaxedStacks.join(" and ")}: the chart makes no disruption budget for one, and a ` +
                                "node's drain would take every request with it.",
                        )
                      : none),
                ...(["repository", "oci"] as const).flatMap((key) =>
                    /^\w+:\/\/[^/]*@/.test(chart[key] ?? "") || isSecretLike(key, chart[key] ?? "")
                        ? problem(
                              `ingressController.chart.${key}`,
                              "has a user or a password in it, and stack files are committed. Allowed: without; " +
                                  "`helm repo add` or `helm registry login` beforehand keeps them where pulumi runs.",
                          )
                        : none,
                ),
                ...(chart.repository !== undefined && chart.oci !== undefined
                    ? problem("ingressController.chart.oci", "found beside chart.repository. Allowed: one of them.")
                    : none),
            ];
        },
    },
    {
        reads: ["ingressController.image", "ingressController.install", "ingressController.kind"],
        check: ({ settings: { ingressController } }) => {
            const { image, install, kind } = ingressController;
            if (image === undefined || !install || kind !== "ingress-nginx") return none;
            const reference = `${image.repository}:${image.tag}${image.digest === "" ? "" : `@${image.digest}`}`;
            const reason = whyNotPinned(reference);
            return reason === undefined
                ? none
                : problem(
                      "ingressController.image",
                      `found ${quoted(reference)}. Allowed: a pinned image; this one ${reason}.`,
                  );
        },
    },
    {
        reads: [],
        check: ({ settings: { ingressController } }) =>
            Object.entries(ingressController.config).flatMap(([name, value]) =>
                isSecretLike(name, value)
                    ? problem(
                          dottedPath(["ingressController", "config", name]),
                          "looks like a secret, and stack files are committed; the controller's ConfigMap is no place for it.",
                      )
                    : none,
            ),
    },
    {
        reads: ["ingressController.hostPorts"],
        check: ({ settings: { ingressController } }) => {
            const { hostPorts } = ingressController;
            return hostPorts === undefined || hostPorts.http !== hostPorts.https
                ? none
                : problem(
                      "ingressController.hostPorts.https",
                      `found ${hostPorts.https} for http and https. Allowed: two different ports.`,
                  );
        },
    },
    {
        reads: ["metricsServer.install"],
        check: (input) =>
            input.settings.metricsServer.install
                ? none
                : inert(
                      input,
                      ["kubeletInsecureTls", "replicas", "image", "metricResolutionSeconds"].map(
                          (key) => `metricsServer.${key}`,
                      ),
                      "while metricsServer.install is false",
                  ),
    },
];
