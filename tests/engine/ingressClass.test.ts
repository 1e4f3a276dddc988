/** An IngressClass that was somebody's part, and becomes an object of the stack's: Ingresses of it are served meanwhile. */
import { join } from "node:path";

import { expect } from "chai";

import { Engine, type Stack } from "./engine";

describe("the IngressClass of a stack that was made before it was the stack's own", function () {
    this.timeout(180_000);
    let engine: Engine;

    before(async function () {
        // Tools that are not in the cache are built.
        this.timeout(900_000);
        engine = await Engine.start();
    });

    after(() => engine.stop());

    const stackOf = (kind: string): Promise<Stack> =>
        engine.stack(kind, settings(kind, true), join(__dirname, "classOfBefore"));
    const settings = (kind: string, isBefore: boolean) => ({
        class: { kind, isBefore, repository: engine.chart.repository },
    });

    const uidOfClass = () => engine.kubectl(["get", "ingressclass/nginx", "--output=jsonpath={.metadata.uid}"]);
    const isThere = async () => (await engine.everything()).includes("IngressClass//nginx");

    it("stays where ingress-nginx' chart had made it, which brings none any more and would delete it", async () => {
        const stack = await stackOf("ingress-nginx");
        await stack.up();
        const uid = await uidOfClass();
        stack.configure(settings("ingress-nginx", false));
        await stack.up();
        expect(await uidOfClass()).to.equal(uid);
        const made = (await stack.state()).includes("IngressClass::ingress-class");
        expect(made, "an object of the stack's").to.equal(true);
        await stack.succeed("destroy", "--yes", "--skip-preview");
        expect(await isThere()).to.equal(false);
    });

    it("stays where it was Traefik's, under another name", async () => {
        const stack = await stackOf("traefik");
        await stack.up();
        const uid = await uidOfClass();
        stack.configure(settings("traefik", false));
        const steps = await stack.preview();
        expect(steps.map(({ op }) => op))
            .to.not.include("create")
            .and.not.include("delete");
        await stack.up();
        expect(await uidOfClass()).to.equal(uid);
        await stack.succeed("destroy", "--yes", "--skip-preview");
    });
});
