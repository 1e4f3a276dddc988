/** The Job that looks after files of releases before, by the real engine: after each rollout, and never in a release's way. */
import { once } from "node:events";

import { expect } from "chai";

import { sleep } from "../../tools/common/commands";
import { Engine, summaryOf, until, type Stack } from "./engine";

describe("files of releases before", function () {
    this.timeout(180_000);
    let engine: Engine;
    let stack: Stack;

    before(async function () {
        this.timeout(900_000);
        engine = await Engine.start();
        stack = await engine.stack("assets", settings("1"));
    });

    after(() => engine.stop());

    const settings = (release: string, app: object = {}) => ({
        web: {
            awaitAddress: false,
            replicas: 2,
            rollout: { minReadySeconds: 0 },
            phpFpm: { image: `registry.example.com/app:1.0.${release}` },
            app: {
                source: "phpFpmImage",
                documentRoot: "/srv/app/public",
                keptAssets: { claim: "assets", paths: ["build"] },
                ...app,
            },
        },
        metricsServer: { install: false },
        ingressController: { install: false },
    });

    const jobs = async () => await engine.objects("jobs");
    const succeed = () => {
        engine.kubelet.commandsEnd = { exitCode: 0, lastWords: "" };
    };
    const begunDuring = async (work: () => Promise<unknown>) => {
        const before = engine.kubelet.begun.length;
        await work();
        return engine.kubelet.begun.slice(before);
    };
    const imageServed = async () => /app:[^"]+/.exec(JSON.stringify(await engine.object("deployment")))?.[0];

    it("are looked after when the pods are rolled, once, in the release's image", async () => {
        await stack.up();
        const [first, ...others] = await jobs();
        expect(others).to.deep.equal([]);
        expect(first?.metadata.name).to.match(/^web-assets-[0-9a-f]{8}$/);

        engine.kubelet.commandsEnd = undefined;
        engine.kubelet.startSeconds = 2;
        stack.configure(settings("2"));
        const update = stack.startUpdate();
        const before = engine.kubelet.begun.length;
        await until(() => engine.kubelet.begun.length > before, 60);
        engine.kubelet.startSeconds = 0;
        expect(await imageServed()).to.equal("app:1.0.2");
        await engine.kubectl(["rollout", "status", "deployment/web", "--namespace=web", "--timeout=1s"]);
        await sleep(1);
        succeed();
        await once(update, "exit");
        const [second, ...more] = await jobs();
        expect(more).to.deep.equal([]);
        expect(second?.metadata.name).to.not.equal(first?.metadata.name);
        expect(JSON.stringify(second)).to.include("app:1.0.2");
        const begun = await begunDuring(async () => {
            expect(summaryOf(await stack.up())).to.have.all.keys("unchanged");
            expect(summaryOf(await stack.succeed("refresh", "--yes", "--skip-preview"))).to.have.all.keys("unchanged");
            expect(await stack.preview()).to.deep.equal([]);
        });
        expect(begun).to.deep.equal([]);
    });

    it("are looked after again by the next update where a Job has failed, and the release serves", async () => {
        engine.kubelet.commandsEnd = { exitCode: 1, lastWords: "No space left on device" };
        stack.configure(settings("3"));
        expect(await stack.fail("up", "--yes", "--skip-preview")).to.include("BackoffLimitExceeded");
        expect(await imageServed()).to.equal("app:1.0.3");
        succeed();
        expect(await begunDuring(() => stack.up())).to.have.length(1);
        expect(await jobs()).to.have.length(1);
        expect(summaryOf(await stack.up())).to.have.all.keys("unchanged");
    });

    it("are looked after anew where the release before comes back after one whose Job has failed", async () => {
        engine.kubelet.commandsEnd = { exitCode: 1, lastWords: "" };
        stack.configure(settings("4"));
        await stack.fail("up", "--yes", "--skip-preview");
        succeed();
        stack.configure(settings("3"));
        expect(await begunDuring(() => stack.up())).to.have.length(1);
        expect(await jobs()).to.have.length(1);
        expect(summaryOf(await stack.up())).to.have.all.keys("unchanged");
    });

    it("are no one's any more where the setting is taken out", async () => {
        stack.configure(settings("3", { keptAssets: undefined }));
        expect(await begunDuring(() => stack.up())).to.deep.equal([]);
        expect(await jobs()).to.deep.equal([]);
        await stack.succeed("destroy", "--yes", "--skip-preview");
    });
});
