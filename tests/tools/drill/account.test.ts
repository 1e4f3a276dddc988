import { expect } from "chai";

import type { IngressLogEntry } from "../../../tools/common/ingressNginxLog";
import { Account } from "../../../tools/drill/account";
import type { RequestResult } from "../../../tools/drill/load/result";

const startedAt = 1_800_000_000_000;

const result = (id: string, sentAtSeconds: number, changes: Partial<RequestResult> = {}): RequestResult => ({
    id,
    stream: "ours",
    isLong: false,
    pace: undefined,
    shouldHaveBeenSentAtMilliseconds: startedAt + sentAtSeconds * 1000,
    sentAtMilliseconds: startedAt + sentAtSeconds * 1000,
    tookMilliseconds: 10,
    heardAtMilliseconds: startedAt + sentAtSeconds * 1000 + 10,
    status: 200,
    isLost: false,
    error: undefined,
    pod: "web-1",
    ...changes,
});
const lost = { isLost: true, error: "502", pod: undefined, status: 502 } as const;

const entry = (addresses: readonly string[], statuses: readonly (number | undefined)[]): IngressLogEntry => ({
    endedAtMilliseconds: startedAt,
    requestLine: "",
    status: 200,
    requestTimeSeconds: 0.01,
    upstreamName: "web-web-80",
    upstreamSeconds: addresses.map(() => 0.01),
    upstreamAddresses: addresses,
    upstreamStatuses: statuses,
});

const accountOf = (...results: readonly RequestResult[]) => {
    const account = new Account(startedAt);
    for (const each of results) account.onResult(each);
    return account;
};

describe("the account of a variant's requests", () => {
    it("counts a request where it ended: a long one that an event cut belongs to that event", () => {
        const account = accountOf(result("ours-long-1", 5, { isLong: true, tookMilliseconds: 30_000, ...lost }));
        expect(account.between(0, 20).lost).to.equal(0);
        expect(account.between(20, 40)).to.include({ requests: 1, lost: 1, longRequests: 1, longLost: 1 });
    });

    it("counts each request once, whatever the times are", () => {
        const account = accountOf(...Array.from({ length: 100 }, (_, i) => result(`ours-${i}`, i / 10)));
        const parts = [0, 2.5, 5, 11].map((from, i, all) => account.between(from, all[i + 1] ?? Infinity).requests);
        expect(parts.reduce((a, b) => a + b, 0)).to.equal(100);
    });

    it("tells latency by exact ranks, of what was answered, is not long and had a quick client", () => {
        const account = accountOf(
            ...Array.from({ length: 100 }, (_, i) => result(`ours-${i}`, 1, { tookMilliseconds: i + 1 })),
            result("ours-long-0", 1, { isLong: true, tookMilliseconds: 38_000 }),
            result("ours-reader-0", 1, { pace: "slow-reader", tookMilliseconds: 60_000 }),
            result("ours-reader-1", 1, { pace: "slow-reader", tookMilliseconds: 20_000, ...lost }),
            result("ours-x", 1, { tookMilliseconds: 9999, ...lost }),
        );
        expect(account.between(0, 90)).to.include({ slowClientRequests: 2, slowClientLost: 1 });
        expect(account.between(0, 60).latencyMs).to.deep.equal({ p50: 50, p99: 99, p999: 100, max: 100 });
    });

    it("counts an answer that a second pod gave as a hidden retry, and a loss as a loss only", () => {
        const account = accountOf(result("ours-1", 1), result("ours-2", 1, lost), result("ours-3", 1));
        account.onIngressLog("ours-1", entry(["10.0.0.1:8080", "10.0.0.2:8080"], [502, 200]));
        account.onIngressLog("ours-2", entry(["10.0.0.1:8080", "10.0.0.2:8080"], [502, 502]));
        account.onIngressLog("ours-3", entry(["10.0.0.2:8080"], [200]));
        expect(account.between(0, 60)).to.include({ lost: 1, retried: 1 });
        expect(account.addressesOf("ours-2")).to.deep.equal(["10.0.0.1:8080", "10.0.0.2:8080"]);
        expect(account.logged).to.equal(3);
    });

    it("counts a request that reached the ingress twice, which only a client does that repeats it unseen", () => {
        for (const first of [undefined, 200]) {
            const account = accountOf(result("ours-1", 1));
            account.onIngressLog("ours-1", entry(["10.0.0.1:8080"], [first]));
            account.onIngressLog("ours-1", entry(["10.0.0.2:8080"], [200]));
            expect(account.between(0, 60).retried).to.equal(1);
        }
    });

    it("knows each pod's first answer, in whatever order they come", () => {
        const account = accountOf(result("ours-2", 4), result("ours-1", 2), result("ours-3", 3, lost));
        expect([...account.served]).to.deep.equal([
            ["web-1", { firstAtSeconds: 2.01, firstSentAtSeconds: 2, lastSentAtSeconds: 4, count: 2 }],
        ]);
    });

    it("knows when the first and the last that a pod answered were sent, of those whose clients were quick", () => {
        const account = accountOf(
            result("ours-writer-0", 1, { pace: "slow-writer", tookMilliseconds: 20_000 }),
            result("ours-long-0", 3, { isLong: true, tookMilliseconds: 38_000 }),
            result("ours-1", 5, { shouldHaveBeenSentAtMilliseconds: startedAt + 4000 }),
            result("ours-2", 6, lost),
            result("ours-writer-1", 7, { pace: "slow-writer", pod: "web-2", tookMilliseconds: 20_000 }),
        );
        expect(account.served.get("web-1")).to.include({ firstSentAtSeconds: 3, lastSentAtSeconds: 5, count: 3 });
        expect(account.served.get("web-2")).to.include({ lastSentAtSeconds: undefined, count: 1 });
    });

    it("tells the thousandth part that is slowest by its exact rank", () => {
        const account = accountOf(
            ...Array.from({ length: 2000 }, (_, i) => result(`ours-${i}`, 1, { tookMilliseconds: i + 1 })),
        );
        expect(account.between(0, 60).latencyMs).to.deep.equal({ p50: 1000, p99: 1980, p999: 1998, max: 2000 });
    });

    it("counts what the load's own machine has sent late, and not what the service answers late", () => {
        const slow = result("ours-1", 1, { tookMilliseconds: 5000 });
        const late = result("ours-2", 1, { sentAtMilliseconds: startedAt + 2100, tookMilliseconds: 1110 });
        expect(accountOf(slow, late)).to.include({ requests: 2, late: 1 });
    });

    it("has one second after the other, also those without requests", () => {
        const seconds = accountOf(result("ours-1", 0), result("ours-2", 2, lost)).seconds();
        expect(seconds.map(({ requests, lost: lostThen }) => [requests, lostThen])).to.deep.equal([
            [1, 0],
            [0, 0],
            [1, 1],
        ]);
        expect(seconds.map(({ p50Ms }) => p50Ms)).to.deep.equal([10, undefined, undefined]);
    });
});
