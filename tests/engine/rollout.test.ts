/** How long the official provider waits for a Deployment, and what is told where that was in vain. */
import { join } from "node:path";

import { expect } from "chai";

import { runToEnd } from "../../tools/common/commands";
import { repositoryRoot } from "../../tools/common/paths";
import { Engine, summaryOf, type Stack } from "./engine";

describe("the wait for a rollout", function () {
    this.timeout(400_000);
    let engine: Engine;
    let stack: Stack;

    before(async function () {
        this.timeout(900_000);
        engine = await Engine.start();
        stack = await engine.stack("rollout", settings({}));
        await stack.up();
        // A Deployment begins with one pod, and up to Kubernetes 1.36 its autoscaler looks at it after 15 s only.
        await engine.availableReplicas(4);
    });

    after(() => engine.stop());

    const settings = (web: object) => ({
        web: { awaitAddress: false, replicas: 4, rollout: { minReadySeconds: 0 }, ...web },
        metricsServer: { install: false },
        ingressController: { install: false },
    });

    const rollout = { startupSeconds: 5, minReadySeconds: 0, progressDeadlineSeconds: 20 };

    it("goes on for as long as Kubernetes sees progress, even where each pod takes longer than it should", async () => {
        // One pod after the other: 48 s, where the provider's own wait is max(20 s, 4 x 5 s) + 15 s.
        engine.kubelet.startSeconds = 12;
        stack.configure(settings({ rollout, longestRequestSeconds: 41 }));
        const output = await stack.up();
        expect(output).to.include("retrying update due to on-error hook request (1/100)");
        expect(output).to.not.include("error:");
        expect((await engine.object("deployment")).status?.availableReplicas).to.equal(4);
        engine.kubelet.startSeconds = 0;
        // The engine keeps the first wait's end in its state, and looks once more.
        await stack.up();
        expect(summaryOf(await stack.up())).to.have.all.keys("unchanged");
    });

    it("ends soon after the deadline where a quota lets no new pod in, and names it", async () => {
        const quota = {
            apiVersion: "v1",
            kind: "ResourceQuota",
            metadata: { name: "small" },
            spec: { hard: { pods: "4" } },
        };
        await engine.kubectl(["apply", "--namespace=web", "--filename=-"], JSON.stringify(quota));
        stack.configure(settings({ rollout, longestRequestSeconds: 42 }));
        const start = performance.now();
        const output = await stack.fail("up", "--yes", "--skip-preview");
        expect((performance.now() - start) / 1000).to.be.within(30, 60);
        expect(output).to.match(/pods are refused: pods "web-\S+" is forbidden: exceeded quota: small/);
        expect(output).to.include("Raise the namespace's ResourceQuota");

        // Stack prod is in a namespace of the same name.
        const command = ["--import", "tsx", "tools/why/cli.ts", "--stack", "prod"];
        const why = () => runToEnd(process.execPath, command, { cwd: repositoryRoot, env: engine.environment });
        const told = await why();
        expect(told.code, told.stderr).to.equal(1);
        expect(told.stdout).to.match(/^Deployment web\/web: 4 pods serve on, .*\n {2}- pods are refused: .*quota/);

        await engine.kubectl(["delete", "--namespace=web", "resourcequota", "small"]);
        await stack.up();
        expect(await why()).to.deep.equal({ code: 0, stdout: "Every new pod in namespace web serves.\n", stderr: "" });
    });

    it("is not over because the provider says so, but when Kubernetes does", async () => {
        const told = await engine.stack("told", {}, join(__dirname, "soonTold"));
        const web = (image: string) => {
            told.configure({ web: { image, progressDeadlineSeconds: 10 } });
        };
        web("example.com/web:1");
        engine.kubelet.startSeconds = 5;
        await told.up();
        engine.kubelet.startSeconds = 0;
        const { status } = await engine.object("deployment", "default");
        expect(status?.availableReplicas).to.equal(1);

        engine.kubelet.brokenImage = "web:2";
        web("example.com/web:2");
        const output = await told.fail("up", "--yes", "--skip-preview");
        expect(output).to.match(/container nginx has no image \(\w+\): example\.com\/web:2/);
    });
});
