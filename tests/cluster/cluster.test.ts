/** Stack lab on the real cluster, deployed by the real engine. */
import { expect } from "chai";

import { sleep } from "../../tools/common/commands";
import { controlPlaneDaemonsFolder } from "../../tools/lab/cluster/controlPlane";
import { Supervisor } from "../../tools/lab/cluster/supervisor";
import { statePaths } from "../../tools/lab/paths";
import { Lab } from "./lab";

interface List<T> {
    readonly items: readonly T[];
}

interface Pod {
    readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
    readonly status: {
        readonly initContainerStatuses?: readonly ContainerStatus[];
        readonly containerStatuses?: readonly ContainerStatus[];
    };
}

interface ContainerStatus {
    readonly name: string;
    readonly ready: boolean;
    readonly started?: boolean;
    readonly restartCount: number;
}

interface Deployment {
    readonly spec: { readonly replicas: number };
    readonly status: { readonly readyReplicas?: number; readonly availableReplicas?: number };
}

interface Hpa {
    readonly status?: {
        readonly currentMetrics?: readonly {
            readonly containerResource?: {
                readonly container: string;
                readonly current: { readonly averageUtilization?: number };
            };
        }[];
        readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message: string }[];
    };
}

/** The bounds of Pulumi.lab.yaml. */
const minReplicas = 2;

const web = ["--namespace", "web"];

