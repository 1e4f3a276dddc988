import { expect } from "chai";
import fc from "fast-check";

import { parseIngressNginxLogLine } from "../../../common/ingressNginxLog";
import {
    always,
    attemptsById,
    countsOf,
    isLostIn,
    repeatedIds,
    RequestRecord,
    retriedIds,
    secondsOf,
} from "../../../drill/accounting";
import { percentile } from "../../../drill/accounting/counts";
import type { RequestResult } from "../../../drill/load";

const startedAtMilliseconds = Date.UTC(2026, 10, 24, 12);
const none: ReadonlySet<string> = new Set();

/** A request by when it should have been sent and how long it took, in seconds. */
function request(
    id: string,
    sentAt: number,
    took: number,
    more: { error?: string; isLong?: boolean } = {},
): RequestResult {
    const { error, isLong = false } = more;
    return {
        id,
        stream: "steady",
        isLong,
        shouldHaveBeenSentAtMilliseconds: startedAtMilliseconds + sentAt * 1000,
        sentAtMilliseconds: startedAtMilliseconds + sentAt * 1000 + 1,
        tookMilliseconds: took * 1000,
        status: error === undefined ? 200 : undefined,
        isLost: error !== undefined,
        error,
        pod: error === undefined ? "pod-1" : undefined,
    };
}

function recordOf(...requests: readonly RequestResult[]): RequestRecord {
    const record = new RequestRecord(startedAtMilliseconds);
    for (const each of requests) record.add(each);
    return record;
}

