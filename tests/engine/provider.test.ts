/** The Kubernetes plugin in the real engine: what a program may rely on, whichever plugin it is. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { root } from "../../render/stackFile";
import { Engine, summaryOf, type Stack } from "./engine";
import type { Listed } from "./objects";

const configMap = (data: object, metadata: object = {}, rest: object = {}): Listed => ({
    name: "settings",
    object: { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: "space", ...metadata }, data, ...rest },
});

const deployment = (spec: object = {}, container: object = {}, more: Partial<Listed> = {}): Listed => {
    const labels = { app: "server" };
    return {
        name: "server",
        object: {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { namespace: "space" },
            spec: {
                selector: { matchLabels: labels },
                template: {
                    metadata: { labels },
                    spec: { containers: [{ name: "server", image: "server:1.0", ...container }] },
                },
                ...spec,
            },
        },
        ...more,
    };
};

describe("the Kubernetes plugin in the real engine", function () {
    this.timeout(120_000);
    let engine: Engine;
    let stack: Stack;
    let objectsPath: string;

    before(async function () {
        this.timeout(900_000);
        engine = await Engine.start();
        objectsPath = join(engine.folder, "objects.json");
        stack = await engine.stack("objects", {}, join(root, "tests/engine/objects"), { OBJECTS: objectsPath });
        await engine.kubectl(["create", "namespace", "space"]);
    });

    after(() => engine.stop());

    afterEach(async () => {
        engine.kubelet.brokenImage = undefined;
        await stack.succeed("destroy", "--yes", "--skip-preview");
    });

    const program = (...listed: readonly Listed[]) => {
        writeFileSync(objectsPath, JSON.stringify(listed));
    };

    const names = async (kind: string) => (await engine.objects(kind, "space")).map(({ metadata }) => metadata.name);

    it("gives names, and makes the new object before the old one goes", async () => {
        program(configMap({ color: "red" }));
        await stack.up();
        const [first] = (await names("configmap")).filter((name) => name !== "kube-root-ca.crt");
        expect(first).to.match(/^settings-[0-9a-f]{8}$/);
        program(configMap({ color: "blue" }));
        const output = await stack.up();
        expect(output.indexOf("created replacement")).to.be.below(output.indexOf("deleted original"));
        expect(await names("configmap")).to.not.include(first);
    });

    it("takes the old object away first where both would have one name", async () => {
        program(configMap({ color: "red" }, { name: "fixed" }));
        await stack.up();
        program(configMap({ color: "blue" }, { name: "fixed" }));
        const [step] = await stack.preview();
        expect(step?.fields).to.deep.equal({ "data.color": "update-replace" });
        const output = await stack.up();
        expect(output.indexOf("deleted original")).to.be.below(output.indexOf("created replacement"));
        expect(
            (await engine.objects("configmap", "space")).find(({ metadata }) => metadata.name === "fixed")?.data,
        ).to.deep.equal({
            color: "blue",
        });
    });

    it("replaces a Deployment for its selector, and updates it for anything else", async () => {
        program(deployment());
        await stack.up();
        program(deployment({ minReadySeconds: 1 }, { env: [{ name: "MODE", value: "1" }] }));
        expect((await stack.preview())[0]).to.deep.include({
            op: "update",
            fields: { "spec.minReadySeconds": "add", "spec.template.spec.containers[0].env": "add" },
        });
        const labels = { app: "other" };
        program(
            deployment({
                selector: { matchLabels: labels },
                template: { metadata: { labels }, spec: { containers: [{ name: "server", image: "server:1.0" }] } },
            }),
        );
        expect((await stack.preview())[0]?.fields).to.deep.equal({
            "spec.selector.matchLabels.app": "update-replace",
            "spec.template.metadata.labels.app": "update",
        });
        await stack.up();
        expect(await names("deployment")).to.have.length(1);
    });

    it("sees the same quantity in other words, zero and emptiness as no change", async () => {
        const resources = { requests: { cpu: "0.5", memory: "1024Mi" }, limits: {} };
        program(deployment({ minReadySeconds: 0, paused: false }, { resources, command: [], env: [] }));
        await stack.up();
        expect(await stack.preview()).to.deep.equal([]);
        await stack.succeed("refresh", "--yes", "--skip-preview");
        expect(await stack.preview()).to.deep.equal([]);
    });

    it("refuses a field that Kubernetes does not know, in the preview already", async () => {
        program();
        await stack.up();
        program(deployment({}, { imagePullPolcy: "Always" }));
        expect(await stack.fail("preview")).to.include("imagePullPolcy: field not declared in schema");
    });

    it("says of a Deployment that does not get ready which container is to blame, and keeps it for a mend", async () => {
        engine.kubelet.brokenImage = "broken";
        program(deployment({ progressDeadlineSeconds: 2 }, { image: "broken:1.0" }));
        const output = await stack.fail("up", "--yes", "--skip-preview");
        expect(output).to.include("No progress within spec.progressDeadlineSeconds");
        expect(output).to.match(/container server: ImagePullBackOff: Back-off pulling image/);
        program(deployment({ progressDeadlineSeconds: 2 }));
        expect(summaryOf(await stack.up())).to.deep.include({ updated: 1 });
        expect(await names("deployment")).to.have.length(1);
    });

    it("says why there are no pods at all", async () => {
        const quota = {
            name: "quota",
            object: {
                apiVersion: "v1",
                kind: "ResourceQuota",
                metadata: { namespace: "space", name: "none" },
                spec: { hard: { pods: "0" } },
            },
        };
        program(quota, deployment({}, {}, { timeout: 4 }));
        const output = await stack.fail("up", "--yes", "--skip-preview");
        expect(output)
            .to.include("Not ready after 4 s")
            .and.to.match(/FailedCreate: .*exceeded quota: none/);
    });

    it("says of a Service without endpoints which pods it waits for", async () => {
        const service = {
            name: "server",
            timeout: 2,
            object: {
                apiVersion: "v1",
                kind: "Service",
                metadata: { namespace: "space" },
                spec: { selector: { app: "nobody" }, ports: [{ port: 80 }] },
            },
        };
        program(service);
        expect(await stack.fail("up", "--yes", "--skip-preview")).to.include('labels {"app":"nobody"}');
    });

    it("waits for an Ingress until its controller has written an address, unless it is told not to", async () => {
        const ingress = (metadata: object): Listed => ({
            name: "edge",
            timeout: 2,
            object: {
                apiVersion: "networking.k8s.io/v1",
                kind: "Ingress",
                metadata: { namespace: "space", name: "edge", ...metadata },
                spec: {
                    ingressClassName: "nginx",
                    defaultBackend: { service: { name: "server", port: { number: 80 } } },
                },
            },
        });
        program(ingress({}));
        expect(await stack.fail("up", "--yes", "--skip-preview")).to.include(
            "No ingress controller has written an address",
        );
        program(ingress({ annotations: { "pulumi.com/skipAwait": "true" } }));
        await stack.up();
        program(ingress({ labels: { changed: "yes" } }));
        await engine.kubectl([
            ...["patch", "ingress/edge", "--namespace=space", "--subresource=status", "--type=merge"],
            '--patch={"status":{"loadBalancer":{"ingress":[{"ip":"198.51.100.1"}]}}}',
        ]);
        await stack.up();
    });

    it("leaves a field to its other manager, until the program says patchForce", async () => {
        program(configMap({ color: "red" }, { name: "shared" }, { immutable: false }), deployment({ replicas: 1 }));
        await stack.up();
        const [name = ""] = await names("deployment");
        await engine.kubectl([
            ...["patch", `deployment/${name}`, "--namespace=space", "--subresource=scale", "--type=merge"],
            ...['--patch={"spec":{"replicas":2}}', "--field-manager=kube-controller-manager"],
        ]);
        program(deployment({ replicas: 3 }));
        const conflict = await stack.fail("up", "--yes", "--skip-preview");
        expect(conflict).to.match(/conflict with "kube-controller-manager".*: \.spec\.replicas/s);
        expect(conflict).to.include("pulumi.com/patchForce");
        const forced = deployment({ replicas: 3 });
        const metadata = { namespace: "space", annotations: { "pulumi.com/patchForce": "true" } };
        program({ ...forced, object: { ...forced.object, metadata } });
        await stack.up();
        expect((await engine.object("deployment", "space")).spec.replicas).to.equal(3);
    });

    it("refuses to take over an object that is there already", async () => {
        program();
        await stack.up();
        await engine.kubectl(["create", "configmap", "mine", "--namespace=space"]);
        program(configMap({}, { name: "mine" }));
        expect(await stack.fail("up", "--yes", "--skip-preview")).to.include("ConfigMap space/mine is there already");
    });

    it("notices in a refresh what was changed and what was deleted by hand", async () => {
        program(configMap({ color: "red" }, { name: "changed" }), {
            ...configMap({ color: "red" }, { name: "deleted" }),
            name: "further",
        });
        await stack.up();
        await engine.kubectl([
            ...[
                "patch",
                "configmap/changed",
                "--namespace=space",
                "--type=merge",
                '--patch={"data":{"color":"green"}}',
            ],
        ]);
        await engine.kubectl(["delete", "configmap/deleted", "--namespace=space"]);
        expect(summaryOf(await stack.succeed("refresh", "--yes", "--skip-preview"))).to.deep.include({
            updated: 1,
            deleted: 1,
        });
        expect((await stack.preview()).map(({ op, fields }) => [op, fields])).to.have.deep.members([
            ["replace", { "data.color": "update-replace" }],
            ["create", {}],
        ]);
    });

    it("makes custom resources with their definition in one update", async () => {
        const definition = {
            name: "widgets",
            object: {
                apiVersion: "apiextensions.k8s.io/v1",
                kind: "CustomResourceDefinition",
                metadata: { name: "widgets.example.com" },
                spec: {
                    group: "example.com",
                    scope: "Namespaced",
                    names: { plural: "widgets", singular: "widget", kind: "Widget" },
                    versions: [
                        {
                            name: "v1",
                            served: true,
                            storage: true,
                            schema: {
                                openAPIV3Schema: {
                                    type: "object",
                                    properties: { spec: { type: "object", properties: { size: { type: "integer" } } } },
                                },
                            },
                        },
                    ],
                },
            },
        };
        const widget = (size: number) => ({
            name: "widget",
            object: { apiVersion: "example.com/v1", kind: "Widget", metadata: { namespace: "space" }, spec: { size } },
        });
        program(definition, widget(1));
        await stack.up();
        program(definition, widget(2));
        expect((await stack.preview())[0]?.fields).to.deep.equal({ "spec.size": "update" });
        await stack.up();
    });

    describe("a Helm Release", () => {
        const release = (values: object, more: object = {}): Listed => ({
            name: "controller",
            type: "kubernetes:helm.sh/v3:Release",
            object: {
                apiVersion: "",
                kind: "",
                chart: "ingress-nginx",
                namespace: "space",
                repositoryOpts: { repo: engine.chart.repository },
                values,
                ...more,
            },
        });

        it("is installed, changed by its values, and gone in the end", async () => {
            program(release({ controller: { extraArgs: { grace: "5" } } }));
            await stack.up();
            expect(await stack.preview()).to.deep.equal([]);
            program(release({ controller: { extraArgs: { grace: "5" }, replicaCount: 2 } }));
            expect((await stack.preview())[0]?.fields).to.deep.equal({ "values.controller.replicaCount": "add" });
            await stack.up();
            expect((await engine.object("deployment", "space")).spec.replicas).to.equal(2);
            await stack.succeed("refresh", "--yes", "--skip-preview");
            expect(await stack.preview()).to.deep.equal([]);
            program();
            await stack.up();
            expect(await engine.objects("deployment", "space")).to.deep.equal([]);
        });

        it("of a version that is not there is refused in the preview", async () => {
            program(release({}, { version: "9.9.9" }));
            expect(await stack.fail("preview")).to.match(/chart "ingress-nginx" version "9\.9\.9" not found/);
        });
    });

    it("stops for policies that the program breaks", async () => {
        const server = deployment({ replicas: 3 }, { image: "nginx:latest" });
        const autoscaler = {
            name: "server",
            object: {
                apiVersion: "autoscaling/v2",
                kind: "HorizontalPodAutoscaler",
                metadata: { namespace: "space", name: "server" },
                spec: {
                    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "server" },
                    minReplicas: 2,
                    maxReplicas: 4,
                    metrics: [],
                },
            },
        };
        program(
            { ...server, object: { ...server.object, metadata: { namespace: "space", name: "server" } } },
            autoscaler,
        );
        const output = await stack.fail("preview", "--policy-pack", join(root, "policy"));
        expect(output)
            .to.match(/\[mandatory\].*images-pinned/)
            .and.to.include("latest");
        expect(output).to.match(/\[mandatory\].*autoscaler-owns-replicas/);
    });
});
