/** What the cluster has beside the service: ingress controller and metrics-server. */
import { leastLocalGraceSeconds } from "../../components/drain";
import { whyNotPinned } from "../../components/units/imageReference";
import { dottedPath, quoted } from "../schemaTree";
import { isSecretLike } from "../secretLike";
import { clusterNamespaces, inert, none, orAllowSingleReplica, problem, type Rule } from "./rule";

const controllerKeys = [
    "replicas",
    "workload",
    "chart",
    "image",
    "serviceType",
    "service",
    "hostPorts",
    "shutdownGraceSeconds",
    "admissionWebhooks",
    "mimalloc",
    "resources",
    "config",
].map((key) => `ingressController.${key}`);

export const clusterRules: readonly Rule[] = [
    {
        name: "controller-as-it-is-installed",
        reads: [
            "ingressController.kind",
            "ingressController.install",
            "ingressController.workload",
            "cluster.allowSingleReplica",
        ],
        check: (input) => {
            const { kind, install, workload, replicas, chart } = input.settings.ingressController;
            if (!install) return inert(input, controllerKeys, "while ingressController.install is false");
            if (kind === "traefik")
                return inert(input, controllerKeys, "with kind traefik, which you install yourself");
            return [
                ...(workload === "DaemonSet"
                    ? inert(input, ["ingressController.replicas"], "with workload DaemonSet")
                    : replicas < 2 && !input.settings.cluster.allowSingleReplica
                      ? problem(
                            "ingressController.replicas",
                            `found ${replicas}. Allowed: 2 or more: the chart makes no disruption budget for one, and ` +
                                `a node's drain would take every request with it. ${orAllowSingleReplica}`,
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
        name: "local-traffic-has-time-to-leave",
        reads: [
            "ingressController.service",
            "ingressController.serviceType",
            "ingressController.shutdownGraceSeconds",
            "ingressController.install",
            "ingressController.kind",
        ],
        check: ({ settings: { ingressController } }) => {
            const { service, serviceType, shutdownGraceSeconds, install, kind } = ingressController;
            const policy = service.externalTrafficPolicy;
            if (policy === undefined || !install || kind !== "ingress-nginx") return none;
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
        reads: ["ingressController.namespace", "ingressController.install", "ingressController.kind"],
        check: ({ settings: { ingressController } }) => {
            const { namespace = "", install, kind } = ingressController;
            return install && kind === "ingress-nginx" && clusterNamespaces.includes(namespace)
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
