/** Whether the load is carried, against services that are slow, lossy or not there, and a generator that stands still. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { sleep } from "../../../../tools/common/commands";
import { until } from "../../../../tools/common/until";
import { requireCarried } from "../../../../tools/drill/atRest";
import { ensureVegeta } from "../../../../tools/drill/load";
import { NotCarriedError } from "../../../../tools/drill/load/carried";
import { LoadOfVariants } from "../../../../tools/drill/loadOfVariants";
import { echoServer, type Behaviour, type EchoServer, type SeenRequest } from "./echoServer";

const seconds = 4;
const rates = {
    requestsPerSecond: 20,
    longRequestsPerSecond: 0.5,
    slowRequestsPerSecond: 0.2,
    stepRequestsPerSecond: 1,
};
const variants = ["none", "ours"].map((name) => ({ name, host: `${name}.test` }));

describe("the load at rest", function () {
    this.timeout(60_000);
    let vegetaPath: string;
    let server: EchoServer | undefined;

    before(async function () {
        // Built at the first time.
        this.timeout(300_000);
        vegetaPath = await ensureVegeta();
    });

    afterEach(() => {
        server?.close();
        server = undefined;
    });

    /** Undefined where it is carried. */
    const failureOf = async (
        behave: (request: SeenRequest) => Behaviour,
        mostPerSecond?: number,
        signal = new AbortController().signal,
    ): Promise<unknown> => {
        server = await echoServer(behave, undefined, mostPerSecond);
        const { url } = server;
        return requireCarried({ ...rates, vegetaPath, url, variants, variantCount: 2 }, signal, seconds).catch(
            (error: unknown) => error,
        );
    };

    it("is carried by a service that answers, and by one that loses a third at once", async () => {
        expect(await failureOf(() => "answer")).to.equal(undefined);
        server?.close();
        expect(await failureOf(({ id }) => (id.endsWith("1") || id.endsWith("5") ? "bad-gateway" : "answer"))).to.equal(
            undefined,
        );
    });

    it("is not by one that answers a third as fast as is asked: soon told, with a rate that it carries", async () => {
        const begun = performance.now();
        const failure = await failureOf(() => "answer", 13);
        expect((performance.now() - begun) / 1000).to.be.below(seconds + 10 + 5);
        expect(failure).to.be.instanceOf(NotCarriedError);
        const { message, lowerRate } = failure as NotCarriedError;
        expect(message).to.match(
            /^This machine, or the service, is too slow for this load: .* of 20 requests\/s for each of 2 variants/,
        );
        // A half of 13 for both, and a half of that for the rest of a drill.
        expect(lowerRate).to.be.within(2, 3);
        server?.close();
        const { url } = (server = await echoServer(() => "answer", undefined, 13));
        const less = { ...rates, requestsPerSecond: lowerRate ?? 0 };
        await requireCarried(
            { ...less, vegetaPath, url, variants, variantCount: 2 },
            new AbortController().signal,
            seconds,
        );
    });

    it("is not where nobody answers, which is no question of speed", async () => {
        const failure = await failureOf(() => "close");
        expect(failure)
            .to.have.property("message")
            .that.matches(/^The service does not answer: .*connection closed/);
    });

    it("says so where the generator fails, whatever it has sent", async () => {
        const options = { ...rates, vegetaPath: "/bin/false", url: "http://127.0.0.1:9", variants, variantCount: 2 };
        const failure = await requireCarried(options, new AbortController().signal, seconds).catch((e: unknown) => e);
        expect(failure)
            .to.have.property("message")
            .that.matches(/^vegeta (attack|encode) ended with 1/);
    });

    it("is not where the generator itself does not get on, and has to be ended", async () => {
        const folder = mkdtempSync(join(tmpdir(), "php-web-service-test-"));
        const standing = join(folder, "vegeta");
        writeFileSync(standing, '#!/bin/sh\n[ "$1" = attack ] && exec sleep 100\nexec cat\n', { mode: 0o755 });
        const options = { ...rates, vegetaPath: standing, url: "http://127.0.0.1:9", variants, variantCount: 2 };
        const failure = await requireCarried(options, new AbortController().signal, 1).catch((e: unknown) => e);
        rmSync(folder, { recursive: true });
        expect(failure).to.be.instanceOf(NotCarriedError);
        expect(failure).to.have.property("message").that.includes("it sent 0, and 0 were over within 2 s.");
    });

    it("ends with the signal", async () => {
        const interruption = new AbortController();
        setTimeout(() => {
            interruption.abort(new Error("Ctrl-C"));
        }, 500);
        const begun = performance.now();
        expect(await failureOf(() => "answer", 1, interruption.signal)).to.have.property("message", "Ctrl-C");
        expect(performance.now() - begun).to.be.below(2500);
    });
});

describe("a load that falls behind in the middle of a drill", function () {
    this.timeout(60_000);
    let folder: string;
    let server: EchoServer;
    let load: LoadOfVariants;
    let failures: Error[];

    beforeEach(async () => {
        const vegetaPath = await ensureVegeta();
        server = await echoServer(() => "answer");
        folder = mkdtempSync(join(tmpdir(), "php-web-service-test-"));
        failures = [];
        // Tells the numbers of its processes.
        const wrapper = join(folder, "vegeta");
        const script = `#!/bin/sh\n[ "$1" = attack ] && echo $$ >> ${folder}/pids\nexec ${vegetaPath} "$@"\n`;
        writeFileSync(wrapper, script, { mode: 0o755 });
        load = new LoadOfVariants({
            ...rates,
            vegetaPath: wrapper,
            url: server.url,
            variants: [{ name: "ours", host: undefined }],
            longestRequestSeconds: 4,
            startedAt: Date.now(),
            onFailure: (error) => failures.push(error),
        });
        await until(() => server.seen.length > 30, { seconds: 10, pending: () => "requests" });
    });

    afterEach(async () => {
        await load.kill();
        server.close();
        rmSync(folder, { recursive: true });
    });

    const signalGenerators = (signal: NodeJS.Signals) => {
        for (const pid of readFileSync(join(folder, "pids"), "utf8").trim().split("\n")) {
            process.kill(Number(pid), signal);
        }
    };
    const failed = async (seconds: number) => {
        await until(() => failures.length > 0, { seconds, pending: () => "its failure" });
        expect(failures).to.have.length(1);
        return failures[0] as NotCarriedError;
    };

    it("fails as soon as requests are sent ten seconds late", async () => {
        signalGenerators("SIGSTOP");
        await sleep(11);
        expect(failures).to.deep.equal([]);
        signalGenerators("SIGCONT");
        const { message, lowerRate } = await failed(5);
        expect(message).to.match(/^This machine is too slow for this load: it is 1\d s late with sending requests/);
        expect(lowerRate).to.equal(10);
    });

    it("fails where nothing is heard of any request", async () => {
        signalGenerators("SIGSTOP");
        const { message } = await failed(30);
        expect(message).to.match(/too slow for this load: it has heard of no request to ours for 2\d s\.$/);
    });
});
