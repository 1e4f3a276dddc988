/** Tolerances of the HPA before an API server that drops them without a word, as Kubernetes 1.34 does. */
import { expect } from "chai";

import { Engine, type Stack } from "./engine";

describe("a tolerance that the cluster does not know", function () {
    this.timeout(120_000);
    let engine: Engine;
    let stack: Stack;

    before(async function () {
        this.timeout(900_000);
        engine = await Engine.start("--emulated-version=1.34");
        stack = await engine.stack("tolerance", settings({ tolerance: 0.05 }));
    });

    after(() => engine.stop());

    const settings = (scaleUp: object) => ({
        web: { awaitAddress: false, rollout: { minReadySeconds: 0 }, autoscaling: { scaleUp } },
        metricsServer: { install: false },
        ingressController: { install: false },
    });

    const expectRefusal = async (...command: readonly string[]) => {
        const { code, stdout, stderr } = await stack.run(...command);
        expect(code, stdout).to.not.equal(0);
        expect(stdout + stderr).to.include("The cluster has dropped autoscaling.scaleUp.tolerance");
        // The words for the user are all: no stack of calls.
        expect(stdout + stderr).to.not.match(/^\s+at /m);
    };

    it("fails the first update, for which no preview can ask the cluster", async () => {
        await expectRefusal("up", "--yes");
    });

    it("fails the preview of every later one, and nothing else does", async () => {
        await expectRefusal("preview");
        stack.configure(settings({}));
        await stack.up();
        expect(await stack.preview()).to.deep.equal([]);
        stack.configure(settings({ tolerance: 0.1 }));
        await expectRefusal("preview");
    });
});
