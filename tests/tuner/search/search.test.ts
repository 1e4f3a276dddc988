import { expect } from "chai";

import type { Setting } from "../../../tuner/plant/setting";
import { candidatesOf, boundsOf } from "../../../tuner/search/candidates";
import { changesOf } from "../../../tuner/search/changes";
import { evaluatorOf } from "../../../tuner/search/evaluator";
import { asGiven, type Situation } from "../../../tuner/search/job";
import { parseObjective } from "../../../tuner/search/objective";
import { paretoFront } from "../../../tuner/search/pareto";
import { search, type Search } from "../../../tuner/search/search";
import { scaled, type Traffic } from "../../../tuner/traffic/traffic";
import { dayOf, flashCrowd, officeHours, plant, setting, steadyWithSpikes } from "../../../tuner/example";

const situationOf = (traffic: Traffic, objective: string): Situation => ({
    traffic,
    plant,
    waitLimitSeconds: parseObjective(objective).waitLimitSeconds,
});

async function run(
    traffic: Traffic,
    {
        objective = "p99 wait under 200 ms",
        current = setting,
        mostReplicas = undefined as number | undefined,
        threads = 1,
    } = {},
): Promise<Search> {
    const situation = situationOf(traffic, objective);
    const evaluator = evaluatorOf(situation, threads);
    try {
        return await search(situation, current, parseObjective(objective), evaluator, mostReplicas);
    } finally {
        await evaluator.close();
    }
}

const numbersOf = (each: Setting) => [
    each.minReplicas,
    each.maxReplicas,
    each.targetCPUUtilizationPercentage,
    each.scaleDown.stabilizationWindowSeconds,
];

const answer = ({ recommendation }: Search) => ({
    kind: recommendation.kind,
    setting: numbersOf(recommendation.setting),
    holds: recommendation.sensitivity.map(({ holds }) => holds),
    sturdier: recommendation.sturdier === undefined ? undefined : numbersOf(recommendation.sturdier.setting),
});

describe("a recommendation", function () {
    this.timeout(60_000);

    it("for office hours: fewer pods at night", async () => {
        expect(answer(await run(officeHours()))).to.deep.equal({
            kind: "change",
            setting: [2, 24, 55, 300],
            holds: [false, true, false],
            sturdier: [2, 24, 45, 300],
        });
    });

    it("for a flash crowd, where every hour counts: pods that are there before it", async () => {
        const found = await run(flashCrowd(), { objective: "p99 wait in every hour under 1 s" });
        const [, slowStart] = found.recommendation.sensitivity;
        expect(slowStart!.figures.worstHourP99Seconds).to.be.above(found.recommendation.figures.worstHourP99Seconds);
        expect(answer(found)).to.deep.equal({
            kind: "change",
            setting: [4, 24, 60, 300],
            holds: [false, true, false],
            sturdier: [6, 24, 60, 300],
        });
    });

    it("for steady traffic with spikes: what is there already", async () => {
        const found = await run(steadyWithSpikes());
        expect(answer(found)).to.deep.equal({
            kind: "keep",
            setting: [3, 24, 60, 300],
            holds: [false, true, false],
            sturdier: [3, 24, 45, 300],
        });
        expect(found.recommendation.setting).to.deep.equal(setting);
    });

    it("is the same at every run, in one thread or in several", async () => {
        const traffic = officeHours();
        const [one, other] = [await run(traffic), await run(traffic, { threads: 2 })];
        expect(other.tried.length).to.be.above(100);
        expect(JSON.stringify(other)).to.equal(JSON.stringify(one));
    });

    it("raises maxReplicas so that half as much traffic again has room", async () => {
        const current = { ...setting, maxReplicas: 3 };
        const { recommendation } = await run(scaled(officeHours(), 2), { current });
        const [moreTraffic] = recommendation.sensitivity;
        expect(recommendation.kind).to.equal("change");
        expect(recommendation.setting.maxReplicas).to.be.above(3).and.equal(moreTraffic!.figures.peakReplicas);
        const changed = changesOf(current, recommendation.setting).map(({ key }) => key);
        expect(recommendation.without.map(({ key }) => key)).to.deep.equal(changed);
    });

    it("stays within --most-replicas, and says where that is not enough", async () => {
        const found = await run(scaled(officeHours(), 4), { mostReplicas: 6 });
        expect(found.recommendation.kind).to.equal("unreachable");
        expect(found.tried.every((each) => each.setting.maxReplicas <= 6)).to.equal(true);
        expect(found.recommendation.setting.maxReplicas).to.equal(6);
    });

    it("is none where one request alone waits too long: requests of 20 ms that meet", async () => {
        const found = await run(officeHours(), { objective: "p99.9 wait under 1 ms" });
        expect(found.recommendation.kind).to.equal("unreachable");
        expect(found.recommendation.sturdier).to.equal(undefined);
    });
});

