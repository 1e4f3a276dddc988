import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { expect } from "chai";

import { readAccessLog } from "../../../../tools/tuner/traffic/accessLog";
import { linesOf } from "../../../../tools/tuner/traffic/lines";
import { readTrace } from "../../../../tools/tuner/traffic/read";
import { TraceError, type Traffic } from "../../../../tools/tuner/traffic/traffic";
import { bytesOf } from "./lines";

interface Fields {
    readonly seconds: number;
    readonly took?: string;
    readonly service?: string;
    readonly upstream?: string;
}

/** A line as ingress-nginx writes it, so many seconds after 09:00. */
function line({
    seconds,
    took = "0.100",
    service = "web-web-http",
    upstream = "10.0.0.7:8080 12 0.090 200",
}: Fields): string {
    const time = new Date(Date.UTC(2026, 10, 24, 9) + seconds * 1000).toISOString().slice(11, 19);
    return (
        `10.1.2.3 - - [24/Nov/2026:${time} +0000] "GET / HTTP/1.1" 200 12 "-" "curl/8" 80 ${took} ` +
        `[${service}] [] ${upstream} abc`
    );
}

const read = (lines: readonly string[], upstreamName?: string): Promise<Traffic> =>
    readAccessLog(linesOf(bytesOf(lines.join("\n"), 4096), "access.log"), "access.log", upstreamName);

async function refusal(lines: readonly string[], upstreamName?: string): Promise<string> {
    try {
        await read(lines, upstreamName);
    } catch (error) {
        if (error instanceof TraceError) return error.message;
        throw error;
    }
    return "nothing was refused";
}

const range = (count: number, of: (i: number) => Fields) => Array.from({ length: count }, (_, i) => line(of(i)));

describe("an access log as a trace", () => {
    it("counts requests by their beginning, and leaves out the first and last 15 s, which it has only in part", async () => {
        // Two a second from 10 s on, each of which ends 5 s after it began.
        const lines = range(200, (i) => ({ seconds: 15 + Math.floor(i / 2), took: "5.000" }));
        const traffic = await read(lines);
        expect([...traffic.requestsPerSecond]).to.deep.equal([2, 2, 2, 2, 2, 2]);
        expect(traffic.startSeconds).to.equal(Date.UTC(2026, 10, 24, 9, 0, 15) / 1000);
        expect(traffic.requestSeconds).to.be.closeTo(0.09, 1e-9);
    });

    it("is the same in any order of its lines", async () => {
        const lines = range(300, (i) => ({ seconds: i }));
        const shuffled = [...lines.slice(150), ...lines.slice(0, 150)];
        expect((await read(shuffled)).requestsPerSecond).to.deep.equal((await read(lines)).requestsPerSecond);
    });

    it("counts each attempt, and leaves out what no pod was asked for and what is no request", async () => {
        const lines = [
            "I1124 11:36:34.123456       7 controller.go:190] Configuration changes detected",
            "2026/11/24 09:00:05 [error] 33#33: *1 connect() failed",
            ...range(90, (i) => ({
                seconds: i,
                upstream:
                    i === 40
                        ? "10.0.0.7:8080, 10.0.0.8:8080 0, 12 0.001, 0.090 502, 200"
                        : "10.0.0.7:8080 12 0.090 200",
            })),
            line({ seconds: 45, upstream: "- - - -" }),
        ];
        const traffic = await read(lines);
        expect([...traffic.requestsPerSecond].map((rate) => Math.round(rate * 15))).to.deep.equal([15, 15, 16, 15, 15]);
        expect(traffic.notes).to.deep.equal([
            "Left out, as the ingress answered by itself: 1 requests.",
            "Asked of a second pod by the ingress: 1. Each attempt counts as a request.",
        ]);
    });

    it("says where a busy service was silent", async () => {
        const lines = range(1200, (i) => ({ seconds: i < 600 ? i : i + 1200 }));
        expect((await read(lines)).notes).to.deep.equal([
            "No request for 20 min from 2026-11-24 09:10:00: taken as no traffic. Is a part missing?",
        ]);
    });

    it("of several services needs the name of one", async () => {
        const lines = range(120, (i) => ({ seconds: i, service: i % 3 === 0 ? "shop-web-http" : "web-web-http" }));
        expect(await refusal(lines)).to.equal(
            "access.log: requests for several services: web-web-http (80 requests), shop-web-http (40 requests). " +
                "Name one with --upstream.",
        );
        expect(await refusal(lines, "web-http")).to.equal(
            "access.log: no request for --upstream web-http. It has web-web-http (80 requests), shop-web-http (40 requests).",
        );
        expect((await read(lines, "shop-web-http")).requestsPerSecond[1]).to.equal(1 / 3);
    });

    it("is refused where a line is none, and where there is too little", async () => {
        const cut = line({ seconds: 2 }).slice(0, 40);
        expect(await refusal([line({ seconds: 1 }), cut])).to.equal(
            `access.log:2: ${JSON.stringify(cut)} is no line of ingress-nginx's default log format. Remove it where it was ` +
                "cut off; with a log format of your own, convert it to CSV (time,requests_per_second).",
        );
        expect(await refusal([line({ seconds: 1 })])).to.equal(
            "access.log: less than a minute of requests to pods. Needed: better a week of them.",
        );
    });

    it("is told from CSV by its first line, zipped or not", async () => {
        const folder = mkdtempSync(join(tmpdir(), "tuner-traces-"));
        try {
            const log = range(120, (i) => ({ seconds: i })).join("\n");
            writeFileSync(join(folder, "access.log.gz"), gzipSync(log));
            writeFileSync(join(folder, "traffic.csv"), "time,requests_per_second\n0,1\n15,2\n");
            expect((await readTrace(join(folder, "access.log.gz"), undefined)).requestSeconds).to.be.closeTo(
                0.09,
                1e-9,
            );
            expect([...(await readTrace(join(folder, "traffic.csv"), undefined)).requestsPerSecond]).to.deep.equal([
                1, 2,
            ]);
            const missing = await readTrace(join(folder, "none.csv"), undefined).catch((error: unknown) => error);
            expect(missing).to.be.instanceOf(TraceError);
            expect(String(missing)).to.include("none.csv could not be read: ENOENT");
        } finally {
            rmSync(folder, { recursive: true });
        }
    });
});
