/**
 * The shape of a stack's settings, key by key, with the unit and the reason of each. Defaults are the components'
 * (components/defaults.ts). What concerns several keys at once is in rules/.
 */
import { isIP } from "node:net";

import { z } from "zod";

import { serverAddressOf } from "../components/busyWorkers";
import { whyNoSchedule, whyNoTimeZone } from "../components/units/cron";
import { whyNotPinned } from "../components/units/imageReference";
import { parseNginxSizeBytes } from "../components/units/nginxSize";
import { formatMemory, parseCpuMillicores, parseMemoryBytes } from "../components/units/quantity";
import {
    envoyGatewayDefaults,
    gatewayDefaults,
    ingressNginxDefaults,
    keptAssetsDefaults,
    metricsServerDefaults,
    monitoringDefaults,
    releaseDefaults,
    scheduleDefaults,
    scrapeIntervalSeconds,
    serviceDefaults as defaults,
    tlsDefaults,
    traefikDefaults,
    workerDefaults,
    workerTargetCPUUtilizationPercentage,
} from "../components/defaults";
import { leastLocalGraceSeconds } from "../components/drain";
import { directiveAllowed, directivePattern, isDirective } from "../components/nginxDirectives";
import { leastDrainSeconds } from "../components/problems";
import { describeAllowed } from "./schemaTree";
import { besideLimitBytes, readinessWorkers, reservedBytes } from "../components/workers";

// --- Values ----------------------------------------------------------------------------------------------------------

const wholeNumber = (least: number, most: number) => z.int().min(least).max(most);

/**
 * "10.0.0.0/8", "fd00::/8". nginx warns of digits behind the prefix, and does not start with an address that has a zone
 * (fe80::1%eth0), which is no network's.
 */
function isNetwork(value: string): boolean {
    const [address = "", bits = "", ...rest] = value.split("/");
    const version = isIP(address);
    const length = version === 4 ? 32 : 128;
    if (version === 0 || address.includes("%") || rest.length > 0) return false;
    if (!/^\d{1,3}$/.test(bits) || Number(bits) > length) return false;
    return (version === 4 ? ipv4Number(address) : ipv6Number(address)) % 2n ** BigInt(length - Number(bits)) === 0n;
}

const ipv4Number = (address: string) => address.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);

function ipv6Number(address: string): bigint {
    // A URL has it in hexadecimal alone, with :: for its longest row of zeros.
    const [before = "", after = ""] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
    const groups = (text: string) => text.split(":").filter((group) => group !== "");
    const zeros = Array.from({ length: 8 - groups(before).length - groups(after).length }, () => "0");
    const hexadecimal = [...groups(before), ...zeros, ...groups(after)].map((group) => group.padStart(4, "0"));
    return BigInt(`0x${hexadecimal.join("")}`);
}

/**
 * A text that a test takes. What is allowed is said the same way for a wrong text and for what is no text at all.
 *
 * @param pattern what of the test an editor can check
 */
const text = (
    test: RegExp | ((value: string) => boolean),
    allowed: string,
    pattern = test instanceof RegExp ? test : undefined,
) =>
    z
        .string()
        .refine((value) => (test instanceof RegExp ? test.test(value) : test(value)), { error: allowed })
        .meta({ allowed, ...(pattern === undefined ? {} : { pattern: pattern.source }) });

/** zod's own max() asks everything that has a length, and throws where that is no number. */
const atMost = <T extends z.ZodArray>(most: number, list: T): T => {
    const limited: T = list
        .refine((value) => value.length <= most, { error: () => describeAllowed(limited) })
        .meta({ maxItems: most });
    return limited;
};

const nonEmpty = text(/[\s\S]/, "a text that is not empty");

/** No machine has more, and beyond it sums leave what Kubernetes can write. */
const mostCores = 1000;
export const mostMemoryBytes = 2 ** 44;
/** Nothing runs in less; a quantity below it lacks its unit. */
const leastMemoryBytes = 2 ** 20;

export const isWithin = (value: number | undefined, most: number) => value !== undefined && value <= most;

const cpu = text(
    (value) => isWithin(parseCpuMillicores(value), mostCores * 1000),
    `a CPU quantity above 0 and up to ${mostCores} in steps of 1m, such as 250m or 1.5`,
    /^\d+(?:\.\d{1,3})?m?$/,
);

const network = text(
    isNetwork,
    "a network such as 10.0.0.0/8 or fd00::/8, with zeros behind its prefix",
    /^[\dA-Fa-f.:]+\/\d{1,3}$/,
);

const memory = text(
    (value) => {
        const bytes = parseMemoryBytes(value);
        return isWithin(bytes, mostMemoryBytes) && (bytes ?? 0) >= leastMemoryBytes;
    },
    "a memory quantity from 1Mi to 16Ti, such as 90Mi or 1Gi (512 would be as many bytes, 100m a tenth of one)",
    /^(?:\d{7,}|\d+(?:\.\d+)?(?:k|M|G|T|Ki|Mi|Gi|Ti))$/,
);

/** As PHP takes it: in whole MiB. */
const mebibytes = (least: number) =>
    text((value) => {
        const mebibytes = (parseMemoryBytes(value) ?? 0) / 2 ** 20;
        return Number.isInteger(mebibytes) && mebibytes >= least && mebibytes <= 2 ** 20;
    }, `a memory quantity in whole MiB from ${least}Mi to 1Ti, such as 128Mi or 1Gi`);

const pinnedImage = "a pinned image, repository:tag or repository:tag@sha256:...";

/**
 * A text of which is said why it is not taken.
 *
 * @param pattern what of that an editor can check
 */
const reasoned = (allowed: string, whyNot: (value: string) => string | undefined, pattern?: RegExp) =>
    z
        .string()
        .superRefine((value, context) => {
            const reason = whyNot(value);
            if (reason === undefined) return;
            context.addIssue({ code: "custom", message: `${allowed}; this one ${reason}`, input: value });
        })
        .meta({ allowed, ...(pattern === undefined ? {} : { pattern: pattern.source }) });

const image = reasoned(pinnedImage, whyNotPinned);

const dnsLabel = text(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    "a DNS label: at most 63 lower-case letters, digits and hyphens, with a letter or digit at both ends",
);

const dnsName = text(
    /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/,
    "a DNS name: at most 253 characters, lower-case labels of letters, digits and hyphens with dots between them",
);