describe("accounting", () => {
    it("counts requests and losses, and latencies of what was answered and not long", () => {
        const record = recordOf(
            request("a-0", 1, 0.1),
            request("a-1", 2, 0.3),
            request("a-2", 3, 9, { error: "502" }),
            request("long-0", 0, 35, { isLong: true }),
            request("long-1", 1, 20, { isLong: true, error: "connection reset" }),
        );
        expect(countsOf(record, always, none)).to.deep.equal({
            requests: 5,
            lost: 2,
            longRequests: 2,
            longLost: 1,
            retried: 0,
            latencyMs: { p50: 100, p99: 300, max: 300 },
        });
        expect(record.lost.map(({ id, error }) => [id, error])).to.deep.equal([
            ["a-2", "502"],
            ["long-1", "connection reset"],
        ]);
        expect(record.size).to.equal(5);
    });

    it("has no latency where nothing was answered", () => {
        const record = recordOf(request("a-0", 1, 1, { error: "502" }));
        expect(countsOf(record, always, none).latencyMs).to.deep.equal({ p50: 0, p99: 0, max: 0 });
        expect(countsOf(recordOf(), always, none).requests).to.equal(0);
    });

    describe("of an event from second 10 to 20", () => {
        const event = { fromSeconds: 10, untilSeconds: 20 };
        const lost = { error: "connection reset", isLong: true };
        const cases: readonly (readonly [string, RequestResult, number, number])[] = [
            ["sent before and answered before", request("a", 5, 1), 0, 0],
            ["sent before and lost before", request("a", 5, 1, lost), 0, 0],
            ["sent before and answered in it", request("a", 5, 7), 0, 0],
            ["sent before and lost in it", request("a", 5, 7, lost), 1, 1],
            ["sent before and lost after it", request("a", 5, 17, lost), 0, 0],
            ["sent as it begins", request("a", 10, 0.1), 1, 0],
            ["sent in it and answered after it", request("a", 15, 7), 1, 0],
            ["sent in it and lost after it", request("a", 15, 7, lost), 1, 1],
            ["sent as it ends", request("a", 20, 0.1), 0, 0],
            ["lost as it begins", request("a", 9, 1, lost), 1, 1],
            ["lost as it ends", request("a", 9, 11, lost), 0, 0],
        ];
        for (const [name, result, requests, losses] of cases) {
            it(`${requests === 1 ? "counts" : "does not count"} what was ${name}`, () => {
                const counts = countsOf(recordOf(result), event, none);
                expect([counts.requests, counts.lost, counts.longLost]).to.deep.equal([requests, losses, losses]);
                if (!result.isLost) return;
                const sentAt = (result.shouldHaveBeenSentAtMilliseconds - startedAtMilliseconds) / 1000;
                expect(isLostIn(event, sentAt, result.tookMilliseconds)).to.equal(losses === 1);
            });
        }
    });

    it("has one bucket a second, without gaps, and in them all that was sent in the drill's time", () => {
        const record = recordOf(
            request("a-0", 0.2, 0.01),
            request("a-1", 0.9, 5, { error: "no answer in 5 s" }),
            request("a-2", 2, 0.03),
            request("a-3", 2.999, 0.05),
            request("long-0", 2.5, 35, { isLong: true }),
            request("a-4", -0.001, 0.01),
            request("a-5", 4, 0.01),
        );
        expect(secondsOf(record, 4, new Set(["a-2", "a-1"]))).to.deep.equal([
            { atSeconds: 0, requests: 2, lost: 1, retried: 0, p50Ms: 10, p99Ms: 10 },
            { atSeconds: 1, requests: 0, lost: 0, retried: 0, p50Ms: undefined, p99Ms: undefined },
            { atSeconds: 2, requests: 3, lost: 0, retried: 1, p50Ms: 30, p99Ms: 50 },
            { atSeconds: 3, requests: 0, lost: 0, retried: 0, p50Ms: undefined, p99Ms: undefined },
        ]);
    });

    it("has seconds that add up to the whole, whatever was sent", () => {
        const requests = fc.array(
            fc.record({
                sentAt: fc.double({ min: 0, max: 59.9, noNaN: true }),
                took: fc.double({ min: 0, max: 40, noNaN: true }),
                isLost: fc.boolean(),
                isLong: fc.boolean(),
            }),
            { maxLength: 3000 },
        );
        fc.assert(
            fc.property(requests, (all) => {
                const record = recordOf(
                    ...all.map(({ sentAt, took, isLost, isLong }, i) =>
                        request(`a-${i}`, sentAt, took, { isLong, ...(isLost ? { error: "502" } : {}) }),
                    ),
                );
                const total = countsOf(record, always, none);
                const seconds = secondsOf(record, 60, none);
                const sum = (key: "requests" | "lost") => seconds.reduce((so, each) => so + each[key], 0);
                expect([sum("requests"), sum("lost")]).to.deep.equal([total.requests, total.lost]);
                expect([total.requests, total.lost]).to.deep.equal([all.length, record.lost.length]);
            }),
            { numRuns: 30 },
        );
    });

    it("has percentiles by nearest rank", () => {
        const hundred = Float64Array.from({ length: 100 }, (_, i) => i + 1);
        expect([percentile(hundred, 50), percentile(hundred, 99), percentile(hundred, 100)]).to.deep.equal([
            50, 99, 100,
        ]);
        expect(percentile(Float64Array.of(7), 99)).to.equal(7);
        expect(percentile(Float64Array.of(), 50)).to.equal(undefined);
    });

    it("holds 300,000 requests in little memory, and counts them within seconds", function () {
        const before = process.memoryUsage();
        const record = new RequestRecord(startedAtMilliseconds);
        for (let i = 0; i < 300_000; i++) record.add(request(`steady-${i}`, i / 180, 0.02));
        const after = process.memoryUsage();
        const grownMb = (after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers) / 1e6;
        // What was collected meanwhile, or not yet, is in it as well.
        expect(grownMb).to.be.lessThan(200);
        const began = performance.now();
        expect(countsOf(record, always, none).requests).to.equal(300_000);
        expect(performance.now() - began).to.be.lessThan(10_000);
    });

    describe("with the ingress's log", () => {
        const line = (id: string, addresses: string, statuses: string) =>
            `192.0.2.7 - - [24/Nov/2026:12:00:01 +0000] "POST /echo?id=${id}&wait_ms=0 HTTP/1.1" 200 163 "-" "Go" 4321 0.027 ` +
            `[web-web-http] [] ${addresses} ${addresses.replace(/[^\s,]+/g, "9")} ${statuses.replace(/\d+/g, "0.1")} ${statuses} 5f0f`;
        const probe = line("x", "10.0.0.1:80", "200").replace("/echo?id=x&wait_ms=0", "/healthz");
        const entries = [
            line("a-0", "10.0.0.1:80", "200"),
            line("a-1", "10.0.0.1:80, 10.0.0.2:80", "502, 200"),
            line("a-2", "10.0.0.1:80, 10.0.0.2:80", "502, 502"),
            line("a-3", "10.0.0.1:80", "-"),
            line("a-3", "10.0.0.3:80", "200"),
            probe,
        ].map((text) => parseIngressNginxLogLine(text)!);
        const attempts = attemptsById(entries);

        it("knows which pods each request was sent to", () => {
            expect([...attempts.keys()]).to.deep.equal(["a-0", "a-1", "a-2", "a-3"]);
            expect(attempts.get("a-1")).to.deep.equal({
                upstreamAddresses: ["10.0.0.1:80", "10.0.0.2:80"],
                timesReceived: 1,
            });
        });

        it("counts what was answered only because a second pod was asked", () => {
            const retried = retriedIds(attempts);
            expect([...retried]).to.deep.equal(["a-1", "a-2", "a-3"]);
            const record = recordOf(
                request("a-0", 1, 0.1),
                request("a-1", 1, 0.1),
                request("a-2", 1, 0.1, { error: "502" }),
                request("a-3", 1, 0.1),
            );
            const { requests, lost, retried: count } = countsOf(record, always, retried);
            expect({ requests, lost, count }).to.deep.equal({ requests: 4, lost: 1, count: 2 });
        });

        it("shows what a client sent twice", () => {
            expect([...repeatedIds(attempts)]).to.deep.equal(["a-3"]);
        });
    });
});
