/** Reading from a cluster what tells why a service's pods do not serve. */
import { Api } from "../common/kubernetes/api";
import { paths, type KubernetesObject } from "../common/kubernetes/objects";
import { startProxy } from "../common/kubernetes/proxy";
import { until } from "../common/until";
import { explanation, explanationOfRelease } from "./causes";
import {
    containersOf,
    endOf,
    endOfJob,
    endOfRollout,
    failingPods,
    logKey,
    newestReplicaSet,
    type Live,
    type LiveContainer,
    type LiveDeployment,
    type LiveEvent,
    type LiveJob,
    type LivePod,
    type LiveRelease,
    type LiveReplicaSet,
} from "./objects";

/** As many lines of a container that ended are told. */
const lastLines = 8;
/** Of a release's command: the cause stands above the trace. */
const lastLinesOfRelease = 30;
/** Longer than a pod that has ended takes to be gone. */
const goneSeconds = 60;
/** Kubernetes gives a rollout up long before, as soon as it makes no progress. */
const mostRolloutSeconds = 3600;

const serviceSelector = `labelSelector=${encodeURIComponent("app.kubernetes.io/component in (php-web-service,worker)")}`;
const releaseSelector = "labelSelector=app.kubernetes.io/component=release";

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
        const api = new Api(proxy.url);
        const [all, releases] = await Promise.all([readLive(api, namespace), unfinishedReleases(api, namespace)]);
        const texts = [...releases, ...all.flatMap((live) => explanation(live) ?? [])];
        const isGivenUp = all.some(({ deployment }) => endOfRollout(deployment) === "givenUp");
        return { text: texts.length === 0 ? undefined : texts.join("\n"), isGivenUp };
    } finally {
        proxy.stop();
    }
}

/**
 * Returns when Kubernetes has said how a Deployment's rollout ended.
 *
 * @param context of the kubeconfig; its current one where undefined
 * @throws where there is no kubectl, or it reaches no cluster; after an hour
 */
export async function rolloutEnds(
    namespace: string,
    name: string,
    context: string | undefined,
): Promise<"complete" | "givenUp"> {
    const proxy = await startProxy(context);
    try {
        const api = new Api(proxy.url);
        const path = `${paths.deployments(namespace)}/${name}`;
        return await until(async () => endOfRollout(await api.get<LiveDeployment>(path)), {
            seconds: mostRolloutSeconds,
            pollMilliseconds: 1000,
            pending: () => `Deployment ${namespace}/${name} to be rolled out`,
        });
    } finally {
        proxy.stop();
    }
}

/**
 * What became of a release's Job.
 *
 * @param context of the kubeconfig; its current one where undefined
 * @throws where there is no kubectl, or it reaches no cluster
 */
export async function diagnoseRelease(
    namespace: string,
    name: string,
    context?: string,
): Promise<{ readonly text: string | undefined; readonly end: ReturnType<typeof endOfJob> }> {
    const proxy = await startProxy(context);
    try {
        const api = new Api(proxy.url);
        const job = await api.get<LiveJob>(`${paths.jobs(namespace)}/${name}`);
        return { text: explanationOfRelease(await readRelease(api, job)), end: endOfJob(job) };
    } finally {
        proxy.stop();
    }
}

/** Explanations of releases in a namespace that are not done. */
async function unfinishedReleases(api: Api, namespace: string): Promise<readonly string[]> {
    const jobs = await api.list<LiveJob>(`${paths.jobs(namespace)}?${releaseSelector}`);
    const texts = await Promise.all(jobs.map(async (job) => explanationOfRelease(await readRelease(api, job))));
    return texts.flatMap((text) => text ?? []);
}

async function readRelease(api: Api, job: LiveJob): Promise<LiveRelease> {
    const { namespace = "", name } = job.metadata;
    const [pods, events] = await Promise.all([
        api.list<LivePod>(`${paths.pods(namespace)}?labelSelector=batch.kubernetes.io/job-name=${name}`),
        api.list<LiveEvent>(paths.events(namespace)),
    ]);
    return { job, pods, events, lastWords: await lastWords(api, pods, lastLinesOfRelease) };
}

/**
 * Where a release's Job has failed before: away with it, so that it can run again under its name.
 *
 * @param isMadeAgain as it was; not where somebody else makes it
 */
export async function removeFailedRelease(
    namespace: string,
    name: string,
    context: string | undefined,
    isMadeAgain: boolean,
): Promise<void> {
    const proxy = await startProxy(context);
    try {
        const api = new Api(proxy.url);
        const path = `${paths.jobs(namespace)}/${name}`;
        const job = await api.find<LiveJob>(path);
        if (job === undefined || endOfJob(job) !== "failed") return;
        await api.delete(path, "Foreground");
        await until(async () => (await api.find(path)) === undefined, {
            seconds: goneSeconds,
            pollMilliseconds: 200,
            pending: () => `Job ${namespace}/${name}, which had failed, to be gone`,
        });
        if (isMadeAgain) await api.create(paths.jobs(namespace), anew(job));
    } finally {
        proxy.stop();
    }
}

/** What Kubernetes gives a Job when it is made. */
const ofServer = /controller-uid$|job-name$/;

const withoutServers = (labels: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(labels).filter(([key]) => !ofServer.test(key)));

function anew({ apiVersion, kind, metadata, spec }: LiveJob): object {
    const { name, namespace, labels, annotations } = metadata;
    const { selector: _, template, ...rest } = spec as { readonly selector?: object; readonly template: Template };
    return {
        apiVersion,
        kind,
        metadata: { name, namespace, labels: withoutServers(labels), annotations },
        spec: {
            ...rest,
            template: {
                ...template,
                metadata: { ...template.metadata, labels: withoutServers(template.metadata.labels) },
            },
        },
    };
}

interface Template {
    readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
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
            const replicaSet = newestReplicaSet(live);
            const failing = replicaSet === undefined ? [] : failingPods(live, replicaSet);
            return { ...live, lastWords: await lastWords(api, failing, lastLines) };
        }),
    );
}

async function lastWords(
    api: Api,
    pods: readonly LivePod[],
    lines: number,
): Promise<ReadonlyMap<string, readonly string[]>> {
    const ended = pods.flatMap((pod) =>
        containersOf(pod)
            .filter((container) => endOf(container) !== undefined)
            .map((container) => ({ pod, container })),
    );
    return new Map(
        await Promise.all(
            ended.map(
                async ({ pod, container }) =>
                    [logKey(pod, container), await logOf(api, pod, container, lines)] as const,
            ),
        ),
    );
}

/** Of the run that ended. A log that is gone is an empty one. */
async function logOf(
    api: Api,
    pod: LivePod,
    { name, state }: LiveContainer,
    lines: number,
): Promise<readonly string[]> {
    const isPrevious = state?.terminated === undefined;
    try {
        return await api.logEnd(pod.metadata, name, lines, isPrevious);
    } catch {
        return [];
    }
}
