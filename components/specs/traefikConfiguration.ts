/** What Traefik is told: its arguments, and the file that it reads while it runs. */
import type { TraefikLifeCycle } from "../drain";
import { clientIdleSeconds } from "../keepalive";

/** Entry points and their ports: none below 1024, since it is not root. `ping` is for probes alone. */
export const traefikPorts = { web: 8000, websecure: 8443, ping: 8080 } as const;
type EntryPoint = keyof typeof traefikPorts;

/** 200 while it wants requests: until it is told to end. At the entry point for probes. */
export const traefikPingPath = "/ping";

/** Those that visitors get to. */
const publicEntryPoints = ["web", "websecure"] as const satisfies readonly EntryPoint[];

/** Folders in the container: of the ConfigMap, and one that can be written to. */
export const traefikPaths = { configuration: "/configuration", state: "/state" } as const;

/** A link, to one of the files of the ConfigMap: by it a pod that ends changes its own configuration. */
const currentFile = `${traefikPaths.state}/current.yaml`;
const linkTo = (file: keyof typeof traefikFiles) =>
    ["ln", "-sfn", `${traefikPaths.configuration}/${file}`, currentFile] as const;

/**
 * 200 as soon as Traefik has read the cluster's Ingresses, and 404 before, when it would answer visitors with 404 too: this
 * service is always among what its provider brings. Only this path of Traefik's API can be asked.
 */
export const loadedPath = "/api/http/services/unavailable-service@kubernetesingressnginx";

const closing = "closing";

/**
 * @param connection what every answer has as `Connection`: nothing, or "close" from the preStop hook on, so that clients close
 * their connections while the pod still accepts. Of HTTP/2 Traefik makes a GOAWAY of it.
 * docs/decisions/0010-a-controller-that-ends-closes-connections.md
 */
function dynamicConfiguration(connection: "" | "close"): string {
    const configuration = {
        http: {
            routers: { loaded: { entryPoints: ["ping"], rule: `Path(\`${loadedPath}\`)`, service: "api@internal" } },
            // An empty value leaves the header out.
            middlewares: { [closing]: { headers: { customResponseHeaders: { Connection: connection } } } },
        },
    };
    return `${JSON.stringify(configuration, undefined, 2)}\n`;
}

/** Entries of the ConfigMap. JSON is YAML. */
export const traefikFiles = {
    "open.yaml": dynamicConfiguration(""),
    "closing.yaml": dynamicConfiguration("close"),
} as const;

/** In place of the image's own entry point: the arguments follow. */
export const traefikCommand = [
    "/bin/sh",
    "-c",
    `${linkTo("open.yaml").join(" ")} && exec traefik "$@"`,
    "traefik",
] as const;

/** Returns at once: that the pod goes on accepting is `requestAcceptGraceTimeout`, during which `ping` says no. */
export const traefikPreStop = linkTo("closing.yaml");

export interface TraefikArgumentsInput {
    readonly lifeCycle: TraefikLifeCycle;
    /** Proxies whose X-Forwarded headers are believed. */
    readonly trustedIPs: readonly string[];
    /** "namespace/name" of the Service whose address Ingresses get; undefined where it has none. */
    readonly publishService: string | undefined;
}

/** Traefik's static configuration. */
export function traefikArguments(input: TraefikArgumentsInput): readonly string[] {
    return [
        ...Object.entries(traefikPorts).flatMap(([name, port]) => entryPoint(name, port, input.lifeCycle)),
        ...publicEntryPoints.flatMap((name) => [
            `--entryPoints.${name}.http.middlewares=${closing}@file`,
            ...(input.trustedIPs.length === 0
                ? []
                : [`--entryPoints.${name}.forwardedHeaders.trustedIPs=${input.trustedIPs.join(",")}`]),
        ]),
        // 503 from SIGTERM on.
        "--ping=true",
        "--ping.entryPoint=ping",
        "--ping.terminatingStatusCode=503",
        "--api=true",
        "--api.dashboard=false",
        `--providers.file.filename=${currentFile}`,
        ofProvider("", "true"),
        ofProvider(".controllerClass", "k8s.io/ingress-nginx"),
        ofProvider(".httpEntryPoint", "web"),
        ofProvider(".httpsEntryPoint", "websecure"),
        ...(input.publishService === undefined ? [] : [ofProvider(".publishService", input.publishService)]),
        // Not only every 2 s: a new pod gets its requests sooner, and one that ends is rid of them.
        "--providers.providersThrottleDuration=1s",
        "--log.format=json",
        "--accessLog=true",
        "--accessLog.format=json",
        "--global.checkNewVersion=false",
        "--global.sendAnonymousUsage=false",
    ];
}

const ofProvider = (key: string, value: string) => `--providers.kubernetesIngressNGINX${key}=${value}`;

function entryPoint(name: string, port: number, lifeCycle: TraefikLifeCycle): readonly string[] {
    const transport = `--entryPoints.${name}.transport`;
    return [
        `--entryPoints.${name}.address=:${port}`,
        `${transport}.lifeCycle.requestAcceptGraceTimeout=${lifeCycle.requestAcceptGraceTimeoutSeconds}s`,
        `${transport}.lifeCycle.graceTimeOut=${lifeCycle.graceTimeOutSeconds}s`,
        `${transport}.respondingTimeouts.readTimeout=${lifeCycle.readTimeoutSeconds}s`,
        `${transport}.respondingTimeouts.idleTimeout=${clientIdleSeconds}s`,
    ];
}
