import { expect } from "chai";

import type { Setting } from "../../../../tools/tuner/plant/setting";
import { ascending, boundsOf, minsOf, targetsOf } from "../../../../tools/tuner/search/candidates";
import { changesOf } from "../../../../tools/tuner/search/changes";
import { evaluatorOf } from "../../../../tools/tuner/search/evaluator";
import { asGiven, type Situation } from "../../../../tools/tuner/search/job";
import { isMet, parseObjective } from "../../../../tools/tuner/search/objective";
import { paretoFront } from "../../../../tools/tuner/search/pareto";
import { partToExplore } from "../../../../tools/tuner/search/part";
import { search, type Search } from "../../../../tools/tuner/search/search";
import { scaled, type Traffic } from "../../../../tools/tuner/traffic/traffic";
import { dayOf, flashCrowd, officeHours, plant, setting, steadyWithSpikes } from "../../../../tools/tuner/example";

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
        service = plant,
        hasKeda = undefined as boolean | undefined,
    } = {},
): Promise<Search> {
    const situation = { ...situationOf(traffic, objective), plant: service };
    const evaluator = evaluatorOf(situation, threads);
    try {
        const stated = parseObjective(objective);
        return await search(situation, current, stated, evaluator, mostReplicas, undefined, hasKeda);
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
    cheapest: recommendation.cheapest === undefined ? undefined : numbersOf(recommendation.cheapest.setting),
});

describe("a recommendation", function () {
    this.timeout(180_000);

    it("for office hours: fewer pods at night", async () => {
        expect(answer(await run(officeHours()))).to.deep.equal({
            kind: "change",
            setting: [2, 24, 54, 300],
            holds: [true, true, true],
            cheapest: [2, 24, 59, 300],
        });
    });

    it("for a flash crowd, where every hour counts: pods that are there before it", async () => {
        const found = await run(flashCrowd(), { objective: "p99 wait in every hour under 1 s" });
        const [, slowStart] = found.recommendation.sensitivity;
        expect(slowStart!.figures.worstHourP99Seconds).to.be.at.least(found.recommendation.figures.worstHourP99Seconds);
        expect(answer(found)).to.deep.equal({
            kind: "change",
            setting: [4, 24, 74, 300],
            holds: [false, true, false],
            cheapest: undefined,
        });
    });

    it("for steady traffic with spikes: what is there already", async () => {
        const found = await run(steadyWithSpikes());
        expect(answer(found)).to.deep.equal({
            kind: "keep",
            setting: [3, 24, 60, 300],
            holds: [false, true, false],
            cheapest: undefined,
        });
        expect(found.recommendation.setting).to.deep.equal(setting);
    });

    it("is the same at every run, in one thread or in several", async () => {
        const traffic = officeHours();
        const [one, other] = [await run(traffic), await run(traffic, { threads: 2 })];
        expect(other.tried.length).to.be.above(40);
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
        const { bound, needed } = found.recommendation;
        // What is said to be impossible is shown to be, and what would do it is named.
        expect([bound!.setting.minReplicas, bound!.figures.lost > 0]).to.deep.equal([6, true]);
        expect(isMet(found.objective, needed!.figures)).to.equal(true);
        const again = await run(scaled(officeHours(), 4), { mostReplicas: needed!.setting.minReplicas });
        expect(again.recommendation.kind).not.to.equal("unreachable");
    });

    it("is none where one request alone waits too long, and no number of replicas does it", async () => {
        const found = await run(officeHours(), {
            objective: "p99.9 wait under 1 ms",
            service: { ...plant, cpuLimitCores: 0.5, imbalance: 0 },
        });
        expect(found.recommendation.kind).to.equal("unreachable");
    });

    it("is found below 20 % where only that meets the objective: a usual page of 100 ms CPU", async () => {
        const service = { ...plant, workers: 16, cpuSecondsPerRequest: 0.1, requestSeconds: 0.3 };
        const found = await run(officeHours(), { service });
        expect(found.recommendation.kind).to.equal("change");
        expect(found.recommendation.setting.targetCPUUtilizationPercentage).to.be.below(20);
    });

    it("is above 100 % where the CPU limit lets pods use more than they request", async () => {
        const service = { ...plant, workers: 16, cpuRequestMillicores: 60, cpuLimitCores: 0.5 };
        const found = await run(officeHours(), { service, objective: "p99 wait under 1 s" });
        expect(found.recommendation.setting.targetCPUUtilizationPercentage).to.be.above(200);
    });

    it("looks for more replicas than the first guess, where nobody forbids it", async () => {
        const current = { ...setting, maxReplicas: 4 };
        const found = await run(officeHours(), { current, objective: "p99.9 wait under 40 ms" });
        expect(found.recommendation.kind).to.equal("change");
    });
});

