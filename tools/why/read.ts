/** Reading from a cluster what tells why a service's pods do not serve. */
import { Api } from "../common/kubernetes/api";
import { paths, type KubernetesObject } from "../common/kubernetes/objects";
import { startProxy } from "../common/kubernetes/proxy";
import { explanation } from "./causes";
import {
    conditionOf,
    containersOf,
    endOf,
    failingPods,
    logKey,
    newestReplicaSet,
    type Live,
    type LiveContainer,
    type LiveDeployment,
    type LiveEvent,
    type LivePod,
    type LiveReplicaSet,
} from "./objects";

/** As many lines of a container that ended are told. */
const lastLines = 8;

const serviceSelector = "labelSelector=app.kubernetes.io/component=php-web-service";

export interface Diagnosis {
    /** Undefined where every new pod serves. */
    readonly text: string | undefined;
    /** Kubernetes has given a rollout up. */
    readonly isGivenUp: boolean;
}

/**
 * Why the services in a namespace do not serve.
 *
 * @param context of the kubeconfig; its current one where undefined
 * @throws where there is no kubectl, or it reaches no cluster
 */
export async function diagnose(namespace: string, context?: string): Promise<Diagnosis> {
    const proxy = await startProxy(context);
    try {
        const all = await readLive(new Api(proxy.url), namespace);
        const texts = all.flatMap((live) => explanation(live) ?? []);
        return { text: texts.length === 0 ? undefined : texts.join("\n"), isGivenUp: all.some(isGivenUp) };
    } finally {
        proxy.stop();
    }
}

function isGivenUp({ deployment }: Live): boolean {
    return conditionOf(deployment.status.conditions, "Progressing")?.status === "False";
}

async function readLive(api: Api, namespace: string): Promise<readonly Live[]> {
    const list = <T extends KubernetesObject>(path: string) => api.list<T>(path);
    const [deployments, replicaSets, pods, events] = await Promise.all([
        list<LiveDeployment>(`${paths.deployments(namespace)}?${serviceSelector}`),
        list<LiveReplicaSet>(`${paths.replicaSets(namespace)}?${serviceSelector}`),
        list<LivePod>(`${paths.pods(namespace)}?${serviceSelector}`),
        list<LiveEvent>(paths.events(namespace)),
    ]);
    return await Promise.all(
        deployments.map(async (deployment) => {
            const live = { deployment, replicaSets, pods, events, lastWords: new Map<string, readonly string[]>() };
            return { ...live, lastWords: await lastWords(api, live) };
        }),
    );
}

async function lastWords(api: Api, live: Live): Promise<ReadonlyMap<string, readonly string[]>> {
    const replicaSet = newestReplicaSet(live);
    const pods = replicaSet === undefined ? [] : failingPods(live, replicaSet);
    const ended = pods.flatMap((pod) =>
        containersOf(pod)
            .filter((container) => endOf(container) !== undefined)
            .map((container) => ({ pod, container })),
    );
    return new Map(
        await Promise.all(
            ended.map(
                async ({ pod, container }) => [logKey(pod, container), await logOf(api, pod, container)] as const,
            ),
        ),
    );
}

/** Of the run that ended. A log that is gone is an empty one. */
async function logOf(api: Api, pod: LivePod, { name, state }: LiveContainer): Promise<readonly string[]> {
    const isPrevious = state?.terminated === undefined;
    try {
        return await api.logEnd(pod.metadata, name, lastLines, isPrevious);
    } catch {
        return [];
    }
}