describe("the settings that are tried", () => {
    it("are different from one another, allowed, and few where the trace is long", () => {
        const counts = [1, 14].map((days) => {
            const traffic = dayOf((hour) => 100 + 50 * Math.sin(hour), days);
            const bounds = boundsOf(setting, traffic, plant, undefined);
            const candidates = candidatesOf(setting, traffic, plant, bounds);
            expect(new Set(candidates.map((each) => JSON.stringify(each))).size).to.equal(candidates.length);
            for (const each of candidates) {
                expect(each.minReplicas).to.be.at.least(2).and.at.most(each.maxReplicas);
                // The controller's tolerance: a pod that is full must be above it.
                expect(each.targetCPUUtilizationPercentage * 1.1).to.be.below(100);
            }
            return candidates.length;
        });
        expect(counts[0]).to.be.within(150, 600);
        expect(counts[1]).to.be.within(50, 250);
    });

    it("are below what a full pod reaches, by the tolerance of the stack file", () => {
        const traffic = officeHours();
        const highest = (tolerance: number | undefined) => {
            const current = { ...setting, scaleUp: { ...setting.scaleUp, tolerance } };
            const candidates = candidatesOf(current, traffic, plant, boundsOf(current, traffic, plant, undefined));
            for (const { scaleUp } of candidates) expect(scaleUp).to.deep.equal(current.scaleUp);
            return Math.max(...candidates.map((each) => each.targetCPUUtilizationPercentage));
        };
        expect(highest(0.5) * 1.5).to.be.below(100);
        expect(highest(undefined) * 1.5).to.be.above(100);
    });

    it("include the stack file's own values", () => {
        const current = { ...setting, minReplicas: 13, targetCPUUtilizationPercentage: 57 };
        const traffic = officeHours();
        const candidates = candidatesOf(current, traffic, plant, boundsOf(current, traffic, plant, undefined));
        expect(
            candidates.some((each) => each.minReplicas === 13 && each.targetCPUUtilizationPercentage === 57),
        ).to.equal(true);
    });
});

describe("the front", () => {
    it("has what nothing else beats, the cheapest first", async () => {
        const { tried, front } = await run(officeHours());
        const wait = (each: (typeof tried)[number]) => each.figures.waitSeconds.p99 + each.figures.lost * 1000;
        expect(front.length).to.be.above(3);
        for (const best of front) {
            const better = tried.filter(
                (each) => each.figures.replicaHours <= best.figures.replicaHours && wait(each) < wait(best),
            );
            expect(better).to.deep.equal([]);
        }
        const costs = front.map(({ figures }) => figures.replicaHours);
        expect([...costs].sort((a, b) => a - b)).to.deep.equal(costs);
        expect(paretoFront([], () => 0)).to.deep.equal([]);
    });
});

describe("a search that is interrupted", () => {
    const jobs = Array.from({ length: 2000 }, (_, i) => ({
        setting: { ...setting, minReplicas: 2 + (i % 9) },
        condition: asGiven,
    }));
    for (const threads of [1, 2]) {
        it(`ends at once with the reason, in ${threads} threads`, async () => {
            const interruption = new AbortController();
            const evaluator = evaluatorOf(
                situationOf(officeHours(), "p99 wait under 1 s"),
                threads,
                interruption.signal,
            );
            const reason = new Error("enough");
            let done = 0;
            const ended = evaluator.evaluate(jobs, (count) => {
                done = count;
                if (count === 3) interruption.abort(reason);
            });
            expect(await ended.catch((error: unknown) => error)).to.equal(reason);
            expect(done).to.be.within(3, 5);
            await evaluator.close();
        });
    }
});
