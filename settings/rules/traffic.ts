/** What leads requests to the pods. */
import { idleSecondsKey, idleSecondsOfProxy, neededKeepaliveSeconds } from "../../components/keepalive";
import { quoted } from "../schemaTree";
import { inert, none, problem, type Rule } from "./rule";

/** Paths with which no Ingress is served, by the kind of the controller. */
const pathsOf = {
    "ingress-nginx": {
        // As its admission has it, where it looks for configuration that was slipped in.
        denied: /[.~]|\/etc\/(?:passwd|shadow|group|nginx|ingress-controller)|\/var\/run\/secrets|_by_lua/,
        name: "ingress-nginx",
        allowed: "_, - and /",
    },
    // Its option strictValidatePathType.
    traefik: { denied: /~/, name: "Traefik", allowed: "_, -, . and /" },
} as const;

export const trafficRules: readonly Rule[] = [
    {
        name: "prefix-can-be-cut-off",
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
        name: "path-that-the-controller-takes",
        reads: ["web.path", "web.gateway", "ingressController.kind"],
        check: ({ settings: { web, ingressController } }) => {
            if (web.gateway !== undefined) return none;
            const { denied, name, allowed } = pathsOf[ingressController.kind];
            const [found] = denied.exec(web.path) ?? [];
            return found === undefined
                ? none
                : problem(
                      "web.path",
                      `found ${quoted(web.path)}, and ${name} denies an Ingress with ${quoted(found)} in its path. ` +
                          `Allowed: letters, digits, ${allowed}.`,
                  );
        },
    },
    {
        name: "ingress-gets-an-address",
        reads: [
            "web.awaitAddress",
            "web.gateway",
            "ingressController.kind",
            "ingressController.install",
            "ingressController.serviceType",
        ],
        check: ({ settings: { web, ingressController } }) => {
            const { kind, install, serviceType } = ingressController;
            const getsNone = kind === "traefik" && install === true && serviceType !== "LoadBalancer";
            return web.awaitAddress && web.gateway === undefined && getsNone
                ? problem(
                      "ingressController.serviceType",
                      `found ${serviceType}, and Traefik gives an Ingress the address of its load balancer alone: pulumi up would ` +
                          "wait for it in vain. Allowed: LoadBalancer, or any with web.awaitAddress: false.",
                  )
                : none;
        },
    },
    {
        name: "tls-has-a-host",
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
        name: "issuer-kind-has-an-issuer",
        reads: ["web.tls"],
        check: (input) =>
            input.settings.web.tls?.certManagerIssuer === undefined
                ? inert(input, ["web.tls.certManagerIssuerKind"], "without web.tls.certManagerIssuer")
                : none,
    },
    {
        name: "gateway-has-no-ingress",
        reads: ["web.gateway"],
        check: (input) =>
            input.settings.web.gateway === undefined
                ? none
                : inert(input, ["web.ingressClassName", "web.awaitAddress"], "beside web.gateway: there is no Ingress"),
    },
    {
        name: "writable-paths-hide-nothing",
        reads: ["web.app"],
        check: ({ settings: { web } }) => {
            const { writablePaths, documentRoot, source } = web.app;
            const isWithin = (inner: string, outer: string) => `${inner}/`.startsWith(`${outer}/`);
            return writablePaths.flatMap((path, i) => {
                const at = `web.app.writablePaths[${i}]`;
                if (isWithin(documentRoot, path)) {
                    return problem(
                        at,
                        `found ${quoted(path)}, which would hide the document root. Allowed: a folder in it, or beside it.`,
                    );
                }
                if (source === "sample" && isWithin(path, documentRoot)) {
                    return problem(
                        at,
                        `found ${quoted(path)} in the document root, which is a ConfigMap with web.app.source sample. Allowed: a folder beside it.`,
                    );
                }
                const other = writablePaths.find(
                    (each, j) => j !== i && isWithin(path, each) && (j < i || each !== path),
                );
                return other === undefined
                    ? none
                    : problem(
                          at,
                          `found ${quoted(path)}, which is within ${quoted(other)} already. Remove one of them.`,
                      );
            });
        },
    },
    {
        name: "health-path-is-the-applications",
        reads: ["web.app.healthPath"],
        check: ({ settings: { web } }) =>
            web.app.healthPath.startsWith("/-/")
                ? problem(
                      "web.app.healthPath",
                      `found ${quoted(web.app.healthPath)}. Allowed: a path that the application answers: what is below /-/ is ` +
                          "nginx's and php-fpm's own.",
                  )
                : none,
    },
    {
        name: "namespace-of-its-own",
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
    {
        name: "idle-seconds-are-a-number",
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
        name: "proxy-closes-idle-connections",
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
];
