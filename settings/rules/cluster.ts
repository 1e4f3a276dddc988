/** What the cluster has beside the service: ingress controller and metrics-server. */
import { leastLocalGraceSeconds } from "../../components/drain";
import { leastTraefik, whyNotTraefik } from "../../components/problems";
import type { ControllerKind } from "../../components/specs/traffic";
import { formatImageReference, whyNotPinned } from "../../components/units/imageReference";
import { dottedPath, quoted } from "../schemaTree";
import { isSecretLike } from "../secretLike";
import { clusterNamespaces, inert, none, orAllowSingleReplica, problem, type Rule, type RuleInput } from "./rule";

/** What the chart of ingress-nginx alone has. */
export const chartKeys: readonly string[] = ["chart", "admissionWebhooks", "mimalloc", "config"];
/** What one of the others has, or some of them. */
const ownKeys = ["trustedIPs", "gateway", "proxyImage"] as const;
/** What a controller has not. */
const foreignKeys: Readonly<Record<ControllerKind, readonly string[]>> = {
    "ingress-nginx": ownKeys,
    traefik: [...chartKeys, "proxyImage"],
    "envoy-gateway": [...chartKeys, "gateway"],
};
const controllerKeys = [
    "replicas",
    "workload",
    "image",
    "serviceType",
    "service",
    "hostPorts",
    "shutdownGraceSeconds",
    "resources",
    "loadBalance",
    ...chartKeys,
    ...ownKeys,
];

const inertController = (input: RuleInput, keys: readonly string[], because: string) =>
    inert(
        input,
        keys.map((key) => `ingressController.${key}`),
        because,
    );

