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

import { Traefik, type TraefikArgs } from "../../components";
import { traefikPorts } from "../../components/specs/traefikConfiguration";
import { until as untilFound } from "../../tools/common/until";
import { TerminalProgress } from "../../tools/lab/progress";
import { ensureTools } from "../../tools/lab/toolchain";
import type { Recording } from "../../tools/render/record";
import { recordingOfProgram, resource } from "../helpers/stacks";
import { KubernetesApi, type ApiObject } from "./kubernetesApi";
import { writeFiles } from "./run";

interface Container {
    readonly command: readonly string[];
    readonly args: readonly string[];
    readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
    readonly startupProbe: { readonly httpGet: { readonly path: string } };
}

export interface Answer {
    readonly status: number;
    readonly headers: IncomingMessage["headers"];
    readonly text: string;
    /** From the start of the answer to its end. */
    readonly tookSeconds: number;
}

export interface Sent {
    readonly method?: string;
    readonly address?: string;
    readonly body?: AsyncIterable<string>;
    readonly headers?: Readonly<Record<string, string>>;
    readonly agent?: Agent;
}

export function ask(
    port: number,
    path: string,
    { body, agent, headers = {}, method, address = "127.0.0.1" }: Sent = {},
): Promise<Answer> {
    return new Promise((resolve, reject) => {
        const options = { host: address, port, path, headers, agent: agent ?? false };
        const sent = request({ ...options, method: method ?? (body === undefined ? "GET" : "POST") }, (response) => {
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

/** 0 where nobody answers. */
export const statusOf = (port: number, path: string, sent?: Sent) =>
    ask(port, path, sent).then(
        ({ status }) => status,
        () => 0,
    );

/** Asks again until the answer is as it should be. */
export async function until(what: () => Promise<boolean>, patienceSeconds = 15): Promise<void> {
    await untilFound(what, { pending: () => "something to be so", seconds: patienceSeconds, pollMilliseconds: 20 });
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

export const podAddresses = ["127.0.0.2", "127.0.0.3"] as const;
/** Nobody listens there. */
export const goneAddress = "127.0.0.4";

type Ports = Readonly<Record<keyof typeof traefikPorts, number>>;

/** What stands in the pod's own file system and ports, here. */
function wordHere(word: string, folder: string, ports: Ports, address = "127.0.0.1"): string {
    const inFolder = word.replaceAll(/(?<![\w.])\/(configuration|state)\//g, `${folder}/$1/`);
    return inFolder.replace(/(?<=^--entryPoints\.(\w+)\.address=):\d+$/, (_, name: keyof Ports) => `${address}:${ports[name]}`); // prettier-ignore
}

/**
 * Runs a container's command on this machine, in a folder of its own.
 *
 * @param files of its ConfigMap
 */
export async function spawnTraefik(
    { command, args }: Pick<Container, "command" | "args">,
    files: Readonly<Record<string, string>>,
    folder: string,
    ports: Ports,
    {
        address,
        further = [],
        environment = {},
    }: {
        readonly address?: string;
        readonly further?: readonly string[];
        readonly environment?: NodeJS.ProcessEnv;
    },
): Promise<ChildProcess> {
    writeFiles(join(folder, "configuration"), files);
    mkdirSync(join(folder, "state"));
    const tools = await ensureTools(["traefik"], new TerminalProgress());
    const [program = "", ...words] = [...command, ...args].map((word) => wordHere(word, folder, ports, address));
    return spawn(program, [...words, ...further], {
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...environment, PATH: `${dirname(tools.traefik)}:${process.env["PATH"] ?? ""}` },
    });
}

export class RunningTraefik {
    /** What Traefik has written. */
    output = "";
    readonly seen: Seen[] = [];
    private readonly pods: readonly Server[];
    private process: ChildProcess | undefined;

    private constructor(
        private readonly folder: string,
        readonly api: KubernetesApi,
        readonly ports: Ports & { readonly pods: number },
        /** Of the component. */
        readonly recording: Recording,
        private readonly acceptSeconds: number,
    ) {
        this.pods = podAddresses.map((address) => this.podAt(address).listen(ports.pods, address));
    }

    /** It runs, and knows nothing of the cluster before `api.release()`. */
    static async start(
        args: TraefikArgs,
        acceptSeconds: number,
        ...providers: readonly string[]
    ): Promise<RunningTraefik> {
        const recording = await recordingOfProgram(() => {
            new Traefik("traefik", { shutdownGraceSeconds: acceptSeconds, ...args });
            return {};
        });
        const folder = mkdtempSync(join(tmpdir(), "php-web-service-traefik-"));
        const ports = await freePorts("web", "websecure", "ping", "pods");
        const started = new RunningTraefik(folder, await KubernetesApi.start(), ports, recording, acceptSeconds);
        await started.run(providers);
        return started;
    }

    async stop(): Promise<void> {
        if (this.process?.kill("SIGKILL") === true) await once(this.process, "exit");
        this.api.stop();
        for (const pod of this.pods) {
            pod.closeAllConnections();
            pod.close();
        }
        rmSync(this.folder, { recursive: true });
    }

    get container(): Container {
        const { spec } = resource(this.recording, "kubernetes:apps/v1:Deployment").inputs as unknown as {
            readonly spec: { readonly template: { readonly spec: { readonly containers: readonly [Container] } } };
        };
        return spec.template.spec.containers[0];
    }

    readonly isLoaded = () => statusOf(this.ports.ping, this.container.startupProbe.httpGet.path);

    /** The component's object of a type. */
    own(type: string): ApiObject {
        return this.onPortsHere(resource(this.recording, `kubernetes:${type}`).inputs as unknown as ApiObject);
    }

    /** With the ports that the entry points have here. */
    onPortsHere(object: ApiObject): ApiObject {
        const text = Object.entries(traefikPorts).reduce(
            (json, [name, port]) =>
                json.replaceAll(`"port":${port}`, `"port":${this.ports[name as keyof typeof traefikPorts]}`),
            JSON.stringify(object),
        );
        return JSON.parse(text) as ApiObject;
    }

    /** The stack's Service web and Traefik's own, which has an address. */
    putServices(web: ApiObject): void {
        const own = this.own("core/v1:Service");
        const status = { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } };
        this.api.set("services", [
            { ...web, metadata: { ...web.metadata, name: "web", namespace: "web" } },
            { ...own, status },
        ]);
    }

    /** @param ending addresses of the pods that end */
    putEndpoints(ending: readonly string[], addresses: readonly string[] = podAddresses): void {
        const metadata = { name: "web-1", namespace: "web", labels: { "kubernetes.io/service-name": "web" } };
        const endpoints = addresses.map((address) => {
            const terminating = ending.includes(address);
            return { addresses: [address], conditions: { ready: !terminating, serving: true, terminating } };
        });
        this.api.set("endpointslices", [
            { metadata, addressType: "IPv4", ports: [{ name: "http", port: this.ports.pods }], endpoints },
        ]);
    }

    /** As the ClusterRole has it and as it was used, each "list ingresses". Newer clients list by their watch. */
    rights(): { readonly allowed: readonly string[]; readonly unused: readonly string[] } {
        const { rules } = resource(this.recording, "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole").inputs as {
            readonly rules: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[];
        };
        const allowed = rules.flatMap(({ resources, verbs }) =>
            resources.flatMap((name) => verbs.map((verb) => `${verb} ${name}`)),
        );
        const withoutVerb = (right: string) => right.replace(/^(list|watch) /, "");
        const used = [...this.api.asked].map(withoutVerb);
        return { allowed, unused: allowed.filter((right) => !used.includes(withoutVerb(right))) };
    }

    /** Sees that it sends a request when it has all of it, and takes an answer as fast as it comes. */
    async expectBuffered(sent: Sent = {}): Promise<void> {
        const sentAt: number[] = [];
        async function* slowly() {
            for (const part of ["a".repeat(1000), "b"]) {
                await sleep(500);
                sentAt.push(performance.now() / 1000);
                yield part;
            }
        }
        const upload = { ...sent, body: slowly() };
        const { status, text, tookSeconds } = await ask(this.ports.web, "/upload?seconds=0.5", upload);
        expect(status).to.equal(200);
        const uploads = this.seen.filter(({ path }) => path === "/upload");
        expect(uploads).to.have.length(1);
        expect(uploads[0]?.atSeconds).to.be.at.least(sentAt[1] ?? Infinity);
        expect(podAddresses.map((address) => `${address}.`)).to.include(text);
        expect(tookSeconds).to.be.below(0.4);
    }

    /**
     * Ends it as a kubelet would, and sees that clients are asked to close, that it says so, accepts for a while, and answers
     * what it has accepted.
     */
    async expectGoodEnd(sent: Sent = {}): Promise<void> {
        const { web, ping } = this.ports;
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        const askAgain = () => ask(web, "/", { ...sent, agent });
        expect((await askAgain()).headers.connection).to.not.equal("close");
        const http2 = connectHttp2(`http://127.0.0.1:${web}`);
        const goneAway = once(http2, "goaway");
        const slow = ask(web, `/slow?seconds=${this.acceptSeconds + 3}`, sent);
        const slowEnded = slow.then(() => performance.now());

        const [command = "", ...words] = this.container.lifecycle.preStop.exec.command.map((word) => this.here(word));
        expect(spawnSync(command, words).status).to.equal(0);
        await until(async () => (await askAgain()).headers.connection === "close", 3);
        const { host } = sent.headers ?? {};
        http2
            .request({ ":path": "/", ...(host === undefined ? {} : { ":authority": host }) })
            .resume()
            .end();
        await goneAway;
        expect(await statusOf(ping, "/ping")).to.equal(200);

        const traefik = this.process ?? expect.fail("not started");
        traefik.kill("SIGTERM");
        const toldAt = performance.now();
        const secondsSince = (from: number) => (performance.now() - from) / 1000;
        const ended = once(traefik, "exit");
        await until(async () => (await statusOf(ping, "/ping")) === 503, 1);
        const statuses = new Set<number>();
        for (let status = 200; status !== 0; status = await statusOf(web, "/", sent)) {
            statuses.add(status);
            await sleep(50);
        }
        expect([...statuses]).to.deep.equal([200]);
        expect(secondsSince(toldAt)).to.be.within(this.acceptSeconds - 0.1, this.acceptSeconds + 3);

        expect(await slow).to.include({ status: 200 });
        expect(await ended).to.deep.equal([0, null]);
        expect(secondsSince(await slowEnded)).to.be.below(1.5);
    }

    /**
     * A pod that answers half at once, and the rest after so many seconds as the query says; with `silent` there nothing
     * before. Asked for another protocol, it sends back what it gets.
     */
    private podAt(pod: string): Server {
        const server = createServer((asked, response) => {
            const { pathname, searchParams } = new URL(asked.url ?? "/", "http://pod");
            this.seen.push({ pod, path: pathname, headers: asked.headers, atSeconds: performance.now() / 1000 });
            asked.resume();
            asked.on("end", () => {
                response.setHeader("x-accel-buffering", "no");
                if (!searchParams.has("silent")) response.write(pod);
                setTimeout(() => response.end("."), Number(searchParams.get("seconds") ?? 0) * 1000);
            });
        });
        return server.on("upgrade", ({ headers }, socket) => {
            socket.write(`HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: ${headers.upgrade}\r\n\r\n`);
            socket.pipe(socket);
        });
    }

    private here(word: string): string {
        return wordHere(word, this.folder, this.ports);
    }

    private async run(providers: readonly string[]): Promise<void> {
        const { data } = resource(this.recording, "kubernetes:core/v1:ConfigMap").inputs as {
            readonly data: Readonly<Record<string, string>>;
        };
        const endpoints = providers.map((provider) => `--providers.${provider}.endpoint=${this.api.address}`);
        const traefik = await spawnTraefik(this.container, data, this.folder, this.ports, { further: endpoints });
        this.process = traefik;
        for (const stream of [traefik.stdout, traefik.stderr]) {
            stream?.setEncoding("utf8").on("data", (chunk: string) => (this.output += chunk));
        }
        await until(async () => {
            if (traefik.exitCode !== null) throw new Error(`Traefik ended with ${traefik.exitCode}:\n${this.output}`);
            return (await statusOf(this.ports.ping, "/ping")) === 200;
        });
    }
}
