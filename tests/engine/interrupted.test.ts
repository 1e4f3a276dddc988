/** An update whose engine is killed, and what comes after it. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

import { expect } from "chai";

import { Engine, summaryOf, until, type Stack } from "./engine";

describe("an update that is killed half way", function () {
    this.timeout(120_000);
    let engine: Engine;
    let stack: Stack;
    let atFirst: readonly string[];

    before(async function () {
        this.timeout(900_000);
        engine = await Engine.start();
        stack = await engine.stack("interrupted", settings());
        atFirst = await engine.everything();
    });

    after(() => engine.stop());

    const settings = (web: object = {}) => ({
        web: { awaitAddress: false, replicas: 2, rollout: { minReadySeconds: 0 }, ...web },
        metricsServer: { install: false },
        ingressController: { install: false },
    });

    const kill = async (update: ChildProcess) => {
        update.kill("SIGKILL");
        await once(update, "exit");
    };

    /** Kills a first or a further update as soon as something is so in the cluster, and frees the stack from it. */
    const killOnce = async (isSo: () => Promise<boolean>) => {
        const update = stack.startUpdate();
        await until(isSo, 30);
        await kill(update);
        await stack.cancel();
    };

    /** Kind and name of every object of the service, those of ConfigMaps without what Pulumi appends. */
    const objects = async () =>
        (await engine.everything())
            .filter((name) => !atFirst.includes(name) && /^[A-Za-z]+\/web\//.test(name))
            .filter((name) => !/^(ReplicaSet|ServiceAccount|ControllerRevision)/.test(name))
            .map((name) => name.replace(/^(ConfigMap.*)-[0-9a-f]{8}$/, "$1"))
            .sort();

    const expected = [
        "ConfigMap/web/web-app",
        "ConfigMap/web/web-nginx",
        "ConfigMap/web/web-php-fpm",
        "Deployment/web/web",
        "HorizontalPodAutoscaler/web/web",
        "Ingress/web/web",
        "NetworkPolicy/web/web",
        "PodDisruptionBudget/web/web",
        "Service/web/web",
    ];

    it("leaves no program behind, and no plugin but the official provider, which looks after five minutes", async () => {
        engine.kubelet.idleNamespace = "web";
        const update = stack.startUpdate();
        await until(async () => (await engine.kubectl(["get", "namespace", "web", "--ignore-not-found"])) !== "", 30);
        expect(engine.processes()).to.have.length.above(2);
        await kill(update);
        await until(() => engine.processes().every(({ name }) => name === "pulumi-resource-kubernetes"), 5);
        await stack.cancel();
    });

    for (const kind of ["deployment", "horizontalpodautoscaler"]) {
        it(`is gone on with by the next first one, which is killed when there is a ${kind}`, async () => {
            engine.kubelet.idleNamespace = kind === "horizontalpodautoscaler" ? undefined : "web";
            await killOnce(async () => (await engine.objects(kind)).length === 1);
        });
    }

    it("is finished by one plain update, which finds what was begun", async () => {
        engine.kubelet.idleNamespace = undefined;
        await stack.up();
        // A ConfigMap that was being created in that moment is there twice, as its name was lost with the engine.
        expect([...new Set(await objects())]).to.deep.equal(expected);
        expect(await engine.objects("deployment")).to.have.length(1);
        expect(summaryOf(await stack.up())).to.have.all.keys("unchanged");
        await stack.succeed("refresh", "--yes", "--skip-preview", "--clear-pending-creates");
        expect(await stack.up()).to.not.include("pending operations");
    });

    it("is gone on with by the next one, where it was an update of what was there", async () => {
        stack.configure(settings({ longestRequestSeconds: 41 }));
        engine.kubelet.idleNamespace = "web";
        await killOnce(async () => (await engine.objects("pods")).length > 2);
        engine.kubelet.idleNamespace = undefined;
        await stack.up();
        expect(summaryOf(await stack.up())).to.have.all.keys("unchanged");
        expect([...new Set(await objects())]).to.deep.equal(expected);
    });

    it("ends at once by Ctrl-C too, and then has kept what it had begun", async () => {
        stack.configure(settings({ longestRequestSeconds: 42 }));
        engine.kubelet.idleNamespace = "web";
        const before = engine.processes().map(({ pid }) => pid);
        const update = stack.startUpdate();
        await until(async () => (await engine.objects("pods")).length > 2, 30);
        const asked = performance.now();
        update.kill("SIGINT");
        await once(update, "exit");
        expect(performance.now() - asked).to.be.below(10_000);
        const isOfUpdate = ({ pid }: { pid: number }) => !before.includes(pid);
        await until(() => !engine.processes().some(isOfUpdate), 2);
        engine.kubelet.idleNamespace = undefined;
        const { deployment } = JSON.parse(await stack.state()) as {
            readonly deployment: { readonly pending_operations?: unknown };
        };
        expect(deployment.pending_operations ?? []).to.deep.equal([]);
        await stack.up();
        expect(summaryOf(await stack.up())).to.have.all.keys("unchanged");
    });

    it("leaves nothing that a destroy would not find", async () => {
        await stack.succeed("destroy", "--yes", "--skip-preview");
        const left = (await engine.everything()).filter((name) => !atFirst.includes(name));
        expect(left).to.deep.equal([]);
    });

    it("while Helm installs is gone on with once Helm's record is removed, as docs/operations.md says", async () => {
        const namespace = "ingress-nginx";
        stack = await engine.stack("helm", { ...settings(), ingressController: { chart: engine.chart } });
        engine.kubelet.idleNamespace = namespace;
        await killOnce(async () => (await engine.objects("deployment", namespace).catch(() => [])).length === 1);
        engine.kubelet.idleNamespace = undefined;
        expect(await stack.fail("up", "--yes", "--skip-preview")).to.include(
            "cannot re-use a name that is still in use",
        );
        const record = `--selector=owner=helm,name=${namespace}`;
        await engine.kubectl(["delete", "secrets", `--namespace=${namespace}`, record]);
        await stack.up();
        expect(await engine.objects("deployment", namespace)).to.have.length(1);
        expect(summaryOf(await stack.up())).to.have.all.keys("unchanged");
    });
});
