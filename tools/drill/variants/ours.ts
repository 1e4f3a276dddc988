/** The stack itself: changed as its users do, by settings and `pulumi up`. */
import type { Api } from "../../common/kubernetes/api";
import {
    paths,
    type ConfigMap,
    type Deployment,
    type Gateway,
    type HorizontalPodAutoscaler,
    type HttpRoute,
    type Ingress,
    type Service,
} from "../../common/kubernetes/objects";
import type { Ours } from "./baseline";
import type { PulumiStack } from "./pulumiStack";
import type { Variant } from "./variant";
import { longestRequestAnnotation } from "../../../components/specs/names";

/** So that a rollout that cannot succeed ends while the drill waits. */
const impatientRollout = { startupSeconds: 5, minReadySeconds: 1, progressDeadlineSeconds: 20 };

export interface DeployedStack {
    readonly variant: Variant;
    /** What baselines are made from. */
    readonly objects: Ours;
    /** The promise, from the pods' annotation. */
    readonly longestRequestSeconds: number;
}

/**
 * Reads the stack as it is deployed.
 *
 * @param isRolling whether a rollout of its Deployment has begun
 * @throws where the number of its pods is fixed, since then there is nothing to scale
 */
export async function deployedStack(api: Api, stack: PulumiStack, isRolling: () => boolean): Promise<DeployedStack> {
    const { namespace, deploymentName, autoscalerName } = await stack.outputs();
    const [deployment, autoscaler, services, { route, host }, allConfigMaps] = await Promise.all([
        api.get<Deployment>(`${paths.deployments(namespace)}/${deploymentName}`),
        api.get<HorizontalPodAutoscaler>(`${paths.autoscalers(namespace)}/${autoscalerName}`),
        api.list<Service>(paths.services(namespace)),
        routeOf(api, namespace, stack.get("web", ["gateway"]) !== undefined),
        api.list<ConfigMap>(paths.configMaps(namespace)),
    ]);
    if (autoscaler.spec.minReplicas === autoscaler.spec.maxReplicas) {
        throw new Error(
            "The stack has a fixed number of pods. The drill scales: set web.autoscaling in its stack file.",
        );
    }
    const { template } = deployment.spec;
    const mounted = template.spec.volumes?.flatMap(({ configMap }) => configMap?.name ?? []) ?? [];
    const objects: Ours = {
        deployment,
        autoscaler,
        service: only(namespace, "Service", services),
        route,
        configMaps: allConfigMaps.filter(({ metadata: { name } }) => mounted.includes(name)),
        targetCPUUtilizationPercentage: targetOf(autoscaler),
    };

    let revision = 0;
    const change = () => {
        revision += 1;
        // Harmless: what PHP calls itself where it is a client.
        stack.set("web", ["phpFpm", "ini", "user_agent"], `drill ${revision}`);
    };
    const imagePath = ["phpFpm", "image"];
    const variant: Variant = {
        name: "ours",
        title: "This project",
        description: "php-fpm as a native sidecar, straight probes, computed drain, maxUnavailable 0",
        namespace,
        deploymentName,
        autoscalerName,
        host,
        bounds: autoscaler.spec,
        changeBounds: async ({ minReplicas, maxReplicas }) => {
            stack.set("web", ["autoscaling", "minReplicas"], minReplicas);
            stack.set("web", ["autoscaling", "maxReplicas"], maxReplicas);
            await stack.up();
        },
        rollConfiguration: async () => {
            change();
            await stack.up();
        },
        rollNginxImage: async (image) => {
            stack.set("web", ["nginx", "image"], image);
            await stack.up();
        },
        rollBrokenImage: async (image) => {
            const working = stack.get("web", imagePath);
            const rollout = stack.get("web", ["rollout"]);
            stack.set("web", ["rollout"], impatientRollout);
            stack.set("web", imagePath, image);
            const failed = await stack.up().then(
                () => false,
                () => true,
            );
            stack.set("web", imagePath, working);
            stack.set("web", ["rollout"], rollout);
            await stack.up();
            if (!failed) throw new Error(`pulumi up did not fail with the image ${image}.`);
        },
        rollConfigurationInterrupted: async () => {
            change();
            await stack.upKilledHalfWay(isRolling);
        },
    };
    return { variant, objects, longestRequestSeconds: promiseOf(deployment) };
}

interface Route {
    readonly route: Ours["route"];
    /** The first; undefined where every host leads to the stack. */
    readonly host: string | undefined;
}

/** Of a namespace of one stack. */
async function routeOf(api: Api, namespace: string, isByGateway: boolean): Promise<Route> {
    if (!isByGateway) {
        const route = only(namespace, "Ingress", await api.list<Ingress>(paths.ingresses(namespace)));
        return { route, host: route.spec.rules?.[0]?.host };
    }
    const [gateways, httpRoutes] = await Promise.all([
        api.list<Gateway>(paths.gateways(namespace)),
        api.list<HttpRoute>(paths.httpRoutes(namespace)),
    ]);
    return {
        route: only(namespace, "Gateway", gateways),
        host: only(namespace, "HTTPRoute", httpRoutes).spec.hostnames?.[0],
    };
}

function only<T>(namespace: string, kind: string, [object]: readonly T[]): T {
    if (object === undefined) throw new Error(`Namespace ${namespace} has no ${kind}.`);
    return object;
}

function promiseOf({ spec: { template } }: Deployment): number {
    const text = template.metadata?.annotations?.[longestRequestAnnotation];
    if (text === undefined) throw new Error("The Deployment's pods do not say how long their longest request is.");
    return Number(text);
}

function targetOf({ spec }: HorizontalPodAutoscaler): number {
    const metrics = (spec["metrics"] ?? []) as readonly {
        readonly containerResource?: { readonly target: { readonly averageUtilization?: number } };
    }[];
    const target = metrics.find(({ containerResource }) => containerResource !== undefined)?.containerResource?.target;
    if (target?.averageUtilization === undefined) {
        throw new Error("The autoscaler has no target for php-fpm's CPU utilization.");
    }
    return target.averageUtilization;
}
