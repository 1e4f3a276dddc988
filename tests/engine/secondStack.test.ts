/** Two stacks of this program in one cluster. */
import { expect } from "chai";

import { Engine, summaryOf, type Stack } from "./engine";

describe("a second stack in the same cluster", function () {
    this.timeout(120_000);
    let engine: Engine;
    let first: Stack;
    let second: Stack;

    before(async function () {
        this.timeout(900_000);
        engine = await Engine.start();
        first = await engine.stack("first", settings());
        second = await engine.stack("second", settings());
        await first.up();
        // Until then the autoscaler's controller changes the Deployment.
        await engine.availableReplicas(2);
    });

    after(() => engine.stop());

    const settings = (web: object = {}) => ({
        web: { awaitAddress: false, replicas: 2, rollout: { minReadySeconds: 0 }, ...web },
        metricsServer: { install: false },
        ingressController: { install: false },
    });

    /** Every object by its name, and of those that a stack makes what is written by whoever applies them. */
    const written = async () => {
        const kinds = "deployment,service,ingress,configmap,hpa,pdb,networkpolicy,namespace";
        const fields = "{.kind} {.metadata.uid} {.metadata.generation} {.metadata.annotations}";
        const output = `--output=jsonpath={range .items[*]}${fields}{"\\n"}{end}`;
        const objects = await engine.kubectl(["get", kinds, "--all-namespaces", output]);
        return [...(await engine.everything()), ...objects.split("\n")].sort();
    };

    it("is refused where it would take over objects of the first, which are left as they are", async () => {
        const before = await written();
        const output = await second.fail("up", "--yes", "--skip-preview");
        expect(output).to.match(
            /Namespace::web" was not successfully created[^]*conflict with "php-web-service\/first": .*patchFieldManager/,
        );
        expect(await written()).to.deep.equal(before);
        await second.succeed("destroy", "--yes", "--skip-preview");
        expect(await written()).to.deep.equal(before);
        expect(summaryOf(await first.up())).to.have.all.keys("unchanged");
    });

    it("lives beside the first in a namespace of its own", async () => {
        second.configure(settings({ namespace: "other" }));
        await second.up();
        expect(await engine.objects("deployment", "other")).to.have.length(1);
        expect(summaryOf(await first.up())).to.have.all.keys("unchanged");
    });

    it("lets go of its namespace, which stays, and what is in it until the stack's own end", async () => {
        const uids = async (kinds: string, ...where: readonly string[]) => {
            const output = "--output=jsonpath={.items[*].metadata.uid}";
            return (await engine.kubectl(["get", kinds, ...where, output])).split(" ").filter(Boolean);
        };
        const namespaces = () => uids("namespaces", "--field-selector=metadata.name=other");
        const inOther = (kinds: string) => uids(kinds, "--namespace=other");
        const [before, made, pods] = [await namespaces(), await inOther("deployments,services"), await inOther("pods")];
        expect(before).to.have.length(1);
        second.configure(settings({ namespace: "other", createNamespace: false }));
        await second.up();
        expect(await namespaces()).to.deep.equal(before);
        expect(await inOther("deployments,services")).to.deep.equal(made);
        // The autoscaler may have added one.
        expect(await inOther("pods")).to.include.members(pods);
        await second.succeed("destroy", "--yes", "--skip-preview");
        expect(await namespaces()).to.deep.equal(before);
        expect(await inOther("deployments,services")).to.deep.equal([]);
    });
});
