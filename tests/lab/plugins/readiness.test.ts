import { expect } from "chai";

import { KubeClient } from "../../../lab/plugins/kubernetes/client";
import { connectionOf, findKubeconfig } from "../../../lab/plugins/kubernetes/kubeconfig";
import { podProblems } from "../../../lab/plugins/kubernetes/pods";
import { isWaitedFor, readinessOf } from "../../../lab/plugins/kubernetes/readiness";
import type { Properties } from "../../../lab/plugins/rpc/values";

/** Nobody answers there. */
const kubeconfig = {
    "current-context": "none",
    clusters: [{ name: "none", cluster: { server: "http://127.0.0.1:1" } }],
    users: [{ name: "none", user: {} }],
    contexts: [{ name: "none", context: { cluster: "none", user: "none" } }],
};
const noCluster = new KubeClient(connectionOf(findKubeconfig(JSON.stringify(kubeconfig)), undefined));

const deployment = (spec: Properties, status: Properties): Properties => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { generation: 2 },
    spec,
    status: { observedGeneration: 2, ...status },
});

const pod = (status: Properties): Properties => ({ apiVersion: "v1", kind: "Pod", metadata: { name: "web" }, status });

describe("a Deployment is waited for", () => {
    const readiness = (spec: Properties, status: Properties) => readinessOf(deployment(spec, status), noCluster);
    const complete = { replicas: 3, updatedReplicas: 3, availableReplicas: 3 };
    const cases: readonly (readonly [string, Properties, string])[] = [
        ["while its controller has not seen it", { ...complete, observedGeneration: 1 }, "controller"],
        ["while old pods are to be renewed", { ...complete, updatedReplicas: 1 }, "2 of 3 pods to be renewed"],
        ["while new ones do not serve", { ...complete, availableReplicas: 2 }, "1 of 3 pods to become available"],
        ["while old ones serve beside them", { ...complete, replicas: 4 }, "1 old pods to go"],
    ];
    for (const [when, status, what] of cases) {
        it(when, async () => {
            const found = await readiness({ replicas: 3 }, status);
            expect(found).to.have.property("state", "waiting");
            expect(found).to.have.property("for").that.includes(what);
        });
    }

    it("no longer than it takes", async () => {
        expect(await readiness({ replicas: 3 }, complete)).to.deep.equal({ state: "ready" });
    });

    it("not any more when its deadline has passed", async () => {
        const conditions = [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", message: "m" }];
        expect(await readiness({ replicas: 3 }, { ...complete, updatedReplicas: 1, conditions })).to.deep.equal({
            state: "failed",
            why: "No progress within spec.progressDeadlineSeconds: m",
        });
    });
});

describe("other kinds", () => {
    it("are ready when the API server has them, where nothing starts", () => {
        for (const kind of ["ConfigMap", "Secret", "Namespace"])
            expect(isWaitedFor({ apiVersion: "v1", kind })).to.equal(false);
    });

    it("of Services without a selector have nobody to wait for", async () => {
        const service = { apiVersion: "v1", kind: "Service", spec: { ports: [] } };
        expect(await readinessOf(service, noCluster)).to.deep.equal({ state: "ready" });
    });

    it("of Jobs fail with their reason", async () => {
        const conditions = [{ type: "Failed", status: "True", reason: "BackoffLimitExceeded", message: "m" }];
        expect(
            await readinessOf({ apiVersion: "batch/v1", kind: "Job", status: { conditions } }, noCluster),
        ).to.deep.equal({
            state: "failed",
            why: "BackoffLimitExceeded: m",
        });
    });
});

describe("an unready pod says", () => {
    const container = (state: Properties, rest: Properties = {}) =>
        podProblems(pod({ containerStatuses: [{ name: "nginx", state, ...rest }] }));

    it("why it is on no node", () => {
        const conditions = [{ type: "PodScheduled", status: "False", message: "0/2 nodes are available" }];
        expect(podProblems(pod({ conditions }))).to.deep.equal(["Pod web: not scheduled: 0/2 nodes are available"]);
    });

    it("which image cannot be pulled", () => {
        expect(container({ waiting: { reason: "ErrImagePull", message: "not found" } })).to.deep.equal([
            "Pod web: container nginx: ErrImagePull: not found",
        ]);
    });

    it("how a container ended that is started again and again", () => {
        const lastState = { terminated: { exitCode: 78, reason: "Error", message: "unknown directive" } };
        expect(container({ waiting: { reason: "CrashLoopBackOff" } }, { lastState })).to.deep.equal([
            "Pod web: container nginx: CrashLoopBackOff; ended with 78 (Error): unknown directive",
        ]);
    });

    it("nothing while it only starts", () => {
        expect(container({ waiting: { reason: "ContainerCreating" } })).to.deep.equal([]);
        expect(container({ running: {} })).to.deep.equal([]);
    });

    it("what is wrong with a sidecar", () => {
        const initContainerStatuses = [{ name: "php-fpm", state: { terminated: { exitCode: 1, reason: "Error" } } }];
        expect(podProblems(pod({ initContainerStatuses }))).to.deep.equal([
            "Pod web: container php-fpm: ended with 1 (Error)",
        ]);
    });
});
