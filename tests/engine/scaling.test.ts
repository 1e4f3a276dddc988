/** From a fixed number of pods to an autoscaler and back, on a live stack, with the real controller of the autoscaler. */
import { expect } from "chai";

import { sleep } from "../../common/commands";
import { Engine, summaryOf, type Stack } from "./engine";

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
     * All that is asked for and wanted, each once and in order, as "least..most: wanted", while the work is done and the
     * autoscaler's controller, which looks every 15 s, has looked after it.
     */
    const courseOf = async (work: () => Promise<unknown>) => {
        const course: string[] = [];
        const over = new AbortController();
        const watching = (async () => {
            while (!over.signal.aborted) {
                const bounds = (await engine.object("horizontalpodautoscaler")).spec;
                const { replicas } = (await engine.object("deployment")).spec;
                const now = `${bounds.minReplicas ?? 1}..${bounds.maxReplicas ?? 1}: ${replicas ?? 1}`;
                if (course.at(-1) !== now) course.push(now);
            }
        })();
        await work()
            .then(() => sleep(20))
            .finally(() => {
                over.abort();
            });
        await watching;
        return course;
    };

    const owners = async () => {
        const { metadata } = await engine.object("deployment");
        return metadata.managedFields?.flatMap(({ manager, fieldsV1 }) =>
            fieldsV1?.["f:spec"]?.["f:replicas"] === undefined ? [] : [manager],
        );
    };

    const scale = async (replicas: number) => {
        const { metadata } = await engine.object("deployment");
        await engine.kubectl([
            ...["patch", `deployment/${metadata.name}`, "--namespace=web", "--subresource=scale", "--type=merge"],
            ...[`--patch={"spec":{"replicas":${replicas}}}`, "--field-manager=kube-controller-manager"],
        ]);
        await engine.availableReplicas(replicas);
    };

    it("from a fixed number to an autoscaler takes no pod away", async () => {
        await engine.availableReplicas(4);
        stack.configure(settings({ autoscaling: { minReplicas: 3, maxReplicas: 8 } }));
        expect(await courseOf(() => stack.up())).to.deep.equal(["4..4: 4", "3..8: 4"]);
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
        expect(await owners()).to.deep.equal(["kube-controller-manager"]);
        stack.configure(
            settings({ autoscaling: { minReplicas: 3, maxReplicas: 8 }, phpFpm: { env: { GREETING: "hello" } } }),
        );
        expect(await courseOf(() => stack.up())).to.deep.equal(["3..8: 6"]);
        expect(await owners()).to.deep.equal(["kube-controller-manager"]);
    });

    it("back to a fixed number goes there, and nowhere else", async () => {
        stack.configure(settings({ replicas: 4, phpFpm: { env: { GREETING: "hello" } } }));
        expect(await courseOf(() => stack.up())).to.deep.equal(["3..8: 6", "4..4: 6", "4..4: 4"]);
        await engine.availableReplicas(4);
        expect(await owners()).to.deep.equal(["kube-controller-manager"]);
        expect(summaryOf(await stack.up())).to.have.all.keys("unchanged");
    });

    it("to a higher fixed number goes there, and nowhere else", async () => {
        stack.configure(settings({ replicas: 5, phpFpm: { env: { GREETING: "hello" } } }));
        expect(await courseOf(() => stack.up())).to.deep.equal(["4..4: 4", "5..5: 4", "5..5: 5"]);
    });
});
