/** The real Traefik with the component's own arguments, before two servers that are pods of a service of ours. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { Agent, createServer, request, type IncomingMessage, type Server } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { expect } from "chai";

import { Traefik } from "../../components";
import { problemsOfAnnotations } from "../../components/furtherAnnotations";
import { parseTraefikLogLine } from "../../tools/drill/observe/traefikLog";
import { TerminalProgress } from "../../tools/lab/progress";
import { ensureTools } from "../../tools/lab/toolchain";
import type { Recording } from "../../tools/render/record";
import { needs } from "../helpers/needs";
import { recordingOfProgram, recordingOfText, resource } from "../helpers/stacks";
import { KubernetesApi, type ApiObject } from "./kubernetesApi";
import { writeFiles } from "./run";

interface Container {
    readonly command: readonly string[];
    readonly args: readonly string[];
    readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
    readonly startupProbe: { readonly httpGet: { readonly path: string } };
}

const acceptSeconds = 2;
const podAddresses = ["127.0.0.2", "127.0.0.3"] as const;

interface Answer {
    readonly status: number;
    readonly headers: IncomingMessage["headers"];
    readonly text: string;
    /** From the start of the answer to its end. */
    readonly tookSeconds: number;
}

interface Sent {
    readonly body?: AsyncIterable<string>;
    readonly agent?: Agent;
}

function ask(port: number, path: string, { body, agent }: Sent = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
        const method = body === undefined ? "GET" : "POST";
        const sent = request({ host: "127.0.0.1", port, path, method, agent: agent ?? false }, (response) => {
            const begun = performance.now();
            let text = "";
            response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
            response.on("error", reject);
            response.on("end", () => {
                const tookSeconds = (performance.now() - begun) / 1000;
                resolve({ status: response.statusCode ?? 0, headers: response.headers, text, tookSeconds });
            });
        });
        sent.on("error", reject);
        void (async () => {
            for await (const part of body ?? []) sent.write(part);
            sent.end();
        })();
    });
}

/** Asks again until the answer is as it should be. */
async function until(what: () => Promise<boolean>, patienceSeconds = 15): Promise<void> {
    const begun = performance.now();
    while (!(await what())) {
        if (performance.now() - begun > patienceSeconds * 1000) throw new Error(`not within ${patienceSeconds} s`);
        await sleep(20);
    }
}

/** Ports that nobody listens on. */
async function freePorts<Name extends string>(...names: readonly Name[]): Promise<Readonly<Record<Name, number>>> {
    const servers = names.map(() => createTcpServer().listen(0, "127.0.0.1"));
    await Promise.all(servers.map((server) => once(server, "listening")));
    const ports = servers.map((server) => (server.address() as AddressInfo).port);
    for (const server of servers) server.close();
    return Object.fromEntries(names.map((name, i) => [name, ports[i]])) as Record<Name, number>;
}

/** What the pods have seen. */
interface Seen {
    readonly pod: string;
    readonly path: string;
    readonly headers: IncomingMessage["headers"];
    readonly atSeconds: number;
}

