import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { expect } from "chai";

import { measure, parseFigures, wrkCommand } from "../../../tools/bench/throughput/wrk";
import { needs } from "../../helpers/needs";

const load = { connections: 4, seconds: 1 };

/** A server that answers every request with a status, and the Host headers that it was asked with. */
async function withServer(status: number, use: (url: string, hosts: ReadonlySet<string>) => Promise<void>) {
    const hosts = new Set<string>();
    const server = createServer(({ headers }, response) => {
        hosts.add(headers.host ?? "");
        response.writeHead(status).end("ok\n");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
        await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, hosts);
    } finally {
        server.closeAllConnections();
        server.close();
    }
}

describe("the load generator, run", () => {
    before(needs("wrk"));

    it("measures a real server, by the name that it is given", async () => {
        await withServer(200, async (url, hosts) => {
            const { requestsPerSecond, p99Milliseconds } = await measure({ url, host: "bench.test" }, "/page", load);
            expect(requestsPerSecond).to.be.greaterThan(50);
            expect(p99Milliseconds).to.be.within(0.01, 1000);
            expect([...hosts]).to.deep.equal(["bench.test"]);
        });
    });

    it("takes no failures for speed", async () => {
        await withServer(502, async (url) => {
            const error: unknown = await measure({ url }, "/page", load).catch((reason: unknown) => reason);
            expect(error)
                .to.have.property("message")
                .that.matches(/\/page: of \d+ requests failed: \d+ status/);
        });
    });

    it("says where nobody answers", async () => {
        const error: unknown = await measure({ url: "http://127.0.0.1:1" }, "/", load).catch(
            (reason: unknown) => reason,
        );
        expect(error).to.have.property("message").that.includes("http://127.0.0.1:1/");
    });
});

describe("the load generator", () => {
    it("is not made to wait for its CPU by the weight of the lab's control group, which nice would not change", () => {
        const command = wrkCommand({ url: "http://127.0.0.1:8080" }, "/healthz", load, true);
        expect(command.slice(0, 4)).to.deep.equal(["/usr/bin/chrt", "--rr", "1", "wrk"]);
    });

    it("goes into another network where it is told to", () => {
        const target = { url: "http://127.0.0.1:8080", network: "/proc/42/ns/net" };
        const command = wrkCommand(target, "/healthz", load, true);
        expect(command.slice(3, 6)).to.deep.equal(["nsenter", "--net=/proc/42/ns/net", "wrk"]);
        expect(command.at(-1)).to.equal("http://127.0.0.1:8080/healthz");
    });

    const figures = { microseconds: 2_000_000, requests: 5000, p99Microseconds: 7500 };
    const none = { connect: 0, read: 0, write: 0, status: 0, timeout: 0 };

    it("counts by the time that it really took", () => {
        const output = `Running 2s test\n  Requests/sec:  2.50k\n${JSON.stringify({ ...figures, ...none })}\n`;
        expect(parseFigures(output)).to.deep.equal({ requestsPerSecond: 2500, p99Milliseconds: 7.5 });
    });

    for (const kind of Object.keys(none)) {
        it(`refuses a measurement with an error of kind ${kind}`, () => {
            const output = JSON.stringify({ ...figures, ...none, [kind]: 1 });
            expect(() => parseFigures(output)).to.throw(`of 5000 requests failed: 1 ${kind}`);
        });
    }

    it("refuses what is no measurement", () => {
        expect(() => parseFigures("unable to connect")).to.throw("unable to connect");
        expect(() => parseFigures(JSON.stringify({ ...figures, ...none, requests: 0 }))).to.throw("no request");
    });
});
