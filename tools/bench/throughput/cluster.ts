/** What the bench reads of the cluster, and what it makes there. */
import { controllerPodLabels } from "../../../components/specs/traffic";
import type { Api } from "../../common/kubernetes/api";
import {
    isReady,
    paths,
    selectorOf,
    type ConfigMap,
    type Deployment,
    type Ingress,
    type Pod,
} from "../../common/kubernetes/objects";
import { until } from "../../common/until";
import { answers } from "./answers";
import { benchNamespace, mountedConfigMaps, type Manifest } from "./objects";
import type { Target } from "./wrk";

const serviceLabels = "app.kubernetes.io/component=php-web-service";
const healthPath = "/healthz";
const readySeconds = 60;

/** The stack as it is deployed. */
export interface Stack {
    readonly deployment: Deployment;
    /** Those that the pods mount. */
    readonly configMaps: readonly ConfigMap[];
    readonly ingress: Ingress;
}

/** A pod of the ingress controller; all that is measured is on its node. */
export interface Controller {
    readonly url: string;
    readonly node: string;
    /** Its CPU request, a quantity. */
    readonly cpuRequest: string;
}

interface ControllerPod extends Pod {
    readonly spec: Pod["spec"] & {
        readonly containers: readonly { readonly resources?: { readonly requests?: { readonly cpu?: string } } }[];
    };
}

/** @throws where the cluster has not exactly one PhpWebService */
export async function deployedStack(api: Api): Promise<Stack> {
    const deployments = await api.list<Deployment>(
        `/apis/apps/v1/deployments?labelSelector=${encodeURIComponent(serviceLabels)}`,
    );
    const [deployment] = deployments;
    const namespace = deployment?.metadata.namespace;
    if (deployment === undefined || namespace === undefined || deployments.length > 1) {
        throw new Error(
            `The cluster has ${deployments.length} Deployments with ${serviceLabels}; the bench takes one.`,
        );
    }
    const [configMaps, [ingress]] = await Promise.all([
        api.list<ConfigMap>(paths.configMaps(namespace)),
        api.list<Ingress>(paths.ingresses(namespace)),
    ]);
    if (ingress === undefined) throw new Error(`Namespace ${namespace} has no Ingress.`);
    const mounted = mountedConfigMaps(deployment);
    return { deployment, configMaps: configMaps.filter(({ metadata }) => mounted.includes(metadata.name)), ingress };
}

export async function readyController(api: Api): Promise<Controller> {
    const pods = await api.list<ControllerPod>(
        `/api/v1/pods?labelSelector=${encodeURIComponent(selectorOf(controllerPodLabels["ingress-nginx"]))}`,
    );
    const pod = pods.find(isReady);
    const node = pod?.spec.nodeName;
    if (pod?.status.podIP === undefined || node === undefined) {
        throw new Error("The cluster has no ingress-nginx controller that is ready.");
    }
    return {
        url: `http://${pod.status.podIP}:80`,
        node,
        cpuRequest: pod.spec.containers[0]?.resources?.requests?.cpu ?? "100m",
    };
}

const collections: Readonly<Record<string, (namespace: string) => string>> = {
    ConfigMap: paths.configMaps,
    Ingress: paths.ingresses,
    Pod: paths.pods,
    Service: paths.services,
};

export async function create(api: Api, manifest: Manifest): Promise<void> {
    const collection = collections[String(manifest["kind"])];
    if (collection === undefined) throw new Error(`The bench makes no ${String(manifest["kind"])}.`);
    await api.apply(`${collection(benchNamespace)}/${manifest.metadata.name}`, manifest);
}

/** The pod, once it has an address and is ready. */
export async function readyPod(
    api: Api,
    name: string,
    signal: AbortSignal,
    seconds = readySeconds,
): Promise<Pod & { readonly address: string }> {
    let pod: Pod | undefined;
    const look = async () => {
        pod = await api.get<Pod>(`${paths.pods(benchNamespace)}/${name}`);
        const { podIP } = pod.status;
        return podIP !== undefined && isReady(pod) && { ...pod, address: podIP };
    };
    const pending = () => `pod ${name} to be ready: ${JSON.stringify(pod?.status)}`;
    return until(look, { seconds, pollMilliseconds: 300, pending, signal });
}

/** Returns when the service answers there. */
export async function untilAnswered(target: Target, signal: AbortSignal): Promise<void> {
    const pending = () => `${target.url}${healthPath} to answer with 200`;
    await until(() => answers(target, healthPath), {
        seconds: readySeconds,
        pollMilliseconds: 200,
        pending,
        signal,
    });
}