describe("stack lab on a real cluster", function () {
    this.timeout(600_000);
    let lab: Lab;

    before(async () => {
        lab = await Lab.open();
    });

    const podsOfWeb = async () =>
        (await lab.json<List<Pod>>("get", "pods", ...web)).items.filter(
            ({ metadata }) => metadata.deletionTimestamp === undefined,
        );
    const deploymentOfWeb = async () => {
        const [deployment] = (await lab.json<List<Deployment>>("get", "deployments", ...web)).items;
        if (deployment === undefined) throw new Error("no Deployment in namespace web");
        return deployment;
    };
    const containersOf = ({ status }: Pod) => [
        ...(status.initContainerStatuses ?? []),
        ...(status.containerStatuses ?? []),
    ];

    it("answers through ingress-nginx with the sample application's page", async () => {
        const { status, body } = await lab.ask("/");
        expect(status).to.equal(200);
        expect(body).to.include("<h1>It answers.</h1>");
        // ingress-nginx gives every request an id.
        expect(body).to.match(/<dt>Request id<\/dt><dd>[0-9a-f]{32}<\/dd>/);
        const names = (await podsOfWeb()).map(({ metadata }) => metadata.name);
        expect(names).to.include(/<dt>Pod<\/dt><dd>([^<]+)<\/dd>/.exec(body)?.[1]);
        // Not /healthz: without a host name in the stack that one is ingress-nginx' own.
        expect(await lab.ask("/no-such-page")).to.deep.equal({ status: 404, body: "not found\n" });
    });

    let firstPods: readonly Pod[] = [];

    it("passes every probe: all containers started and ready", async () => {
        firstPods = await lab.until(
            60,
            podsOfWeb,
            // A new Deployment begins with one pod; the autoscaler brings the others.
            (pods) =>
                pods.length >= minReplicas &&
                pods.flatMap(containersOf).every(({ ready, started }) => ready && started === true),
        );
        for (const pod of firstPods) {
            expect(containersOf(pod).map(({ name }) => name)).to.have.members(["php-fpm", "nginx"]);
        }
    });

    it("has metrics: v1beta1.metrics.k8s.io is Available", async () => {
        await lab.kubectl("wait", "apiservice/v1beta1.metrics.k8s.io", "--for=condition=Available", "--timeout=60s");
    });

    it("scales by php-fpm's CPU: the HPA reads a figure for that container", async () => {
        const hpa = async () => (await lab.json<List<Hpa>>("get", "hpa", ...web)).items[0];
        const { status } = (await lab.until(
            120,
            hpa,
            (each) => each?.status?.currentMetrics?.[0]?.containerResource?.current.averageUtilization !== undefined,
        ))!;
        expect(status?.currentMetrics?.[0]?.containerResource?.container).to.equal("php-fpm");
        expect(status?.conditions?.find(({ type }) => type === "ScalingActive")?.status).to.equal("True");
    });

    it("has no fewer pods than its minimum, and loses nothing, from the autoscaler to a fixed number and back", async () => {
        const fixed = (replicas: number) => (values: Record<string, unknown>) => {
            delete values["autoscaling"];
            values["replicas"] = replicas;
        };
        const thereAndBack = async () => {
            for (const replicas of [3, 4]) {
                await lab.deploy(fixed(replicas));
                await lab.until(60, deploymentOfWeb, ({ status }) => status.availableReplicas === replicas);
                await lab.deploy();
            }
        };
        let bad: readonly unknown[] = ["nobody asked"];
        const path = await lab.watch(deploymentOfWeb, async () => {
            bad = await lab.badAnswersDuring(thereAndBack);
        });
        expect(bad).to.deep.equal([]);
        const wanted = path.map(({ spec }) => spec.replicas);
        expect(wanted).to.include(3).and.to.include(4);
        expect(Math.min(...wanted)).to.be.at.least(minReplicas);
        expect(Math.min(...path.map(({ status }) => status.readyReplicas ?? 0))).to.be.at.least(minReplicas);
    });

    it("runs a command as php-fpm's container would, in a pod that gets no traffic and is gone afterwards", async () => {
        const script = 'echo "$PHP_INI_SCAN_DIR"; id -u; uname -n; cat; exit 3';
        const command = ["node_modules/.bin/tsx", "tools/exec/cli.ts", "--stack", "lab", "--", "sh", "-c", script];
        const { code, stdout } = await lab.exec(command, "what was typed");
        const [scanDir, userId, hostname = "", input] = stdout.split("\n");
        expect({ code, scanDir, userId, input }).to.deep.equal({
            code: 3,
            scanDir: ":/etc/php-web-service",
            userId: "33",
            input: "what was typed",
        });
        expect(hostname).to.match(/^web-exec-/);
        const podNames = () => lab.kubectl("get", "pods", ...web, "--output=name");
        await lab.until(30, podNames, (names) => !names.includes(hostname));
    });

    it("restarts no container of the pods that it began with", async () => {
        // The rollouts before took longer than liveness would to restart a container: 3 failures, 10 s apart.
        const restartsOf = (pod: Pod) => containersOf(pod).map(({ restartCount }) => restartCount);
        const now = await podsOfWeb();
        const kept = firstPods.filter(({ metadata }) => now.some((pod) => pod.metadata.name === metadata.name));
        expect(kept).to.not.be.empty;
        for (const before of kept) {
            const pod = now.find(({ metadata }) => metadata.name === before.metadata.name);
            expect(pod === undefined ? [] : restartsOf(pod), before.metadata.name).to.deep.equal(restartsOf(before));
        }
    });

    it("is whole again after make up where a node, the apiserver and the front door were killed", async () => {
        const nodesAndDoor = new Supervisor(statePaths.daemons);
        const controlPlane = new Supervisor(controlPlaneDaemonsFolder(statePaths.controlPlane));
        const pids = [
            nodesAndDoor.pidOf("node-2"),
            nodesAndDoor.pidOf("front-door"),
            controlPlane.pidOf("kube-apiserver"),
        ];
        for (const pid of pids) process.kill(pid, "SIGKILL");
        expect(await Lab.isUp()).to.equal(false);
        await Lab.start();
        expect((await lab.ask()).status).to.equal(200);
        // Until the node tells otherwise, its pods are said to be ready, as they were before it was killed, and are asked.
        await lab.until(
            60,
            () => lab.badAnswersDuring(() => sleep(5)),
            (bad) => bad.length === 0,
        );
        await lab.until(60, podsOfWeb, (pods) => pods.flatMap(containersOf).every(({ ready }) => ready));
    });

    describe("a rollout that fails leaves the old pods serving, and pulumi up names the cause", () => {
        /** Short, so that the failure does not take minutes, and above the startup budget: two batches of 6 s. */
        const rollout = { maxSurge: "50%", startupSeconds: 5, minReadySeconds: 1, progressDeadlineSeconds: 12 };

        /** Of a client that goes on after ingress-nginx's own 75 s for an idle connection. */
        let isKeptForLong: Promise<boolean>;

        before(async () => {
            // Beside the tests that follow: nothing in them stops the front door or has the controllers reload.
            isKeptForLong = lab.keepsConnection(78);
            // Looked at by the last test; an error is that one's.
            isKeptForLong.catch(() => undefined);
            // What the autoscaler takes away or adds while a rollout runs is progress to Kubernetes, and prolongs it.
            await lab.until(
                120,
                deploymentOfWeb,
                ({ spec, status }) => spec.replicas === minReplicas && status.availableReplicas === minReplicas,
            );
        });

        // Not after each: who mends a rollout that failed may fail again.
        after(async () => {
            await lab.deploy();
        });

        const failing = async (change: (values: Record<string, unknown>) => void) => {
            let message = "";
            const bad = await lab.badAnswersDuring(async () => {
                await lab
                    .deploy((values) => {
                        values["rollout"] = rollout;
                        change(values);
                    })
                    .catch((error: unknown) => {
                        message = error instanceof Error ? error.message : String(error);
                    });
            });
            expect(bad, "answers other than 200").to.deep.equal([]);
            expect((await deploymentOfWeb()).status.availableReplicas).to.be.at.least(minReplicas);
            return message;
        };

        /** nginx's or php-fpm's section of the stack file, with these keys as well. */
        const changed = (values: Record<string, unknown>, section: "nginx" | "phpFpm", keys: object) => {
            values[section] = { ...(values[section] as object), ...keys };
        };

        it("an image that does not exist, soon after the deadline", async () => {
            const start = performance.now();
            const message = await failing((values) => {
                changed(values, "nginx", { image: "lab.local/nginx:9.9.9" });
            });
            // 12 s, 15 for the verdict, and the engine's own. A second wait would be 27 s more.
            expect((performance.now() - start) / 1000).to.be.below(50);
            expect(message).to.match(/container nginx has no image \(\w+\): lab\.local\/nginx:9\.9\.9/);
        });

        it("a php configuration with which php-fpm does not start, by its last words", async () => {
            const message = await failing((values) => {
                changed(values, "phpFpm", { ini: { "opcache.preload": "/nowhere/missing.php" } });
            });
            expect(message)
                .to.match(/container php-fpm ends by itself \(Error, exit code \d+, \d+ restarts\)\. Its last words:/)
                .and.include("Failed opening required '/nowhere/missing.php'");
        });

        it("a php configuration with which no request succeeds", async () => {
            const message = await failing((values) => {
                changed(values, "phpFpm", { ini: { auto_prepend_file: "/nowhere/missing.php" } });
            });
            expect(message).to.match(
                /container nginx runs and is not ready\. Readiness probe failed: HTTP probe failed with statuscode: 500/,
            );
        });

        it("pods that no node has room for", async () => {
            const message = await failing((values) => {
                changed(values, "phpFpm", { resources: { requests: { cpu: "40m", memory: "900Gi" } } });
            });
            expect(message).to.match(/no node takes it \(Unschedulable\): .*Insufficient memory/);
        });

        it("and a client's idle connection is kept until the client closes it", async () => {
            expect(await isKeptForLong).to.equal(true);
        });
    });
});
