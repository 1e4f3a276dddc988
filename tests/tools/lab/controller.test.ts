import { writeFileSync } from "node:fs";

import { expect } from "chai";
import { parse } from "yaml";

import { checkManifests } from "../../../policy/check";
import {
    type Controller,
    controllerNames,
    controllers,
    isControllerImage,
    withController,
} from "../../../tools/lab/controller";
import { definedGroups, definitionsIn } from "../../../tools/lab/cluster/definitions";
import { haproxyConfiguration, healthServiceOf } from "../../../tools/lab/frontDoor";
import { imageToolsOf } from "../../../tools/lab/images";
import { recipes, references } from "../../../tools/lab/images/recipes";
import { controllerToRun, readLabStackFile } from "../../../tools/lab/stack";
import { render } from "../../../tools/render/render";
import { recordingOfText, resource } from "../../helpers/stacks";
import { nothingAsked } from "./nothingAsked";

describe("the lab's ingress controller", () => {
    const inFolder = nothingAsked("CONTROLLER");
    let deployedPath: string;

    beforeEach(() => {
        deployedPath = inFolder("Pulumi.lab.yaml");
    });

    const toRun = (asked: string, deployed?: string) => {
        process.env["CONTROLLER"] = asked;
        if (deployed !== undefined) writeFileSync(deployedPath, deployed);
        return controllerToRun(deployedPath);
    };
    const [ofNginx, ofTraefik] = [readLabStackFile("ingress-nginx"), readLabStackFile("traefik")];

    it("is ingress-nginx in a new lab, or what is asked for", () => {
        expect(toRun("")).to.equal("ingress-nginx");
        expect(toRun("traefik")).to.equal("traefik");
        // As the engine makes it for a stack that has nothing yet.
        expect(toRun("traefik", "encryptionsalt: v1:abc\n")).to.equal("traefik");
    });

    it("stays as it is where none is asked for, and where the same is", () => {
        for (const file of [ofTraefik, `encryptionsalt: v1:abc\n${ofTraefik}`]) {
            expect(toRun("", file)).to.equal("traefik");
            expect(toRun("traefik", file)).to.equal("traefik");
        }
        expect(toRun("", ofNginx)).to.equal("ingress-nginx");
    });

    it("is told by what make up has written, whichever of its kind it is", () => {
        for (const name of controllerNames) {
            expect(toRun("", `encryptionsalt: v1:abc\n${readLabStackFile(name)}`)).to.equal(name);
        }
    });

    it("is no other one because Pulumi.lab.yaml has the same settings: what is taken out of there is to go", () => {
        const ewma = ofNginx.replace("ingressController:\n", "ingressController:\n    loadBalance: ewma\n");
        expect(ewma).to.include("loadBalance: ewma");
        expect(toRun("", ewma)).to.equal("ingress-nginx");
    });

    it("is of its kind where it is noted as one that this checkout does not have", () => {
        expect(toRun("", ofTraefik.replace(/^# CONTROLLER=.*$/m, "# CONTROLLER=traefik-tcp"))).to.equal("traefik");
        expect(toRun("", ofTraefik.replace(/^# CONTROLLER=.*\n+/m, ""))).to.equal("traefik");
    });

    it("becomes no other one: both need the nodes' ports", () => {
        expect(() => toRun("traefik", ofNginx)).to.throw(
            "The lab runs ingress-nginx, and traefik is for a new one: both need the nodes' ports. Run make down first.",
        );
        expect(() => toRun("ingress-nginx", ofTraefik)).to.throw("The lab runs traefik, and ingress-nginx is");
        expect(() => toRun("traefik-gateway", ofTraefik)).to.throw("The lab runs traefik, and traefik-gateway is");
    });

    it("is one that there is", () => {
        for (const unknown of ["nginx", "Traefik", "toString"]) {
            expect(() => toRun(unknown)).to.throw(
                `CONTROLLER=${unknown}: the lab can run ${controllerNames.join(", ")}.`,
            );
        }
    });

    it("as Traefik has the same service behind it, and the same ports", () => {
        const [nginx, traefik] = [ofNginx, ofTraefik].map(
            (text) => (parse(text) as { readonly config: Readonly<Record<string, Record<string, unknown>>> }).config,
        );
        const key = "php-web-service:ingressController";
        expect({ ...traefik, [key]: {} }).to.deep.equal({ ...nginx, [key]: {} });
        expect(traefik?.[key]).to.deep.equal({
            kind: "traefik",
            install: true,
            image: { repository: "lab.local/traefik", tag: "v3.7.15" },
            workload: "DaemonSet",
            serviceType: "ClusterIP",
            hostPorts: { http: 80, https: 443 },
            shutdownGraceSeconds: 5,
        });
        expect(withController(ofNginx, "ingress-nginx")).to.equal(ofNginx);
    });

    /** Of a stack file, what it sets. */
    const configOf = (text: string) =>
        (parse(text) as { readonly config: Readonly<Record<string, Readonly<Record<string, unknown>>>> }).config;
    const keys = { controller: "php-web-service:ingressController", web: "php-web-service:web" } as const;

    it("as Traefik with a Gateway is the same Traefik, with a Gateway in the Ingress's place", async () => {
        const text = readLabStackFile("traefik-gateway");
        const [before, after] = [configOf(ofTraefik), configOf(text)];
        expect(after).to.deep.equal({
            ...before,
            [keys.controller]: { ...before[keys.controller], gateway: true },
            [keys.web]: { ...before[keys.web], gateway: { create: true } },
        });
        const objects = render(await recordingOfText(text), true);
        const kinds = objects.filter(({ metadata }) => metadata?.namespace === "web").map(({ kind }) => kind);
        expect(kinds).to.include("Gateway").and.include("HTTPRoute").and.not.include("Ingress");
        expect(checkManifests(objects).map(({ policy, message }) => `${policy}: ${message}`)).to.deep.equal([]);
    });

    it("as ingress-nginx with ewma is the same ingress-nginx, with another balance", () => {
        const [before, after] = [configOf(ofNginx), configOf(readLabStackFile("ingress-nginx-ewma"))];
        expect(after).to.deep.equal({
            ...before,
            [keys.controller]: { ...before[keys.controller], loadBalance: "ewma" },
        });
    });

    it("needs the CRDs of what its stack makes, and no others", async () => {
        const tools = ["gateway-api-definitions", "envoy-gateway-charts"];
        for (const name of controllerNames) {
            const objects = render(await recordingOfText(readLabStackFile(name)), true);
            const made = definedGroups.map((group) =>
                objects.some(({ apiVersion }) => apiVersion.startsWith(`${group}/`)),
            );
            const { definitions }: Controller = controllers[name];
            expect(
                definitions.map(({ tool }) => tool),
                name,
            ).to.deep.equal(tools.filter((_, i) => made[i]));
        }
    });

    it("waits for each of the CRDs, and for nothing that is none", () => {
        expect(
            definitionsIn([
                "gateway.networking.k8s.io_gateways.yaml",
                "gateway.envoyproxy.io_envoyproxies.yaml",
                "gateway.networking.k8s.io_vap_safeupgrades.yaml",
                "kustomization.yaml",
            ]),
        ).to.deep.equal([
            "customresourcedefinition/gateways.gateway.networking.k8s.io",
            "customresourcedefinition/envoyproxies.gateway.envoyproxy.io",
        ]);
    });

    it("has an image of the lab's, and the other one has none there", () => {
        const traefik = recipes.find(({ name }) => name === "traefik") ?? expect.fail("no recipe");
        expect(references(traefik, [])).to.deep.equal(["lab.local/traefik:v3.7.15"]);
        expect(imageToolsOf("traefik")).to.deep.equal(["traefik", "metrics-server", "coredns"]);
        expect(imageToolsOf("ingress-nginx")).to.include("metrics-server").and.to.not.include("traefik");
        expect(imageToolsOf("traefik-gateway")).to.deep.equal(imageToolsOf("traefik"));
        expect(imageToolsOf("ingress-nginx-ewma")).to.deep.equal(imageToolsOf("ingress-nginx"));
        expect(imageToolsOf("envoy-gateway")).to.deep.equal(["envoy", "envoy-gateway", "metrics-server", "coredns"]);
        for (const { kind, images } of Object.values<Controller>(controllers)) {
            expect(images).to.include(kind);
            for (const image of images) {
                expect(recipes.filter(({ name }) => name === image)).to.have.length(1);
                expect(isControllerImage(image)).to.equal(true);
            }
        }
    });

    describe("as the stack makes Traefik in the lab", () => {
        interface Container {
            readonly image: string;
            readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
            readonly readinessProbe: { readonly httpGet: { readonly path: string; readonly port: string } };
        }
        interface DaemonSet {
            readonly metadata: { readonly namespace: string };
            readonly spec: {
                readonly template: {
                    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
                    readonly spec: { readonly containers: readonly [Container] };
                };
            };
        }
        const recording = recordingOfText(ofTraefik);
        const daemonSet = async () =>
            resource(await recording, "kubernetes:apps/v1:DaemonSet").inputs as unknown as DaemonSet;

        it("the front door asks its pods for their health, where their own readiness does", async () => {
            const { spec, metadata } = healthServiceOf(controllers.traefik);
            const { template } = (await daemonSet()).spec;
            const [container] = template.spec.containers;
            expect(template.metadata.labels).to.include(spec.selector);
            const { path, port } = container.readinessProbe.httpGet;
            expect(spec.ports[0]?.targetPort).to.equal(
                container.ports.find(({ name }) => name === port)?.containerPort,
            );
            const behindIt = { first: controllers.traefik, second: controllers["ingress-nginx"] };
            expect(haproxyConfiguration(8088, behindIt)).to.match(
                new RegExp(
                    `^backend ingress-controllers\n(.+\n)* {4}http-check send meth GET uri ${path} ver HTTP/1\\.1 `,
                    "m",
                ),
            );
            const namespace = resource(await recording, "kubernetes:core/v1:Namespace", "traefik").inputs["metadata"];
            expect(namespace).to.include({ name: metadata.namespace });
        });

        it("it runs the lab's image", async () => {
            expect((await daemonSet()).spec.template.spec.containers[0].image).to.equal("lab.local/traefik:v3.7.15");
        });

        it("no rule of the policy pack is broken, which make up goes through", async () => {
            const objects = render(await recording, true);
            expect(checkManifests(objects).map(({ policy, message }) => `${policy}: ${message}`)).to.deep.equal([]);
        });
    });

    it("as ingress-nginx is asked for its health at its own port", () => {
        const { spec, metadata } = healthServiceOf(controllers["ingress-nginx"]);
        expect(metadata.namespace).to.equal("ingress-nginx");
        expect(spec.ports[0]).to.include({ targetPort: 10254, nodePort: 30254 });
        const behindIt = { first: controllers["ingress-nginx"], second: controllers.traefik };
        expect(haproxyConfiguration(8088, behindIt)).to.match(
            /^backend ingress-controllers\n(.+\n)* {4}http-check send meth GET uri \/healthz ver HTTP\/1\.1 /m,
        );
    });
});
