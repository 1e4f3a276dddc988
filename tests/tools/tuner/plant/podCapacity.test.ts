import { expect } from "chai";

import { PodCapacity } from "../../../../tools/tuner/plant/podCapacity";
import type { Spread } from "../../../../tools/tuner/plant/spread";
import { WaitDistribution } from "../../../../tools/tuner/plant/waitDistribution";
import { waitTableOf } from "../../../../tools/tuner/plant/waitTable";
import { beside, type Pod } from "../../../../tools/bench/tuning/beside";

const random = { kind: "random" } as const;
const inTurn = { kind: "roundRobin", processes: 8 } as const;

/** Pods that are short of CPU, and of workers. */
const pods: readonly Pod[] = [
    { workers: 16, cores: 1, cpuSeconds: 0.05, idleSeconds: 0.15 },
    { workers: 4, cores: 1, cpuSeconds: 0.02, idleSeconds: 0.3 },
];

/** Waits of less than a hundredth of the request's own time are none. */
const isSame = (model: number, simulated: number, pod: Pod, within: number): boolean =>
    Math.abs(model - simulated) <= within * simulated + 0.01 * (pod.cpuSeconds + pod.idleSeconds);

describe("what requests wait", function () {
    this.timeout(120_000);
    for (const pod of pods) {
        const title = `${pod.workers} workers, ${pod.cores} cores, ${pod.cpuSeconds} s CPU and ${pod.idleSeconds} s idle`;
        it(`is what a simulation request by request finds at every load: ${title}`, () => {
            // More loads, and ten times the requests: npm run bench:tuning.
            for (const [load, requests] of [
                [0.05, 150_000],
                [0.33, 150_000],
                [0.6, 150_000],
            ] as const) {
                // prettier-ignore
                for (const { share, modelSeconds, simulatedSeconds } of beside(pod, load, random, 1, requests, 5)) {
                    // The tests' own simulation is no surer in the thousandth part of its requests.
                    const message = `load ${load}, p${share * 100}: ${modelSeconds} beside ${simulatedSeconds}`;
                    expect(isSame(modelSeconds, simulatedSeconds, pod, share > 0.99 ? 0.15 : 0.1), message).to.equal(true);
                }
            }
        });
    }

    it("is shorter where processes go through the pods in turn, as long as one by one", () => {
        const pod = pods[0]!;
        for (const [load, count] of [
            [0.2, 4],
            [0.4, 8],
            [0.7, 16],
        ] as const) {
            // prettier-ignore
            const [, , p99] = beside(pod, load, inTurn, count, 200_000, 6);
            expect(isSame(p99!.modelSeconds, p99!.simulatedSeconds, pod, 0.1), `load ${load}`).to.equal(true);
            const [, , byChance] = beside(pod, load, random, count, 1000, 6);
            expect(p99!.modelSeconds / byChance!.modelSeconds, `load ${load}`).to.be.below(0.9);
        }
    });

    it("is shorter still where the pod with the fewest requests is chosen", () => {
        const shape = { workers: 16, cpuLimitCores: 1 };
        const p99 = (spread: Spread) => {
            const table = waitTableOf(shape, { cpuSeconds: 0.05, idleSeconds: 0.15 }, spread);
            const waits = new WaitDistribution(table);
            waits.addStationary(1, table.placeOf(8), 0.6);
            return waits.quantileSeconds(0.99);
        };
        expect(p99({ kind: "leastRequests" })).to.be.below(0.7 * p99(inTurn));
    });

    it("grows without end as the load comes near to 1", () => {
        const table = waitTableOf({ workers: 16, cpuLimitCores: 1 }, { cpuSeconds: 0.05, idleSeconds: 0 }, random);
        const means = [0, 0.03, 0.5, 0.94, 0.97, 0.985].map((load) => table.meanSeconds(0, load));
        // One shared core: a mean wait of the CPU time times load / (1 - load).
        expect(means[0]).to.equal(0);
        expect(means[2]! / 0.05).to.be.within(0.95, 1.05);
        expect(means[3]! / (0.05 * (0.94 / 0.06))).to.be.within(0.9, 1.1);
        expect(means[5]! / means[4]!).to.be.closeTo(2, 1e-9);
    });
});

describe("what one pod serves, by formula", () => {
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
        const short = new PodCapacity({ workers: 1000, cpuLimitCores: 1 }, { cpuSeconds: 0.5, idleSeconds: 0.01 });
        expect(short.requestsPerSecond).to.be.closeTo(2, 1e-6);
    });
});

describe("a distribution of waits", () => {
    const table = waitTableOf({ workers: 16, cpuLimitCores: 1 }, { cpuSeconds: 0.05, idleSeconds: 0 }, random);

    it("has the quantiles of what was added, within 5 %", () => {
        const waits = new WaitDistribution(table);
        waits.addStationary(900, 0, 0);
        waits.addEven(100, 5, 5);
        expect(waits.requests).to.equal(1000);
        expect(waits.quantileSeconds(0.89)).to.equal(0);
        expect(waits.quantileSeconds(0.95) / 5).to.be.within(0.95, 1.05);
        expect(waits.shareAbove(1)).to.be.closeTo(0.1, 1e-9);
    });

    it("has waits that are longer by a factor, within 5 %", () => {
        const [once, thrice] = [1, 3].map((factor) => {
            const waits = new WaitDistribution(table);
            waits.addStationary(1, 0, 0.5, factor);
            return waits.quantileSeconds(0.99);
        });
        expect(thrice! / once!).to.be.within(2.85, 3.15);
    });

    it("adds up, and is empty again", () => {
        const [a, b] = [new WaitDistribution(table), new WaitDistribution(table)];
        a.addEven(10, 1, 1);
        b.addEven(30, 2, 6);
        a.addAll(b);
        expect(a.quantileSeconds(0.625) / 4).to.be.within(0.9, 1.1);
        expect(a.quantileSeconds(0.24) / 1).to.be.within(0.9, 1.1);
        a.clear();
        expect([a.requests, a.shareAbove(0), a.quantileSeconds(0.99)]).to.deep.equal([0, 0, 0]);
    });
});
