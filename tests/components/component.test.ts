/** PhpWebService and IngressNginx as components that other programs use. */
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";

import { IngressNginx, PhpWebService, sampleApplication, type AppArgs, type IngressNginxArgs } from "../../components";
import { recordingOfProgram, resource } from "../helpers/stacks";

describe("PhpWebService in another program", () => {
    it("names every child after itself", async () => {
        const { resources } = await recordingOfProgram(() => {
            new PhpWebService("shop");
            return {};
        });
        expect(resources.map(({ name }) => name).filter((name) => !/^shop(-|$)/.test(name))).to.be.empty;
        expect(new Set(resources.map(({ type, name }) => `${type} ${name}`)).size).to.equal(resources.length);
    });

    it("takes Outputs where a value only passes through", async () => {
        const recording = await recordingOfProgram(() => {
            new PhpWebService("web", {
                nginx: { image: pulumi.output("registry.example.com/nginx:1.30.4") },
                phpFpm: { env: { APP_ENV: pulumi.output("production") } },
            });
            return {};
        });
        const text = JSON.stringify(resource(recording, "kubernetes:apps/v1:Deployment").inputs);
        expect(text).to.include("registry.example.com/nginx:1.30.4");
        expect(text).to.include('{"name":"APP_ENV","value":"production"}');
    });

    it("lets a text of the environment arrive as one of the Secret does, which Kubernetes expands nothing in", async () => {
        const recording = await recordingOfProgram(() => {
            const env = { A: "$(HOME) $$ $a a$", B: pulumi.output("$(HOME)"), C: "a" };
            new PhpWebService("web", { phpFpm: { env } });
            return {};
        });
        const text = JSON.stringify(resource(recording, "kubernetes:apps/v1:Deployment").inputs);
        expect(text).to.include('{"name":"A","value":"$$(HOME) $$$$ $$a a$$"}');
        expect(text).to.include('{"name":"B","value":"$$(HOME)"}').and.include('{"name":"C","value":"a"}');
    });

    it("serves the sample, the images' own application, or files that it is given", async () => {
        const filesWith = async (source?: AppArgs["source"]) => {
            const { resources } = await recordingOfProgram(() => {
                new PhpWebService("shop", { app: { source } });
                return {};
            });
            return resources.find(({ name }) => name === "shop-app")?.inputs["data"];
        };
        expect(await filesWith()).to.deep.equal(sampleApplication());
        expect(await filesWith("image")).to.equal(undefined);
        expect(await filesWith({ "index.php": "<?php echo 1;" })).to.deep.equal({ "index.php": "<?php echo 1;" });
    });

    it("supports aliases, so that a rename is no replacement", async () => {
        const recording = await recordingOfProgram(() => {
            new PhpWebService("shop", {}, { aliases: [{ name: "web" }] });
            return {};
        });
        const { options } = resource(recording, "php-web-service:index:PhpWebService");
        expect(options.aliases).to.deep.equal([{ name: "web" }]);
    });

    it("hands transformations down to its children", async () => {
        const recording = await recordingOfProgram(() => {
            new PhpWebService(
                "web",
                {},
                {
                    transformations: [
                        ({ type, props, opts }) =>
                            type === "kubernetes:core/v1:Service"
                                ? { props: { ...props, metadata: { annotations: { team: "shop" } } }, opts }
                                : undefined,
                    ],
                },
            );
            return {};
        });
        expect(resource(recording, "kubernetes:core/v1:Service").inputs["metadata"]).to.deep.equal({
            annotations: { team: "shop" },
        });
    });

    it("registers its outputs", async () => {
        const { outputs } = await recordingOfProgram(() => {
            const { url, namespace, deploymentName, autoscalerName } = new PhpWebService("web", {});
            return { url, namespace, deploymentName, autoscalerName };
        });
        expect(outputs["namespace"]).to.equal("web");
        expect(outputs["deploymentName"]).to.equal("web");
        expect(outputs["autoscalerName"]).to.equal("web");
        expect(outputs["url"]).to.equal(undefined);
    });
});

describe("IngressNginx in another program", () => {
    it("passes further chart values on, and keeps its own", async () => {
        const recording = await recordingOfProgram(() => {
            new IngressNginx("edge", { controller: { podAnnotations: { team: "edge" } } });
            return {};
        });
        const { controller } = resource(recording, "kubernetes-ingress-nginx:index:IngressController").inputs as {
            controller: Record<string, unknown>;
        };
        expect(controller).to.deep.include({ podAnnotations: { team: "edge" }, replicaCount: 2, minAvailable: 1 });
    });

    it("is refused by the compiler with what the package or the chart would drop (checked by tsc)", () => {
        const refused: IngressNginxArgs["controller"][] = [
            // @ts-expect-error misspelt in the package: the chart's key is terminationGracePeriodSeconds
            { terminateGracePeriodSeconds: 600 },
            // @ts-expect-error misspelt in the package: the chart's key is healthCheckHost
            { heathCheckHost: "127.0.0.1" },
            // @ts-expect-error one object in the package, a list in the chart
            { tolerations: { key: "edge", operator: "Exists" } },
            // @ts-expect-error PodSecurityPolicy is gone from Kubernetes
            { existingPsp: "edge" },
            // @ts-expect-error owned by the component
            { replicaCount: 1 },
        ];
        // @ts-expect-error helmOptions.values.controller would be overwritten by the package
        const args: IngressNginxArgs = { helmOptions: { values: {} } };
        expect([...refused, args]).to.have.length(6);
    });
});
