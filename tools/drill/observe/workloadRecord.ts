/** What one variant's pods and replicas did, as the API server told it. */
import { isReady, type Deployment, type HorizontalPodAutoscaler, type Pod } from "../../common/kubernetes/objects";
import type { Served } from "../account";
import type { PodLife, ReplicasAt } from "../model";

type Moment = "scheduled" | "started" | "ready" | "terminating" | "gone";

interface PodRecord {
    readonly name: string;
    readonly revision: string;
    node: string | undefined;
    /** Seconds of the drill. */
    readonly at: Partial<Record<Moment, number>>;
    isReady: boolean;
}

/** Now. */
export interface WorkloadState {
    readonly desired: number;
    readonly ready: number;
    readonly minReplicas: number;
    readonly maxReplicas: number;
    /** Pods that are neither terminating nor gone, by name. */
    readonly pods: readonly string[];
    readonly terminatingPods: readonly string[];
    /** pod-template-hash of those pods. */
    readonly revisions: readonly string[];
    /** The Deployment has what it wants, all of the newest revision, and nothing is on its way out. */
    readonly isSettled: boolean;
}

export interface Happened {
    readonly startedPods: number;
    readonly endedPods: number;
    readonly leastReplicas: number;
    readonly mostReplicas: number;
}

export class WorkloadRecord {
    private readonly podsByUid = new Map<string, PodRecord>();
    private readonly nameByAddress = new Map<string, string>();
    private readonly replicasSoFar: ReplicasAt[] = [];
    private deployment: Deployment | undefined;
    private autoscaler: HorizontalPodAutoscaler | undefined;

    /** @param clock seconds since the drill began */
    constructor(private readonly clock: () => number) {}

    onPod(pod: Pod, isDeleted: boolean): void {
        const { name, labels, uid = name } = pod.metadata;
        const record = this.podsByUid.get(uid) ?? {
            name,
            revision: labels?.["pod-template-hash"] ?? "",
            node: undefined,
            at: {},
            isReady: false,
        };
        this.podsByUid.set(uid, record);
        const mark = (moment: Moment) => (record.at[moment] ??= this.clock());
        const { nodeName } = pod.spec;
        if (nodeName !== undefined) {
            record.node = nodeName;
            mark("scheduled");
        }
        const statuses = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])];
        if (statuses.length > 0 && statuses.every(({ state }) => state?.running !== undefined)) mark("started");
        record.isReady = isReady(pod);
        if (record.isReady) mark("ready");
        if (pod.metadata.deletionTimestamp !== undefined) mark("terminating");
        if (isDeleted) {
            mark("terminating");
            mark("gone");
            record.isReady = false;
        }
        if (pod.status.podIP !== undefined) this.nameByAddress.set(pod.status.podIP, name);
        this.noteReplicas();
    }

    onDeployment(deployment: Deployment): void {
        this.deployment = deployment;
        this.noteReplicas();
    }

    onAutoscaler(autoscaler: HorizontalPodAutoscaler): void {
        this.autoscaler = autoscaler;
        this.noteReplicas();
    }

    get state(): WorkloadState {
        const all = [...this.podsByUid.values()].filter(({ at }) => at.gone === undefined);
        const live = all.filter(({ at }) => at.terminating === undefined);
        const terminating = all.filter(({ at }) => at.terminating !== undefined);
        const { spec, status, metadata } = this.deployment ?? {};
        const desired = spec?.replicas ?? 0;
        const isRolledOut =
            status !== undefined &&
            status.observedGeneration === metadata?.generation &&
            status.updatedReplicas === desired &&
            status.replicas === desired &&
            status.availableReplicas === desired;
        return {
            desired,
            ready: live.filter((pod) => pod.isReady).length,
            minReplicas: this.autoscaler?.spec.minReplicas ?? 0,
            maxReplicas: this.autoscaler?.spec.maxReplicas ?? 0,
            pods: live.map(({ name }) => name),
            terminatingPods: terminating.map(({ name }) => name),
            revisions: [...new Set(live.map(({ revision }) => revision))],
            isSettled: isRolledOut && terminating.length === 0 && live.length === desired,
        };
    }

    /** Undefined where no pod of this variant ever had it. */
    podAt(address: string): string | undefined {
        return this.nameByAddress.get(address);
    }

    get replicas(): readonly ReplicasAt[] {
        return this.replicasSoFar;
    }

    /** What happened between two times, in seconds of the drill. */
    between(fromSeconds: number, untilSeconds: number): Happened {
        const within = (at: number | undefined) => at !== undefined && at >= fromSeconds && at <= untilSeconds;
        const pods = [...this.podsByUid.values()];
        const before = this.replicasSoFar.findLast(({ atSeconds }) => atSeconds < fromSeconds);
        const numbers = [
            ...(before === undefined ? [] : [before]),
            ...this.replicasSoFar.filter(({ atSeconds }) => within(atSeconds)),
        ].map(({ desired }) => desired);
        return {
            startedPods: pods.filter(({ at }) => within(at.scheduled)).length,
            endedPods: pods.filter(({ at }) => within(at.terminating)).length,
            leastReplicas: Math.min(...numbers),
            mostReplicas: Math.max(...numbers),
        };
    }

    /** @param served by pod */
    pods(served: ReadonlyMap<string, Served>): readonly PodLife[] {
        return [...this.podsByUid.values()].map(({ name, revision, node, at }) => ({
            name,
            node,
            revision,
            scheduledAtSeconds: at.scheduled,
            startedAtSeconds: at.started,
            readyAtSeconds: at.ready,
            firstServedAtSeconds: served.get(name)?.firstAtSeconds,
            terminatingAtSeconds: at.terminating,
            goneAtSeconds: at.gone,
            firstSentAtSeconds: served.get(name)?.firstSentAtSeconds,
            lastSentAtSeconds: served.get(name)?.lastSentAtSeconds,
            requests: served.get(name)?.count ?? 0,
        }));
    }

    private noteReplicas(): void {
        const { desired, ready, minReplicas: min, maxReplicas: max } = this.state;
        const last = this.replicasSoFar.at(-1);
        if (last?.desired === desired && last.ready === ready && last.min === min && last.max === max) return;
        this.replicasSoFar.push({ atSeconds: this.clock(), desired, ready, min, max });
    }
}