export const clusterRules: readonly Rule[] = [
    {
        name: "who-installs-the-controller",
        reads: ["ingressController.kind", "ingressController.install"],
        check: ({ settings: { ingressController }, isGiven }) => {
            const { kind, install } = ingressController;
            // Stack files of before had an IngressClass alone of kind traefik. A second Traefik must not come by itself.
            if (kind !== "ingress-nginx" && !isGiven("ingressController.install"))
                return problem(
                    "ingressController.install",
                    kind === "traefik"
                        ? "not found, and with kind traefik it has to say who installs Traefik. Allowed: true for this stack, ingressClass " +
                              "for you, with the IngressClass from here, false where both are there."
                        : "not found, and with kind envoy-gateway it has to say who installs Envoy Gateway. Allowed: true for this stack, " +
                              "false where it is there.",
                );
            if (kind === "traefik" || install !== "ingressClass") return none;
            return problem(
                "ingressController.install",
                `found ingressClass with kind ${kind}. Allowed: true or false; ingressClass is for a Traefik of your own.`,
            );
        },
    },
    {
        name: "controller-as-it-is-installed",
        reads: [
            "ingressController.kind",
            "ingressController.install",
            "ingressController.workload",
            "cluster.allowSingleReplica",
        ],
        check: (input) => {
            const { kind, install, workload, replicas } = input.settings.ingressController;
            if (install !== true)
                return inertController(input, controllerKeys, `while ingressController.install is ${install}`);
            return [
                ...inertController(input, foreignKeys[kind], `with kind ${kind}`),
                ...(workload === "DaemonSet"
                    ? inertController(input, ["replicas"], "with workload DaemonSet")
                    : replicas < 2 && !input.settings.cluster.allowSingleReplica
                      ? problem(
                            "ingressController.replicas",
                            `found ${replicas}. Allowed: 2 or more: there is no disruption budget for one, and ` +
                                `a node's drain would take every request with it. ${orAllowSingleReplica}`,
                        )
                      : none),
            ];
        },
    },
    {
        name: "balanced-as-the-controller-can",
        reads: ["ingressController.kind", "ingressController.install", "ingressController.loadBalance"],
        check: ({ settings: { ingressController } }) => {
            const { kind, install, loadBalance } = ingressController;
            if (kind === "ingress-nginx" || install !== true || loadBalance === undefined) return none;
            const why =
                kind === "traefik"
                    ? "which goes through the pods in turn for Ingresses and HTTPRoutes: its p2c and least time are for objects of its own " +
                      "CRDs alone"
                    : "whose Envoys ask, of two pods that they pick at random, the one with fewer requests";
            return problem(
                "ingressController.loadBalance",
                `found ${loadBalance} with kind ${kind}, ${why}. Remove it, or take kind ingress-nginx.`,
            );
        },
    },
    {
        name: "two-controllers-get-along",
        isOfFirstController: true,
        reads: [
            "ingressController.kind",
            "ingressController.install",
            "ingressController.namespace",
            "ingressController.hostPorts",
            "ingressController.alongside",
        ],
        check: ({ settings: { ingressController } }) => {
            const { alongside, ...first } = ingressController;
            if (alongside === undefined) return none;
            if (alongside.kind === "envoy-gateway") {
                return problem(
                    "ingressController.alongside.kind",
                    "found envoy-gateway, which serves no Ingress, and two controllers share one. Allowed: ingress-nginx or traefik.",
                );
            }
            if (first.install !== false && alongside.install !== false && first.kind === alongside.kind) {
                return problem(
                    "ingressController.alongside.kind",
                    `found ${alongside.kind}, which ingressController.kind is: a cluster gets one of each. Allowed: the other kind; or ` +
                        "install: false, for one that somebody else installs or for one that is to go.",
                );
            }
            const [namespace, other] = [first, alongside].map((each) => each.namespace ?? each.kind);
            const ports = Object.values(first.hostPorts ?? {});
            return [
                ...(namespace === other
                    ? problem(
                          "ingressController.alongside.namespace",
                          `found ${namespace}, where the first one is. Allowed: one of its own.`,
                      )
                    : none),
                ...Object.entries(alongside.hostPorts ?? {}).flatMap(([name, port]) =>
                    ports.includes(port)
                        ? problem(
                              `ingressController.alongside.hostPorts.${name}`,
                              `found ${port}, which ingressController.hostPorts has too. Allowed: another one, as a node has each once; and ` +
                                  "what leads requests to the nodes goes from one port to the other.",
                          )
                        : none,
                ),
            ];
        },
    },
    {
        name: "chart-from-one-place",
        reads: ["ingressController.chart"],
        check: ({ settings: { ingressController } }) => {
            const { chart } = ingressController;
            return [
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
        name: "local-traffic-has-time-to-leave",
        reads: [
            "ingressController.service",
            "ingressController.serviceType",
            "ingressController.shutdownGraceSeconds",
            "ingressController.install",
        ],
        check: ({ settings: { ingressController } }) => {
            const { service, serviceType, shutdownGraceSeconds, install } = ingressController;
            const policy = service.externalTrafficPolicy;
            if (policy === undefined || install !== true) return none;
            const at = "ingressController.service.externalTrafficPolicy";
            if (serviceType === "ClusterIP") {
                return problem(
                    at,
                    `found ${policy} with serviceType ClusterIP, to which nothing comes from outside. Remove it.`,
                );
            }
            if (policy === "Cluster") return none;
            if (serviceType === "NodePort") {
                return problem(
                    at,
                    "found Local with serviceType NodePort. Allowed: with LoadBalancer, for which Kubernetes has a health check of " +
                        "each node. Without it whoever sends to a node whose last pod has gone is not told, and loses requests.",
                );
            }
            return shutdownGraceSeconds >= leastLocalGraceSeconds
                ? none
                : problem(
                      at,
                      `found Local with shutdownGraceSeconds ${shutdownGraceSeconds}. Allowed: with ${leastLocalGraceSeconds} or more, ` +
                          "and not less than the load balancer's health check takes to fail: for so long it sends to the node of a pod that " +
                          "ends, and that node sends to no other one.",
                  );
        },
    },
    {
        name: "controller-has-a-namespace-of-its-own",
        reads: ["ingressController.namespace", "ingressController.install"],
        check: ({ settings: { ingressController } }) => {
            const { namespace = "", install } = ingressController;
            return install === true && clusterNamespaces.includes(namespace)
                ? problem(
                      "ingressController.namespace",
                      `found ${namespace}. Allowed: a namespace of its own, since the stack makes it and removes it again (not ` +
                          `${clusterNamespaces.join(", ")}).`,
                  )
                : none;
        },
    },
    {
        name: "controller-image-pinned",
        reads: ["ingressController.image", "ingressController.install", "ingressController.kind"],
        check: ({ settings: { ingressController } }) => {
            const { image, install, kind } = ingressController;
            if (image === undefined || install !== true) return none;
            const reference = formatImageReference(image);
            const reason = whyNotPinned(reference) ?? (kind === "traefik" ? whyNotTraefik(reference) : undefined);
            return reason === undefined
                ? none
                : problem(
                      "ingressController.image",
                      `found ${quoted(reference)}. Allowed: a pinned image` +
                          `${kind === "traefik" ? ` of Traefik ${leastTraefik.join(".")} or newer` : ""}; this one ${reason}.`,
                  );
        },
    },
    {
        name: "controller-config-has-no-secrets",
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
        name: "host-ports-differ",
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
        name: "metrics-server-as-it-is-installed",
        reads: ["metricsServer.install"],
        check: (input) =>
            input.settings.metricsServer.install
                ? none
                : inert(
                      input,
                      ["kubeletInsecureTls", "replicas", "image", "metricResolutionSeconds", "hostNetwork"].map(
                          (key) => `metricsServer.${key}`,
                      ),
                      "while metricsServer.install is false",
                  ),
    },
];
