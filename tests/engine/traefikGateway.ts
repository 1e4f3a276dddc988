/** A stack that goes from its Ingress to a Gateway of its own, before the real Traefik with the rights that it is given. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";
import { parse, stringify } from "yaml";

import { sleep } from "../../tools/common/commands";
import { traefikPorts } from "../../components/specs/traefikConfiguration";
import { ensureTools } from "../../tools/lab/toolchain";
import { toYaml } from "../../tools/render/manifests";
import { render } from "../../tools/render/render";
import { needs } from "../helpers/needs";
import { recordingOfText } from "../helpers/stacks";
import { ask, spawnTraefik, statusOf, until } from "../programs/runningTraefik";
import { Engine, type Stack, summaryOf } from "./engine";
import { quiet } from "../helpers/quiet";

const host = "shop.example.com";
const endpointWithdrawalSeconds = 5;
/** The ports have to be those of the pods, and so the address is one that nobody else listens on. */
const address = "127.83.7.15";

interface TraefikDeployment {
    readonly spec: {
        readonly template: {
            readonly spec: {
                readonly containers: readonly [{ readonly command: string[]; readonly args: string[] }];
                readonly volumes: readonly { readonly configMap?: { readonly name: string } }[];
            };
        };
    };
}

describe("a stack's own Gateway", function () {
    this.timeout(180_000);
    let engine: Engine;
    let stack: Stack;
    let definitions: string;
    let atFirst: readonly string[];
    let traefik: ChildProcess | undefined;
    let output = "";

    before(needs("traefik"));

    before(async function () {
        // Tools that are not in the cache are built.
        this.timeout(900_000);
        definitions = (await ensureTools(["gateway-api-definitions"], quiet))["gateway-api-definitions"];
        engine = await Engine.start();
        stack = await engine.stack("gateway", settings({}));
        atFirst = await engine.everything();
    });

    after(async () => {
        if (traefik?.kill("SIGKILL") === true) await once(traefik, "exit");
        await engine.stop();
    });

    const settings = (web: object, controller: object = {}) => ({
        web: {
            host,
            awaitAddress: false,
            drain: { endpointWithdrawalSeconds },
            replicas: 2,
            rollout: { minReadySeconds: 0 },
            ...web,
        },
        metricsServer: { install: false },
        ingressController: {
            kind: "traefik",
            install: true,
            serviceType: "ClusterIP",
            shutdownGraceSeconds: 5,
            ...controller,
        },
    });

    const deployed = async () => {
        const text = await engine.kubectl(["get", "deployment/traefik", "--namespace=traefik", "--output=json"]);
        return (JSON.parse(text) as TraefikDeployment).spec.template.spec;
    };

    /** As its pods would, with its account's token. */
    async function startTraefik(): Promise<void> {
        const { containers, volumes } = await deployed();
        const configMap = volumes.find((volume) => volume.configMap !== undefined)?.configMap?.name ?? "";
        const json = await engine.kubectl(["get", "configmap", configMap, "--namespace=traefik", "--output=json"]);
        const { data } = JSON.parse(json) as { readonly data: Readonly<Record<string, string>> };
        const folder = join(engine.folder, "traefik");
        mkdirSync(folder);
        const kubeconfig = parse(readFileSync(engine.environment["KUBECONFIG"] ?? "", "utf8")) as {
            users: { user: object }[];
        };
        const token = (await engine.kubectl(["create", "token", "traefik", "--namespace=traefik"])).trim();
        for (const each of kubeconfig.users) each.user = { token };
        const KUBECONFIG = join(folder, "kubeconfig");
        writeFileSync(KUBECONFIG, stringify(kubeconfig));
        const environment = { KUBECONFIG };
        traefik = await spawnTraefik(containers[0], data, folder, traefikPorts, { address, environment });
        for (const stream of [traefik.stdout, traefik.stderr]) {
            stream?.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
        }
    }

    const apply = (text: string, ...args: readonly string[]) =>
        engine.kubectl(["apply", "--server-side", ...args, "--filename=-"], text);

    const missing = (kind: string) =>
        new RegExp(
            `traefik-needs-gateway-api-1\\.5-${kind}[^]*resource '${kind}\\.gateway\\.networking\\.k8s\\.io' does not exist`,
        );

    it("begins with an Ingress", async () => {
        await stack.up();
        expect(await engine.objects("ingress")).to.have.length(1);
    });

    it("is refused before anything changes, without the CRDs and with those of an older release", async () => {
        const before = await engine.everything();
        stack.configure(settings({ gateway: { create: true } }, { gateway: true }));
        expect(await stack.fail("preview")).to.match(missing("tlsroutes"));

        // As release 1.4 has it in its experimental channel.
        const path = join(definitions, "gateway.networking.k8s.io_tlsroutes.yaml");
        const old = parse(readFileSync(path, "utf8")) as {
            metadata: { name: string };
            spec: { versions: { name: string; served: boolean; storage: boolean }[] };
        };
        for (const version of old.spec.versions) version.served = version.name !== "v1";
        await apply(stringify(old));
        const tooOld = await stack.fail("preview");
        expect(tooOld).to.match(missing("listenersets")).and.not.match(missing("tlsroutes"));
        expect(tooOld).to.not.match(/^\s+at /m);
        await engine.kubectl(["delete", "customresourcedefinition", old.metadata.name]);
        expect(await engine.everything()).to.have.members([...before]);
    });

    it("is made of objects that the API takes, with HTTPS for many hosts too", async () => {
        await engine.kubectl(["apply", "--server-side", "--filename", definitions]);
        const names = ["gateways", "httproutes", "gatewayclasses", "tlsroutes"];
        const waited = names.map((name) => `customresourcedefinition/${name}.gateway.networking.k8s.io`);
        await engine.kubectl(["wait", "--for=condition=Established", ...waited]);
        const hosts = Array.from({ length: 15 }, (_, i) => `h${i}.example.com`);
        const recording = await recordingOfText(
            stringify({
                config: {
                    "php-web-service:web": {
                        ...{ host, furtherHosts: hosts, path: "/shop", gateway: { create: true } },
                        tls: { secretName: "shop-tls", certManagerIssuer: "letsencrypt" },
                    },
                    "php-web-service:ingressController": { kind: "traefik", install: true, gateway: true },
                },
            }),
        );
        const objects = render(recording, true).filter(({ apiVersion }) => apiVersion.startsWith("gateway."));
        expect(objects.map(({ kind }) => kind)).to.have.members([
            ...["GatewayClass", "Gateway", "Gateway", "HTTPRoute", "HTTPRoute", "HTTPRoute"],
        ]);
        const applied = await apply(toYaml(objects), "--dry-run=server", "--validate=strict");
        expect(applied.trim().split("\n")).to.have.length(objects.length);
    });

    it("takes the Ingress's place when Traefik has taken its route, and not before", async () => {
        const update = stack.run("up", "--yes", "--skip-preview");
        await until(async () => (await engine.everything()).includes("Gateway/web/web"), 60);
        // With nobody there who takes it.
        await sleep(3);
        expect(await engine.objects("ingress")).to.have.length(1);
        expect(await engine.objects("httproute")).to.be.empty;
        await startTraefik();
        const { code, stdout, stderr } = await update;
        expect(code, `${stdout}${stderr}${output}`).to.equal(0);
        expect(await engine.objects("ingress")).to.be.empty;
        expect(await engine.objects("httproute")).to.have.length(1);
        expect(output).to.not.match(/forbidden/);
    });

    it("is served, by the account's own rights, and Traefik's pods would start", async () => {
        const started = (await deployed()).containers[0];
        expect(started.args).to.include("--providers.kubernetesGateway=true");
        const loaded = "/api/http/services/unavailable-service@kubernetesingressnginx";
        await until(async () => (await statusOf(traefikPorts.ping, loaded, { address })) === 200);
        // Its pods are pretended, and who answers there is not known: but it is they who are asked.
        await until(async () => {
            await statusOf(traefikPorts.web, "/", { address, headers: { host } });
            return /"RouterName":"httproute-web-web[^"]*@kubernetesgateway","ServiceAddr":"198\.18\.200\.1:8080"/.test(
                output,
            );
        });
        const elsewhere = await ask(traefikPorts.web, "/", { address });
        expect(elsewhere).to.include({ status: 404, text: "404 page not found\n" });
        const yes = await engine.kubectl([
            ...["get", "gateway", "web", "--namespace=web"],
            '--output=jsonpath={.status.conditions[?(@.type=="Programmed")].status}',
        ]);
        expect(yes).to.equal("True");
    });

    it("is unchanged by a second update", async () => {
        expect(summaryOf(await stack.up())).to.have.all.keys("unchanged");
    });

    it("gives its place back to the Ingress, and leaves nothing", async () => {
        stack.configure(settings({}, { gateway: true }));
        const update = stack.up();
        await until(async () => (await engine.objects("ingress")).length === 1, 60);
        const begun = performance.now();
        await until(async () => (await engine.objects("httproute")).length === 0, 60);
        // No controller is known to serve what it has only heard of.
        expect((performance.now() - begun) / 1000).to.be.above(endpointWithdrawalSeconds - 1);
        await update;
        await stack.succeed("destroy", "--yes", "--skip-preview");
        const left = (await engine.everything()).filter((name) => !/gateway\.networking|safe-upgrades/.test(name));
        expect(left).to.have.members([...atFirst]);
    });
});
