/** From a fixed number of pods to an autoscaler and back, on a live stack. */
import { expect } from "chai";

import { Engine, type Stack } from "./engine";

describe("a change of who owns the replicas", function () {
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

    /** The lowest number of wanted and of available pods while the work is done. */
    const lowestWhile = async (work: () => Promise<unknown>) => {
        const lowest = { wanted: Infinity, available: Infinity };
        const over = new AbortController();
        const watching = (async () => {
            while (!over.signal.aborted) {
                const { spec, status } = await engine.object("deployment");
                lowest.wanted = Math.min(lowest.wanted, spec.replicas ?? 1);
                lowest.available = Math.min(lowest.available, status?.availableReplicas ?? 0);
            }
        })();
        await work().finally(() => {
            over.abort();
        });
        await watching;
        return lowest;
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

    it("to an autoscaler takes no pod away", async () => {
        stack.configure(settings({ autoscaling: { minReplicas: 3, maxReplicas: 8 } }));
        expect(await lowestWhile(() => stack.up())).to.deep.equal({ wanted: 4, available: 4 });
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
        expect(await lowestWhile(() => stack.up())).to.deep.equal({ wanted: 6, available: 6 });
        expect(await owners()).to.deep.equal(["kube-controller-manager"]);
    });

    it("back to a fixed number is no conflict, and goes there at once", async () => {
        stack.configure(settings({ replicas: 5, phpFpm: { env: { GREETING: "hello" } } }));
        expect(await lowestWhile(() => stack.up())).to.deep.equal({ wanted: 5, available: 5 });
        expect(await owners()).to.not.include("kube-controller-manager");
        expect(await engine.objects("horizontalpodautoscaler")).to.deep.equal([]);
        expect(await stack.preview()).to.deep.equal([]);
    });
});
