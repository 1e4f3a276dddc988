/** Clients that take their time, against a service that misbehaves. */
import { expect } from "chai";

import { Load, type RequestResult, type Stream } from "../../../../tools/drill/load";
import { type Behaviour, echoServer, type EchoServer, type SeenRequest } from "./echoServer";

const second: Omit<Stream, "name" | "pace"> = { requestsPerSecond: 5, seconds: 1, deadlineSeconds: 3 };
const reader: Stream = { ...second, name: "reader", pace: { kind: "slow-reader", seconds: 1, answerKib: 4096 } };
const writer: Stream = { ...second, name: "writer", bodyBytes: 40_000, pace: { kind: "slow-writer", seconds: 1 } };
const idle: Stream = { ...second, name: "idler", pace: { kind: "idle", seconds: 0.4 } };

describe("a load of slow clients", function () {
    this.timeout(20_000);

    let server: EchoServer;

    afterEach(() => {
        server.close();
    });

    function start(streams: readonly Stream[], all: RequestResult[]): Load {
        return new Load({
            vegetaPath: "/none/needed",
            url: server.url,
            host: "shop.example.com",
            streams,
            onResult: (result) => all.push(result),
        });
    }

    async function results(behave: (request: SeenRequest) => Behaviour, ...streams: readonly Stream[]) {
        server = await echoServer(behave);
        const all: RequestResult[] = [];
        await start(streams, all).ended();
        return all;
    }

    const errorsOf = (all: readonly RequestResult[]) => [...new Set(all.map(({ error }) => error))];

    it("draws answers and sends bodies for as long as asked, and loses none", async () => {
        const all = await results(() => "answer", reader, writer, idle);
        expect(errorsOf(all)).to.deep.equal([undefined]);
        for (const { name, pace } of [reader, writer, idle]) {
            const own = all.filter(({ stream }) => stream === name);
            expect(own.length, name).to.equal(5);
            expect(own.map((result) => result.pace)).to.deep.equal(own.map(() => pace?.kind));
            const most = Math.max(...own.map(({ tookMilliseconds }) => tookMilliseconds));
            if (name === "idler") expect(most, name).to.be.below(900);
            else expect(Math.min(...own.map(({ tookMilliseconds }) => tookMilliseconds)), name).to.be.above(900);
        }
        expect(server.seen.every(({ host }) => host === "shop.example.com")).to.equal(true);
    });

    it("has a connection for each slow request, and a few that idle ones take turns on", async () => {
        await results(() => "answer", reader, writer, idle);
        const connectionsOf = (name: string) =>
            new Set(server.seen.filter(({ id }) => id.startsWith(name)).map(({ connection }) => connection)).size;
        expect(connectionsOf("reader")).to.equal(5);
        expect(connectionsOf("writer")).to.equal(5);
        expect(connectionsOf("idler")).to.equal(2);
    });

    it("takes no loss from a server that closes a connection which is idle", async () => {
        const all = await results(() => "answer-and-close", idle);
        expect(errorsOf(all)).to.deep.equal([undefined]);
        expect(new Set(server.seen.map(({ connection }) => connection)).size).to.equal(5);
    });

    const losses: readonly (readonly [Behaviour, Stream, string])[] = [
        ["reset", writer, "connection reset"],
        ["reset", idle, "connection reset"],
        ["close", idle, "connection closed without an answer"],
        ["close-in-answer", reader, "answer cut"],
        ["reset-in-answer", reader, "answer cut"],
        ["bad-gateway", reader, "502"],
        ["no-http", writer, "wrong answer: no HTTP"],
        ["short-answer", reader, "wrong answer: 130 of 4194304 bytes came back"],
        ["other-body", writer, "wrong answer: another body arrived"],
        ["never", idle, "no answer in 3 s"],
    ];
    it("counts what is lost, with its reason", async () => {
        const named = losses.map(([behaviour, stream]) => ({ ...stream, name: `${stream.name}-${behaviour}` }));
        const behaviourOf = (id: string) => losses.find((_, i) => id.startsWith(`${named[i]?.name ?? ""}-`))?.[0];
        const all = await results(({ id }) => behaviourOf(id) ?? "answer", ...named);
        const seen = named.map(({ name }) => errorsOf(all.filter(({ stream }) => stream === name)));
        expect(seen).to.deep.equal(losses.map(([, , error]) => [error]));
        expect(all.length).to.equal(5 * losses.length);
    });

    it("loses a reader that is cut in the middle of what it draws, by its deadline", async () => {
        const all = await results(() => "answer", {
            ...reader,
            deadlineSeconds: 1,
            pace: { kind: "slow-reader", seconds: 1, answerKib: 65_536 },
        });
        expect(errorsOf(all)).to.deep.equal(["no answer in 1 s"]);
    });

    it("stops when asked and waits for what is in flight; killed, it does not", async () => {
        server = await echoServer(() => "answer");
        const stopped: RequestResult[] = [];
        const load = start([{ ...writer, seconds: 600 }], stopped);
        await new Promise((resolve) => setTimeout(resolve, 500));
        await load.stop();
        expect(stopped.length).to.be.within(1, 3);
        expect(errorsOf(stopped)).to.deep.equal([undefined]);

        const killed: RequestResult[] = [];
        const other = start([{ ...writer, seconds: 600 }], killed);
        await new Promise((resolve) => setTimeout(resolve, 500));
        const began = performance.now();
        await other.kill();
        expect(performance.now() - began).to.be.below(500);
        expect(killed).to.deep.equal([]);
    });
});