describe("Traefik as it is installed", function () {
    this.timeout(60_000);

    let folder: string;
    let api: KubernetesApi;
    let pods: readonly Server[];
    let ports: Readonly<Record<"web" | "websecure" | "ping" | "pods", number>>;
    let recording: Recording;
    let container: Container;
    let ingress: ApiObject;
    let traefik: ChildProcess;
    let output = "";
    const seen: Seen[] = [];

    before(needs("traefik"));

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "php-web-service-traefik-"));
        ports = await freePorts("web", "websecure", "ping", "pods");
        pods = podAddresses.map((address) => podAt(address).listen(ports.pods, address));
        api = await KubernetesApi.start();
        recording = await recordingOfProgram(() => {
            new Traefik("traefik", { shutdownGraceSeconds: acceptSeconds, trustedIPs: ["127.0.0.9/32"] });
            return {};
        });
        container = containerOf(recording);
        await putObjects();
        await startTraefik();
    });

    after(async () => {
        if (traefik.kill("SIGKILL")) await once(traefik, "exit");
        api.stop();
        for (const pod of pods) {
            pod.closeAllConnections();
            pod.close();
        }
        rmSync(folder, { recursive: true });
    });

    /** A pod that answers half at once, and the rest after so many seconds as the query says. */
    function podAt(pod: string): Server {
        return createServer((asked, response) => {
            const { pathname, searchParams } = new URL(asked.url ?? "/", "http://pod");
            seen.push({ pod, path: pathname, headers: asked.headers, atSeconds: performance.now() / 1000 });
            asked.resume();
            asked.on("end", () => {
                response.setHeader("x-accel-buffering", "no");
                response.write(pod);
                setTimeout(() => response.end("."), Number(searchParams.get("seconds") ?? 0) * 1000);
            });
        });
    }

    function containerOf(from: Recording): Container {
        const { spec } = resource(from, "kubernetes:apps/v1:Deployment").inputs as unknown as {
            readonly spec: { readonly template: { readonly spec: { readonly containers: readonly [Container] } } };
        };
        return spec.template.spec.containers[0];
    }

    /** The stack's own Ingress and class, with a Service and endpoints as Kubernetes would have them. */
    async function putObjects(): Promise<void> {
        const stack = await recordingOfText(
            "config:\n  php-web-service:ingressController: { kind: traefik, install: true }",
        );
        const made = (type: string, name?: string) => resource(stack, `kubernetes:${type}`, name).inputs;
        ingress = made("networking.k8s.io/v1:Ingress") as unknown as ApiObject;
        putIngress();
        api.set("ingressclasses", [made("networking.k8s.io/v1:IngressClass") as unknown as ApiObject]);
        const service = made("core/v1:Service", "web") as unknown as ApiObject;
        const own = resource(recording, "kubernetes:core/v1:Service").inputs as unknown as ApiObject;
        const status = { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } };
        api.set("services", [
            { ...service, metadata: { ...service.metadata, name: "web", namespace: "web" } },
            { ...own, status, metadata: { ...own.metadata, namespace: "traefik" } },
        ]);
        putEndpoints([]);
    }

    /** @param further annotations beside the stack's own */
    function putIngress(further: Readonly<Record<string, string>> = {}): void {
        const { metadata, spec } = ingress;
        const annotations = { ...metadata.annotations, ...further };
        api.set("ingresses", [{ spec, metadata: { ...metadata, annotations, namespace: "web" } }]);
    }

    /** @param ending addresses of the pods that end */
    function putEndpoints(ending: readonly string[]): void {
        const metadata = { name: "web-1", namespace: "web", labels: { "kubernetes.io/service-name": "web" } };
        const endpoints = podAddresses.map((address) => {
            const terminating = ending.includes(address);
            return { addresses: [address], conditions: { ready: !terminating, serving: true, terminating } };
        });
        api.set("endpointslices", [
            { metadata, addressType: "IPv4", ports: [{ name: "http", port: ports.pods }], endpoints },
        ]);
    }

    /** What stands in the pod's own file system and ports, here. */
    function here(word: string): string {
        return word
            .replaceAll(/(?<![\w.])\/(configuration|state)\//g, `${folder}/$1/`)
            .replace(/address=:8000$/, `address=127.0.0.1:${ports.web}`)
            .replace(/address=:8443$/, `address=127.0.0.1:${ports.websecure}`)
            .replace(/address=:8080$/, `address=127.0.0.1:${ports.ping}`);
    }

    async function startTraefik(): Promise<void> {
        const { data } = resource(recording, "kubernetes:core/v1:ConfigMap").inputs as {
            readonly data: Readonly<Record<string, string>>;
        };
        writeFiles(join(folder, "configuration"), data);
        mkdirSync(join(folder, "state"));
        const tools = await ensureTools(["traefik"], new TerminalProgress());
        const [program = "", ...words] = [...container.command, ...container.args].map(here);
        traefik = spawn(program, [...words, `--providers.kubernetesIngressNGINX.endpoint=${api.address}`], {
            stdio: ["ignore", "pipe", "pipe"],
            env: { PATH: `${dirname(tools.traefik)}:${process.env["PATH"] ?? ""}` },
        });
        for (const stream of [traefik.stdout, traefik.stderr]) {
            stream?.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
        }
        await until(async () => {
            if (traefik.exitCode !== null) throw new Error(`Traefik ended with ${traefik.exitCode}:\n${output}`);
            return (await statusOf(ports.ping, "/ping")) === 200;
        });
    }

    /** 0 where nobody answers. */
    const statusOf = (port: number, path: string) =>
        ask(port, path).then(
            ({ status }) => status,
            () => 0,
        );

    const isLoaded = () => statusOf(ports.ping, container.startupProbe.httpGet.path);

    it("has not started before it has read the cluster's Ingresses, when it would answer visitors with 404", async () => {
        expect(await statusOf(ports.web, "/")).to.equal(404);
        expect(await isLoaded()).to.equal(404);
        api.release();
        await until(async () => (await isLoaded()) === 200);
        expect(await statusOf(ports.web, "/")).to.equal(200);
    });

    it("shows of its API nothing but that", async () => {
        for (const path of ["/api/rawdata", "/api/http/services", "/dashboard/"]) {
            expect(await statusOf(ports.ping, path), path).to.equal(404);
        }
    });

    it("asks the API server for what its ClusterRole allows, and the role allows nothing else", () => {
        const { rules } = resource(recording, "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole").inputs as {
            readonly rules: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[];
        };
        const allowed = rules.flatMap(({ resources, verbs }) =>
            resources.flatMap((name) => verbs.map((verb) => `${verb} ${name}`)),
        );
        expect(allowed).to.include.members([...api.asked]);
        // A newer client lists by its watch, where the API server can do so.
        const used = [...api.asked].map((one) => one.replace(/^(list|watch) /, ""));
        expect(allowed.filter((one) => !used.includes(one.replace(/^(list|watch) /, "")))).to.be.empty;
    });

    it("sends a request when it has all of it, and an answer too, whatever the application says", async () => {
        const sentAt: number[] = [];
        async function* slowly() {
            for (const part of ["a".repeat(1000), "b"]) {
                await sleep(500);
                sentAt.push(performance.now() / 1000);
                yield part;
            }
        }
        const { status, text, tookSeconds } = await ask(ports.web, "/upload?seconds=0.5", { body: slowly() });
        expect(status).to.equal(200);
        const uploads = seen.filter(({ path }) => path === "/upload");
        expect(uploads).to.have.length(1);
        expect(uploads[0]?.atSeconds).to.be.at.least(sentAt[1] ?? Infinity);
        expect(podAddresses.map((address) => `${address}.`)).to.include(text);
        expect(tookSeconds).to.be.below(0.4);
    });

    it("believes nobody but the proxies that it is told of", async () => {
        await new Promise((resolve, reject) => {
            const headers = { "x-forwarded-for": "192.0.2.9", "x-forwarded-proto": "https" };
            request({ host: "127.0.0.1", port: ports.web, path: "/visitor", agent: false, headers }, resolve)
                .on("error", reject)
                .end();
        });
        const { headers } = seen.find(({ path }) => path === "/visitor") ?? expect.fail("not seen");
        expect(headers).to.include({ "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http" });
    });

    it("does as annotations tell it that are taken, and passes over one that is refused", async () => {
        const closing = "nginx.ingress.kubernetes.io/allowlist-source-range";
        const passedOver = "nginx.ingress.kubernetes.io/denylist-source-range";
        const isRefused = (name: string) => problemsOfAnnotations({ [name]: "" }, "traefik").length > 0;
        expect([isRefused(closing), isRefused(passedOver)]).to.deep.equal([false, true]);
        putIngress({ [closing]: "192.0.2.0/24" });
        await until(async () => (await statusOf(ports.web, "/")) === 403);
        putIngress({ [passedOver]: "127.0.0.0/8" });
        await until(async () => (await statusOf(ports.web, "/")) === 200);
        putIngress();
    });

    it("says in its log which pod it has asked, as the drill reads it", async () => {
        await ask(ports.web, "/logged?id=ours-7");
        const logged = () =>
            output
                .split("\n")
                .map((line) => parseTraefikLogLine(line))
                .find((entry) => entry?.requestLine.includes("/logged"));
        await until(() => Promise.resolve(logged() !== undefined), 3);
        const { requestLine, upstreamAddresses, upstreamStatuses } = logged() ?? expect.fail("not logged");
        expect(requestLine).to.equal("GET /logged?id=ours-7 HTTP/1.1");
        expect(upstreamStatuses).to.deep.equal([200]);
        expect(upstreamAddresses).to.have.length(1);
        expect(podAddresses.map((address) => `${address}:${ports.pods}`)).to.include(upstreamAddresses[0]);
    });

    it("sends nothing more to a pod that ends", async () => {
        const [ending, staying] = podAddresses;
        putEndpoints([ending]);
        await until(async () => {
            const answers = await Promise.all([1, 2, 3, 4].map(() => ask(ports.web, "/")));
            return answers.every(({ text }) => text === `${staying}.`);
        });
        putEndpoints([]);
    });

    it("when it ends: has clients close, says that it is not ready, accepts for a while, and answers what it accepted", async () => {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        expect((await ask(ports.web, "/", { agent })).headers.connection).to.not.equal("close");
        const http2 = connectHttp2(`http://127.0.0.1:${ports.web}`);
        const goneAway = once(http2, "goaway");
        const slow = ask(ports.web, `/slow?seconds=${acceptSeconds + 3}`);
        const slowEnded = slow.then(() => performance.now());

        const [command = "", ...words] = container.lifecycle.preStop.exec.command.map(here);
        expect(spawnSync(command, words).status).to.equal(0);
        await until(async () => (await ask(ports.web, "/", { agent })).headers.connection === "close", 3);
        http2.request({ ":path": "/" }).resume().end();
        await goneAway;
        expect(await statusOf(ports.ping, "/ping")).to.equal(200);

        traefik.kill("SIGTERM");
        const toldAt = performance.now();
        const secondsSince = (from: number) => (performance.now() - from) / 1000;
        const ended = once(traefik, "exit");
        await until(async () => (await statusOf(ports.ping, "/ping")) === 503, 1);
        const statuses = new Set<number>();
        for (let status = 200; status !== 0; status = await statusOf(ports.web, "/")) {
            statuses.add(status);
            await sleep(50);
        }
        expect([...statuses]).to.deep.equal([200]);
        expect(secondsSince(toldAt)).to.be.within(acceptSeconds - 0.1, acceptSeconds + 3);

        expect(await slow).to.include({ status: 200 });
        expect(await ended).to.deep.equal([0, null]);
        expect(secondsSince(await slowEnded)).to.be.below(1.5);
    });
});