describe("a recommendation for pages that wait", function () {
    this.timeout(180_000);

    /** 15 ms of CPU in 315 ms: eight workers are full at 37 % of their CPU request. */
    const service = { ...plant, cpuSecondsPerRequest: 0.015, requestSeconds: 0.315 };
    const given = { service, objective: "p99 wait under 630 ms" };
    const day = dayOf((hour) => 10 + 90 * Math.max(0, 1 - Math.abs(hour - 12) / 4));
    const last = ({ recommendation }: Search) => recommendation.sensitivity.at(-1)!;

    it("is a target of busy workers, where the stack has one; CPU's stays", async () => {
        const current = { ...setting, busyWorkersTargetPercent: 30 };
        const { recommendation, busyWorkers, ...found } = await run(day, { ...given, current });
        expect(recommendation.kind).to.equal("change");
        expect(recommendation.setting.targetCPUUtilizationPercentage).to.equal(60);
        expect(recommendation.setting.busyWorkersTargetPercent).to.be.above(60);
        expect(recommendation.figures.replicaHours).to.be.below(0.75 * found.current.figures.replicaHours);
        expect(recommendation.figures.busyWorkersRuleSeconds).to.be.above(3 * 3600);
        const changed = recommendation.without.map(({ key }) => key);
        expect(changed).to.include("busyWorkersTargetPercent").and.not.include("targetCPUUtilizationPercentage");
        expect(busyWorkers).to.equal(undefined);
    });

    it("is one where the stack has what that takes, as CPU alone loses requests once they wait for longer", async () => {
        const found = await run(day, { ...given, hasKeda: true });
        expect(changesOf(setting, found.recommendation.setting)).to.deep.include({
            key: "busyWorkersTargetPercent",
            from: undefined,
            to: found.recommendation.setting.busyWorkersTargetPercent,
        });
        expect(last(found).title).to.equal("what requests wait for twice as slow");
        expect(last(found).figures.lost).to.equal(0);
    });

    it("is CPU's own where the stack has not, with advice to take what that needs", async () => {
        const found = await run(day, given);
        expect(found.recommendation.setting.busyWorkersTargetPercent).to.equal(undefined);
        expect(last(found).figures.lost).to.be.above(100_000);
        const { because, figures, slowBackend } = found.busyWorkers!;
        expect([because, figures.lost, slowBackend.lost]).to.deep.equal(["sturdier", 0, 0]);
        expect(figures.replicaHours).to.be.below(1.05 * found.recommendation.figures.replicaHours);
    });

    it("is advice to save, where CPU is too little ever to ask for a pod", async () => {
        // Full at half a percent of the CPU request.
        const idle = { ...service, cpuSecondsPerRequest: 0.0002 };
        const { busyWorkers, recommendation } = await run(day, { ...given, service: idle });
        expect(recommendation.figures.cpuRulesSeconds).to.equal(0);
        expect(recommendation.setting.minReplicas).to.be.above(4);
        expect(busyWorkers!.figures.replicaHours).to.be.below(0.8 * recommendation.figures.replicaHours);
    });

    it("leaves a stack whose pages compute as it was, and has no advice for it", async () => {
        const busy = { ...setting, busyWorkersTargetPercent: 90 };
        const [alone, both] = [await run(officeHours()), await run(officeHours(), { current: busy })];
        expect(numbersOf(both.recommendation.setting)).to.deep.equal(numbersOf(alone.recommendation.setting));
        expect(both.recommendation.setting.busyWorkersTargetPercent).to.equal(90);
        expect([alone.busyWorkers, both.busyWorkers]).to.deep.equal([undefined, undefined]);
    });
});

