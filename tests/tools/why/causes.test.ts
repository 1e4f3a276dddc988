/** Objects are as Kubernetes 1.37 has them, without the fields that nothing reads. */
import { expect } from "chai";

import { causesOf, explanation, explanationOfRelease } from "../../../tools/why/causes";
import type { Condition, Live, LiveContainer, LiveEvent, LivePod, LiveRelease } from "../../../tools/why/objects";

const revision = (value: number) => ({ "deployment.kubernetes.io/revision": String(value) });

function live(parts: Partial<Live> & { readonly refused?: string } = {}): Live {
    const replicaFailure: Condition = {
        type: "ReplicaFailure",
        status: "True",
        reason: "FailedCreate",
        message: parts.refused ?? "",
    };
    return {
        deployment: {
            metadata: { name: "web-1a2b3c4d", namespace: "web", uid: "d" },
            status: {
                availableReplicas: 2,
                conditions: [
                    {
                        type: "Progressing",
                        status: "False",
                        reason: "ProgressDeadlineExceeded",
                        message: 'ReplicaSet "web-1a2b3c4d-new" has timed out progressing.',
                    },
                ],
            },
        },
        replicaSets: [
            {
                metadata: { name: "new", uid: "new", ownerReferences: [{ uid: "d" }], annotations: revision(10) },
                spec: { replicas: 1 },
                status: parts.refused === undefined ? {} : { conditions: [replicaFailure] },
            },
            {
                metadata: { name: "old", uid: "old", ownerReferences: [{ uid: "d" }], annotations: revision(9) },
                spec: { replicas: 2 },
                status: { conditions: [{ ...replicaFailure, message: "of the old one" }] },
            },
        ],
        pods: [],
        events: [],
        lastWords: new Map(),
        ...parts,
    };
}

function pod(name: string, status: LivePod["status"], owner = "new"): LivePod {
    return { metadata: { name, namespace: "web", uid: name, ownerReferences: [{ uid: owner }] }, status };
}

function container(name: string, state: LiveContainer["state"], more: Partial<LiveContainer> = {}): LiveContainer {
    const image = `registry.example.com/${name}:1`;
    return { name, image, ready: false, restartCount: 0, ...more, ...(state === undefined ? {} : { state }) };
}

function event(pod: string, reason: string, message: string, of?: string, second = 1): LiveEvent {
    return {
        metadata: { name: `${pod}.${second}` },
        involvedObject: { uid: pod, ...(of === undefined ? {} : { fieldPath: of }) },
        reason,
        message,
        type: "Warning",
        lastTimestamp: `2026-11-26T10:00:0${second}Z`,
    };
}

const initializing = container("nginx", { waiting: { reason: "PodInitializing" } });
const crashLoop = (name: string) => ({
    waiting: { reason: "CrashLoopBackOff", message: `back-off 10s restarting failed container=${name}` },
});
const sidecar = "spec.initContainers{php-fpm}";