/** An Ingress host: a DNS name, or one with a leading "*." label. IP addresses are refused by the API server. */
const hostName = text(
    /^(?!\d+(\.\d+){3}$)(?=.{1,253}$)(\*\.)?[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/,
    "a host name in lower case without scheme, port or path, such as www.example.com or *.example.com (no IP address)",
);

/** As many as a certificate of Let's Encrypt has. */
const hosts = (stated: readonly string[]) => atMost(100, z.array(hostName)).default([...stated]);

/** nginx takes no part of its configuration that is longer than 4096 bytes, and knows no path with dots for folders. */
const absolutePath = text(
    /^(?=.{1,255}$)(?!.*\/\/)(?!.*\/\.{1,2}(?:\/|$))\/[\w./~-]*$/,
    "an absolute path of at most 255 characters without . and .. as a part, such as / or /shop",
);

const systemFolders = /^(?:bin|boot|dev|etc|lib\w*|proc|root|run|sbin|sys|tmp)$/;
const systemFoldersBelow: Readonly<Record<string, RegExp>> = {
    usr: /^(?:bin|etc|include|lib\w*|sbin|share)$/,
    var: /^(?:backups|cache|lib|lock|log|mail|run|spool|tmp)$/,
};

/** Where a distribution keeps what is not the application's. The folders that applications are put into are no root themselves. */
function isSystemFolder(path: string): boolean {
    const [first = "", ...below] = path.split("/").filter((part) => part !== "");
    const [second = "", ...rest] = first === "usr" && below[0] === "local" ? below.slice(1) : below;
    const isHere = systemFoldersBelow[first]?.test(second) === true && (second !== "share" || rest.length === 0);
    return systemFolders.test(first) || isHere || (second === "" && /^(?:|usr|var|home|mnt|media|opt)$/.test(first));
}

const noSlashAtEnd = /^\/.*[^/]$/;

const documentRoot = text(
    (value) => absolutePath.safeParse(value).success && !value.endsWith("/") && !isSystemFolder(value),
    "an absolute path to the application's own folder, without a slash at its end, such as /var/www/html (no folder of the system: its files would be served)",
    noSlashAtEnd,
);

/** To mount something at. */
const ownFolder = text(
    (value) => documentRoot.safeParse(value).success,
    "an absolute path to a folder of the application's own, without a slash at its end, such as /srv/app/var",
    noSlashAtEnd,
);

const port = wholeNumber(1, 65_535);

const percentOrCount = z
    .union([z.string().regex(/^([1-9]\d?|100)%$/), wholeNumber(1, 1000)])
    .meta({ allowed: "a percentage from 1% to 100%, or a whole number of pods from 1 to 1000" });

/** Of a label, an annotation, a taint. */
const qualifiedName = text(
    /^(?:(?=[^/]{1,253}\/)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/,
    "a label's name, such as release or example.com/team",
);

/** Of a taint too. */
const labelValue = text(
    /^(?:[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)?$/,
    "a label's value: at most 63 letters, digits, -, _ and dots, with a letter or digit at both ends",
);

const labels = z.record(qualifiedName, labelValue);

/** Each once. */
const objectNames = z.array(dnsName).refine((names) => new Set(names).size === names.length, "each name once");

/** Environment variable names as a shell and PHP's $_SERVER take them. */
const environmentName = text(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    "an environment variable's name: letters, digits and _, not starting with a digit",
);

const cpuRequest = (quantity: string) => cpu.nullable().default(quantity).describe("CPU request; null leaves it out.");

const cpuLimit = (quantity: string | null) => cpu.nullable().default(quantity).describe("CPU limit; null means none.");

const resources = (
    defaults: {
        readonly requests: { readonly cpu: string; readonly memory: string };
        readonly limits: { readonly cpu: string | null; readonly memory: string };
    },
    memoryLimitMeaning = "Memory limit.",
) =>
    z
        .strictObject({
            requests: z
                .strictObject({
                    cpu: cpuRequest(defaults.requests.cpu),
                    memory: memory.default(defaults.requests.memory).describe("Memory request."),
                })
                .prefault({}),
            limits: z
                .strictObject({
                    cpu: cpuLimit(defaults.limits.cpu),
                    memory: memory.default(defaults.limits.memory).describe(memoryLimitMeaning),
                })
                .prefault({}),
        })
        .prefault({});

const container = (defaults: { readonly image: string; readonly runAsUser: number }) => ({
    image: image
        .default(defaults.image)
        .describe("Official-style image: the program in PATH, STOPSIGNAL SIGQUIT. Pinned by tag, or tag and digest."),
    runAsUser: wholeNumber(1, 2_147_483_647)
        .default(defaults.runAsUser)
        .describe("Numeric user id of the container; never root."),
});

// --- web -------------------------------------------------------------------------------------------------------------

const drain = z
    .strictObject({
        endpointWithdrawalSeconds: wholeNumber(leastDrainSeconds.endpointWithdrawalSeconds, 600)
            .default(defaults.drain.endpointWithdrawalSeconds)
            .describe(
                "How long after a pod's deletion proxies may still send to it (nginx's preStop sleep). ingress-nginx " +
                    "needs up to about 4.4 s; cloud load balancers that send to pods directly can need 30 to 60 s.",
            ),
        queueSeconds: wholeNumber(leastDrainSeconds.queueSeconds, 600)
            .default(defaults.drain.queueSeconds)
            .describe(
                "How long a request may wait for a free php-fpm worker, as it does while the service scales out. Counts " +
                    "beside longestRequestSeconds; nginx gives up after both together.",
            ),
        transferSeconds: wholeNumber(leastDrainSeconds.transferSeconds, 900)
            .optional()
            .describe(
                "How long a request may be on its way through the pod, upload and download together. Where absent 0 behind " +
                    "ingress-nginx and the stack's Traefik, which buffer both, and 60 behind another Traefik or a Gateway, which " +
                    "stream them: as long as Traefik's readTimeout by default. Set it to what your proxy allows.",
            ),
        phpFpmStopSeconds: wholeNumber(leastDrainSeconds.phpFpmStopSeconds, 300)
            .default(defaults.drain.phpFpmStopSeconds)
            .describe("The least that php-fpm gets between its SIGQUIT and its end (process_control_timeout)."),
        slackSeconds: wholeNumber(leastDrainSeconds.slackSeconds, 60)
            .default(defaults.drain.slackSeconds)
            .describe("For the kubelet, which notices that nginx has ended and then signals php-fpm."),
        terminationGracePeriodSeconds: wholeNumber(1, 7200)
            .optional()
            .describe("Only where a platform dictates it; computed from the parts otherwise, refused below their sum."),
    })
    .prefault({});

const furtherDirectives = atMost(50, z.array(text(isDirective, directiveAllowed, directivePattern)));

const nginx = z
    .strictObject({
        ...container(defaults.nginx),
        version: text(/^1\.\d{1,3}(\.\d{1,3})?$/, "a version such as 1.30.4")
            .optional()
            .describe(
                "nginx's version where the image's tag does not start with it. Decides which directives are used.",
            ),
        resources: resources(
            defaults.nginx.resources,
            "Memory limit. Decides how many requests to php-fpm there are at once: 10 for each 7 MiB beside nginx itself.",
        ),
        workerProcesses: wholeNumber(1, 64)
            .default(defaults.nginx.workerProcesses)
            .describe("worker_processes. Not auto: nginx counts the node's cores, not the container's share."),
        clientMaxBodySize: text(
            (value) => {
                // With a zero in front PHP takes the digits for octal ones.
                if (value.startsWith("0")) return value === "0";
                const bytes = parseNginxSizeBytes(value) ?? NaN;
                // nginx itself refuses what its 63 bits cannot hold, and then none starts.
                return bytes >= 1024 && bytes <= mostMemoryBytes;
            },
            "a size as nginx writes it from 1k to 16384g, such as 8m, or 0 for no limit (64 would be as many bytes)",
            /^(?:0|[1-9]\d*[kmg]|[1-9]\d{3,})$/,
        )
            .default(defaults.nginx.clientMaxBodySize)
            .describe("The largest upload: client_max_body_size, here and on the Ingress, and PHP's own two limits."),
        headerSize: text(/^(?:[4-9]|1\d|2[0-4])k$/, "a size from 4k to 24k, such as 16k")
            .default(defaults.nginx.headerSize)
            .describe(
                "What a line of a request's headers may have, cookies among them, and what all headers of an answer may have: here, " +
                    "on the Ingress, and in the controller that is installed.",
            ),
        trustedProxies: atMost(500, z.array(network))
            .default([...defaults.nginx.trustedProxies])
            .describe(
                "Networks of the proxies in front. What they say of the visitor (X-Forwarded-For, -Proto, -Port) is what PHP gets " +
                    "as REMOTE_ADDR, HTTPS and SERVER_PORT; nobody else is believed.",
            ),
        proxiesInChain: z
            .boolean()
            .default(defaults.nginx.proxiesInChain)
            .describe(
                "true where a proxy stands before the controller, such as a CDN, and both are among trustedProxies: the last " +
                    "address that is not one of them is the visitor's.",
            ),
        gzip: z.boolean().default(defaults.nginx.gzip).describe("Compress text for clients that take it."),
        staticMaxAgeSeconds: wholeNumber(0, 31_536_000)
            .default(defaults.nginx.staticMaxAgeSeconds)
            .describe(
                "How long browsers may keep a file of the document root without asking again; one whose name has a hash a year.",
            ),
        keepaliveSeconds: wholeNumber(5, 7200)
            .optional()
            .describe(
                "How long an idle connection stays open: 15 s longer than the proxy in front keeps it, where absent. " +
                    "For a proxy that keeps them longer than it does by default.",
            ),
        ipv6: z
            .boolean()
            .default(defaults.nginx.ipv6)
            .describe(
                "Listen on IPv6 too. false where the nodes' kernel has none (ipv6.disable=1): nginx would not start.",
            ),
        directives: z
            .strictObject({
                http: furtherDirectives
                    .default([...defaults.nginx.directives.http])
                    .describe("For all that the pods answer, web.redirectedHosts too."),
                server: furtherDirectives
                    .default([...defaults.nginx.directives.server])
                    .describe("For all but web.redirectedHosts, once a prefix is cut off."),
            })
            .prefault({})
            .describe(
                "Further directives of nginx, in its contexts of these names, each without its semicolon, such as add_header " +
                    "X-Frame-Options DENY always. Files get each add_header too. What would undo what the stack sets is refused; a variable " +
                    "that nginx does not know keeps new pods from starting, and the old ones serve on.",
            ),
    })
    .prefault({});

const memoryCommon = `${formatMemory(reservedBytes)} + opcacheMemory + (max_children + ${readinessWorkers})`;

const phpFpm = z
    .strictObject({
        ...container(defaults.phpFpm),
        resources: z
            .strictObject({
                requests: z
                    .strictObject({
                        cpu: cpuRequest(defaults.phpFpm.resources.requests.cpu),
                        memory: memory
                            .optional()
                            .describe(`Memory request. Where absent the usual: ${memoryCommon} x workerMemory.`),
                    })
                    .prefault({}),
                limits: z
                    .strictObject({
                        cpu: cpuLimit(defaults.phpFpm.resources.limits.cpu),
                        memory: memory
                            .optional()
                            .describe(
                                `Memory limit. Where absent the worst: ${memoryCommon} x (memoryLimit + ` +
                                    `${formatMemory(besideLimitBytes)}). A lower one is refused, or lowers a computed ` +
                                    "max_children.",
                            ),
                    })
                    .prefault({}),
            })
            .prefault({}),
        maxChildren: wholeNumber(1, 1000)
            .optional()
            .describe("pm.max_children (pm = static). Computed from CPU and, where it is stated, the memory limit."),
        workersPerCpu: wholeNumber(1, 64)
            .default(defaults.phpFpm.workersPerCpu)
            .describe("For the computed max_children: workers for each core, as most of a PHP request is waiting."),
        memoryLimit: mebibytes(2)
            .default(defaults.phpFpm.memoryLimit)
            .describe("memory_limit: what one request may use. One that needs more ends alone, with a 500."),
        workerMemory: memory
            .default(defaults.phpFpm.workerMemory)
            .describe("What one worker uses usually. For the memory request alone."),
        opcacheMemory: mebibytes(16).default(defaults.phpFpm.opcacheMemory).describe("opcache.memory_consumption."),
        maxRequests: wholeNumber(0, 1_000_000)
            .default(defaults.phpFpm.maxRequests)
            .describe("pm.max_requests: a worker is renewed after so many requests; 0 never."),
        ini: z
            .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
            .default(defaults.phpFpm.ini)
            .describe("php.ini settings, such as date.timezone: Europe/Berlin."),
        env: z
            .record(environmentName, z.string())
            .default(defaults.phpFpm.env)
            .describe("Environment of php-fpm in plain text. What is secret goes into the key secrets."),
        envFrom: z
            .strictObject({
                configMaps: objectNames
                    .default([...defaults.phpFpm.envFrom.configMaps])
                    .describe("Names of ConfigMaps."),
                secrets: objectNames
                    .default([...defaults.phpFpm.envFrom.secrets])
                    .describe("Names of Secrets, which go before ConfigMaps. The key env goes before both."),
            })
            .prefault({})
            .describe(
                "Environment from objects that others make in the namespace, all entries of each. They have to be there, and a " +
                    "change of them reaches pods that start after it: kubectl rollout restart, which loses nothing, starts all.",
            ),
    })
    .prefault({});

const pod = z
    .strictObject({
        labels: labels
            .default(defaults.pod.labels)
            .describe("Labels of the pods beside the stack's own, by which nothing of it selects."),
        annotations: z
            .record(qualifiedName, z.string())
            .default(defaults.pod.annotations)
            .describe("Annotations of the pods beside the stack's own."),
        serviceAccountName: dnsName
            .optional()
            .describe("For a cloud's workload identity. The pods get no token of Kubernetes. Has to be there."),
        nodeSelector: labels.default(defaults.pod.nodeSelector).describe("Labels of the nodes that pods may be on."),
        tolerations: atMost(
            50,
            z.array(
                z.strictObject({
                    key: qualifiedName
                        .optional()
                        .describe("Of the taint; every taint where absent, with operator Exists."),
                    operator: z.enum(["Equal", "Exists"]).optional().describe("Equal where absent."),
                    value: labelValue.optional().describe("Of the taint, with operator Equal."),
                    effect: z
                        .enum(["NoSchedule", "PreferNoSchedule", "NoExecute"])
                        .optional()
                        .describe("Of the taint; every effect where absent."),
                }),
            ),
        )
            .default([...defaults.pod.tolerations])
            .describe("Taints of nodes that pods may be on all the same."),
        priorityClassName: dnsName.optional().describe("PriorityClass of the pods. Has to be there."),
        imagePullPolicy: z
            .enum(["IfNotPresent", "Always", "Never"])
            .optional()
            .describe(
                "Of all containers; IfNotPresent where absent. Always asks the registry at each start of a pod, and none starts " +
                    "while it is away.",
            ),
        hostAliases: atMost(
            100,
            z
                .array(
                    z.strictObject({
                        ip: text(
                            (value) => isIP(value) !== 0 && !value.includes("%"),
                            "an IP address, such as 10.0.0.5",
                            /^[\dA-Fa-f:.]+$/,
                        ).describe("Each once."),
                        hostnames: z
                            .array(dnsName)
                            .refine((names) => names.length > 0, "at least one name")
                            .describe("Names that lead to it."),
                    }),
                )
                .refine((aliases) => new Set(aliases.map(({ ip }) => ip)).size === aliases.length, "each ip once"),
        )
            .default([...defaults.pod.hostAliases])
            .describe("Entries of /etc/hosts in the pods, beside DNS."),
    })
    .prefault({})
    .describe("What else the pods are to be.");

const assetFoldersAllowed = "a list of 1 to 20 paths within the document root, each once, such as [build]";

const keptAssets = z.strictObject({
    claim: dnsName.describe(
        "Name of the PersistentVolumeClaim, which has to be in the namespace before, has to be ReadWriteMany, and is of no other use.",
    ),
    paths: z
        .array(
            text(
                /^(?=.{1,255}$)(?![.-])[\w.-]+(?:\/(?![.-])[\w.-]+)*$/,
                "a path within the document root, of letters, digits, -, _ and dots, with no part that begins with a dot or -, such as build or dist/assets",
            ),
        )
        .refine((paths) => paths.length >= 1 && paths.length <= 20, assetFoldersAllowed)
        .meta({ allowed: assetFoldersAllowed, minItems: 1, maxItems: 20 })
        .describe(
            "Folders within the document root whose files have a hash in their names: other ones are a release's own.",
        ),
    pageSeconds: wholeNumber(1, 31_536_000)
        .default(keptAssetsDefaults.pageSeconds)
        .describe(
            "How long a page lives in a browser, or a cache before it, after it was delivered. What another release has taken the place " +
                "of goes after that, with a rollout.",
        ),
});

const app = z
    .strictObject({
        source: z
            .enum(["sample", "image", "phpFpmImage"])
            .default(defaults.app.source)
            .describe(
                "sample: this project's app/ from a ConfigMap, for trying it out. image: baked into both images. phpFpmImage: " +
                    "baked into php-fpm's alone; each new pod first copies the document root out of it for nginx, which takes " +
                    "a second for some thousand files.",
            ),
        documentRoot: documentRoot
            .default(defaults.app.documentRoot)
            .describe("Document root, the same in both containers."),
        frontController: text(
            /^(?=.{1,255}$)(?!.*\/\.{0,2}\/)\w[\w./-]*\.php$/,
            "a PHP file below the document root, such as index.php",
        )
            .default(defaults.app.frontController)
            .describe("PHP file that answers what is no file."),
        phpFiles: z
            .enum(["any", "frontController"])
            .default(defaults.app.phpFiles)
            .describe(
                "Which PHP files a visitor may ask for: any below the document root, as applications of old style need, and a " +
                    "folder's index.php for the folder; or the front controller alone, and 404 for the others.",
            ),
        missingAssets: z
            .enum(["notFound", "application"])
            .default(defaults.app.missingAssets)
            .describe(
                "Who answers a path that ends like a style sheet, a script, a font or an image where there is no such file: nginx " +
                    "with a 404, or the application, which may make it.",
            ),
        writablePaths: atMost(20, z.array(ownFolder))
            .default([...defaults.app.writablePaths])
            .describe(
                "Folders that PHP may write to; everything else is read-only, but for /tmp. Each is empty in a new pod, is no " +
                    "other pod's, and ends with its pod. nginx reads them, and PHP files in them are never run.",
            ),
        volumes: atMost(
            20,
            z.array(
                z.strictObject({
                    claim: dnsName.describe(
                        "Name of the PersistentVolumeClaim, which has to be in the namespace before.",
                    ),
                    path: ownFolder.describe("Where both containers have it; nginx only reads."),
                    subPath: text(
                        /^(?!\.)[\w.-]+(?:\/(?!\.)[\w.-]+)*$/,
                        "a path within the volume, of letters, digits, -, _ and dots, such as uploads",
                    )
                        .optional()
                        .describe("Folder within the volume; all of it where absent."),
                    accessMode: z
                        .enum(["ReadWriteMany", "ReadOnlyMany"])
                        .meta({
                            allowed:
                                "ReadWriteMany or ReadOnlyMany: a ReadWriteOnce volume is on one node at a time, and a pod on " +
                                "another one, as each rollout and each scaling out may make, waits for it in vain",
                        })
                        .default("ReadWriteMany")
                        .describe("What the claim allows; with ReadOnlyMany PHP cannot write."),
                }),
            ),
        )
            .default([...defaults.app.volumes])
            .describe(
                "Folders that all pods share, for uploads and the like. PHP files in them are never run. The stack does not make " +
                    "the claims, as they must outlive it: docs/operations.md.",
            ),
        keptAssets: keptAssets
            .optional()
            .describe(
                "Files of the releases before, for pages that ask for them still; none where absent: docs/releases.md.",
            ),
        healthPath: absolutePath
            .default(defaults.app.healthPath)
            .describe(
                "Answered by the application through php-fpm; readiness asks it. Keep it cheap and local. A file of its own where it " +
                    "ends in .php, for applications that have no such path, else the front controller is asked.",
            ),
    })
    .prefault({});

const wordsAllowed = "a list of words, such as [php, artisan, migrate, --force] (a shell is [sh, -ec, ...])";

/** As Kubernetes runs it: without a shell, so that a first word with spaces would be one program's name. */
const command = z
    .array(text(/^[^\0]+$/, "a text that is not empty"))
    .refine((words) => words.length >= 1 && words.length <= 100 && !/\s/.test(words[0] ?? ""), wordsAllowed)
    .meta({ allowed: wordsAllowed, minItems: 1, maxItems: 100 });

const release = z.strictObject({
    command: command.describe(
        "What a new release does once, in php-fpm's new image, with its new environment, before anything of it is rolled out: " +
            "[php, artisan, migrate, --force]. Where it fails, the old pods serve on, and pulumi up shows its last lines.",
    ),
    longestSeconds: wholeNumber(1, 86_400)
        .default(releaseDefaults.longestSeconds)
        .describe("It is not cut before, by the drain of a node either."),
});

/** Of objects, whose names are the service's and this one, and of labels. */
const ownName = text(
    /^[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?$/,
    "a name of at most 30 lower-case letters, digits and hyphens that begins with a letter, such as mail",
);

const triggers = z.array(
    z.strictObject({
        type: nonEmpty.describe("KEDA scaler, such as cron or prometheus."),
        name: z.string().optional().describe("Name of the trigger, unique in the list."),
        metricType: z
            .enum(["AverageValue", "Value", "Utilization"])
            .optional()
            .describe(
                "What of the scaler's figure is compared with its target: its share of a pod, itself, or, of cpu and memory, " +
                    "percent of the request. KEDA's own, AverageValue mostly, where absent.",
            ),
        metadata: z.record(z.string(), z.string()).describe("The scaler's own settings."),
        authenticationRef: z
            .strictObject({
                name: dnsName.describe("Its name."),
                kind: z
                    .enum(["TriggerAuthentication", "ClusterTriggerAuthentication"])
                    .optional()
                    .describe("Kind of KEDA's; TriggerAuthentication, of the service's namespace, where absent."),
            })
            .optional()
            .describe("What has the scaler's credentials; not made by the stack."),
    }),
);

const worker = z.strictObject({
    command: command.describe(
        "What takes jobs from a queue, in php-fpm's image, with its environment and folders: [php, artisan, queue:work]. It " +
            "ends after the job that it has when it is told to; where it ends by itself, it is started again.",
    ),
    replicas: wholeNumber(1, 1000).optional().describe("Fixed number of pods; 1 where there is no autoscaling either."),
    autoscaling: z
        .strictObject({
            minReplicas: wholeNumber(0, 1000)
                .default(workerDefaults.scaling.minReplicas)
                .describe("Lower bound; 0 with triggers alone: no pod while there is nothing to do."),
            maxReplicas: wholeNumber(1, 1000).describe("Upper bound."),
            targetCPUUtilizationPercentage: wholeNumber(1, 100_000)
                .optional()
                .describe(
                    "Target of its CPU use in percent of its request. Where absent " +
                        `${workerTargetCPUUtilizationPercentage}, or, with triggers, none; beside them it is one more.`,
                ),
            triggers: triggers
                .default([...workerDefaults.scaling.triggers])
                .describe(
                    "By the length of its queue: KEDA's triggers, the one that asks for the most pods counts. A ScaledObject instead of the " +
                        "HorizontalPodAutoscaler, for a cluster with KEDA.",
                ),
        })
        .optional()
        .describe("An autoscaler between two bounds, by CPU or by KEDA's triggers, instead of replicas."),
    longestJobSeconds: wholeNumber(1, 86_400)
        .default(workerDefaults.longestJobSeconds)
        .describe("The promise: a job that takes up to so long is never cut by scaling or deploying."),
    stopSignal: z
        .enum(["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2"])
        .optional()
        .describe(
            "What tells the command to end after the job that it has; needs sh in the image. The image's STOPSIGNAL where absent, " +
                "which is SIGQUIT of PHP's official ones.",
        ),
    stopCommand: command
        .optional()
        .describe("Or what runs beside it in the container for that, before the image's STOPSIGNAL."),
    resources: resources(workerDefaults.resources),
});

const scheduleAllowed = "a schedule such as 0 3 * * * or @hourly";
const timeZoneAllowed = "a time zone such as Europe/Berlin or Etc/UTC";

const schedule = z.strictObject({
    schedule: reasoned(scheduleAllowed, whyNoSchedule, /^\s*(?:@[a-z].*|[^\s@]+(?:\s+\S+){4})\s*$/).describe(
        "When: minute, hour, day of the month, month, day of the week (0 is Sunday), such as 0 3 * * *; or @hourly, @daily, " +
            "@weekly, @monthly, @yearly, @every 90m.",
    ),
    command: command.describe(
        "What runs then, in php-fpm's image, with its environment and folders: [vendor/bin/drush, cron].",
    ),
    timeZone: reasoned(timeZoneAllowed, whyNoTimeZone)
        .default(scheduleDefaults.timeZone)
        .describe("What hours and days are counted in, such as Europe/Berlin."),
    concurrencyPolicy: z
        .enum(["Forbid", "Allow", "Replace"])
        .default(scheduleDefaults.concurrencyPolicy)
        .describe(
            "What becomes of a run whose time comes while the one before runs still: Forbid leaves it out, Allow lets both run, " +
                "Replace ends the one before.",
        ),
    startingDeadlineSeconds: wholeNumber(10, 604_800)
        .default(scheduleDefaults.startingDeadlineSeconds)
        .describe("A run that cannot begin for so long, as while the control plane is away, is left out."),
    longestSeconds: wholeNumber(1, 604_800)
        .default(scheduleDefaults.longestSeconds)
        .describe("A run of up to so long is not cut, by the drain of a node either."),
    successfulJobsHistoryLimit: wholeNumber(0, 100)
        .default(scheduleDefaults.successfulJobsHistoryLimit)
        .describe("So many Jobs that have succeeded stay, with their logs."),
    failedJobsHistoryLimit: wholeNumber(0, 100)
        .default(scheduleDefaults.failedJobsHistoryLimit)
        .describe("So many Jobs that have failed stay, with their logs."),
    resources: resources(scheduleDefaults.resources),
});

/** --horizontal-pod-autoscaler-tolerance, as clusters have it: what counts where a stack file has no tolerance. A ratio. */
export const clusterTolerance = 0.1;

const ratioAllowed = "a number from 0 to 1 in steps of 0.001, such as 0.05";

const ratio = z
    .number()
    .refine((value) => value >= 0 && value <= 1 && Math.round(value * 1000) / 1000 === value, { error: ratioAllowed })
    .meta({ allowed: ratioAllowed });

const scalingRules = (defaults: {
    readonly stabilizationWindowSeconds: number;
    readonly percent: number;
    readonly pods: number | null;
    readonly periodSeconds: number;
}) =>
    z
        .strictObject({
            stabilizationWindowSeconds: wholeNumber(0, 3600)
                .default(defaults.stabilizationWindowSeconds)
                .describe("The controller acts on the calmest recommendation of this window."),
            percent: wholeNumber(1, 1000)
                .nullable()
                .default(defaults.percent)
                .describe("Most change in a period, in percent of the replicas; null: no such policy."),
            pods: wholeNumber(1, 1000)
                .nullable()
                .default(defaults.pods)
                .describe("Most change in a period, in pods; null: no such policy. The larger of both counts."),
            periodSeconds: wholeNumber(1, 1800).default(defaults.periodSeconds).describe("The period of both."),
            tolerance: ratio
                .optional()
                .describe(
                    "How far off the target the use may be without a change in this direction: 0.05 is 5 %. The cluster's " +
                        `own where absent, ${clusterTolerance} mostly. Kubernetes 1.35 or newer: with an older one an update ends with an error.`,
                ),
        })
        .prefault({});

const autoscaling = z.strictObject({
    kind: z
        .enum(["hpa", "keda"])
        .default(defaults.scaling.kind)
        .describe("hpa: a HorizontalPodAutoscaler. keda: a ScaledObject, for a cluster with KEDA."),
    minReplicas: wholeNumber(1, 1000)
        .default(defaults.scaling.minReplicas)
        .describe("Lower bound. At least 2, but for cluster.allowSingleReplica."),
    maxReplicas: wholeNumber(1, 1000).default(defaults.scaling.maxReplicas).describe("Upper bound."),
    // Above 100 where the CPU limit is above the request; what the limit does not let it reach is refused by a rule.
    targetCPUUtilizationPercentage: wholeNumber(1, 100_000)
        .default(defaults.scaling.targetCPUUtilizationPercentage)
        .describe("Target of php-fpm's CPU use in percent of its request; nginx's is not mixed in."),
    busyWorkersTargetPercent: wholeNumber(1, 100)
        .optional()
        .describe(
            "Target of php-fpm's busy workers, and of requests that wait for one, in percent of all workers; of the two targets the one " +
                "that asks for more pods counts. For pages that wait more than they compute, which CPU does not show. Needs kind keda and " +
                "web.monitoring. CPU alone where absent.",
        ),
    scaleUp: scalingRules(defaults.scaling.scaleUp),
    scaleDown: scalingRules(defaults.scaling.scaleDown),
    triggers: triggers.default(defaults.scaling.triggers).describe("Further triggers beside CPU; kind keda only."),
});

const rollout = z
    .strictObject({
        maxSurge: percentOrCount
            .default(defaults.rollout.maxSurge)
            .describe("Pods above the wanted number while a rollout runs."),
        startupSeconds: wholeNumber(5, 1800)
            .default(defaults.rollout.startupSeconds)
            .describe("How long php-fpm may take to start: its liveness is asked only after that."),
        minReadySeconds: wholeNumber(0, 600)
            .default(defaults.rollout.minReadySeconds)
            .describe("How long a new pod must stay ready to count."),
        progressDeadlineSeconds: wholeNumber(1, 7200)
            .default(defaults.rollout.progressDeadlineSeconds)
            .describe("A rollout without progress for so long has failed. Above the startup budget."),
    })
    .prefault({});

const tls = z.strictObject({
    secretName: dnsName.describe("Secret of type kubernetes.io/tls in the service's namespace."),
    certManagerIssuer: dnsName.optional().describe("cert-manager issuer that fills that Secret."),
    certManagerIssuerKind: z
        .enum(["ClusterIssuer", "Issuer"])
        .default(tlsDefaults.certManagerIssuerKind)
        .describe("Kind of that issuer."),
});

const gateway = z
    .strictObject({
        create: z
            .boolean()
            .default(gatewayDefaults.create)
            .describe(
                "true: the stack makes the Gateway, with HTTPS where web.tls is set. Needs ingressController { kind: envoy-gateway, " +
                    "install: true }, or { kind: traefik, install: true, gateway: true }. Otherwise it is one that is there, by its name and namespace.",
            ),
        allowedRoutes: z
            .enum(["Same", "All"])
            .default(gatewayDefaults.allowedRoutes)
            .describe(
                "With create, whose routes the Gateway takes: those of the service's namespace, or those of every namespace, for services " +
                    "that share it.",
            ),
        name: dnsName.optional().describe("Gateway that the HTTPRoute attaches to, where the stack does not make it."),
        namespace: dnsLabel.optional().describe("Its namespace; its proxies are expected there too (NetworkPolicy)."),
        sectionName: dnsName.optional().describe("Its listener, where one is meant."),
    })
    // For editors; what is missing is said by a rule.
    .meta({ anyOf: [{ required: ["create"] }, { required: ["name", "namespace"] }] });

const httpAddress = text(
    /^https?:\/\/[!-~]+$/,
    "the URL of a Prometheus, such as http://prometheus.monitoring.svc:9090",
);

const monitoring = z.strictObject({
    kind: z
        .enum(["PodMonitor", "ServiceMonitor"])
        .default(monitoringDefaults.kind)
        .describe("Which Prometheus operator object."),
    namespace: dnsLabel
        .default(monitoringDefaults.namespace)
        .describe("Where Prometheus runs; the NetworkPolicy lets it in."),
    labels: labels.default(monitoringDefaults.labels).describe("Labels that Prometheus selects monitors by."),
    intervalSeconds: wholeNumber(5, 600)
        .optional()
        .describe(
            `Scrape interval. Where absent ${scrapeIntervalSeconds.usual}, and ${scrapeIntervalSeconds.forScaling} with ` +
                "web.autoscaling.busyWorkersTargetPercent.",
        ),
    serverAddress: httpAddress
        .optional()
        .describe(
            "Where KEDA asks Prometheus, for web.autoscaling.busyWorkersTargetPercent. That of the Prometheus operator in the namespace " +
                `where absent: ${serverAddressOf(monitoringDefaults.namespace)}.`,
        ),
    nginxExporterImage: image.default(monitoringDefaults.nginxExporterImage).describe("Reads nginx's stub_status."),
});

const egress = atMost(
    100,
    z.array(
        z.strictObject({
            cidr: network
                .optional()
                .describe(
                    "A network. For pods of the cluster it is that of their own addresses, not of their Service's.",
                ),
            namespace: dnsLabel.optional().describe("Or every pod of a namespace."),
            ports: atMost(100, z.array(port)).optional().describe("TCP ports; every port where absent."),
        }),
    ),
);

export const webSchema = z.strictObject({
    namespace: dnsLabel.default("web").describe("Namespace of the service."),
    createNamespace: z
        .boolean()
        .default(defaults.createNamespace)
        .describe(
            "The stack makes the namespace, enforces Pod Security restricted in it, and deletes it in the end with everything in " +
                "it. false: it has to be there before, nothing of it is changed, and it stays.",
        ),
    host: hostName.optional().describe("Host name, the first where there are several; every host where absent."),
    furtherHosts: hosts(defaults.furtherHosts).describe(
        "Hosts that are served beside it. A certificate of web.tls is for all of them.",
    ),
    redirectedHosts: hosts(defaults.redirectedHosts).describe(
        "Hosts that send their visitors on to web.host for good, with scheme, path and query, such as example.com.",
    ),
    path: absolutePath.default(defaults.path).describe("Path prefix that the service answers under."),
    furtherPaths: atMost(50, z.array(absolutePath))
        .default([...defaults.furtherPaths])
        .describe("Path prefixes that lead to the service beside it, where another service has the rest of the host."),
    stripPathPrefix: z
        .boolean()
        .default(defaults.stripPathPrefix)
        .describe("Cut the path prefix off before PHP sees the request."),
    longestRequestSeconds: wholeNumber(leastDrainSeconds.longestRequestSeconds, 3600)
        .default(defaults.longestRequestSeconds)
        .describe(
            "The promise: a request on which PHP works for up to so long is never cut by scaling or deploying. What it waits " +
                "for a worker and is on its way counts beside: web.drain.",
        ),
    drain,
    nginx,
    phpFpm,
    app,
    release: release.optional().describe("A command before each release: migrations."),
    workers: z
        .record(ownName, worker)
        .default(defaults.workers)
        .describe(
            "Commands that take jobs from queues, by names of yours. Each is a Deployment, rolled with the release.",
        ),
    schedules: z
        .record(ownName, schedule)
        .default(defaults.schedules)
        .describe("Commands that run when it is time, by names of yours. Each is a CronJob."),
    replicas: wholeNumber(1, 1000).optional().describe("Fixed number of pods, instead of autoscaling."),
    autoscaling: autoscaling.optional().describe("Bounds and target of the autoscaler. On unless replicas is set."),
    rollout,
    ingressClassName: dnsName.default(defaults.ingressClassName).describe("IngressClass of the Ingress."),
    ingressAnnotations: z
        .record(qualifiedName, z.string())
        .default(defaults.ingressAnnotations)
        .describe(
            "Annotations of the Ingress beside the stack's own, such as nginx.ingress.kubernetes.io/auth-url. Those that the promise " +
                "hangs on, or that another key stands for, are refused, and with kind traefik those of ingress-nginx that it does not read.",
        ),
    awaitAddress: z
        .boolean()
        .default(defaults.awaitAddress)
        .describe(
            "pulumi up waits for the address of the Ingress, or of the stack's Gateway. false where no load balancer gives one.",
        ),
    tls: tls.optional().describe("HTTPS."),
    gateway: gateway.optional().describe("An HTTPRoute on a Gateway instead of an Ingress."),
    egress: egress
        .optional()
        .describe(
            "Where the pods may connect to, beside DNS: databases, caches, other services. Everywhere where absent; [] is DNS " +
                "alone. Holds at once, for pods that run too, where the cluster's network enforces NetworkPolicies.",
        ),
    monitoring: monitoring.optional().describe("Exporters, and a monitor object for the Prometheus operator."),
    imagePullSecrets: objectNames
        .default(defaults.imagePullSecrets)
        .describe("Names of registry Secrets in the namespace."),
    pod,
});

// --- ingressController -----------------------------------------------------------------------------------------------

/** Keys of the controller's ConfigMap that the stack sets itself, by what they follow from. */
const ownedControllerConfig = {
    "worker-shutdown-timeout": "ingressController.shutdownGraceSeconds",
    "large-client-header-buffers": "web.nginx.headerSize",
    "load-balance": "ingressController.loadBalance",
} as const;

/** Of one controller. */
const controller = z.strictObject({
    kind: z
        .enum(["ingress-nginx", "traefik", "envoy-gateway"])
        .default(defaults.ingressController.kind)
        .describe(
            "What serves the Ingress: ingress-nginx, or Traefik 3.7.5 or newer with its provider kubernetesIngressNGINX, which " +
                "reads the same annotations. envoy-gateway serves a Gateway alone (web.gateway.create). Needs its CRDs, and those of " +
                "Gateway API 1.5 or newer, in the cluster.",
        ),
    install: z
        .union([z.boolean(), z.literal("ingressClass")])
        .default(true)
        .describe(
            "true: the stack installs it. false on a cluster that has its controller (or a Gateway). ingressClass, with kind " +
                "traefik: the IngressClass alone, for a Traefik of your own. With kind traefik and envoy-gateway it has to be said.",
        ),
    namespace: dnsLabel
        .optional()
        .describe(
            "Namespace of the controller's pods: ingress-nginx, traefik or envoy-gateway, after the kind, where absent.",
        ),
    replicas: wholeNumber(1, 100)
        .default(ingressNginxDefaults.replicas)
        .describe("Pods of the controller. At least 2, but for cluster.allowSingleReplica."),
    workload: z
        .enum(["Deployment", "DaemonSet"])
        .default(ingressNginxDefaults.workload)
        .describe("DaemonSet: one pod on each node, and replicas is not used."),
    chart: z
        .strictObject({
            version: text(/^\d{1,5}\.\d{1,5}\.\d{1,5}$/, "an exact chart version such as 4.15.1")
                .default(ingressNginxDefaults.chart.version)
                .describe("Chart version of ingress-nginx; the package itself pins none."),
            repository: text(/^https?:\/\/[!-~]+$/, "the URL of a Helm repository, such as https://charts.example.com")
                .optional()
                .describe("A mirror of the chart repository."),
            oci: text(/^oci:\/\/[!-~]+$/, "an OCI address, oci://registry/path/ingress-nginx")
                .optional()
                .describe("The chart in an OCI registry, instead of a repository."),
        })
        .prefault({}),
    image: z
        .strictObject({
            repository: nonEmpty.describe("Repository of the controller's image."),
            tag: nonEmpty.describe("Its tag."),
            digest: z.string().default("").describe("Its digest; empty for none."),
        })
        .optional()
        .describe(
            `Another image than the chart's, or, of kind traefik, than ${traefikDefaults.image}, or, of kind envoy-gateway, than ` +
                `${envoyGatewayDefaults.image}.`,
        ),
    proxyImage: image
        .default(envoyGatewayDefaults.proxyImage)
        .describe("Of kind envoy-gateway: the image of its Envoys."),
    serviceType: z
        .enum(["LoadBalancer", "NodePort", "ClusterIP"])
        .default(ingressNginxDefaults.serviceType)
        .describe("Service type."),
    service: z
        .strictObject({
            annotations: z
                .record(
                    qualifiedName,
                    text(/^(?![\s\S]*\{\{)/, "a text without {{, which the chart would take for a template"),
                )
                .default(ingressNginxDefaults.service.annotations)
                .describe("Annotations of the controller's Service, by which clouds make their load balancers."),
            externalTrafficPolicy: z
                .enum(["Cluster", "Local"])
                .optional()
                .describe(
                    "Local keeps the visitor's address, which is a node's otherwise. The load balancer has to ask nodes for " +
                        `their health, and shutdownGraceSeconds to be ${leastLocalGraceSeconds} or more. Cluster where absent.`,
                ),
        })
        .prefault({})
        .describe("What else the controller's Service is to be."),
    hostPorts: z
        .strictObject({ http: port.describe("Port on the node."), https: port.describe("Port on the node.") })
        .optional()
        .describe("Listen on the node's own ports too."),
    shutdownGraceSeconds: wholeNumber(5, 240)
        .default(ingressNginxDefaults.shutdownGraceSeconds)
        .describe(
            "How long a controller pod that ends goes on accepting, so that the load balancer's health check sees it " +
                "go first. The controller's own default of 0 closes the listener at once, and loses requests.",
        ),
    loadBalance: z
        .enum(["round_robin", "ewma"])
        .optional()
        .describe(
            "Which pod ingress-nginx asks: each in turn, or, of two that it picks at random, the one that has answered faster lately " +
                "(ewma). Its own default, round_robin, where absent. Not with kind traefik, whose two providers know turns alone, and not with " +
                "envoy-gateway, which asks of two that it picks the one with fewer requests.",
        ),
    gateway: z
        .boolean()
        .default(traefikDefaults.gateway)
        .describe(
            "Of Traefik: serve Gateways too, of the class traefik that the stack makes (web.gateway.create). Needs the CRDs of Gateway " +
                "API 1.5 or newer in the cluster. All that it serves is buffered then, with web.nginx.clientMaxBodySize as the largest upload.",
        ),
    trustedIPs: atMost(500, z.array(network))
        .default([...traefikDefaults.trustedIPs])
        .describe(
            "Networks of the proxies before Traefik or Envoy, whose X-Forwarded headers it believes; nobody else's. For ingress-nginx " +
                "that is config: use-forwarded-headers and proxy-real-ip-cidr.",
        ),
    admissionWebhooks: z
        .boolean()
        .default(ingressNginxDefaults.admissionWebhooks)
        .describe("Of ingress-nginx: check Ingresses on admission."),
    mimalloc: z
        .boolean()
        .default(ingressNginxDefaults.mimalloc)
        .describe("Of ingress-nginx: preload mimalloc, which the official image has."),
    resources: resources(ingressNginxDefaults.resources),
    config: z
        .record(text(/^[\w.-]{1,253}$/, "a ConfigMap's key: letters, digits, -, _ and dots"), z.string())
        .default(ingressNginxDefaults.config)
        .superRefine((config, context) => {
            for (const [key, source] of Object.entries(ownedControllerConfig)) {
                if (!(key in config)) continue;
                context.addIssue({
                    code: "custom",
                    path: [key],
                    message: `entries other than this one, which follows from ${source}`,
                    input: config[key],
                });
            }
        })
        .describe("Further entries of ingress-nginx's ConfigMap."),
});

export const ingressControllerSchema = controller.extend({
    alongside: controller
        .meta({ allowed: "a map with the other keys of ingressController" })
        .optional()
        .describe(
            "A second controller, of the other kind, that serves the same Ingress and is let in to the pods, while a stack moves from " +
                "one to the other (docs/operations.md). The Ingress has the address of the first.",
        ),
});

// --- metricsServer, cluster, secrets ---------------------------------------------------------------------------------

export const metricsServerSchema = z.strictObject({
    install: z.boolean().default(true).describe("false on a cluster that has it, as most managed ones do."),
    kubeletInsecureTls: z
        .boolean()
        .default(metricsServerDefaults.kubeletInsecureTls)
        .describe(
            "--kubelet-insecure-tls: kubelets' certificates are not checked. Needed where they are self-signed; turn it " +
                "off where kubelets have certificates of the cluster's CA.",
        ),
    replicas: z
        .union([z.literal(1), z.literal(2)])
        .default(metricsServerDefaults.replicas)
        .describe("2 adds spread and a disruption budget."),
    image: image.default(metricsServerDefaults.image).describe("Image."),
    metricResolutionSeconds: wholeNumber(10, 300)
        .default(metricsServerDefaults.metricResolutionSeconds)
        .describe("How often kubelets are asked; the HPA looks every 15 s."),
    hostNetwork: z
        .boolean()
        .default(metricsServerDefaults.hostNetwork)
        .describe(
            "true where the API server cannot reach pods, as with some network plug-ins beside a cloud's own: it asks port 4443 of " +
                "the nodes then, which their firewall has to let it.",
        ),
});

export const clusterSchema = z.strictObject({
    context: nonEmpty.optional().describe("kubeconfig context; the current one where absent."),
    identifier: nonEmpty
        .optional()
        .describe("Name of the cluster. A change of it, and of nothing else, replaces everything. The stack's name."),
    allowSingleReplica: z
        .boolean()
        .default(false)
        .describe(
            "For trying things out: one pod of the service and of the controller will do. A node's drain loses requests.",
        ),
});

/** Values reach php-fpm as environment variables from a Secret. Each is encrypted in the stack file. */
export const secretsSchema = z.record(environmentName, z.string());

/** The structured keys of a stack file. */
export const settingsSchema = z.strictObject({
    web: webSchema.prefault({}),
    ingressController: ingressControllerSchema.prefault({}),
    metricsServer: metricsServerSchema.prefault({}),
    cluster: clusterSchema.prefault({}),
});

/** What the schema yields: every key present, before the rules have looked at it. */
export type ParsedSettings = z.output<typeof settingsSchema>;

/** The defaults of the autoscaler, for a stack that names neither replicas nor autoscaling. */
export const defaultAutoscaling = autoscaling.parse({});
