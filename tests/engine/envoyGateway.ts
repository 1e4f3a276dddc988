/**
 * The stack's Envoy Gateway with the rights that it is given, and an Envoy with the arguments that it gives its pods: what becomes of the
 * stack's objects. Both are the real ones.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";
import { parse, stringify } from "yaml";

import { envoyGatewayDefaults } from "../../components/defaults";
import { envoyReadinessPath, envoyReadinessPort } from "../../components/specs/envoyProxy";
import { controllerPodLabels } from "../../components/specs/traffic";
import { selectorOf } from "../../tools/common/kubernetes/objects";
import { definitionsIn } from "../../tools/lab/cluster/definitions";
import { controllers } from "../../tools/lab/controller";
import { ensureTools } from "../../tools/lab/toolchain";
import { toYaml } from "../../tools/render/manifests";
import { render } from "../../tools/render/render";
import { needs } from "../helpers/needs";
import { recordingOfText } from "../helpers/stacks";
import { ask, statusOf } from "../programs/runningTraefik";
import { Engine, type Stack, summaryOf, until } from "./engine";
import { quiet } from "../helpers/quiet";

interface Probe {
    readonly httpGet: object;
}

interface EnvoyContainer {
    readonly image: string;
    readonly args: readonly string[];
    readonly env?: readonly { readonly name: string; readonly value?: string }[];
    readonly readinessProbe: Probe;
    readonly livenessProbe: Probe;
    readonly lifecycle: { readonly preStop: { readonly exec?: { readonly command: readonly string[] } } };
}

interface EnvoyDeployment {
    readonly spec: {
        readonly template: {
            readonly metadata: { readonly labels: object };
            readonly spec: {
                readonly terminationGracePeriodSeconds: number;
                readonly containers: readonly [EnvoyContainer, EnvoyContainer];
                readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
            };
        };
    };
}

const host = "shop.example.com";
const namespace = "envoy-gateway";

describe("a stack's own Envoy Gateway", function () {
    this.timeout(180_000);
    let engine: Engine;
    let stack: Stack;
    let folders: readonly string[];
    let programs: Readonly<Record<"envoy" | "envoy-gateway", string>>;
    const running: ChildProcess[] = [];
    const logs: string[] = [];
    const output = () => logs.map((path) => readFileSync(path, "utf8")).join("");
    let atFirst: readonly string[];

    before(needs("go", "envoy", "root"));

    before(async function () {
        // Tools that are not in the cache are built.
        this.timeout(900_000);
        const { definitions } = controllers["envoy-gateway"];
        const names = ["gateway-api-definitions", "envoy-gateway-charts", "envoy-gateway", "envoy"] as const;
        const tools = await ensureTools(names, quiet);
        programs = tools;
        folders = definitions.map(({ tool, folder }) => join(tools[tool], folder));
        engine = await Engine.start();
        stack = await engine.stack("envoy", settings);
    });

    after(async () => {
        for (const each of running) if (each.kill("SIGKILL")) await once(each, "exit");
        await engine.stop();
    });

    const settings = {
        web: { host, awaitAddress: false, replicas: 2, gateway: { create: true } },
        metricsServer: { install: false },
        ingressController: { kind: "envoy-gateway", install: true, serviceType: "ClusterIP" },
    };

    const bring = async (folder: string) => {
        await engine.kubectl(["apply", "--server-side", "--filename", folder]);
    };

    it("is refused before anything changes, without Gateway API's CRDs and without its own", async () => {
        atFirst = await engine.everything();
        expect(await stack.fail("preview")).to.match(
            /resource 'tlsroutes\.gateway\.networking\.k8s\.io' does not exist/,
        );
        await bring(folders[0] ?? "");
        expect(await stack.fail("preview")).to.match(
            /envoy-gateway-needs-crds-of-envoy-gateway[^]*resource 'backendtrafficpolicies\.gateway\.envoyproxy\.io' does not exist/,
        );
        const after = await engine.everything();
        expect(after.filter((name) => !/gateway\.networking|safe-upgrades/.test(name))).to.have.members([...atFirst]);
    });

    it("is made of objects that the API takes, in every form", async () => {
        for (const folder of folders) await bring(folder);
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
                ...["EnvoyProxy", "GatewayClass", "Gateway", "HTTPRoute"],
                ...["BackendTrafficPolicy", "ClientTrafficPolicy", "EnvoyPatchPolicy"],
            ]);
        }
    });

    /** A kubeconfig of an account's, with nothing but its rights. */
    async function kubeconfigOf(account: string): Promise<string> {
        const kubeconfig = parse(readFileSync(engine.environment["KUBECONFIG"] ?? "", "utf8")) as {
            users: { user: object }[];
        };
        const token = (await engine.kubectl(["create", "token", account, `--namespace=${namespace}`])).trim();
        for (const each of kubeconfig.users) each.user = { token };
        return stringify(kubeconfig);
    }

    const filesOf = async (kind: string, name: string): Promise<Readonly<Record<string, string>>> => {
        const json = await engine.kubectl(["get", kind, name, `--namespace=${namespace}`, "--output=json"]);
        const { data } = JSON.parse(json) as { readonly data: Readonly<Record<string, string>> };
        return kind === "secret"
            ? Object.fromEntries(
                  Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
              )
            : data;
    };

    /** As in its container: with folders of its own where the image and its volumes have them. */
    function contained(
        program: keyof typeof programs,
        args: readonly string[],
        volumes: Readonly<Record<string, Readonly<Record<string, string>>>>,
        environment: NodeJS.ProcessEnv,
    ): ChildProcess {
        const root = join(engine.folder, `${program}-${running.length}`);
        const made: typeof volumes = {
            tmp: {},
            usr: {},
            lib64: {},
            lib: {},
            dev: {},
            proc: {},
            program: {},
            ...volumes,
        };
        for (const [folder, files] of Object.entries(made)) {
            mkdirSync(join(root, folder), { recursive: true });
            for (const [name, text] of Object.entries(files)) writeFileSync(join(root, folder, name), text);
        }
        writeFileSync(join(root, "program", program), "");
        const mounts = [
            ...["/usr", "/lib", "/lib64", "/dev", "/proc"].map((each) => `mount --rbind ${each} "$root${each}"`),
            `mount --bind "${programs[program]}" "$root/program/${program}"`,
        ];
        const script = ["root=$1", "shift", ...mounts, 'exec chroot "$root" "$@"'].join("\n");
        // Not a socket, which nobody can open by the name of /dev/stdout.
        const log = join(root, "log");
        const descriptor = openSync(log, "w");
        const child = spawn(
            "unshare",
            ["--mount", "--", "bash", "-euc", script, "contained", root, `/program/${program}`, ...args],
            { env: { PATH: process.env["PATH"], ...environment }, stdio: ["ignore", descriptor, descriptor] },
        );
        closeSync(descriptor);
        logs.push(log);
        running.push(child);
        return child;
    }

    it("is accepted, with its policies, by a control plane with its own rights", async () => {
        const update = stack.run("up", "--yes", "--skip-preview");
        await until(async () => (await engine.everything()).includes(`Deployment/${namespace}/envoy-gateway`), 90);
        const environment = {
            ENVOY_GATEWAY_NAMESPACE: namespace,
            KUBERNETES_CLUSTER_DOMAIN: "cluster.local",
            KUBECONFIG: "/tmp/kubeconfig",
            HOME: "/tmp",
        };
        const certgen = contained(
            "envoy-gateway",
            ["certgen", "--disable-topology-injector"],
            { tmp: { kubeconfig: await kubeconfigOf("envoy-gateway-certificates") } },
            environment,
        );
        expect((await once(certgen, "exit"))[0], output()).to.equal(0);
        const [configMap] = (await engine.objects("configmap", namespace)).filter(({ metadata }) =>
            metadata.name.startsWith("envoy-gateway-"),
        );
        contained(
            "envoy-gateway",
            ["server", "--config-path=/config/envoy-gateway.yaml"],
            {
                tmp: { kubeconfig: await kubeconfigOf("envoy-gateway") },
                config: configMap?.data ?? {},
                certs: await filesOf("secret", "envoy-gateway"),
                "var/lib/eg/wasm": {},
            },
            environment,
        );
        const { code, stdout, stderr } = await update;
        expect(code, `${stdout}${stderr}${output()}`).to.equal(0);
        expect(output()).to.not.match(/forbidden/);
    });

    /** What Envoy Gateway has made of the Gateway. */
    async function madeOfGateway(): Promise<EnvoyDeployment> {
        const selector = `--selector=${selectorOf(controllerPodLabels["envoy-gateway"])}`;
        const json = await engine.kubectl([
            "get",
            "deployments",
            `--namespace=${namespace}`,
            selector,
            "--output=json",
        ]);
        const { items } = JSON.parse(json) as { readonly items: readonly EnvoyDeployment[] };
        expect(items).to.have.length(1);
        return items[0] ?? expect.fail("none");
    }

    it("has Envoys as the stack asks for them", async () => {
        const { spec } = await madeOfGateway();
        expect(spec).to.include({ replicas: 2, minReadySeconds: 15 });
        const pod = spec.template.spec;
        expect(pod.terminationGracePeriodSeconds).to.equal(15 + 115 + 15);
        const [envoy, manager] = pod.containers;
        expect(envoy.image).to.equal(envoyGatewayDefaults.proxyImage);
        expect(manager.image).to.equal(envoyGatewayDefaults.image);
        expect(envoy.readinessProbe).to.deep.include({ periodSeconds: 1, failureThreshold: 3 });
        expect(envoy.readinessProbe.httpGet).to.include({ path: envoyReadinessPath, port: envoyReadinessPort });
        expect(envoy.livenessProbe).to.include({ failureThreshold: 6, timeoutSeconds: 5 });
        expect(manager.lifecycle.preStop.exec?.command).to.include.members([
            "--drain-timeout=130s",
            "--min-drain-duration=15s",
        ]);
        const budgets = (await engine.objects("poddisruptionbudget", namespace)).map(({ spec: budget }) => budget);
        expect(budgets.filter((budget) => JSON.stringify(budget).includes('"envoy"'))).to.have.length(1);
        // All of it within Pod Security "restricted", which its namespace has.
        expect(spec.template.metadata.labels).to.include(controllerPodLabels["envoy-gateway"]);
    });

    /** What an Envoy has been told, by the types of its parts. */
    async function toldEnvoy(): Promise<string> {
        const [{ args, env = [] }] = (await madeOfGateway()).spec.template.spec.containers;
        const { volumes } = (await madeOfGateway()).spec.template.spec;
        const sds = volumes.find(({ name }) => name === "sds")?.configMap?.name ?? "";
        const words = args.map((word) =>
            word
                .replaceAll(
                    /\$\((\w+)\)/g,
                    (_, name: string) => env.find((each) => each.name === name)?.value ?? "envoy",
                )
                .replaceAll(/envoy-gateway\.envoy-gateway\.svc\.cluster\.local\.?/g, "127.0.0.1")
                // Those of its control plane, which is no neighbour of its in a cluster.
                .replaceAll(/\b1900([01])\b/g, "2900$1"),
        );
        contained(
            "envoy",
            [...words, "--use-dynamic-base-id"],
            { certs: await filesOf("secret", "envoy"), sds: await filesOf("configmap", sds) },
            { ENVOY_SERVICE_ZONE: "" },
        );
        await until(async () => (await statusOf(envoyReadinessPort, envoyReadinessPath)) === 200, 60);
        const dump = async () => (await ask(29000, "/config_dump?include_eds")).text;
        // It is ready with listeners that it does not take, too.
        await until(async () => (await dump()).includes(host), 30);
        return await dump();
    }

    it("has them told what the stack's policies say", async () => {
        const told = await toldEnvoy();
        const yes = (pattern: RegExp) => expect(told.replaceAll(/\s+/g, " ")).to.match(pattern);
        yes(/"timeout": "115s"/);
        yes(/"max_stream_duration": \{ "max_stream_duration": "115s"/);
        yes(/"retry_on": "connect-failure"/);
        yes(/"num_retries": 8/);
        yes(/"envoy.retry_host_predicates.previous_hosts"/);
        yes(/"max_requests": 4294967295/);
        yes(/"request_timeout": "60s"/);
        yes(/"idle_timeout": "620s"/);
        yes(/"idle_timeout": "60s"/);
        yes(/"headers_with_underscores_action": "DROP_HEADER"/);
        yes(/"accept_http_10": true/);
        yes(/"delayed_close_timeout": "0s"/);
        yes(/"ignore_health_on_host_removal": true/);
        // The pretended pods.
        yes(/"address": "198\.18\.200\.\d+", "port_value": 8080/);
    });

    it("is unchanged by a second update", async () => {
        expect(summaryOf(await stack.up())).to.have.all.keys("unchanged");
    });

    it("leaves nothing but the CRDs", async () => {
        await stack.succeed("destroy", "--yes", "--skip-preview");
        const left = (await engine.everything()).filter(
            (name) => !/gateway\.networking|gateway\.envoyproxy|safe-upgrades/.test(name),
        );
        expect(left).to.have.members([...atFirst]);
    });
});
