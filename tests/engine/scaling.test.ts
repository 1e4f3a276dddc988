/** From a fixed number of pods to an autoscaler and back, on a live stack, with the real controller of the autoscaler. */
import { expect } from "chai";

import { sleep } from "../../tools/common/commands";
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
});
