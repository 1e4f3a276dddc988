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
const linkTo = (file: FileName) => ["ln", "-sfn", `${traefikPaths.configuration}/${file}`, currentFile] as const;

/**
 * 200 as soon as Traefik has read the cluster's Ingresses, and 404 before, when it would answer visitors with 404 too: this
 * service is always among what its provider brings. Only this path of Traefik's API can be asked.
 *
 * Where it serves Gateways, the router that leads there is an HTTPRoute ({@link loadedRouteSpec}): it is 200 as soon as
 * both providers have read what there is.
 */
export const loadedPath = "/api/http/services/unavailable-service@kubernetesingressnginx";

/** What of Gateway API its provider cannot tell; see {@link gatewayMiddlewares}. */
export interface TraefikGatewayInput {
    /** Bytes; 0 for no limit. */
    readonly maxRequestBodyBytes: number;
    /** The longest that it waits for a pod's answer. */
    readonly proxyReadTimeoutSeconds: number;
}

const closing = "closing";

/**
 * What an Ingress's annotations say of each service, and no field of an HTTPRoute can: so it is said at the entry points, of
 * all that is served there.
 */
function gatewayMiddlewares({ maxRequestBodyBytes }: TraefikGatewayInput) {
    return {
        // A request is sent when all of it is there, and an answer is taken as fast as it comes: slow clients hold no pod that
        // ends. In memory what it keeps of an Ingress's, and the rest in /tmp.
        buffering: {
            buffering: {
                maxRequestBodyBytes,
                memRequestBodyBytes: 16 * 2 ** 10,
                maxResponseBodyBytes: 2 ** 30,
                memResponseBodyBytes: 64 * 2 ** 10,
            },
        },
        // Where a pod is gone another one is asked, if nothing of the request has been sent. As often as of an Ingress.
        retry: { retry: { attempts: 3 } },
    };
}

/**
 * @param connection what every answer has as `Connection`: nothing, or "close" from the preStop hook on, so that clients close
 * their connections while the pod still accepts. Of HTTP/2 Traefik makes a GOAWAY of it.
 * docs/decisions/0010-a-controller-that-ends-closes-connections.md
 */
function dynamicConfiguration(connection: "" | "close", gateway: TraefikGatewayInput | undefined): string {
    const loaded = { entryPoints: ["ping"], rule: `Path(\`${loadedPath}\`)`, service: "api@internal" };
    const configuration = {
        http: {
            ...(gateway === undefined ? { routers: { loaded } } : {}),
            middlewares: {
                // An empty value leaves the header out.
                [closing]: { headers: { customResponseHeaders: { Connection: connection } } },
                ...(gateway === undefined ? {} : gatewayMiddlewares(gateway)),
            },
        },
    };
    return `${JSON.stringify(configuration, undefined, 2)}\n`;
}

type FileName = "open.yaml" | "closing.yaml";

/** Entries of the ConfigMap. JSON is YAML. */
export function traefikFiles(gateway: TraefikGatewayInput | undefined): Readonly<Record<FileName, string>> {
    return { "open.yaml": dynamicConfiguration("", gateway), "closing.yaml": dynamicConfiguration("close", gateway) };
}

/** The listener of Traefik's own Gateway: the entry point for probes. */
export const loadedListener = { name: "probes", protocol: "HTTP", port: traefikPorts.ping } as const;

/** @param gatewayName of Traefik's own Gateway, in its namespace */
export function loadedRouteSpec(gatewayName: string) {
    return {
        parentRefs: [{ name: gatewayName, sectionName: loadedListener.name }],
        rules: [
            {
                matches: [{ path: { type: "Exact", value: loadedPath } }],
                backendRefs: [{ group: "traefik.io", kind: "TraefikService", name: "api@internal" }],
            },
        ],
    };
}

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
    readonly namespace: string;
    /** Name of the Service whose address Ingresses and Gateways get; undefined where it has none. */
    readonly publishService: string | undefined;
    /** Where it serves Gateways too. */
    readonly gateway: TraefikGatewayInput | undefined;
}

/** Traefik's static configuration. */
export function traefikArguments(input: TraefikArgumentsInput): readonly string[] {
    const { namespace, publishService, gateway } = input;
    const middlewares = [closing, ...(gateway === undefined ? [] : Object.keys(gatewayMiddlewares(gateway)))];
    return [
        ...Object.entries(traefikPorts).flatMap(([name, port]) => entryPoint(name, port, input.lifeCycle)),
        ...publicEntryPoints.flatMap((name) => [
            `--entryPoints.${name}.http.middlewares=${middlewares.map((each) => `${each}@file`).join(",")}`,
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
        ...(publishService === undefined ? [] : [ofProvider(".publishService", `${namespace}/${publishService}`)]),
        ...(gateway === undefined ? [] : gatewayArguments(input, gateway)),
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

function gatewayArguments(
    { namespace, publishService }: TraefikArgumentsInput,
    { proxyReadTimeoutSeconds }: TraefikGatewayInput,
): readonly string[] {
    const provider = "--providers.kubernetesGateway";
    return [
        `${provider}=true`,
        // Its own route to its API is in its namespace. Nobody else's leads there.
        `${provider}.crossProviderNamespaces=${namespace}`,
        ...(publishService === undefined
            ? []
            : [
                  `${provider}.statusAddress.service.namespace=${namespace}`,
                  `${provider}.statusAddress.service.name=${publishService}`,
              ]),
        // It passes over the timeouts of an HTTPRoute. Those of an Ingress's annotations are untouched by this one.
        `--serversTransport.forwardingTimeouts.responseHeaderTimeout=${proxyReadTimeoutSeconds}s`,
    ];
}

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
