import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import {
    IngressClass,
    EnvoyGateway,
    IngressNginx,
    MetricsServer,
    PhpWebService,
    proxyReadTimeoutSecondsOf,
    Traefik,
} from "./components";
import { formatImageReference } from "./components/units/imageReference";
import { readConfiguration } from "./settings/read";
import { releaseHooks, rolloutHooks } from "./tools/why/hook";

const { settings, secrets } = readConfiguration();
const { web, ingressController, metricsServer, cluster } = settings;

// Explicit, so that every component uses this one provider and a changed kubeconfig never means another cluster.
const kubernetes = new k8s.Provider("cluster", {
    clusterIdentifier: cluster.identifier ?? pulumi.getStack(),
    ...(cluster.context === undefined ? {} : { context: cluster.context }),
});
const inCluster = { providers: { kubernetes } };

const foundations: pulumi.Resource[] = [];
if (metricsServer.install) {
    foundations.push(new MetricsServer("metrics-server", metricsServer, inCluster));
}
const { alongside } = ingressController;
const controllers = [ingressController, ...(alongside === undefined ? [] : [alongside])];
const ingressClass = controllers.some(({ kind, install }) => kind !== "envoy-gateway" && install !== false)
    ? [new IngressClass("ingress-class", { ingressClassName: web.ingressClassName }, inCluster)]
    : [];
foundations.push(...ingressClass, ...controllers.flatMap(installed));

const service = new PhpWebService(
    "web",
    {
        ...web,
        ingressController,
        secrets,
        deploymentHooks: rolloutHooks(cluster.context),
        releaseHooks: releaseHooks(cluster.context),
    },
    { ...inCluster, dependsOn: foundations },
);

const inFront = web.gateway === undefined ? "Ingress" : "Gateway";
export const url = service.url.apply(
    (known) => known ?? `unknown: no host is set, and the ${inFront} has no address yet`,
);
export const namespace = service.namespace;
export const deploymentName = service.deploymentName;
export const autoscalerName = service.autoscalerName;

/** The ingress controller, where this stack makes it. */
function installed(controller: typeof alongside & object): readonly pulumi.Resource[] {
    const { kind, install, image } = controller;
    if (install !== true) return [];
    // Of two controllers one says where visitors are to go.
    const publishAddress = controller !== alongside;
    if (kind === "ingress-nginx") {
        const { ingressClassName, nginx } = web;
        const args = {
            ...controller,
            ingressClassName,
            ingressClass: false,
            publishAddress,
            headerSize: nginx.headerSize,
        };
        // Helm must not see that the chart's class is gone before it has heard that the class stays.
        return [new IngressNginx("ingress-nginx", args, { ...inCluster, dependsOn: ingressClass })];
    }
    const common = {
        ...controller,
        image: image === undefined ? undefined : formatImageReference(image),
        proxyReadTimeoutSeconds: proxyReadTimeoutSecondsOf(settings),
    };
    if (kind === "envoy-gateway") return [new EnvoyGateway("envoy-gateway", common, inCluster)];
    const args = { ...common, publishAddress, clientMaxBodySize: web.nginx.clientMaxBodySize };
    return [new Traefik("traefik", args, inCluster)];
}
