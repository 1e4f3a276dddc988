/** Watches the variants and the ingress controllers from the drill's begin to its end. */
import { setTimeout as sleep } from "node:timers/promises";

import type { Api } from "../../common/kubernetes/api";
import { paths, type Deployment, type HorizontalPodAutoscaler, type Pod } from "../../common/kubernetes/objects";
import type { LoggedRequest } from "../account";
import type { Controller } from "../cluster/controllers";
import type { Workload } from "../variants/variant";
import { CpuRecord, type StatsSummary } from "./cpuRecord";
import { WorkloadRecord } from "./workloadRecord";

/** After an interruption, so much is read again, since the times of both machines differ; what was seen is left out. */
const overlapMilliseconds = 10_000;
/** Between two readings of what is counted on: below what a kubelet leaves between two looks. */
const cpuPollMilliseconds = 5000;
/** More than come in the seconds that are read again after an interruption. */
const rememberedLines = 20_000;

export class Observer {
    private readonly records = new Map<string, WorkloadRecord>();
    private readonly stopping = new AbortController();

    /** @param clock seconds since the drill began */
    constructor(
        private readonly api: Api,
        private readonly clock: () => number,
    ) {}

    watch({ name, namespace, deploymentName, autoscalerName }: Workload): void {
        const record = new WorkloadRecord(this.clock);
        this.records.set(name, record);
        const { signal } = this.stopping;
        this.api.watch<Pod>(
            paths.pods(namespace),
            (pod, isDeleted) => {
                record.onPod(pod, isDeleted);
            },
            signal,
        );
        this.api.watch<Deployment>(
            `${paths.deployments(namespace)}?fieldSelector=metadata.name=${deploymentName}`,
            (deployment) => {
                record.onDeployment(deployment);
            },
            signal,
        );
        this.api.watch<HorizontalPodAutoscaler>(
            `${paths.autoscalers(namespace)}?fieldSelector=metadata.name=${autoscalerName}`,
            (autoscaler) => {
                record.onAutoscaler(autoscaler);
            },
            signal,
        );
    }

    /** Reads the access logs of all ingress controllers, also of those that come later, each line once. */
    readIngressLogs(controller: Controller, onEntry: (entry: LoggedRequest) => void): void {
        const { signal } = this.stopping;
        const since = new Date();
        const read = new Set<string>();
        this.api.watch<Pod>(
            `/api/v1/pods?labelSelector=${encodeURIComponent(controller.selector)}`,
            (pod, isDeleted) => {
                const { uid = "" } = pod.metadata;
                const isRunning = pod.status.containerStatuses?.some(({ state }) => state?.running !== undefined);
                if (isDeleted || isRunning !== true || read.has(uid)) return;
                read.add(uid);
                void this.followLog(pod, controller, since, onEntry);
            },
            signal,
        );
    }

    /** Reads what CPU time the ingress controllers' pods have used, also those that come later. */
    readCpu({ selector }: Controller): CpuRecord {
        const record = new CpuRecord();
        const uids = new Set<string>();
        const read = async () => {
            const pods = await this.api.list<Pod>(`/api/v1/pods?labelSelector=${encodeURIComponent(selector)}`);
            for (const { metadata } of pods) uids.add(metadata.uid ?? "");
            const nodes = new Set(pods.flatMap(({ spec }) => spec.nodeName ?? []));
            await Promise.all(
                [...nodes].map(async (node) => {
                    const summary = await this.api.get<StatsSummary>(`${paths.node(node)}/proxy/stats/summary`);
                    record.onSummary(summary, uids);
                }),
            );
        };
        const again = async () => {
            const { signal } = this.stopping;
            while (!signal.aborted) {
                // Without the right to ask nodes, or without an API server for a while: no figure, or a coarser one.
                await read().catch(() => undefined);
                await sleep(cpuPollMilliseconds, undefined, { signal }).catch(() => undefined);
            }
        };
        void again();
        return record;
    }

    of({ name }: Pick<Workload, "name">): WorkloadRecord {
        const record = this.records.get(name);
        if (record === undefined) throw new Error(`Nobody watches ${name}.`);
        return record;
    }

    stop(): void {
        this.stopping.abort();
    }

    private async followLog(
        pod: Pod,
        { container, parseLogLine }: Controller,
        begin: Date,
        onEntry: (entry: LoggedRequest) => void,
    ): Promise<void> {
        const { signal } = this.stopping;
        // The last lines, since after an interruption some come again. Each has an id of its own.
        const seen = new Set<string>();
        let since = begin;
        for (;;) {
            try {
                for await (const line of this.api.log(pod.metadata, container, since, signal)) {
                    since = new Date(Date.now() - overlapMilliseconds);
                    if (seen.has(line)) continue;
                    seen.add(line);
                    if (seen.size > rememberedLines) forgetFirst(seen);
                    const entry = parseLogLine(line);
                    if (entry !== undefined) onEntry(entry);
                }
            } catch {
                // Interrupted with the API server, or the pod is gone: the next request tells.
            }
            if (signal.aborted) return;
            const path = `${paths.pods(pod.metadata.namespace ?? "")}/${pod.metadata.name}`;
            const now = await this.api.find<Pod>(path).catch(() => pod);
            if (now?.metadata.uid !== pod.metadata.uid) return;
            await sleep(200);
        }
    }
}

/** A Set keeps the order in which it was filled. */
function forgetFirst(set: Set<string>): void {
    for (const first of set) {
        set.delete(first);
        return;
    }
}
