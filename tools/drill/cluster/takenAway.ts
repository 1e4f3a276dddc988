/**
 * What a drill takes away from the cluster for a while. It is marked on the object itself, in one write with the taking, so
 * that the next drill can give back what one that was killed has not.
 */
import type { Api } from "../../common/kubernetes/api";
import { paths, type Deployment, type KubernetesObject } from "../../common/kubernetes/objects";
import { removeFurtherRoutes } from "./furtherRoute";

/** Of nodes: no more than that it is there. Of metrics-server: the replicas that it had. */
export const takenAwayAnnotation = "drill/taken-away";

interface Node extends KubernetesObject {
    readonly spec: { readonly unschedulable?: boolean };
}

const metricsServerPath = `${paths.deployments("kube-system")}/metrics-server`;

/** Cordons a node. */
export async function takeNode(api: Api, name: string): Promise<void> {
    await api.patch(paths.node(name), { metadata: annotation("cordoned"), spec: { unschedulable: true } });
}

/** Uncordons it. */
export async function giveNodeBack(api: Api, name: string): Promise<void> {
    await api.patch(paths.node(name), { metadata: annotation(null), spec: { unschedulable: null } });
}

/** Names of the nodes that take new pods. */
export async function schedulableNodes(api: Api): Promise<readonly string[]> {
    const nodes = await api.list<Node>(paths.nodes);
    return nodes.filter(({ spec }) => spec.unschedulable !== true).map(({ metadata }) => metadata.name);
}

/** Scales it to none. Where that is done already, the replicas that it is to have again stay those of the first time. */
export async function takeMetricsServer(api: Api): Promise<void> {
    const { metadata, spec } = await api.get<Deployment>(metricsServerPath);
    if (metadata.annotations?.[takenAwayAnnotation] !== undefined) return;
    await api.patch(metricsServerPath, { metadata: annotation(String(spec.replicas)), spec: { replicas: 0 } });
}

/** Scales it to what it had. Returns whether it had been taken away; else nothing is done. */
export async function giveMetricsServerBack(api: Api): Promise<boolean> {
    const metricsServer = await api.find<Deployment>(metricsServerPath);
    const replicas = metricsServer?.metadata.annotations?.[takenAwayAnnotation];
    if (replicas === undefined) return false;
    await api.patch(metricsServerPath, { metadata: annotation(null), spec: { replicas: Number(replicas) } });
    return true;
}

/** Gives back what a drill that was killed has left; what others have cordoned or scaled stays as it is. */
export async function giveBackLeftovers(api: Api, say: (line: string) => void): Promise<void> {
    const leftBehind = "A drill that was killed has left it so";
    for (const { metadata } of await api.list<Node>(paths.nodes)) {
        if (metadata.annotations?.[takenAwayAnnotation] === undefined) continue;
        say(`Node ${metadata.name} is uncordoned. ${leftBehind}.`);
        await giveNodeBack(api, metadata.name);
    }
    if (await removeFurtherRoutes(api)) say(`Further routes are removed. ${leftBehind}.`);
    if (await giveMetricsServerBack(api)) say(`metrics-server is started. ${leftBehind}.`);
}

function annotation(value: string | null): object {
    return { annotations: { [takenAwayAnnotation]: value } };
}
