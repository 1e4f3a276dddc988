import { expect } from "chai";

import type { Deployment, HorizontalPodAutoscaler, Pod } from "../../../tools/common/kubernetes/objects";
import { WorkloadRecord } from "../../../tools/drill/observe/workloadRecord";

interface PodChanges {
    readonly isReady?: boolean;
    readonly node?: string;
    readonly isRunning?: boolean;
    readonly isTerminating?: boolean;
}

const pod = (name: string, { isReady = false, node, isRunning = false, isTerminating = false }: PodChanges): Pod => ({
    metadata: {
        name,
        uid: `uid-${name}`,
        labels: { "pod-template-hash": name.split("-")[1] ?? "" },
        ...(isTerminating ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
    },
    spec: node === undefined ? {} : { nodeName: node },
    status: {
        phase: "Running",
        podIP: "198.18.129.7",
        conditions: [{ type: "Ready", status: isReady ? "True" : "False" }],
        containerStatuses: [
            { name: "nginx", ready: isReady, restartCount: 0, state: isRunning ? { running: {} } : {} },
        ],
    },
});

const deployment = (replicas: number, available = replicas): Deployment =>
    ({
        metadata: { name: "web", generation: 1 },
        spec: { replicas },
        status: {
            observedGeneration: 1,
            replicas,
            updatedReplicas: replicas,
            readyReplicas: available,
            availableReplicas: available,
        },
    }) as unknown as Deployment;

describe("the record of a variant's pods", () => {
    let now: number;
    let record: WorkloadRecord;

    beforeEach(() => {
        now = 0;
        record = new WorkloadRecord(() => now);
    });

    const at = (seconds: number, work: () => void) => {
        now = seconds;
        work();
    };

    it("has each moment of a pod's life, the first time that it is told", () => {
        const told: readonly (readonly [number, PodChanges])[] = [
            [1, {}],
            [2, { node: "node-1" }],
            [3, { node: "node-1", isRunning: true }],
            [4, { node: "node-1", isRunning: true, isReady: true }],
            [5, { node: "node-1", isRunning: true, isReady: true }],
            [9, { node: "node-1", isRunning: true, isReady: true, isTerminating: true }],
        ];
        for (const [seconds, changes] of told)
            at(seconds, () => {
                record.onPod(pod("web-a-1", changes), false);
            });
        at(20, () => {
            record.onPod(pod("web-a-1", {}), true);
        });
        const served = { firstAtSeconds: 4.5, firstSentAtSeconds: 4.4, lastSentAtSeconds: 8.9, count: 7 };
        expect(record.pods(new Map([["web-a-1", served]]))).to.deep.equal([
            {
                name: "web-a-1",
                node: "node-1",
                revision: "a",
                scheduledAtSeconds: 2,
                startedAtSeconds: 3,
                readyAtSeconds: 4,
                firstServedAtSeconds: 4.5,
                terminatingAtSeconds: 9,
                goneAtSeconds: 20,
                firstSentAtSeconds: 4.4,
                lastSentAtSeconds: 8.9,
                requests: 7,
            },
        ]);
        expect(record.podAt("198.18.129.7")).to.equal("web-a-1");
        expect(record.podAt("198.18.129.8")).to.equal(undefined);
    });

    it("is settled when nothing is on its way in or out", () => {
        record.onDeployment(deployment(1));
        expect(record.state.isSettled).to.equal(false);
        record.onPod(pod("web-a-1", { isReady: true }), false);
        expect(record.state.isSettled).to.equal(true);
        record.onPod(pod("web-a-2", { isTerminating: true }), false);
        expect(record.state.isSettled).to.equal(false);
        record.onPod(pod("web-a-2", { isTerminating: true }), true);
        expect(record.state.isSettled).to.equal(true);
        record.onDeployment(deployment(2, 1));
        expect(record.state.isSettled).to.equal(false);
    });

    it("counts no terminating pod as ready, which still says that it is", () => {
        record.onPod(pod("web-a-1", { isReady: true, isTerminating: true }), false);
        expect(record.state).to.deep.include({ ready: 0, pods: [], terminatingPods: ["web-a-1"] });
    });

    it("notes replicas and bounds when they change, and not else", () => {
        at(1, () => {
            record.onDeployment(deployment(2));
        });
        at(2, () => {
            record.onDeployment(deployment(2));
        });
        at(3, () => {
            record.onAutoscaler({ spec: { minReplicas: 2, maxReplicas: 6 } } as unknown as HorizontalPodAutoscaler);
        });
        at(4, () => {
            record.onDeployment(deployment(4));
        });
        expect(record.replicas).to.deep.equal([
            { atSeconds: 1, desired: 2, ready: 0, min: 0, max: 0 },
            { atSeconds: 3, desired: 2, ready: 0, min: 2, max: 6 },
            { atSeconds: 4, desired: 4, ready: 0, min: 2, max: 6 },
        ]);
    });

    it("tells what happened in a time: replicas from what they were when it began", () => {
        at(1, () => {
            record.onDeployment(deployment(2));
        });
        at(11, () => {
            record.onPod(pod("web-a-1", { node: "node-1" }), false);
        });
        at(12, () => {
            record.onDeployment(deployment(4));
        });
        at(13, () => {
            record.onPod(pod("web-a-1", { node: "node-1", isTerminating: true }), false);
        });
        at(30, () => {
            record.onDeployment(deployment(9));
        });
        expect(record.between(10, 20)).to.deep.equal({
            startedPods: 1,
            endedPods: 1,
            leastReplicas: 2,
            mostReplicas: 4,
        });
    });
});
