import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import {
    EnvoyGateway,
    IngressNginx,
    MetricsServer,
    PhpWebService,
    proxyReadTimeoutSecondsOf,
    Traefik,
    TraefikIngressClass,
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
if (ingressController.install !== false) {
    foundations.push(...controllerOf(web.ingressClassName));
}

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

/** What of the ingress controller this stack makes. */
function controllerOf(ingressClassName: string): readonly pulumi.Resource[] {
    const { kind, install, image } = ingressController;
    if (kind === "ingress-nginx") {
        const { headerSize } = web.nginx;
        return [new IngressNginx("ingress-nginx", { ...ingressController, ingressClassName, headerSize }, inCluster)];
    }
    const common = {
        ...ingressController,
        image: image === undefined ? undefined : formatImageReference(image),
        proxyReadTimeoutSeconds: proxyReadTimeoutSecondsOf(settings),
    };
    if (kind === "envoy-gateway") return [new EnvoyGateway("envoy-gateway", common, inCluster)];
    const ingressClass = new TraefikIngressClass("traefik", { ingressClassName }, inCluster);
    if (install !== true) return [ingressClass];
    const args = { ...common, clientMaxBodySize: web.nginx.clientMaxBodySize };
    return [ingressClass, new Traefik("traefik", args, inCluster)];
}
