/** What the real Envoy does with what the stack's policies say, and what it does without. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { connect, createServer as createTcpServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { expect } from "chai";

import { backendTrafficPolicySpec, delayedCloseTimeout } from "../../components/specs/envoyPolicies";
import { ensureTools } from "../../tools/lab/toolchain";
import { TerminalProgress } from "../../tools/lab/progress";
import { needs } from "../helpers/needs";
import { ask, goneAddress, podAddresses, statusOf, until } from "./runningTraefik";

type Policy = ReturnType<typeof backendTrafficPolicySpec>;

/** Some of them are more than the sockets on their way hold (3 or 4 MiB), and less than they and Envoy do, which holds another MiB. */
const sizesMib = Array.from({ length: 24 }, (_, i) => (i + 5) / 4);

interface Endpoint {
    readonly address: string;
    readonly health: "HEALTHY" | "DRAINING";
}

async function freePort(): Promise<number> {
    const server = createTcpServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    return port;
}

/** As Envoy Gateway 1.9.1 translates a policy; without one, what Envoy does by itself. */
function bootstrap(port: number, podPort: number, endpoints: readonly Endpoint[], policy: Policy | undefined) {
    const extensions = "type.googleapis.com/envoy.extensions";
    const { timeout, retry } = policy ?? {};
    const route = {
        cluster: "pods",
        ...(timeout === undefined
            ? {}
            : {
                  timeout: timeout.http.requestTimeout,
                  max_stream_duration: { max_stream_duration: timeout.http.maxStreamDuration },
              }),
        ...(retry === undefined
            ? {}
            : {
                  retry_policy: {
                      retry_on: retry.retryOn.triggers.join(","),
                      num_retries: retry.numRetries,
                      retry_host_predicate: [
                          {
                              name: "previous",
                              typed_config: {
                                  "@type": `${extensions}.retry.host.previous_hosts.v3.PreviousHostsPredicate`,
                              },
                          },
                      ],
                      host_selection_retry_max_attempts: 5,
                  },
              }),
    };
    const socket = (address: string, port_value: number) => ({ socket_address: { address, port_value } });
    return {
        static_resources: {
            listeners: [
                {
                    address: socket("127.0.0.1", port),
                    filter_chains: [
                        {
                            filters: [
                                {
                                    name: "http",
                                    typed_config: {
                                        "@type": `${extensions}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
                                        stat_prefix: "http",
                                        ...(policy === undefined ? {} : { delayed_close_timeout: delayedCloseTimeout }),
                                        route_config: {
                                            virtual_hosts: [
                                                {
                                                    name: "all",
                                                    domains: ["*"],
                                                    routes: [{ match: { prefix: "/" }, route }],
                                                },
                                            ],
                                        },
                                        http_filters: [
                                            {
                                                name: "router",
                                                typed_config: {
                                                    "@type": `${extensions}.filters.http.router.v3.Router`,
                                                },
                                            },
                                        ],
                                    },
                                },
                            ],
                        },
                    ],
                },
            ],
            clusters: [
                {
                    name: "pods",
                    type: "STATIC",
                    connect_timeout: "2s",
                    lb_policy: "LEAST_REQUEST",
                    load_assignment: {
                        cluster_name: "pods",
                        endpoints: [
                            {
                                lb_endpoints: endpoints.map(({ address, health }) => ({
                                    health_status: health,
                                    endpoint: { address: socket(address, podPort) },
                                })),
                            },
                        ],
                    },
                },
            ],
        },
    };
}

describe("Envoy", function () {
    this.timeout(60_000);

    let envoyPath: string;
    let podPort: number;
    let pods: readonly Server[] = [];
    let folder: string;
    let envoy: ChildProcess | undefined;
    let asked: string[] = [];
    /** Requests that are long: which pod has them, and what ends them. */
    let held: { readonly address: string; readonly end: () => void }[] = [];

    function endHeldOf(...addresses: readonly string[]): void {
        for (const { address, end } of held) if (addresses.includes(address)) end();
        held = held.filter(({ address }) => !addresses.includes(address));
    }

    before(needs("envoy"));

    before(async () => {
        envoyPath = (await ensureTools(["envoy"], new TerminalProgress())).envoy;
        podPort = await freePort();
        pods = podAddresses.map((address) =>
            createServer((request, response) => {
                asked.push(address);
                const answer = () =>
                    response.end(
                        request.url?.startsWith("/mib/") === true ? Buffer.alloc(bytesOf(request.url), "x") : "served",
                    );
                request.on("data", () => undefined);
                request.on("end", () => (request.url === "/long" ? held.push({ address, end: answer }) : answer()));
            }).listen(podPort, address),
        );
        await Promise.all(pods.map((pod) => once(pod, "listening")));
    });

    beforeEach(() => {
        asked = [];
        folder = mkdtempSync(join(tmpdir(), "envoy-test-"));
    });

    afterEach(async () => {
        if (envoy?.kill("SIGKILL") === true) await once(envoy, "exit");
        rmSync(folder, { recursive: true });
    });

    after(() => {
        endHeldOf(...podAddresses);
        for (const pod of pods) {
            pod.close();
            pod.closeAllConnections();
        }
    });

    /** Returns its port, as soon as it answers. */
    async function start(endpoints: readonly Endpoint[], policy?: Policy): Promise<number> {
        const port = await freePort();
        const config = JSON.stringify(bootstrap(port, podPort, endpoints, policy));
        const args = ["--config-yaml", config, "--use-dynamic-base-id", "--concurrency", "1", "--log-level", "error"];
        envoy = spawn(envoyPath, args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
        await until(async () => (await statusOf(port, "/")) !== 0);
        return port;
    }

    const [serving, ending] = podAddresses;
    const ours = backendTrafficPolicySpec("web", 3);

    async function statuses(port: number, count: number): Promise<readonly number[]> {
        const found: number[] = [];
        for (let i = 0; i < count; i++) found.push(await statusOf(port, "/"));
        return [...new Set(found)].sort();
    }

    // A rollout, or pods that start: for a while most endpoints are of no use.
    const mostAreOfNoUse: readonly Endpoint[] = [
        { address: serving, health: "HEALTHY" },
        { address: ending, health: "DRAINING" },
        { address: goneAddress, health: "DRAINING" },
        { address: "127.0.0.5", health: "DRAINING" },
    ];

    it("asks nobody but the pods that serve, however few they are", async () => {
        const port = await start(mostAreOfNoUse, ours);
        expect(await statuses(port, 60)).to.deep.equal([200]);
        expect(new Set(asked)).to.deep.equal(new Set([serving]));
    });

    it("asks those that end where there is no other one: they go on accepting", async () => {
        const port = await start([{ address: ending, health: "DRAINING" }], ours);
        expect(await statuses(port, 20)).to.deep.equal([200]);
    });

    it("asks the one that has fewer requests", async () => {
        const port = await start(
            [serving, ending].map((address) => ({ address, health: "HEALTHY" })),
            ours,
        );
        const long = Array.from({ length: 16 }, () => statusOf(port, "/long"));
        await until(() => Promise.resolve(held.length === 16));
        endHeldOf(ending);
        asked = [];
        await statuses(port, 400);
        // It compares two that it draws, and may draw the same one twice: a quarter goes to the busy one, not a half.
        expect(asked.filter((address) => address === serving)).to.have.length.within(50, 150);
        endHeldOf(...podAddresses);
        expect(await Promise.all(long)).to.deep.equal(long.map(() => 200));
    });

    it("asks others until one is there, where it has not heard yet that most are gone, for a POST too, and each once", async () => {
        const port = await start(
            [serving, goneAddress, "127.0.0.5"].map((address) => ({ address, health: "HEALTHY" })),
            ours,
        );
        asked = [];
        for (let i = 0; i < 80; i++) {
            const body = (async function* () {
                yield await Promise.resolve("order");
            })();
            expect((await ask(port, "/", { body })).status).to.equal(200);
        }
        expect(asked).to.have.length(80);
    });

    const bytesOf = (path: string) => Number(path.slice("/mib/".length)) * 2 ** 20;

    /** Whether a client that asks for `Connection: close`, and takes no byte of its answer for a while, does not get all of it. */
    async function isCut(port: number, path: string): Promise<boolean> {
        // Paused from the beginning: what is read makes the socket hold more, each time another amount.
        const socket = connect(port, "127.0.0.1").pause();
        let bytes = 0;
        socket.on("data", (chunk: Buffer) => (bytes += chunk.length));
        socket.on("error", () => undefined);
        // It may be closed before it is read to its end.
        const closed = new Promise((resolve) => socket.once("close", resolve));
        socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`);
        await sleep(2500);
        socket.resume();
        await closed;
        return bytes < bytesOf(path);
    }

    const cutOf = async (port: number) =>
        (await Promise.all(sizesMib.map((size) => isCut(port, `/mib/${size}`)))).filter(Boolean).length;

    it("has a slow client get all of its answer, though its connection is to close at its end", async () => {
        const port = await start([{ address: serving, health: "HEALTHY" }], backendTrafficPolicySpec("web", 30));
        expect(await cutOf(port)).to.equal(0);
    });

    it("by itself cuts it where none of it is taken for a second", async () => {
        const port = await start([{ address: serving, health: "HEALTHY" }]);
        expect(await cutOf(port)).to.be.at.least(1);
    });

    it("gives a request its time from the beginning of its upload on", async () => {
        const port = await start([{ address: serving, health: "HEALTHY" }], ours);
        async function* slowly(seconds: number) {
            for (let i = 0; i < seconds * 4; i++) {
                yield "x";
                await sleep(250);
            }
        }
        expect((await ask(port, "/", { body: slowly(1) })).status).to.equal(200);
        // 408, or a connection that is closed under the upload.
        expect(await statusOf(port, "/", { body: slowly(5) })).to.be.oneOf([0, 408]);
    });
});
