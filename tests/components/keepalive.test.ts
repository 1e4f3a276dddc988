import { expect } from "chai";

import { serviceOfValues } from "../helpers/service";
import { recordingOfText, resource } from "../helpers/stacks";
import { controllerOf } from "../helpers/webObjects";

/** keepalive_timeout that follows from a stack file. Seconds. */
const keepaliveSeconds = (values: Readonly<Record<string, unknown>>): number =>
    serviceOfValues(values).nginx.keepaliveSeconds;

describe("how long a controller keeps a client's idle connection", () => {
    const keepAliveOf = async (text: string) => {
        const { controller } = controllerOf(await recordingOfText(text));
        return (controller["config"] as Record<string, string>)["keep-alive"];
    };

    it("is longer than Google's load balancers do, unless the stack says otherwise", async () => {
        expect(Number(await keepAliveOf("config: {}"))).to.be.above(600);
        const own = 'config:\n  php-web-service:ingressController:\n    config: { keep-alive: "90" }\n';
        expect(await keepAliveOf(own)).to.equal("90");
    });

    it("is the same with Traefik, at every entry point", async () => {
        const text = "config:\n  php-web-service:ingressController: { kind: traefik, install: true }\n";
        const { spec } = resource(await recordingOfText(text), "kubernetes:apps/v1:Deployment", "traefik").inputs as {
            readonly spec: {
                readonly template: { readonly spec: { readonly containers: readonly [{ readonly args: string[] }] } };
            };
        };
        const timeouts = spec.template.spec.containers[0].args.filter((arg) => arg.includes("idleTimeout"));
        const nginxSeconds = await keepAliveOf("config: {}");
        expect(timeouts).to.deep.equal(
            ["web", "websecure", "ping"].map(
                (name) => `--entryPoints.${name}.transport.respondingTimeouts.idleTimeout=${nginxSeconds}s`,
            ),
        );
    });
});

describe("how long nginx keeps an idle connection", () => {
    it("is 15 s longer than ingress-nginx does, by default or as configured", () => {
        expect(keepaliveSeconds({})).to.equal(75);
        const config = { "upstream-keepalive-timeout": "300" };
        expect(keepaliveSeconds({ ingressController: { config } })).to.equal(315);
    });

    it("is longer than Traefik does, and than Envoy where there is a Gateway of others", () => {
        expect(keepaliveSeconds({ ingressController: { kind: "traefik", install: true } })).to.equal(105);
        const ours = { kind: "traefik", install: true, gateway: true };
        expect(keepaliveSeconds({ web: { gateway: { create: true } }, ingressController: ours })).to.equal(105);
        const gateway = { name: "edge", namespace: "edge" };
        expect(
            keepaliveSeconds({ web: { gateway, host: "www.example.com" }, ingressController: { install: false } }),
        ).to.equal(3615);
    });

    it("is what a stack sets, for a proxy that keeps them longer", () => {
        expect(keepaliveSeconds({ web: { nginx: { keepaliveSeconds: 620 } } })).to.equal(620);
    });
});
