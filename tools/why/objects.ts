/** The parts of live objects that tell why a pod does not serve, and all of a service's that are needed for that. */
import type { KubernetesObject, ObjectMeta } from "../common/kubernetes/objects";

interface Owned {
    readonly metadata: ObjectMeta & { readonly ownerReferences?: readonly { readonly uid: string }[] };
}

export interface Condition {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
}

export interface LiveDeployment extends KubernetesObject {
    readonly metadata: ObjectMeta & { readonly generation?: number };
    readonly status: {
        readonly observedGeneration?: number;
        readonly availableReplicas?: number;
        readonly conditions?: readonly Condition[];
    };
}

export interface LiveReplicaSet extends KubernetesObject, Owned {
    readonly metadata: Owned["metadata"];
    readonly spec: { readonly replicas: number };
    readonly status: { readonly availableReplicas?: number; readonly conditions?: readonly Condition[] };
}

interface Terminated {
    readonly exitCode: number;
    readonly reason?: string;
    readonly message?: string;
}

export interface LiveContainer {
    readonly name: string;
    readonly image: string;
    readonly ready: boolean;
    readonly restartCount: number;
    readonly state?: {
        readonly waiting?: { readonly reason?: string; readonly message?: string };
        readonly running?: object;
        readonly terminated?: Terminated;
    };
    readonly lastState?: { readonly terminated?: Terminated };
}

export interface LivePod extends KubernetesObject, Owned {
    readonly metadata: Owned["metadata"];
    readonly status: {
        readonly phase?: string;
        readonly reason?: string;
        readonly message?: string;
        readonly conditions?: readonly Condition[];
        readonly initContainerStatuses?: readonly LiveContainer[];
        readonly containerStatuses?: readonly LiveContainer[];
    };
}

export interface LiveEvent extends KubernetesObject {
    readonly involvedObject: { readonly uid?: string; readonly fieldPath?: string };
    readonly reason?: string;
    readonly message?: string;
    readonly type?: string;
    readonly lastTimestamp?: string | null;
    readonly eventTime?: string | null;
}

/** What tells of pods, beside themselves. */
export interface Evidence {
    readonly events: readonly LiveEvent[];
    /** Last lines of containers that ended, by {@link logKey}. */
    readonly lastWords: ReadonlyMap<string, readonly string[]>;
}

/** What there is of one Deployment, at one time. */
export interface Live extends Evidence {
    readonly deployment: LiveDeployment;
    readonly replicaSets: readonly LiveReplicaSet[];
    readonly pods: readonly LivePod[];
}

/** A release's Job. */
export interface LiveJob extends KubernetesObject {
    readonly spec: { readonly template: object; readonly [field: string]: unknown };
    readonly status: { readonly conditions?: readonly Condition[] };
}

/** What there is of one Job, at one time. */
export interface LiveRelease extends Evidence {
    readonly job: LiveJob;
    /** Its own. */
    readonly pods: readonly LivePod[];
}

/** How the rollout of a Deployment's last change has ended, by Kubernetes' verdict; undefined while there is none. */
export function endOfRollout({ metadata, status }: LiveDeployment): "complete" | "givenUp" | undefined {
    if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return undefined;
    const progressing = conditionOf(status.conditions, "Progressing");
    if (progressing?.status === "False") return "givenUp";
    return progressing?.reason === "NewReplicaSetAvailable" ? "complete" : undefined;
}

/** How a Job has ended; undefined while it has not. */
export function endOfJob({ status }: LiveJob): "complete" | "failed" | undefined {
    const holds = (type: string) => conditionOf(status.conditions, type)?.status === "True";
    if (holds("Complete")) return "complete";
    return holds("Failed") ? "failed" : undefined;
}

export function logKey(pod: LivePod, container: LiveContainer): string {
    return `${pod.metadata.name}/${container.name}`;
}

export function conditionOf(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
    return conditions?.find((condition) => condition.type === type);
}

/** The ReplicaSet of the Deployment's last change; undefined where none was made yet. */
export function newestReplicaSet({ deployment, replicaSets }: Live): LiveReplicaSet | undefined {
    const revision = ({ metadata }: KubernetesObject) =>
        Number(metadata.annotations?.["deployment.kubernetes.io/revision"] ?? 0);
    return replicaSets.filter((each) => isOwnedBy(each, deployment)).sort((a, b) => revision(b) - revision(a))[0];
}

/** Its pods that do not serve, without those that end. */
export function failingPods({ pods }: Live, replicaSet: LiveReplicaSet): readonly LivePod[] {
    return pods.filter(
        (pod) =>
            isOwnedBy(pod, replicaSet) &&
            pod.metadata.deletionTimestamp === undefined &&
            conditionOf(pod.status.conditions, "Ready")?.status !== "True",
    );
}

/** In the order of their start: native sidecars come first. */
export function containersOf({ status }: LivePod): readonly LiveContainer[] {
    return [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
}

/** How a container ended that ended by itself, now or before it was started again. */
export function endOf({ state, lastState, ready }: LiveContainer): Terminated | undefined {
    return ready ? undefined : (state?.terminated ?? lastState?.terminated);
}

function isOwnedBy({ metadata }: Owned, owner: KubernetesObject): boolean {
    return metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid) ?? false;
}
