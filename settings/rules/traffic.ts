/** What leads requests to the pods. */
import { serviceDefaults } from "../../components/defaults";
import { problemsOfEgress } from "../../components/egress";
import { problemsOfAnnotations } from "../../components/furtherAnnotations";
import { isOfOthers, problemsOfGateway } from "../../components/gateway";
import { problemsOfHosts } from "../../components/hosts";
import { idleSecondsKey } from "../../components/keepalive";
import { problemsOfKeptAssets } from "../../components/keptAssets";
import { problemsOfDirectives } from "../../components/nginxDirectives";
import { problemsOfKeepalive, problemsOfUploads } from "../../components/problems";
import type { ParsedSettings } from "../schema";
import { dottedPath, quoted } from "../schemaTree";
import { clusterNamespaces, inert, none, problem, type Problem, type Rule } from "./rule";

/** Paths with which no Ingress is served, by the kind of the controller; Envoy Gateway serves none. */
const pathsTaken = {
    "ingress-nginx": {
        // As its admission has it, where it looks for configuration that was slipped in.
        denied: /[.~]|\/etc\/(?:passwd|shadow|group|nginx|ingress-controller)|\/var\/run\/secrets|_by_lua/,
        name: "ingress-nginx",
        allowed: "_, - and /",
    },
    // Its option strictValidatePathType.
    traefik: { denied: /~/, name: "Traefik", allowed: "_, -, . and /" },
} as const;

/** The paths that lead to the service, each with its key. */
const pathsOf = (web: ParsedSettings["web"]) => [
    { at: "web.path", path: web.path },
    ...web.furtherPaths.map((path, i) => ({ at: `web.furtherPaths[${i}]`, path })),
];

/** Whether a path is another one, or below it. */
const isWithin = (inner: string, outer: string) => `${inner}/`.startsWith(outer === "/" ? outer : `${outer}/`);

/** What is wrong where the path of this place is within that of another place; of two that are the same, it is the later one's. */
function withinAnother(
    all: readonly { readonly at: string; readonly path: string }[],
    place: number,
): readonly Problem[] {
    const own = all[place];
    if (own === undefined) return none;
    const { at, path } = own;
    const other = all.find((each, i) => i !== place && isWithin(path, each.path) && (i < place || each.path !== path));
    return other === undefined
        ? none
        : problem(at, `found ${quoted(path)}, which is within ${quoted(other.path)} already. Remove one of them.`);
}

