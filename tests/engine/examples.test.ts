/** A program of somebody else's with a service, in the real engine. */
import { join } from "node:path";

import { expect } from "chai";

import { repositoryRoot } from "../../tools/common/paths";
import { Engine, summaryOf, type Stack } from "./engine";

describe("the example of one service in the real engine", function () {
    this.timeout(180_000);
    let engine: Engine;
    let stack: Stack;

    before(async function () {
        // Tools that are not in the cache are built.
        this.timeout(900_000);
        engine = await Engine.start();
        stack = await engine.stack("example", {}, join(repositoryRoot, "examples", "one-service"));
    });

    after(() => engine.stop());

    /** What an ingress controller does. */
    const giveAddress = async () => {
        const ingress = ["ingress/shop", "--namespace=shop"];
        await engine.kubectl(["wait", ...ingress, "--for=create", "--timeout=60s"]);
        const status = '{"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.1"}]}}}';
        await engine.kubectl(["patch", ...ingress, "--subresource=status", "--type=merge", `--patch=${status}`]);
    };

    it("is made in one update, with three pods that serve", async () => {
        const [output] = await Promise.all([stack.up(), giveAddress()]);
        expect(summaryOf(output)).to.have.all.keys("created");
        expect(output).to.include("http://www.example.com/");
        const ready = ["wait", "deployment/shop", "--namespace=shop", "--timeout=60s"];
        await engine.kubectl([...ready, "--for=jsonpath={.status.availableReplicas}=3"]);
    });

    it("is unchanged by a second update", async () => {
        expect(summaryOf(await stack.up())).to.have.all.keys("unchanged");
    });
});
