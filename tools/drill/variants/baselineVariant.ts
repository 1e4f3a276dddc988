/** A baseline on the cluster: objects of the drill's own, in a namespace of its own, changed through the API. */
import { setTimeout as sleep } from "node:timers/promises";

import type { Api } from "../../common/kubernetes/api";
import { containerOf, paths, type Deployment } from "../../common/kubernetes/objects";
import { baselineNamespace, baselineObjectName, baselineObjects, type Baseline, type Ours } from "./baseline";
import type { Bounds, Variant } from "./variant";

/** How long a failing rollout is watched before it is taken back. */
const brokenSeconds = 20;

function pathOfRoutes(kind: string | undefined): (namespace: string) => string {
    const { ingresses, gateways, httpRoutes } = paths;
    return kind === "Gateway" ? gateways : kind === "HTTPRoute" ? httpRoutes : ingresses;
}

/** Creates the objects, all of them in {@link baselineNamespace}, which is there. */
export async function deployBaseline(api: Api, baseline: Baseline, ours: Ours): Promise<Variant> {
    const namespace = baselineNamespace(baseline);
    const host = `${baseline.name}.drill.test`;
    const objects = baselineObjects(baseline, ours, namespace, host);
    const deploymentPath = `${paths.deployments(namespace)}/${baselineObjectName}`;
    const autoscalerPath = `${paths.autoscalers(namespace)}/${baselineObjectName}`;

    for (const configMap of objects.configMaps) {
        await api.apply(`${paths.configMaps(namespace)}/${configMap.metadata.name}`, configMap);
    }
    await api.apply(deploymentPath, objects.deployment);
    await api.apply(`${paths.services(namespace)}/${baselineObjectName}`, objects.service);
    await api.apply(autoscalerPath, objects.autoscaler);
    for (const route of objects.routes) {
        await api.apply(`${pathOfRoutes(route.kind)(namespace)}/${baselineObjectName}`, route);
    }

    let revision = 0;
    const rollConfiguration = async () => {
        revision += 1;
        const annotations = { "drill/revision": String(revision) };
        await api.patch(deploymentPath, { spec: { template: { metadata: { annotations } } } });
    };
    const rollImage = async (name: "nginx" | "php-fpm", image: string) => {
        await api.patch(deploymentPath, { spec: { template: { spec: { containers: [{ name, image }] } } } });
    };
    return {
        ...baseline,
        namespace,
        deploymentName: baselineObjectName,
        autoscalerName: baselineObjectName,
        host,
        bounds: ours.autoscaler.spec,
        changeBounds: ({ minReplicas, maxReplicas }: Bounds) =>
            api.patch(autoscalerPath, { spec: { minReplicas, maxReplicas } }),
        rollConfiguration,
        rollNginxImage: (image) => rollImage("nginx", image),
        rollBrokenImage: async (image) => {
            const { spec } = await api.get<Deployment>(deploymentPath);
            const working = containerOf(spec.template.spec, "php-fpm").image;
            await rollImage("php-fpm", image);
            await sleep(brokenSeconds * 1000);
            await rollImage("php-fpm", working);
        },
        // One request to the API is made or not made: there is no half-way.
        rollConfigurationInterrupted: rollConfiguration,
    };
}