describe("a recommendation for more than the trace", function () {
    this.timeout(180_000);

    /** Four days, each with its own crowd; those of the last two are larger. */
    const growing = () => {
        const traffic = dayOf(() => 60, 4);
        [0, 1, 2, 3].forEach((day) =>
            traffic.requestsPerSecond.fill(150 + 40 * day, day * 5760 + 3000, day * 5760 + 3040),
        );
        return traffic;
    };

    it("holds under more traffic and a slow start, where that costs no more than a twentieth", async () => {
        const { recommendation } = await run(officeHours());
        expect(recommendation.sensitivity.map(({ holds }) => holds)).to.deep.equal([true, true, true]);
        expect(recommendation.cheapest).not.to.equal(undefined);
        const cost = recommendation.figures.replicaHours / recommendation.cheapest!.figures.replicaHours;
        expect(cost).to.be.within(1, 1.05);
    });

    it("tells how advice from the first half did in the second, and takes its margin from there", async () => {
        const { heldOut, recommendation } = await run(growing(), { objective: "p99 wait in every hour under 1 s" });
        expect(heldOut!.partSeconds).to.equal(2 * 86_400);
        expect([1.5, 2, 3]).to.include(heldOut!.trafficFactor);
        expect(recommendation.sensitivity[0]!.title).to.equal(`traffic x ${heldOut!.trafficFactor}`);
        expect((await run(officeHours())).heldOut).to.equal(undefined);
    });

    it("has what looser and stricter limits cost", async () => {
        const { limits } = await run(officeHours());
        expect(limits.map(({ limitSeconds }) => limitSeconds)).to.deep.equal([0.1, 0.2, 0.5, 1]);
        const costs = limits.map(({ tried }) => tried!.figures.replicaHours);
        expect([...costs].sort((a, b) => b - a)).to.deep.equal(costs);
        expect(costs[0]! / costs[3]!).to.be.above(1.3);
    });
});

describe("a trace that is too long to try all settings on", function () {
    this.timeout(180_000);

    it("is looked at around its peak, and the service's size counts", () => {
        const year = dayOf((hour) => 100 + 50 * Math.sin(hour), 365);
        year.requestsPerSecond[300 * 5760] = 500;
        const [from, until] = partToExplore(year, 10)!;
        expect(until - from).to.equal(14 * 5760);
        expect([from < 300 * 5760, until > 300 * 5760]).to.deep.equal([true, true]);
        const [first, last] = partToExplore(year, 300)!;
        expect(last - first)
            .to.be.below(14 * 5760)
            .and.at.least(5760);
        expect(partToExplore(officeHours(), 1000)).to.equal(undefined);
    });

    it("has advice that holds on all of it, and is compared on the part", async () => {
        const month = dayOf((hour) => 30 + 25 * Math.sin(hour / 4), 30);
        const found = await run(month, { threads: 2 });
        const { recommendation } = found;
        expect(found.exploredShare).to.be.closeTo(14 / 30, 1e-9);
        expect(recommendation.figures.hours).to.equal(30 * 24);
        expect(recommendation.onPart.hours).to.equal(14 * 24);
        expect(isMet(found.objective, recommendation.figures)).to.equal(true);
        expect(found.limits.every(({ tried }) => tried!.figures.hours === 14 * 24)).to.equal(true);
    });
});

describe("the settings that are tried", () => {
    const bounds = boundsOf(setting, officeHours(), plant, undefined);

    it("go from the least to the most that is allowed, each once", () => {
        const [mins, targets] = [minsOf(setting, bounds), targetsOf(setting, bounds)];
        for (const values of [mins, targets]) expect(ascending(values)).to.deep.equal(values);
        expect([mins[0], mins.at(-1)]).to.deep.equal([2, bounds.mostReplicas]);
        // The controller's tolerance: a pod that is full must be above it.
        expect([targets[0], targets.at(-1)]).to.deep.equal([1, 88]);
        expect(mins.length).to.be.below(16);
    });

    it("are below what a full pod reaches, by the tolerance of the stack file", () => {
        const current = { ...setting, scaleUp: { ...setting.scaleUp, tolerance: 0.5 } };
        const highest = boundsOf(current, officeHours(), plant, undefined).highestTargetPercent;
        expect(highest * 1.5).to.be.below(100);
        expect(bounds.highestTargetPercent * 1.5).to.be.above(100);
    });

    it("include the stack file's own values", () => {
        const current = { ...setting, minReplicas: 13, targetCPUUtilizationPercentage: 57 };
        expect(minsOf(current, bounds)).to.include(13);
        expect(targetsOf(current, bounds)).to.include(57);
    });
});

describe("the front", function () {
    this.timeout(180_000);

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