export const trafficRules: readonly Rule[] = [
    {
        name: "path-without-a-slash-at-its-end",
        reads: ["web.path", "web.furtherPaths"],
        check: ({ settings: { web } }) =>
            pathsOf(web).flatMap(({ at, path }) =>
                path !== "/" && path.endsWith("/")
                    ? problem(
                          at,
                          `found ${quoted(path)}. Allowed: no slash at the end, as in ${quoted(path.slice(0, -1))}.`,
                      )
                    : none,
            ),
    },
    {
        name: "prefix-can-be-cut-off",
        reads: ["web.path", "web.furtherPaths", "web.stripPathPrefix"],
        check: ({ settings: { web } }) => {
            if (!web.stripPathPrefix) return none;
            if (web.furtherPaths.length > 0) {
                return problem(
                    "web.stripPathPrefix",
                    "found true beside web.furtherPaths, and the application would not know which prefix it was. " +
                        "Allowed: with one path only.",
                );
            }
            if (isWithin(web.path, "/-")) {
                return problem(
                    "web.stripPathPrefix",
                    `found true with path ${quoted(web.path)}. Allowed: with another one, since the kubelet asks the pod's ` +
                        "nginx below /-/, and would ask the application once that is cut off.",
                );
            }
            return web.path === "/"
                ? problem(
                      "web.stripPathPrefix",
                      "found true with path /, where there is no prefix to cut off: every URL would become /. " +
                          "Allowed: with a longer web.path only.",
                  )
                : none;
        },
    },
    {
        name: "each-path-leads-to-something-new",
        reads: ["web.path", "web.furtherPaths"],
        check: ({ settings: { web } }) => pathsOf(web).flatMap((_, i, all) => withinAnother(all, i)),
    },
    {
        name: "path-that-the-controller-takes",
        reads: ["web.path", "web.furtherPaths", "web.gateway", "ingressController.kind"],
        check: ({ settings: { web, ingressController } }) => {
            if (web.gateway !== undefined || ingressController.kind === "envoy-gateway") return none;
            const { denied, name, allowed } = pathsTaken[ingressController.kind];
            return pathsOf(web).flatMap(({ at, path }) => {
                const [found] = denied.exec(path) ?? [];
                return found === undefined
                    ? none
                    : problem(
                          at,
                          `found ${quoted(path)}, and ${name} denies an Ingress with ${quoted(found)} in its path. ` +
                              `Allowed: letters, digits, ${allowed}.`,
                      );
            });
        },
    },
    {
        name: "ingress-gets-an-address",
        isOfFirstController: true,
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
            return web.awaitAddress && !isOfOthers(web.gateway) && getsNone
                ? problem(
                      "ingressController.serviceType",
                      `found ${serviceType}, and Traefik gives ${web.gateway === undefined ? "an Ingress" : "a Gateway"} the address of its load balancer alone: pulumi up would ` +
                          "wait for it in vain. Allowed: LoadBalancer, or any with web.awaitAddress: false.",
                  )
                : none;
        },
    },
    {
        name: "each-host-is-one-thing",
        reads: ["web.host", "web.furtherHosts", "web.redirectedHosts", "web.gateway"],
        check: ({ settings: { web } }) => problemsOfHosts(web, "web."),
    },
    {
        name: "tls-has-a-host",
        reads: ["web.tls", "web.host", "web.gateway"],
        check: ({ settings: { web } }) => {
            if (web.tls === undefined) return none;
            if (isOfOthers(web.gateway)) {
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
        check: (input) => {
            const { gateway } = input.settings.web;
            if (gateway === undefined) return none;
            const keys = ["web.ingressClassName", "web.ingressAnnotations"];
            return inert(
                input,
                isOfOthers(gateway) ? [...keys, "web.awaitAddress"] : keys,
                "beside web.gateway: there is no Ingress",
            );
        },
    },
    {
        name: "gateway-that-is-served",
        isOfFirstController: true,
        reads: ["web.gateway", "ingressController"],
        check: ({ settings: { web, ingressController } }) =>
            problemsOfGateway({ gateway: web.gateway, ingressController }, "web."),
    },
    {
        name: "uploads-have-an-end",
        reads: ["web.gateway", "web.drain", "ingressController.kind"],
        check: ({ settings: { web, ingressController } }) => problemsOfUploads({ ...web, ingressController }, "web."),
    },
    {
        name: "annotations-undo-nothing",
        reads: ["web.ingressAnnotations", "ingressController.kind"],
        check: ({ settings: { web, ingressController } }) =>
            problemsOfAnnotations(web.ingressAnnotations, ingressController.kind, "web.").map(({ name, message }) => ({
                path: dottedPath(["web", "ingressAnnotations", name]),
                message,
            })),
    },
    {
        name: "mounted-folders-hide-nothing",
        reads: ["web.app"],
        check: ({ settings: { web } }) => {
            const { writablePaths, volumes, documentRoot, source, frontController, healthPath } = web.app;
            const needed = [
                { path: documentRoot, name: "the document root" },
                { path: `${documentRoot}/${frontController}`, name: "the front controller" },
                ...(healthPath.endsWith(".php")
                    ? [{ path: `${documentRoot}${healthPath}`, name: "the file of healthPath" }]
                    : []),
            ];
            const mounted = [
                ...writablePaths.map((path, i) => ({ path, at: `web.app.writablePaths[${i}]` })),
                ...volumes.map(({ path }, i) => ({ path, at: `web.app.volumes[${i}].path` })),
            ];
            return mounted.flatMap(({ path, at }, i) => {
                const hidden = needed.find((each) => isWithin(each.path, path));
                if (hidden !== undefined) {
                    return problem(
                        at,
                        `found ${quoted(path)}, which would hide ${hidden.name}. Allowed: a folder of its own, in the document ` +
                            "root or beside it.",
                    );
                }
                if (source === "sample" && isWithin(path, documentRoot)) {
                    return problem(
                        at,
                        `found ${quoted(path)} in the document root, which is a ConfigMap with web.app.source sample. Allowed: a folder beside it.`,
                    );
                }
                return withinAnother(mounted, i);
            });
        },
    },
    {
        name: "assets-that-are-kept-are-a-releases",
        reads: ["web.app"],
        check: ({ settings: { web } }) => problemsOfKeptAssets(web.app, "web."),
    },
    {
        name: "sample-as-it-is",
        reads: ["web.app"],
        check: ({ settings: { web } }) =>
            (["frontController", "healthPath"] as const).flatMap((key) => {
                const ofSample = serviceDefaults.app[key];
                return web.app.source !== "sample" || web.app[key] === ofSample
                    ? none
                    : problem(
                          `web.app.${key}`,
                          `found ${quoted(web.app[key])}, which the sample has not: no pod would ever be ready. Allowed: ` +
                              `${quoted(ofSample)}, or another one with web.app.source image.`,
                      );
            }),
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
        name: "directives-undo-nothing",
        reads: ["web.nginx.directives"],
        check: ({ settings: { web } }) => problemsOfDirectives(web.nginx.directives, "web."),
    },
    {
        name: "egress-leads-somewhere",
        reads: ["web.egress"],
        check: ({ settings: { web } }) => problemsOfEgress(web.egress, "web."),
    },
    {
        name: "namespace-of-its-own",
        reads: [
            "web.namespace",
            "web.createNamespace",
            "web.gateway",
            "web.monitoring",
            "ingressController.namespace",
            "ingressController.kind",
            "ingressController.install",
        ],
        check: ({ settings: { web, ingressController } }) => {
            const ofController = ingressController.namespace ?? ingressController.kind;
            const reserved = web.createNamespace
                ? [
                      ...clusterNamespaces,
                      ofController,
                      ...[web.gateway, web.monitoring].flatMap((neighbour) => neighbour?.namespace ?? []),
                  ]
                : [
                      ...clusterNamespaces.filter((namespace) => namespace !== "default"),
                      ...(ingressController.install === true ? [ofController] : []),
                  ];
            const reason = web.createNamespace
                ? 'a namespace of its own, since the stack makes it, enforces Pod Security "restricted" in it and removes it again'
                : "a namespace for applications, since the others are made and cleared up by whoever runs the cluster";
            return reserved.includes(web.namespace)
                ? problem("web.namespace", `found ${web.namespace}. Allowed: ${reason} (not ${reserved.join(", ")}).`)
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
        check: ({ settings }) => problemsOfKeepalive(settings, "web."),
    },
];
