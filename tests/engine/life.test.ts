/** A stack from its first update to its end, in the real engine. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { Engine, summaryOf, type Stack } from "./engine";

const planted = "planted-9d1c2f7e";
const renewed = "renewed-4b8a60d3";

/** The values themselves, and what they are in base64. */
const secretTexts = [planted, renewed].flatMap((value) => [value, Buffer.from(value).toString("base64")]);

const deployment = "kubernetes:apps/v1:Deployment web";

describe("a stack's life in the real engine", function () {
    this.timeout(120_000);
    let engine: Engine;
    let stack: Stack;
    let atFirst: readonly string[];

    before(async function () {
        // Tools that are not in the cache are built.
        this.timeout(900_000);
        engine = await Engine.start();
        stack = await engine.stack("life", settings());
        await stack.setSecret("DB_PASSWORD", planted);
        atFirst = await engine.everything();
    });

    after(() => engine.stop());

    const settings = (web: object = {}) => ({
        web: {
            awaitAddress: false,
            autoscaling: { minReplicas: 2, maxReplicas: 6 },
            rollout: { minReadySeconds: 0 },
            ...web,
        },
        // Its APIService, without a server behind it, would hold every namespace that is deleted.
        metricsServer: { install: false },
        ingressController: { chart: engine.chart },
    });

    const expectNoSecretIn = (what: string, text: string) => {
        for (const secret of secretTexts) expect(text.includes(secret), `${what} has ${secret}`).to.equal(false);
    };

    /** What the autoscaler's controller does. */
    const scale = async (replicas: number) => {
        const { metadata } = await engine.object("deployment");
        await engine.kubectl([
            ...["patch", `deployment/${metadata.name}`, "--namespace=web", "--subresource=scale", "--type=merge"],
            ...[`--patch={"spec":{"replicas":${replicas}}}`, "--field-manager=kube-controller-manager"],
        ]);
    };

    it("is made by the plan that was previewed", async () => {
        const plan = join(engine.folder, "plan.json");
        await stack.preview("--save-plan", plan);
        expectNoSecretIn("the plan", readFileSync(plan, "utf8"));
        expect(summaryOf(await stack.up("--plan", plan))).to.have.all.keys("created");
        expect((await engine.object("ingress")).metadata.name).to.equal("web");
        // The controller's component has handed on its values.
        const controller = await engine.object("deployment", "ingress-nginx");
        expect(JSON.stringify(controller)).to.include("--shutdown-grace-period=15");
        const { data } = await engine.object("secret");
        expect(data).to.deep.equal({ DB_PASSWORD: Buffer.from(planted).toString("base64") });
    });

    it("is unchanged by a second update", async () => {
        expect(summaryOf(await stack.up())).to.have.all.keys("unchanged");
    });

    it("shows a changed setting as its fields and no others", async () => {
        stack.configure(settings({ longestRequestSeconds: 41 }));
        expect(await stack.preview()).to.have.deep.members([
            {
                op: "replace",
                resource: "kubernetes:core/v1:ConfigMap web-php-fpm",
                fields: { 'data["php-fpm.conf"]': "update-replace", 'data["php.ini"]': "update-replace" },
            },
            {
                op: "replace",
                resource: "kubernetes:core/v1:ConfigMap web-nginx",
                fields: { 'data["nginx.conf"]': "update-replace" },
            },
            {
                op: "update",
                resource: "kubernetes:networking.k8s.io/v1:Ingress web",
                fields: {
                    'metadata.annotations["nginx.ingress.kubernetes.io/proxy-read-timeout"]': "update",
                    'metadata.annotations["nginx.ingress.kubernetes.io/proxy-send-timeout"]': "update",
                },
            },
            {
                op: "update",
                resource: deployment,
                fields: {
                    "spec.template.metadata.annotations.php-web-service/longest-request-seconds": "update",
                    "spec.template.spec.terminationGracePeriodSeconds": "update",
                    "spec.template.spec.volumes[0].configMap.name": "update",
                    "spec.template.spec.volumes[1].configMap.name": "update",
                },
            },
        ]);
    });

    it("keeps the pods that the autoscaler has added, through refresh, preview, policies and a rolling update", async () => {
        await scale(5);
        await engine.availableReplicas(5);
        expect(summaryOf(await stack.succeed("refresh", "--yes", "--skip-preview"))).to.have.all.keys("unchanged");
        stack.configure(settings());
        expect(await stack.preview()).to.deep.equal([]);
        // Stack policies see the live object, whose replicas the autoscaler has set.
        const policies = await stack.succeed("preview", "--policy-pack", "policy");
        expect(policies)
            .to.match(/✅ zero-loss/)
            .and.not.match(/\[(mandatory|advisory)\]/);

        stack.configure(settings({ longestRequestSeconds: 41 }));
        await stack.up();
        const { spec, metadata } = await engine.object("deployment");
        expect(spec.replicas).to.equal(5);
        expect(metadata.managedFields?.map(({ manager }) => manager)).to.include("kube-controller-manager");
        // What nothing needs any more is gone.
        expect(
            (await engine.objects("configmap")).map(({ metadata: { name } }) => name.replace(/-[0-9a-f]{8}$/, "")),
        ).to.have.members(["kube-root-ca.crt", "web-app", "web-nginx", "web-php-fpm"]);
    });

    it("gives a new secret to new pods, and shows it nowhere", async () => {
        await stack.setSecret("DB_PASSWORD", renewed);
        const outputs = {
            preview: await stack.succeed("preview", "--diff", "--show-sames"),
            "preview --json": await stack.succeed("preview", "--json", "--show-sames"),
            up: await stack.up("--diff"),
            "the exported state": await stack.state(),
        };
        for (const [what, text] of Object.entries(outputs)) expectNoSecretIn(what, text);
        expect(outputs.preview).to.include("[secret]");
        const secret = await engine.object("secret");
        expect(secret.data).to.deep.equal({ DB_PASSWORD: Buffer.from(renewed).toString("base64") });
        expect(JSON.stringify(await engine.object("deployment"))).to.include(secret.metadata.name);
    });

    it("keeps the old pods where a new image cannot be pulled, and says so soon after the deadline", async () => {
        engine.kubelet.brokenImage = "missing:1.0";
        stack.configure(
            settings({
                phpFpm: { image: "registry.example.com/missing:1.0" },
                rollout: { minReadySeconds: 0, startupSeconds: 5, progressDeadlineSeconds: 11 },
            }),
        );
        const start = performance.now();
        const output = await stack.fail("up", "--yes", "--skip-preview");
        // 11 s, or three batches of 5 s, and 15 s for the verdict. The rest is the engine's own.
        expect((performance.now() - start) / 1000).to.be.within(25, 50);
        expect(output).to.include("[ProgressDeadlineExceeded]");
        expect(output).to.match(/Deployment web\/web: 5 pods serve on, .* has timed out progressing/);
        expect(output).to.match(
            /pod web-\S+ and 1 more: container php-fpm has no image \(ImagePullBackOff\): registry\.example\.com\/missing:1\.0\./,
        );
        expect((await engine.object("deployment")).status?.availableReplicas).to.be.at.least(5);

        stack.configure(settings());
        engine.kubelet.brokenImage = undefined;
        await stack.up();
        expect(summaryOf(await stack.up())).to.have.all.keys("unchanged");
    }).timeout(300_000);

    it("ends with nothing left of it", async () => {
        await stack.succeed("destroy", "--yes", "--skip-preview");
        const left = (await engine.everything()).filter((name) => !atFirst.includes(name));
        expect(left).to.deep.equal([]);
    });
});
