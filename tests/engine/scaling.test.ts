/** From a fixed number of pods to an autoscaler and back, on a live stack, with the real controller of the autoscaler. */
import { expect } from "chai";

import { sleep } from "../../tools/common/commands";
import { definitionsIn } from "../../tools/lab/cluster/definitions";
import { ensureTools } from "../../tools/lab/toolchain";
import { Engine, summaryOf, until, type Stack } from "./engine";
import { quiet } from "../helpers/quiet";

describe("a change of how many pods there may be", function () {
    this.timeout(120_000);
    let engine: Engine;
    let stack: Stack;

    before(async function () {
        this.timeout(900_000);
        engine = await Engine.start();
        stack = await engine.stack("scaling", settings({ replicas: 4 }));
        await stack.up();
    });

    after(() => engine.stop());

    const settings = (scaling: object) => ({
        web: { awaitAddress: false, rollout: { minReadySeconds: 0 }, ...scaling },
        metricsServer: { install: false },
        ingressController: { install: false },
    });

    /**
     * The bounds that are asked for and the pods that are wanted, each in order, and how few served, while the work is done
     * and the autoscaler's controller, which looks every 15 s, has looked after it.
     */
    const courseOf = async (work: () => Promise<unknown>) => {
        const autoscaler = engine.watch("horizontalpodautoscaler", "{.spec.minReplicas}..{.spec.maxReplicas}");
        const pods = engine.watch("deployment", "{.spec.replicas} {.status.availableReplicas}");
        await work()
            .then(() => sleep(20))
            .finally(() => {
                for (const { stop } of [autoscaler, pods]) stop();
            });
        const numbers = pods.lines().map((line) => line.split(" ").map(Number));
        return {
            bounds: changesOf(autoscaler.lines()),
            wanted: changesOf(numbers.map(([wanted]) => wanted)),
            leastAvailable: Math.min(...numbers.map(([, available = 0]) => available)),
        };
    };

    const changesOf = <T>(values: readonly T[]) => values.filter((value, i) => value !== values[i - 1]);

    const scale = async (replicas: number, name = "web") => {
        await engine.kubectl([
            ...["patch", `deployment/${name}`, "--namespace=web", "--subresource=scale", "--type=merge"],
            ...[`--patch={"spec":{"replicas":${replicas}}}`, "--field-manager=kube-controller-manager"],
        ]);
        await until(async () => (await deploymentOf(name))?.status?.availableReplicas === (replicas || undefined));
    };

    const deploymentOf = async (name: string) =>
        (await engine.objects("deployment")).find(({ metadata }) => metadata.name === name);

    it("from a fixed number to an autoscaler takes no pod away", async () => {
        await engine.availableReplicas(4);
        stack.configure(settings({ autoscaling: { minReplicas: 3, maxReplicas: 8 } }));
        expect(await courseOf(() => stack.up())).to.deep.equal({
            bounds: ["4..4", "3..8"],
            wanted: [4],
            leastAvailable: 4,
        });
        expect(await stack.preview()).to.deep.equal([]);
    });

    it("with tolerances, which the cluster takes as they are sent", async () => {
        const scaleUp = { tolerance: 0.05 };
        stack.configure(settings({ autoscaling: { minReplicas: 3, maxReplicas: 8, scaleUp } }));
        await stack.up();
        const path = "jsonpath={.items[*].spec.behavior.scaleUp.tolerance}";
        expect(await engine.kubectl(["get", "hpa", "--namespace=web", `--output=${path}`])).to.equal("50m");
        expect(await stack.preview()).to.deep.equal([]);
    });

    it("leaves the number to the autoscaler from then on, also while other fields change", async () => {
        await scale(6);
        stack.configure(
            settings({ autoscaling: { minReplicas: 3, maxReplicas: 8 }, phpFpm: { env: { GREETING: "hello" } } }),
        );
        expect(await courseOf(() => stack.up())).to.deep.equal({ bounds: ["3..8"], wanted: [6], leastAvailable: 6 });
    });

    it("back to a fixed number goes there, and nowhere else", async () => {
        stack.configure(settings({ replicas: 4, phpFpm: { env: { GREETING: "hello" } } }));
        expect(await courseOf(() => stack.up())).to.deep.equal({
            bounds: ["3..8", "4..4"],
            wanted: [6, 4],
            leastAvailable: 4,
        });
        await engine.availableReplicas(4);
        expect(summaryOf(await stack.up())).to.have.all.keys("unchanged");
    });

    it("to a higher fixed number goes there, and nowhere else", async () => {
        stack.configure(settings({ replicas: 5, phpFpm: { env: { GREETING: "hello" } } }));
        expect(await courseOf(() => stack.up())).to.deep.equal({
            bounds: ["4..4", "5..5"],
            wanted: [4, 5],
            leastAvailable: 4,
        });
    });

    describe("to KEDA, of a worker and of the service", () => {
        const queue = {
            type: "redis",
            name: "queue",
            metricType: "AverageValue",
            metadata: { address: "redis:6379", listName: "mail", listLength: "20" },
            authenticationRef: { name: "redis", kind: "ClusterTriggerAuthentication" },
        };
        const workday = {
            type: "cron",
            metadata: { timezone: "UTC", start: "0 8 * * *", end: "0 18 * * *", desiredReplicas: "4" },
        };
        const bounds = { minReplicas: 2, maxReplicas: 6 };
        const worker = (autoscaling: object) => ({
            workers: { mail: { command: ["work"], autoscaling: { maxReplicas: 4, ...autoscaling } } },
        });
        const byCpu = { autoscaling: bounds, ...worker({}) };
        const byKeda = {
            autoscaling: { ...bounds, kind: "keda", triggers: [workday] },
            ...worker({ minReplicas: 0, targetCPUUtilizationPercentage: 80, triggers: [queue] }),
        };

        const hpas = "horizontalpodautoscalers.autoscaling";
        const scaledObjects = "scaledobjects.keda.sh";
        const namesOf = async (kind: string) =>
            (await engine.objects(kind)).map(({ metadata }) => metadata.name).sort();

        /**
         * Deployments that had an autoscaler of both kinds at any time of the work. The kind that comes is asked for first: what is there
         * then, and the other one afterwards, are there together.
         */
        const ownedTwiceDuring = async (work: () => Promise<unknown>, [comes, goes]: readonly [string, string]) => {
            const twice = new Set<string>();
            const end = new AbortController();
            const looking = (async () => {
                let looks = 0;
                for (; !end.signal.aborted; looks++) {
                    const come = await namesOf(comes);
                    const gone = await namesOf(goes);
                    for (const name of come.filter((each) => gone.includes(each))) twice.add(name);
                }
                return looks;
            })();
            await work().finally(() => {
                end.abort();
            });
            expect(await looking).to.be.greaterThan(5);
            return [...twice];
        };

        before(async function () {
            this.timeout(300_000);
            stack.configure(settings(byCpu));
            await stack.up();
            await scale(3, "web-mail");
        });

        it("is refused by the preview where the cluster has none, and says for what, and what else there is", async () => {
            const refusalOf = async (scaling: object) => {
                stack.configure(settings({ ...byCpu, ...scaling }));
                const output = await stack.fail("preview");
                expect(output)
                    .to.include("resource 'scaledobjects.keda.sh' does not exist")
                    .and.not.match(/^\s+at /m);
                return output;
            };
            expect(await refusalOf({ workers: byKeda.workers })).to.include(
                "web-mail-needs-keda-in-the-cluster-or-no-autoscaling.triggers",
            );
            expect(await refusalOf({ autoscaling: byKeda.autoscaling })).to.include(
                "web-needs-keda-in-the-cluster-or-autoscaling.kind-hpa",
            );
            expect(await namesOf(hpas)).to.deep.equal(["web", "web-mail"]);
        });

        it("removes the one before the other is there, which the API server takes as it is, and leaves the number", async function () {
            this.timeout(900_000);
            const folder = (await ensureTools(["keda-definitions"], quiet))["keda-definitions"];
            const files = ["keda.sh_scaledobjects.yaml"];
            await engine.kubectl(["apply", "--server-side", ...files.map((file) => `--filename=${folder}/${file}`)]);
            await engine.kubectl(["wait", "--for=condition=Established", ...definitionsIn(files, ["keda.sh"])]);
            stack.configure(settings(byKeda));
            expect(await stack.succeed("preview", "--policy-pack", "policy")).to.not.match(/\[(mandatory|advisory)\]/);
            const pods = engine.watch("deployment", "{.metadata.name} {.spec.replicas}");
            const twice = await ownedTwiceDuring(() => stack.up(), [scaledObjects, hpas]).finally(() => {
                pods.stop();
            });
            expect(twice).to.deep.equal([]);
            expect(await namesOf(hpas)).to.deep.equal([]);
            expect(await namesOf(scaledObjects)).to.deep.equal(["web", "web-mail"]);
            const ofMail = pods.lines().filter((line) => line.startsWith("web-mail "));
            expect(changesOf(ofMail)).to.deep.equal(["web-mail 3"]);

            const mail = (await engine.objects(scaledObjects)).find(({ metadata }) => metadata.name === "web-mail");
            expect(mail?.spec).to.deep.include({
                scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web-mail" },
                minReplicaCount: 0,
                maxReplicaCount: 4,
                cooldownPeriod: 300,
                triggers: [
                    { type: "cpu", metricType: "Utilization", metadata: { containerName: "worker", value: "80" } },
                    queue,
                ],
            });
            expect(summaryOf(await stack.up())).to.have.all.keys("unchanged");
            expect((await stack.preview()).filter(({ op }) => op !== "read")).to.deep.equal([]);
        });

        it("is rolled also while there is no pod of it, and gets none by that", async () => {
            await scale(0, "web-mail");
            stack.configure(settings({ ...byKeda, phpFpm: { env: { GREETING: "good evening" } } }));
            await stack.up();
            const mail = await deploymentOf("web-mail");
            expect(JSON.stringify(mail)).to.include("good evening");
            expect(mail?.spec.replicas).to.equal(0);
            expect(summaryOf(await stack.up())).to.have.all.keys("unchanged");
        });

        it("and back removes KEDA's before as well", async () => {
            await scale(3, "web-mail");
            stack.configure(settings(byCpu));
            expect(await ownedTwiceDuring(() => stack.up(), [hpas, scaledObjects])).to.deep.equal([]);
            expect(await namesOf(hpas)).to.deep.equal(["web", "web-mail"]);
            expect(await namesOf(scaledObjects)).to.deep.equal([]);
            expect((await deploymentOf("web-mail"))?.spec.replicas).to.equal(3);
            expect(summaryOf(await stack.up())).to.have.all.keys("unchanged");
        });
    });
});
