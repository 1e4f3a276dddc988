/** What the API server says of the stack's Envoy Gateway, and of a service behind it. */
import { join } from "node:path";

import { expect } from "chai";
import { stringify } from "yaml";

import { definitionsIn } from "../../tools/lab/cluster/definitions";
import { controllers } from "../../tools/lab/controller";
import { ensureTools } from "../../tools/lab/toolchain";
import { toYaml } from "../../tools/render/manifests";
import { render } from "../../tools/render/render";
import { needs } from "../helpers/needs";
import { recordingOfText } from "../helpers/stacks";
import { Engine, type Stack } from "./engine";

const quiet = { step: () => ({ done: () => undefined, fail: () => undefined }), note: () => undefined };

const host = "shop.example.com";

describe("a stack's own Envoy Gateway", function () {
    this.timeout(180_000);
    let engine: Engine;
    let stack: Stack;
    let folders: readonly string[];

    before(needs("go"));

    before(async function () {
        // Tools that are not in the cache are built.
        this.timeout(900_000);
        const { definitions } = controllers["envoy-gateway"];
        const tools = await ensureTools(["gateway-api-definitions", "envoy-gateway-charts"], quiet);
        folders = definitions.map(({ tool, folder }) => join(tools[tool], folder));
        engine = await Engine.start();
        stack = await engine.stack("envoy", settings);
    });

    after(() => engine.stop());

    const settings = {
        web: { host, awaitAddress: false, replicas: 2, gateway: { create: true } },
        metricsServer: { install: false },
        ingressController: { kind: "envoy-gateway", install: true, serviceType: "ClusterIP" },
    };

    const bring = async (folder: string) => {
        await engine.kubectl(["apply", "--server-side", "--filename", folder]);
    };

    it("is refused before anything changes, without Gateway API's CRDs and without its own", async () => {
        const before = await engine.everything();
        expect(await stack.fail("preview")).to.match(
            /resource 'tlsroutes\.gateway\.networking\.k8s\.io' does not exist/,
        );
        await bring(folders[0] ?? "");
        expect(await stack.fail("preview")).to.match(
            /envoy-gateway-needs-crds-of-envoy-gateway[^]*resource 'backendtrafficpolicies\.gateway\.envoyproxy\.io' does not exist/,
        );
        const after = await engine.everything();
        expect(after.filter((name) => !/gateway\.networking|safe-upgrades/.test(name))).to.have.members([...before]);
    });

    it("is made of objects that the API takes, in every form", async () => {
        await bring(folders[1] ?? "");
        const waited = definitionsIn([
            "gateway.envoyproxy.io_envoyproxies.yaml",
            "gateway.networking.k8s.io_gateways.yaml",
        ]);
        await engine.kubectl(["wait", "--for=condition=Established", ...waited]);
        const forms = [
            {},
            {
                workload: "DaemonSet",
                hostPorts: { http: 80, https: 443 },
                service: { externalTrafficPolicy: "Cluster" },
            },
            { service: { externalTrafficPolicy: "Local" }, shutdownGraceSeconds: 30, trustedIPs: ["10.0.0.0/8"] },
        ];
        for (const form of forms) {
            const recording = await recordingOfText(
                stringify({
                    config: {
                        "php-web-service:web": {
                            ...{ host, gateway: { create: true, allowedRoutes: "All" } },
                            tls: { secretName: "shop-tls", certManagerIssuer: "letsencrypt" },
                        },
                        "php-web-service:ingressController": { kind: "envoy-gateway", install: true, ...form },
                    },
                }),
            );
            const objects = render(recording, true).map((object) =>
                object.metadata?.namespace === undefined
                    ? object
                    : // Of namespaces that are not there yet.
                      { ...object, metadata: { ...object.metadata, namespace: "default" } },
            );
            const made = objects.filter(({ kind }) => kind !== "CustomResourceDefinition");
            const applied = await engine.kubectl(
                ["apply", "--server-side", "--dry-run=server", "--validate=strict", "--filename=-"],
                toYaml(made),
            );
            expect(applied.trim().split("\n")).to.have.length(made.length);
            expect(made.map(({ kind }) => kind)).to.include.members([
                ...[
                    "EnvoyProxy",
                    "GatewayClass",
                    "Gateway",
                    "HTTPRoute",
                    "BackendTrafficPolicy",
                    "ClientTrafficPolicy",
                ],
            ]);
        }
    });
});