describe("why new pods do not serve", () => {
    it("an image that cannot be pulled, of a native sidecar: with the registry's words, once for all pods", () => {
        const waiting = (reason: string) => [
            container("php-fpm", { waiting: { reason, message: "Back-off pulling image" } }),
        ];
        const words = 'Failed to pull image "registry.example.com/php-fpm:1": not found';
        const causes = causesOf(
            live({
                pods: ["a", "b"].map((name) =>
                    pod(name, {
                        phase: "Pending",
                        initContainerStatuses: waiting("ImagePullBackOff"),
                        containerStatuses: [initializing],
                    }),
                ),
                events: ["a", "b"].flatMap((name) => [
                    event(name, "Failed", words, sidecar, 1),
                    event(name, "Failed", "Error: ImagePullBackOff of another", "spec.containers{nginx}", 3),
                ]),
            }),
        );
        expect(causes).to.deep.equal([
            `pod a and 1 more: container php-fpm has no image (ImagePullBackOff): registry.example.com/php-fpm:1. ${words}. ` +
                "Is the name right, and may the nodes pull it (imagePullSecrets)?",
        ]);
    });

    it("a cause of several pods once, though each has a log of its own", () => {
        const ended = (name: string, restartCount: number) =>
            pod(name, {
                containerStatuses: [
                    container("nginx", { terminated: { exitCode: 1, reason: "Error" } }, { restartCount }),
                ],
            });
        const lastWords = new Map(["a", "b"].map((name) => [`${name}/nginx`, [`[emerg] at ${name}`]]));
        const causes = causesOf(live({ pods: [ended("a", 3), ended("b", 2)], lastWords }));
        expect(causes).to.deep.equal([
            "pod a and 1 more: container nginx ends by itself (Error, exit code 1, 3 restarts). Its last words:\n[emerg] at a",
        ]);
    });

    it("an image whose events are gone, by the status", () => {
        const message = 'failed to resolve reference "registry.example.com/nginx:1": 401 Unauthorized';
        const [cause] = causesOf(
            live({
                pods: [
                    pod("a", {
                        containerStatuses: [container("nginx", { waiting: { reason: "ErrImagePull", message } })],
                    }),
                ],
            }),
        );
        expect(cause).to.include("(ErrImagePull)").and.include("401 Unauthorized.");
    });

    it("a crash loop, by the container's last words: a configuration that php-fpm or nginx refuses", () => {
        const [phpFpm, nginx, ...others] = causesOf(
            live({
                pods: [
                    pod("a", {
                        phase: "Pending",
                        initContainerStatuses: [
                            container("php-fpm", crashLoop("php-fpm"), {
                                restartCount: 3,
                                // The kubelet copies the log's end here.
                                lastState: {
                                    terminated: {
                                        exitCode: 78,
                                        reason: "Error",
                                        message: "ERROR: FPM initialization failed\n",
                                    },
                                },
                            }),
                        ],
                        containerStatuses: [initializing],
                    }),
                    pod("b", {
                        // Between two starts.
                        containerStatuses: [
                            container("nginx", { terminated: { exitCode: 1, reason: "Error" } }, { restartCount: 1 }),
                        ],
                    }),
                ],
                lastWords: new Map([
                    ["a/php-fpm", ["ERROR: [pool www] unknown entry 'pn'", "ERROR: FPM initialization failed"]],
                    ["b/nginx", ['nginx: [emerg] unknown directive "servr"']],
                ]),
            }),
        );
        expect(phpFpm).to.equal(
            "pod a: container php-fpm ends by itself (Error, exit code 78, 3 restarts). Its last words:\n" +
                "ERROR: [pool www] unknown entry 'pn'\nERROR: FPM initialization failed",
        );
        expect(nginx).to.match(/^pod b: container nginx .*exit code 1, 1 restarts.*unknown directive "servr"$/s);
        expect(others).to.deep.equal([]);
    });

    it("a container that its liveness probe ends, that takes too much memory, that is no more heard of", () => {
        const ended = (name: string, reason: string, exitCode: number) =>
            pod(name, {
                containerStatuses: [
                    container(
                        "php-fpm",
                        { running: {} },
                        { restartCount: 1, lastState: { terminated: { exitCode, reason } } },
                    ),
                ],
            });
        const causes = causesOf(
            live({
                pods: [ended("a", "Error", 137), ended("b", "OOMKilled", 137)],
                events: [event("a", "Unhealthy", "Liveness probe failed: connection refused", sidecar)],
            }),
        );
        expect(causes[0]).to.include("Liveness probe failed: connection refused. It has logged nothing.");
        expect(causes[1]).to.include(
            "(OOMKilled, exit code 137, 1 restarts): it takes more than its memory limit allows",
        );
    });

    it("readiness that fails, by the probe's last event; not the container that is ready", () => {
        const causes = causesOf(
            live({
                pods: [
                    pod("a", {
                        phase: "Running",
                        initContainerStatuses: [container("php-fpm", { running: {} }, { ready: true })],
                        containerStatuses: [container("nginx", { running: {} })],
                    }),
                ],
                events: [
                    event("a", "Unhealthy", "Readiness probe failed: statuscode: 502", "spec.containers{nginx}", 1),
                    event("a", "Unhealthy", "Readiness probe failed: statuscode: 500", "spec.containers{nginx}", 2),
                ],
            }),
        );
        expect(causes).to.have.length(1);
        expect(causes[0])
            .to.include("container nginx runs and is not ready. Readiness probe failed: statuscode: 500. ")
            .and.include("kubectl --namespace web logs a --all-containers");
    });

    it("no node that takes the pod", () => {
        const message = "0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available.";
        const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }];
        const [cause] = causesOf(live({ pods: [pod("a", { phase: "Pending", conditions })] }));
        expect(cause).to.equal(
            `pod a: no node takes it (Unschedulable): ${message} Add nodes, or ask for less: resources.requests of nginx and phpFpm.`,
        );
    });

    it("pods that are refused: by quota, Pod Security, a LimitRange, somebody's webhook", () => {
        const mends = {
            'pods "web-x" is forbidden: exceeded quota: small, requested: pods=1, used: pods=4, limited: pods=4':
                "Raise the namespace's ResourceQuota",
            'pods "web-x" is forbidden: failed quota: small: must specify limits.cpu for: nginx':
                "Raise the namespace's ResourceQuota",
            'pods "web-x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true':
                "Pod Security be less strict",
            'pods "web-x" is forbidden: maximum cpu usage per Container is 1, but limit is 2': "LimitRange",
            'admission webhook "policy.example.com" denied the request: no': "a webhook, a policy",
        };
        for (const [refused, mend] of Object.entries(mends)) {
            const causes = causesOf(live({ refused }));
            expect(causes, refused).to.have.length(1);
            expect(causes[0]).to.include(`pods are refused: ${refused}. `).and.include(mend);
        }
    });

    it("what a container or pod lacks before it starts", () => {
        const message = 'secret "web-env-1" not found';
        const causes = causesOf(
            live({
                pods: [
                    pod("a", {
                        containerStatuses: [
                            container("php-fpm", { waiting: { reason: "CreateContainerConfigError", message } }),
                        ],
                    }),
                    pod("b", { containerStatuses: [container("nginx", { waiting: { reason: "ContainerCreating" } })] }),
                    pod("c", { phase: "Failed", reason: "Evicted", message: "The node was low on resource: memory" }),
                ],
                events: [event("b", "FailedMount", 'configmap "web-nginx-1" not found')],
            }),
        );
        expect(causes).to.deep.equal([
            `pod a: container php-fpm cannot be made (CreateContainerConfigError): ${message}.`,
            'pod b: FailedMount: configmap "web-nginx-1" not found.',
            "pod c: it has failed (Evicted): The node was low on resource: memory.",
        ]);
    });

    it("nothing of pods that serve, that end, or are of an older ReplicaSet", () => {
        const broken = { containerStatuses: [container("nginx", crashLoop("nginx"))] };
        const ending = pod("a", broken);
        const pods = [
            { ...ending, metadata: { ...ending.metadata, deletionTimestamp: "2026-11-26T10:00:00Z" } },
            pod("b", broken, "old"),
            pod("c", { ...broken, conditions: [{ type: "Ready", status: "True" }] }),
        ];
        expect(causesOf(live({ pods }))).to.deep.equal([]);
    });

    it("is told below what became of the Deployment, with further lines of a cause indented", () => {
        const given = live({
            pods: [
                pod("a", {
                    containerStatuses: [container("nginx", { terminated: { exitCode: 1, reason: "Error" } })],
                }),
            ],
            lastWords: new Map([["a/nginx", ["one", "two"]]]),
        });
        expect(explanation(given)).to.equal(
            'Deployment web/web-1a2b3c4d: 2 pods serve on, ReplicaSet "web-1a2b3c4d-new" has timed out progressing.\n' +
                "  - pod a: container nginx ends by itself (Error, exit code 1, 0 restarts). Its last words:\n" +
                "      one\n      two",
        );
        expect(explanation(live())).to.include("nothing tells why. Look at: kubectl --namespace web describe pods");
        const well = { ...given.deployment, status: { conditions: [{ type: "Progressing", status: "True" }] } };
        expect(explanation(live({ deployment: well }))).to.equal(undefined);
    });
});

