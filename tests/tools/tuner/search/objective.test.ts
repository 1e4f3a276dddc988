import { expect } from "chai";

import type { Figures } from "../../../../tools/tuner/plant/figures";
import { isMet, ObjectiveError, parseObjective, shortfall } from "../../../../tools/tuner/search/objective";

const figures = (changes: Partial<Figures> = {}): Figures => ({
    requests: 1_000_000,
    refused: 0,
    timedOut: 0,
    lost: 0,
    waitSeconds: { p50: 0, p90: 0.05, p95: 0.1, p99: 0.2, "p99.9": 0.9 },
    worstHourP99Seconds: 0.8,
    worstHourStartSeconds: 0,
    waitedShare: 0,
    saturatedSeconds: 0,
    atMaxSeconds: 0,
    replicaHours: 1,
    hours: 1,
    meanReplicas: 1,
    peakReplicas: 1,
    meanUtilizationPercent: 50,
    cpuRulesSeconds: 0,
    busyWorkersRuleSeconds: 0,
    rescales: 0,
    ...changes,
});

describe("an objective", () => {
    const cases: readonly (readonly [string, Partial<Figures>, boolean])[] = [
        ["p99 wait under 200 ms", {}, true],
        ["p99 wait under 199 ms", {}, false],
        ["p99 wait under 0.2 s", {}, true],
        ["p99.9 wait under 200 ms", {}, false],
        ["p50 wait under 1 ms", {}, true],
        ["p99 wait in every hour under 1 s", {}, true],
        ["p99 wait in every hour under 700ms", {}, false],
        ["p95 wait under 200 ms and p99.9 wait under 1 s", {}, true],
        ["p95 wait under 200 ms, p99.9 wait under 500 ms", {}, false],
        // Unless it says otherwise, no request may be lost.
        ["p99 wait under 200 ms", { lost: 1 }, false],
        ["p99 wait under 200 ms and lost under 0.01 %", { lost: 100 }, true],
        ["p99 wait under 200 ms and lost under 0.01 %", { lost: 101 }, false],
    ];
    for (const [text, changes, met] of cases) {
        it(`${text}: ${met ? "met" : "missed"} with ${JSON.stringify(changes)}`, () => {
            expect(isMet(parseObjective(text), figures(changes))).to.equal(met);
        });
    }

    it("tells by how much it is missed", () => {
        expect(shortfall(parseObjective("p99 wait under 100 ms"), figures())).to.equal(1);
        expect(shortfall(parseObjective("p99 wait under 200 ms"), figures({ lost: 1000 }))).to.equal(1);
    });

    it("has the limit of its first clause on waits", () => {
        expect(parseObjective("lost under 1 % and p95 wait under 3 s").waitLimitSeconds).to.equal(3);
    });

    for (const text of [
        "",
        "p98 wait under 1 s",
        "p99 wait under 1",
        "p99 wait below 1 s",
        "p95 wait in every hour under 1 s",
        "p99 wait under 0 ms",
        "fast",
    ]) {
        it(`is refused: ${JSON.stringify(text)}`, () => {
            expect(() => parseObjective(text)).to.throw(
                ObjectiveError,
                `${JSON.stringify(text)} is no objective. Allowed: p50, p90, p95, p99, p99.9 wait under N ms or N s; ` +
                    "p99 wait in every hour under N ms or N s; lost under N %; several of them with and. Without a clause " +
                    "on lost, no request may be lost.",
            );
        });
    }

    it("is refused without a clause on waits", () => {
        expect(() => parseObjective("lost under 1 %")).to.throw(
            ObjectiveError,
            '"lost under 1 %" has no clause on waits.',
        );
    });
});
