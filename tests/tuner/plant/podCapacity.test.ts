import { expect } from "chai";

import { PodCapacity } from "../../../tuner/plant/podCapacity";
import { seededRandom } from "../../../tuner/plant/random";
import { WaitDistribution } from "../../../tuner/plant/waitDistribution";
import { quantile, waitsOf } from "./discretePod";

const requests = 40_000;

/** workers, cores, CPU seconds, idle seconds of pods that are short of CPU, of workers, of both. */
const pods = [
    [8, 1, 0.05, 0.15],
    [8, 1, 0.05, 0],
    [8, 2, 0.05, 0.1],
    [4, 1, 0.02, 0.3],
    [16, 4, 0.1, 0.1],
    [8, 0.5, 0.02, 0.05],
] as const;

describe("what one pod serves, by formula", () => {
    for (const [workers, cores, cpuSeconds, idleSeconds] of pods) {
        const capacity = new PodCapacity({ workers, cpuLimitCores: cores }, { cpuSeconds, idleSeconds });
        for (const load of [0.4, 0.7]) {
            const title = `${workers} workers, ${cores} cores, ${cpuSeconds} s CPU and ${idleSeconds} s idle at ${load * 100} % load`;
            it(`is what a simulation request by request finds: ${title}`, () => {
                const requestsPerSecond = load * capacity.requestsPerSecond;
                const pod = { workers, cores, cpuSeconds, idleSeconds, requestsPerSecond };
                const slower = cpuSeconds / Math.min(1, cores) - cpuSeconds;
                // On a slow core every request takes longer, on an idle pod too: that is no wait.
                const waits = waitsOf(pod, requests, seededRandom(5)).map((wait) => wait - slower);
                const mean = waits.reduce((a, b) => a + b, 0) / waits.length;
                expect(capacity.meanWaitSeconds(load) / mean, "mean").to.be.within(0.88, 1.14);
                const distribution = new WaitDistribution();
                const tail = Math.max(capacity.tailSeconds(load), capacity.meanWaitSeconds(load));
                distribution.addExponential(1, capacity.meanWaitSeconds(load) / tail, tail);
                expect(distribution.quantileSeconds(0.99) / quantile(waits, 0.99), "p99").to.be.within(0.7, 1.6);
            });
        }
    }

    it("is the slower of CPU and workers, and less where both are short", () => {
        const shape = { workers: 8, cpuLimitCores: 1 };
        const serves = (cpuSeconds: number, idleSeconds: number) =>
            new PodCapacity(shape, { cpuSeconds, idleSeconds }).requestsPerSecond;
        expect(serves(0.05, 0)).to.be.closeTo(20, 1e-9);
        expect(serves(0.001, 0.4)).to.be.closeTo(8 / 0.401, 0.02);
        expect(serves(0.05, 0.35)).to.be.within(16, 17);
    });

    it("counts a thousand workers without an overflow", () => {
        const capacity = new PodCapacity({ workers: 1000, cpuLimitCores: 1 }, { cpuSeconds: 0.001, idleSeconds: 2 });
        expect(capacity.requestsPerSecond).to.be.within(400, 500);
        expect(capacity.meanWaitSeconds(0.5)).to.be.within(0, 0.01);
        const short = new PodCapacity({ workers: 1000, cpuLimitCores: 1 }, { cpuSeconds: 0.5, idleSeconds: 0.01 });
        expect(short.requestsPerSecond).to.be.closeTo(2, 1e-6);
    });

    it("waits longer under more load", () => {
        const capacity = new PodCapacity({ workers: 8, cpuLimitCores: 1 }, { cpuSeconds: 0.05, idleSeconds: 0.1 });
        const waits = Array.from({ length: 100 }, (_, i) => capacity.meanWaitSeconds(i / 100));
        expect(waits[0]).to.equal(0);
        expect(waits.every((wait, i) => i === 0 || wait > waits[i - 1]!)).to.equal(true);
    });
});

describe("a distribution of waits", () => {
    it("has the quantiles of what was added, within 10 %", () => {
        const waits = new WaitDistribution();
        waits.addExponential(900, 0.5, 0.2);
        waits.addEven(100, 5, 5);
        expect(waits.requests).to.equal(1000);
        // 450 of 1000 wait, exponentially with mean 0.2 s; 100 wait 5 s.
        expect(waits.quantileSeconds(0.3)).to.equal(0);
        expect(waits.quantileSeconds(0.8) / (0.2 * Math.log(450 / 100))).to.be.within(0.9, 1.1);
        expect(waits.quantileSeconds(0.95) / 5).to.be.within(0.9, 1.1);
        expect(waits.shareAbove(1) * 1000).to.be.closeTo(100 + 450 * Math.exp(-5), 3);
    });

    it("adds up, and is empty again", () => {
        const [a, b] = [new WaitDistribution(), new WaitDistribution()];
        a.addEven(10, 1, 1);
        b.addEven(30, 2, 6);
        a.addAll(b);
        expect(a.quantileSeconds(0.625) / 4).to.be.within(0.9, 1.1);
        expect(a.quantileSeconds(0.24) / 1).to.be.within(0.9, 1.1);
        a.clear();
        expect([a.requests, a.shareAbove(0), a.quantileSeconds(0.99)]).to.deep.equal([0, 0, 0]);
    });
});