describe("a worker's Deployment", () => {
    it("is said to work, and not to serve", () => {
        const { deployment } = live();
        const labels = { "app.kubernetes.io/component": "worker" };
        const ofWorker = (availableReplicas: number) =>
            explanation(
                live({
                    deployment: {
                        ...deployment,
                        metadata: { ...deployment.metadata, labels },
                        status: { ...deployment.status, availableReplicas },
                    },
                }),
            );
        expect(ofWorker(0)).to.include(": no pod works, ");
        expect(ofWorker(1)).to.include(": 1 pod works on, ");
        expect(ofWorker(2)).to.include(": 2 pods work on, ");
    });
});

describe("why a release's command is not done", () => {
    const release = (condition: Condition | undefined, parts: Partial<LiveRelease> = {}): LiveRelease => ({
        job: {
            metadata: { name: "web-release-1a2b3c4d", namespace: "web", uid: "j" },
            spec: { template: {} },
            status: condition === undefined ? {} : { conditions: [condition] },
        },
        pods: [],
        events: [],
        lastWords: new Map(),
        ...parts,
    });
    const failed = {
        type: "Failed",
        status: "True",
        reason: "BackoffLimitExceeded",
        message: "Job has reached the specified backoff limit",
    };
    const labels = { "app.kubernetes.io/component": "release" };

    it("its last words, where it has failed", () => {
        const pods = [
            pod("a", {
                phase: "Failed",
                containerStatuses: [container("release", { terminated: { exitCode: 3, reason: "Error" } })],
            }),
        ];
        expect(
            explanationOfRelease(release(failed, { pods, lastWords: new Map([["a/release", ["one", "two"]]]) })),
        ).to.equal(
            "Job web/web-release-1a2b3c4d: the release's command has failed, and nothing is rolled out. " +
                "Job has reached the specified backoff limit.\n" +
                "  - pod a: container release ends by itself (Error, exit code 3, 0 restarts). Its last words:\n" +
                "      one\n      two",
        );
    });

    it("that it took too long, where the kubelet has ended it", () => {
        const status = {
            phase: "Failed",
            reason: "DeadlineExceeded",
            message: "Pod was active on the node longer than 900s",
        };
        expect(explanationOfRelease(release(failed, { pods: [pod("a", status)] }))).to.include(
            "it has failed (DeadlineExceeded): Pod was active on the node longer than 900s.",
        );
    });

    it("another release's, which it waits for", () => {
        const message = "0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules.";
        const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }];
        const waiting = pod("a", { phase: "Pending", conditions });
        const pods = [{ ...waiting, metadata: { ...waiting.metadata, labels } }];
        expect(explanationOfRelease(release(undefined, { pods }))).to.equal(
            "Job web/web-release-1a2b3c4d: the release's command is not done yet, and nothing is rolled out until it is.\n" +
                "  - pod a: it waits for the command of another release, which runs still.",
        );
        // Anybody else's pods lack a node.
        expect(explanationOfRelease(release(undefined, { pods: [waiting] }))).to.include("no node takes it");
    });

    it("where its log is, where nothing tells", () => {
        expect(explanationOfRelease(release(failed))).to.include(
            "Its log: kubectl --namespace web logs job/web-release-1a2b3c4d",
        );
    });

    it("nothing, where it is done", () => {
        expect(explanationOfRelease(release({ type: "Complete", status: "True" }))).to.equal(undefined);
    });
});
