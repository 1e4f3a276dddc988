/** The load generator against a service that misbehaves. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { expect } from "chai";

import { CertificateAuthority } from "../../../../tools/lab/cluster/certificates";
import { ensureVegeta, Load, type RequestResult, type Stream } from "../../../../tools/drill/load";
import { needs } from "../../../helpers/needs";
import { type Behaviour, echoServer, type EchoServer, type SeenRequest } from "./echoServer";

const second: Omit<Stream, "name"> = { requestsPerSecond: 10, seconds: 1, deadlineSeconds: 1 };

/** That one stream may have sent, by the clock: on a busy machine it is longer than what was slept. A second for vegeta to hear of the end. */
const mostUntil = (begun: number, ended: number, requestsPerSecond: number) =>
    Math.ceil(((ended - begun) / 1000 + 1) * requestsPerSecond);

describe("load", function () {
    this.timeout(60_000);

    let vegetaPath: string;
    let server: EchoServer;

    before(needs("go"));

    before(async function () {
        // Built at the first time.
        this.timeout(300_000);
        vegetaPath = await ensureVegeta();
    });

    afterEach(() => {
        server.close();
    });

    /** Loads the service to the end. */
    async function results(behave: (request: SeenRequest) => Behaviour, ...streams: readonly Stream[]) {
        server = await echoServer(behave);
        return resultsOf(streams);
    }

    async function resultsOf(streams: readonly Stream[]) {
        const all: RequestResult[] = [];
        const load = new Load({
            vegetaPath,
            url: server.url,
            host: "shop.example.com",
            streams,
            onResult: (result) => all.push(result),
        });
        await load.ended();
        return all;
    }

    const errorsOf = (all: readonly RequestResult[], stream: string) => [
        ...new Set(all.filter((result) => result.stream === stream).map(({ error }) => error)),
    ];

    it("loses nothing of a service that answers, and knows who answered", async () => {
        const all = await results(
            () => "answer",
            { ...second, name: "steady", requestsPerSecond: 50, newConnectionShare: 0.4, postShare: 0.8 },
            { ...second, name: "long", waitSeconds: 0.5, busyMilliseconds: 7 },
        );
        expect(errorsOf(all, "steady")).to.deep.equal([undefined]);
        expect(errorsOf(all, "long")).to.deep.equal([undefined]);
        expect(new Set(all.map(({ pod, status, isLost }) => `${pod} ${status} ${isLost}`))).to.deep.equal(
            new Set(["pod-1 200 false"]),
        );
        const steady = all.filter(({ stream }) => stream === "steady");
        const long = all.filter(({ stream }) => stream === "long");
        expect(steady.length).to.be.within(47, 50);
        expect(long.length).to.be.within(9, 10);
        expect(long.every(({ isLong, tookMilliseconds }) => isLong && tookMilliseconds >= 500)).to.equal(true);
        expect(steady.some(({ isLong }) => isLong)).to.equal(false);
        expect(new Set(server.seen.map(({ host }) => host))).to.deep.equal(new Set(["shop.example.com"]));
    });

    it("goes over TLS, and counts as lost what a certificate of unknown origin answers", async () => {
        const folder = mkdtempSync(join(tmpdir(), "php-web-service-test-"));
        const trusted = process.env["SSL_CERT_FILE"];
        try {
            const authority = await CertificateAuthority.open(folder, "test");
            const hosts = ["127.0.0.1"];
            const pair = await authority.issue({ name: "a", commonName: "a", usages: ["serverAuth"], hosts });
            server = await echoServer(() => "answer", {
                cert: readFileSync(pair.certificatePath, "utf8"),
                key: readFileSync(pair.keyPath, "utf8"),
            });
            const stream = { ...second, name: "steady", newConnectionShare: 0.5 };
            expect(errorsOf(await resultsOf([stream]), "steady").join()).to.match(/certificate/);
            expect(server.seen).to.deep.equal([]);

            process.env["SSL_CERT_FILE"] = authority.certificatePath;
            expect(errorsOf(await resultsOf([stream]), "steady")).to.deep.equal([undefined]);
            expect(server.seen).to.not.deep.equal([]);
        } finally {
            delete process.env["SSL_CERT_FILE"];
            if (trusted !== undefined) process.env["SSL_CERT_FILE"] = trusted;
            rmSync(folder, { recursive: true });
        }
    });

    it("has every request once, by an id of its own", async () => {
        const all = await results(
            () => "answer",
            { ...second, name: "a", requestsPerSecond: 60, newConnectionShare: 0.5, postShare: 0.7 },
            { ...second, name: "a-1", requestsPerSecond: 30 },
        );
        const sent = server.seen.map(({ id }) => id);
        expect(new Set(sent).size).to.equal(sent.length);
        expect(all.map(({ id }) => id)).to.have.members(sent);
        for (const { id, stream } of all) expect(id).to.match(new RegExp(`^${stream}-\\d+$`));
    });

    it("asks a page of an application without /echo, and knows its right answer by a text", async () => {
        const page = { path: "/shop?lang=en", expected: "It answers" };
        const all = await results(({ id }) => (id.endsWith("-3") ? "answer" : "other-page"), {
            ...second,
            name: "page",
            page,
        });
        expect(all.map(({ id }) => id)).to.have.members(server.seen.map(({ id }) => id));
        expect(all.length).to.be.within(9, 10);
        for (const { id, error } of all) {
            expect(error).to.equal(id.endsWith("-3") ? 'wrong answer: without "It answers"' : undefined);
        }
        expect(server.seen.every(({ method, place }) => method === "GET" && place === 0)).to.equal(true);
    });

    it("keeps connections or opens new ones, in the shares asked for", async () => {
        await results(() => "answer", {
            ...second,
            name: "steady",
            requestsPerSecond: 50,
            newConnectionShare: 0.4,
            postShare: 0.8,
        });
        const perConnection = new Map<number, SeenRequest[]>();
        for (const request of server.seen) {
            perConnection.set(request.connection, [...(perConnection.get(request.connection) ?? []), request]);
        }
        const kept = [...perConnection.values()].filter((requests) => requests.length > 1).flat();
        const onNew = [...perConnection.values()].filter((requests) => requests.length === 1).flat();
        // On a busy machine requests overlap, and some of the kept connections are used once only.
        expect(kept.length).to.be.within(15, 33);
        expect(kept.every(({ method }) => method === "POST")).to.equal(true);
        expect(onNew.length).to.be.within(18, 38);
        expect(onNew.filter(({ method }) => method === "GET").length).to.be.within(8, 10);
    });

    describe("says why a request is lost", () => {
        const expected: Readonly<Record<Exclude<Behaviour, "answer" | "answer-and-close" | "short-answer">, string>> = {
            reset: "connection reset",
            "reset-in-answer": "answer cut",
            close: "connection closed without an answer",
            "close-in-answer": "answer cut",
            "bad-gateway": "502",
            "no-http": "wrong answer: no HTTP",
            "other-page": "wrong answer: not that of /echo",
            "other-id": "wrong answer: to another",
            "half-body": "wrong answer: 2048 of 4096 bytes arrived",
            "other-body": "wrong answer: another body arrived",
            "short-wait": "wrong answer: waited 5 of 500 ms",
            "claimed-wait": "wrong answer: came after N ms of a wait of 500 ms",
            "no-work": "wrong answer: worked 0 of 20 ms",
            never: "no answer in 1 s",
        };
        let all: readonly RequestResult[];

        before(async () => {
            const names = Object.keys(expected) as (keyof typeof expected)[];
            const streams = names.map((name): Stream => ({
                ...second,
                name,
                requestsPerSecond: 5,
                newConnectionShare: 0.5,
                waitSeconds: name.endsWith("wait") ? 0.5 : 0,
                busyMilliseconds: name === "no-work" ? 20 : 0,
            }));
            all = await results(({ id }) => id.replace(/-\d+$/, "") as Behaviour, ...streams);
        });

        for (const [behaviour, error] of Object.entries(expected)) {
            it(`${behaviour}: "${error}"`, () => {
                const errors = errorsOf(all, behaviour).map((text) => text?.replace(/after \d+ ms/, "after N ms"));
                expect(new Set(errors)).to.deep.equal(new Set([error]));
                const ofIt = all.filter(({ stream }) => stream === behaviour);
                expect(ofIt.length).to.be.within(4, 6);
                expect(ofIt.every(({ isLost, pod }) => isLost && pod === undefined)).to.equal(true);
            });
        }

        it("refused, by nobody who listens", async () => {
            const nobody = createServer().listen(0, "127.0.0.1");
            await once(nobody, "listening");
            const url = `http://127.0.0.1:${(nobody.address() as AddressInfo).port}`;
            nobody.close();
            const refused: RequestResult[] = [];
            const streams = [{ ...second, name: "refused" }];
            await new Load({ vegetaPath, url, streams, onResult: (result) => refused.push(result) }).ended();
            expect(errorsOf(refused, "refused")).to.deep.equal(["connection refused"]);
        });
    });

    for (const behaviour of ["reset", "close"] as const) {
        it(`counts what is lost by ${behaviour} of a kept connection, and sends it once`, async () => {
            // The first request of each connection is answered, the second one is not.
            const all = await results(({ place }) => (place === 0 ? "answer" : behaviour), {
                ...second,
                name: "kept",
                requestsPerSecond: 20,
            });
            const unanswered = server.seen.filter(({ place }) => place > 0).map(({ id }) => id);
            expect(unanswered.length).to.be.greaterThan(5);
            expect(all.filter(({ isLost }) => isLost).map(({ id }) => id)).to.have.members(unanswered);
            expect(new Set(server.seen.map(({ id }) => id)).size).to.equal(server.seen.length);
        });
    }

    it("loses nothing where a kept connection is closed while no request is on it", async () => {
        // Slow, so that the close is over when the next request comes.
        const slow = { ...second, requestsPerSecond: 4, seconds: 3 };
        const all = await results(() => "answer-and-close", { ...slow, name: "kept" });
        expect(errorsOf(all, "kept")).to.deep.equal([undefined]);
        expect(server.seen.every(({ place }) => place === 0)).to.equal(true);
        expect(all.map(({ id }) => id)).to.have.members(server.seen.map(({ id }) => id));
    });

    it("does not slow down while the service stalls, and counts the time that requests stood in line", async () => {
        server = await echoServer(() => "answer");
        const { url } = server;
        // All requests take as long as they are sent.
        const all: RequestResult[] = [];
        const stream: Stream = {
            name: "stalled",
            requestsPerSecond: 40,
            seconds: 2,
            deadlineSeconds: 5,
            waitSeconds: 2,
        };
        await new Load({ vegetaPath, url, streams: [stream], onResult: (result) => all.push(result) }).ended();
        expect(all.length).to.be.within(78, 80);
        const arrivals = server.seen.map(({ atMilliseconds }) => atMilliseconds).sort((a, b) => a - b);
        const lastMs = arrivals.at(-1)! - arrivals[0]!;
        expect(lastMs, "the last is sent before the first is answered").to.be.lessThan(2100);
        const gaps = arrivals.slice(1).map((at, i) => at - arrivals[i]!);
        expect(Math.max(...gaps)).to.be.lessThan(500);
        const due = all.map((result) => result.shouldHaveBeenSentAtMilliseconds).sort((a, b) => a - b);
        // One each 25 ms, whatever happened.
        expect(due.at(-1)! - due[0]!).to.be.closeTo((all.length - 1) * 25, 5);
        for (const result of all) {
            const lagMs = result.sentAtMilliseconds - result.shouldHaveBeenSentAtMilliseconds;
            expect(lagMs).to.be.at.least(-0.01);
            expect(result.tookMilliseconds).to.be.at.least(2000 + lagMs - 0.01);
        }
    });

    it("counts from when a request should have been sent, where the load's own machine is too busy to send it", async () => {
        server = await echoServer(() => "answer");
        const folder = mkdtempSync(join(tmpdir(), "load-test-"));
        try {
            // Tells the number of its process, which then stands still for a while.
            const wrapper = join(folder, "vegeta");
            const script = `#!/bin/sh\n[ "$1" = attack ] && echo $$ > ${folder}/pid\nexec ${vegetaPath} "$@"\n`;
            writeFileSync(wrapper, script, { mode: 0o755 });
            const all: RequestResult[] = [];
            const streams = [{ ...second, name: "steady", requestsPerSecond: 40, seconds: 2 }];
            const load = new Load({ vegetaPath: wrapper, url: server.url, streams, onResult: (one) => all.push(one) });
            await sleep(700);
            const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
            process.kill(pid, "SIGSTOP");
            await sleep(600);
            process.kill(pid, "SIGCONT");
            await load.ended();
            const tooLate = all.filter(({ tookMilliseconds }) => tookMilliseconds > 100);
            expect(tooLate.length).to.be.within(15, 26);
            expect(Math.max(...tooLate.map(({ tookMilliseconds }) => tookMilliseconds))).to.be.within(500, 900);
            const due = all.map((result) => result.shouldHaveBeenSentAtMilliseconds).sort((a, b) => a - b);
            const gaps = due.slice(1).map((at, i) => at - due[i]!);
            expect(Math.max(...gaps), "one each 25 ms").to.be.lessThan(50);
        } finally {
            rmSync(folder, { recursive: true });
        }
    });

    it("adds a step of load, stops when asked, and waits for what is in flight", async () => {
        server = await echoServer(() => "answer");
        const all: RequestResult[] = [];
        const base = { ...second, seconds: 60, deadlineSeconds: 5 };
        const begun = performance.now();
        const load = new Load({
            vegetaPath,
            url: server.url,
            streams: [
                { ...base, name: "steady" },
                { ...base, name: "long", waitSeconds: 1 },
            ],
            onResult: (result) => all.push(result),
        });
        await sleep(300);
        load.add({ ...second, name: "step", requestsPerSecond: 30 });
        expect(() => {
            load.add({ ...second, name: "step" });
        }).to.throw("stream step: there is one of that name already.");
        await sleep(1200);
        await load.stop();
        const mostSteady = mostUntil(begun, performance.now(), base.requestsPerSecond);
        const sent = server.seen.length;
        expect(all.filter(({ stream }) => stream === "step").length).to.be.within(28, 30);
        expect(all.filter(({ stream }) => stream === "steady").length).to.be.within(8, mostSteady);
        expect(all.filter(({ isLost }) => isLost)).to.deep.equal([]);
        expect(all.map(({ id }) => id)).to.have.members(server.seen.map(({ id }) => id));
        await sleep(300);
        expect(server.seen.length).to.equal(sent);
        expect(() => {
            load.add({ ...second, name: "late" });
        }).to.throw("the load was stopped");
    });

    it("stops soon where requests are rare, and the next one is far away", async () => {
        server = await echoServer(() => "answer");
        const { url } = server;
        const all: RequestResult[] = [];
        const rare = { ...second, seconds: 600, requestsPerSecond: 0.05 };
        const streams = [
            { ...rare, name: "rare" },
            { ...rare, name: "sometimes", requestsPerSecond: 2 },
        ];
        const begun = performance.now();
        const load = new Load({ vegetaPath, url, streams, onResult: (result) => all.push(result) });
        await sleep(2700);
        const stopping = performance.now();
        await load.stop();
        const ended = performance.now();
        // What has a target, its deadline, and what vegeta may take.
        expect(ended - stopping).to.be.lessThan(10_000);
        expect(all.length).to.be.within(4, mostUntil(begun, ended, 2) + 1);
        expect(all.filter(({ isLost }) => isLost)).to.deep.equal([]);
    });

    it("tells of everything that vegeta still sends after it was stopped", async () => {
        server = await echoServer(() => "answer");
        const all: RequestResult[] = [];
        // vegeta may send at several more of its times; so many streams that some of them do.
        const streams = Array.from({ length: 12 }, (_, index) => ({
            ...second,
            name: `rare${index}`,
            seconds: 600,
            requestsPerSecond: 0.4,
            waitSeconds: 5.5,
            deadlineSeconds: 6,
        }));
        const load = new Load({ vegetaPath, url: server.url, streams, onResult: (result) => all.push(result) });
        await sleep(1000);
        await load.stop();
        expect(all.map(({ id }) => id)).to.have.members(server.seen.map(({ id }) => id));
        expect(all.filter(({ isLost }) => isLost)).to.deep.equal([]);
    });

    it("ends at once when it is killed, without results of what is in flight", async () => {
        server = await echoServer(() => "answer");
        const all: RequestResult[] = [];
        const stream = { ...second, name: "long", seconds: 60, deadlineSeconds: 30, waitSeconds: 20 };
        const load = new Load({
            vegetaPath,
            url: server.url,
            streams: [stream],
            onResult: (result) => all.push(result),
        });
        await sleep(700);
        const began = performance.now();
        await load.kill();
        expect(performance.now() - began).to.be.lessThan(1000);
        expect(server.seen.length).to.be.greaterThan(2);
        expect(all).to.deep.equal([]);
    });

    it("ends soon after the process that began it was killed", async () => {
        server = await echoServer(() => "answer");
        const parent = spawn(
            process.execPath,
            ["--import", "tsx", join(__dirname, "parent.ts"), vegetaPath, server.url],
            {
                stdio: ["ignore", "ignore", "inherit"],
            },
        );
        for (let i = 0; i < 100 && server.seen.length < 2; i++) await sleep(50);
        expect(server.seen.length).to.be.at.least(2);
        parent.kill("SIGKILL");
        // The targets that it had written ahead are for 3 s.
        await sleep(5000);
        const sent = server.seen.length;
        await sleep(1000);
        expect(server.seen.length).to.equal(sent);
    });

    describe("as root", () => {
        before(needs("root"));

        it("sends before all others on the machine get their CPU, where it is told so", async () => {
            server = await echoServer(() => "answer");
            const folder = mkdtempSync(join(tmpdir(), "load-test-"));
            try {
                const wrapper = join(folder, "vegeta");
                const policyPath = join(folder, "policy");
                const script = `#!/bin/sh\n[ "$1" = attack ] && chrt --pid $$ > ${policyPath}\nexec ${vegetaPath} "$@"\n`;
                writeFileSync(wrapper, script, { mode: 0o755 });
                const policyOf = async (isFirst: boolean | undefined) => {
                    const streams = [{ ...second, name: "steady" }];
                    const { url } = server;
                    await new Load({ vegetaPath: wrapper, isFirst, url, streams, onResult: () => undefined }).ended();
                    return /SCHED_\w+/.exec(readFileSync(policyPath, "utf8"))?.[0];
                };
                expect(await policyOf(true)).to.equal("SCHED_RR");
                expect(await policyOf(undefined)).to.equal("SCHED_OTHER");
            } finally {
                rmSync(folder, { recursive: true });
            }
        });
    });

    it("says so when vegeta fails", async () => {
        server = await echoServer(() => "answer");
        const load = new Load({
            vegetaPath: "/bin/false",
            url: server.url,
            streams: [{ ...second, name: "steady" }],
            onResult: () => undefined,
        });
        let message = "";
        await load.ended().catch((error: unknown) => {
            message = (error as Error).message;
        });
        expect(message).to.match(/^vegeta (attack|encode) ended with 1/);
    });
});
