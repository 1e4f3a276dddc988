import { expect } from "chai";

import { lateSeconds, whyNotCarried } from "../../../../tools/drill/load/carried";
import type { RequestResult } from "../../../../tools/drill/load/result";

const requestsPerSecond = 70;
const seconds = 15;

/** One request's fate, in milliseconds after it was due. */
interface Fate {
    readonly sentAfter?: number;
    readonly tookMs?: number;
    /** After it was over. */
    readonly heardAfter?: number;
    readonly error?: string;
}

/** As many as are due, or as many as are given, each with the fate of its number. */
const variant = (fateOf: (index: number) => Fate, count = requestsPerSecond * seconds): readonly RequestResult[] =>
    Array.from({ length: count }, (_, i) => {
        const { sentAfter = 0, tookMs = 20, heardAfter = 0, error } = fateOf(i);
        const dueAt = 1_800_000_000_000 + ((i + 1) * 1000) / requestsPerSecond;
        return {
            id: `ours-${i}`,
            stream: "ours",
            isLong: false,
            pace: undefined,
            shouldHaveBeenSentAtMilliseconds: dueAt,
            sentAtMilliseconds: dueAt + sentAfter,
            tookMilliseconds: tookMs,
            heardAtMilliseconds: dueAt + tookMs + heardAfter,
            status: error === undefined ? 200 : undefined,
            isLost: error !== undefined,
            error,
            pod: error === undefined ? "web-1" : undefined,
        };
    });

const judge = (...variants: readonly (readonly RequestResult[])[]) =>
    whyNotCarried({
        results: new Map(variants.map((results, i) => [`variant-${i}`, results])),
        requestsPerSecond,
        seconds,
        variantCount: variants.length,
    });

const well = variant(() => ({}));
/** Requests stand in line: each one waits longer than the one before, and from the deadline on none is answered. */
const overloaded = variant((i) =>
    i * 15 > 10_000 ? { tookMs: 10_000, error: "no answer in 10 s" } : { tookMs: 20 + i * 15 },
);

describe("whether a machine carries the load at rest", () => {
    it("does where all is answered soon, and where one of twenty is late", () => {
        expect(judge(well, well, well)).to.equal(undefined);
        expect(judge(variant((i) => ({ tookMs: i % 25 === 0 ? 4000 : 20 })))).to.equal(undefined);
    });

    it("does not where requests stand in line, with the figures, and half of what was answered as the remedy", () => {
        const found = judge(overloaded, overloaded, overloaded);
        expect(found?.message).to.equal(
            "This machine, or the service, is too slow for this load: with nothing disturbed, of 70 requests/s for each of 3 variants it sent " +
                "70, and 8.9 were over within 2 s; the slowest 5 % took 10 s or more; 1,149 had no right answer " +
                "(no answer in 10 s: 1,149).",
        );
        expect(found?.lowerRate).to.equal(10);
    });

    it("has a remedy for all that are to be drilled, where one of them is tried before the others are there", () => {
        const results = new Map([["ours", overloaded]]);
        const lowerRate = (variantCount: number) =>
            whyNotCarried({ results, requestsPerSecond, seconds, variantCount })?.lowerRate;
        expect([lowerRate(1), lowerRate(3)]).to.deep.equal([10, 2]);
    });

    it("does not where the generator sends less than it should, or later, however soon those are answered", () => {
        const few = variant(() => ({}), 300);
        expect(judge(few, few, few)?.message).to.include(
            "of 70 requests/s for each of 3 variants it sent 20, and 20 were",
        );
        const late = variant((i) => ({ sentAfter: i * 8, tookMs: i * 8 + 20 }));
        expect(judge(late)?.message).to.include("for each of 1 variant it sent 70, and 16.5 were over within 2 s");
        expect(judge([])?.message).to.include("it sent 0, and 0 were over within 2 s.");
    });

    it("does not where the drill itself is too slow to hear of answers that came in time", () => {
        const unheard = variant((i) => ({ heardAfter: i * 6 }));
        expect(judge(unheard, unheard)?.message).to.include("were over within 2 s; the slowest 5 % took 6 s or more.");
    });

    it("does not where it has no ports for what it should send, though it says so at once", () => {
        const error = "not sent: the load's own machine is out of ports or files";
        const out = variant((i) => (i % 3 === 0 ? { error } : {}));
        expect(judge(out, out)?.message).to.match(/too slow.* 700 had no right answer \(not sent/);
    });

    it("does where a service loses requests at once, many of them: that is what a drill is to show", () => {
        const lossy = variant((i) => (i % 3 === 0 ? { error: "502" } : {}));
        expect(judge(lossy)).to.equal(undefined);
        expect(
            judge(
                variant(() => ({ error: "502" })),
                lossy,
                well,
            ),
        ).to.equal(undefined);
    });

    it("does where one variant hangs and another one is served: they are on the same machine", () => {
        expect(judge(overloaded, overloaded, well)).to.equal(undefined);
    });

    it("is no question of speed where nobody answers at all", () => {
        const broken = variant((i) => ({ error: i % 5 === 0 ? "503" : "connection refused" }));
        expect(judge(broken, broken)?.message).to.equal(
            "The service does not answer: with nothing disturbed, 2,100 of 2,100 requests were lost " +
                "(connection refused: 1,680, 503: 420).",
        );
    });

    it("takes few requests for few: one more or less of each kind is none that was not sent", () => {
        const results = new Map([["ours", variant(() => ({}), 6)]]);
        expect(whyNotCarried({ results, requestsPerSecond: 0.6, seconds, variantCount: 1 })).to.equal(undefined);
    });

    it("has no remedy where even one request a second is too much", () => {
        const results = new Map([["ours", overloaded.slice(-15)]]);
        expect(whyNotCarried({ results, requestsPerSecond: 1, seconds, variantCount: 1 })?.lowerRate).to.equal(
            undefined,
        );
    });
});

describe("how late the load's own side is", () => {
    it("counts what passes before a request is sent and after it is over, and not what the service takes", () => {
        const [result] = variant(() => ({ sentAfter: 3000, tookMs: 3000 + 9000, heardAfter: 4000 }));
        expect(lateSeconds(result!)).to.be.closeTo(7, 0.001);
        expect(lateSeconds(variant(() => ({ tookMs: 10_000, heardAfter: -1 }))[0]!)).to.equal(0);
    });
});
