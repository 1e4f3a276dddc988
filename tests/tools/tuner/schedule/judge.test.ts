import { expect } from "chai";

import { dayOf, plant, setting } from "../../../../tools/tuner/example";
import type { Figures } from "../../../../tools/tuner/plant/figures";
import { scheduledReplicas } from "../../../../tools/tuner/plant/schedule";
import { judge, leastHoursOf, tryASchedule } from "../../../../tools/tuner/schedule/judge";
import { boundsOf } from "../../../../tools/tuner/search/candidates";
import { Explorer, type Run } from "../../../../tools/tuner/search/explore";
import { parseObjective } from "../../../../tools/tuner/search/objective";
import type { Traffic } from "../../../../tools/tuner/traffic/traffic";

const partSeconds = 7 * 86_400;
const weekTicks = 7 * 5760;
const before = { trafficFactor: 1, startupFactor: 1, ticks: [0, weekTicks] as const };
const after = { ...before, ticks: [weekTicks, 2 * weekTicks] as const };
const everyHour = parseObjective("p99 wait in every hour under 500 ms");
/** New nodes are needed for new pods. */
const slowPlant = { ...plant, startupSeconds: 120, imbalance: 0 };

/**
 * Stands for the plant, in next to no time: pods serve 50 requests a second, after 120 s, and those that are asked for too much
 * make everybody of that hour wait.
 */
const toyOf =
    ({ requestsPerSecond, startSeconds }: Traffic): Run =>
    (_, settings, { ticks: [from, until] = [0, 0], trafficFactor }) =>
        Promise.resolve(
            settings.map((each) => {
                const { minReplicas, targetCPUUtilizationPercentage: percent, schedule } = each;
                const byClock = schedule && scheduledReplicas(schedule, startSeconds + from * 15, until - from);
                const wanted: number[] = [];
                let [replicaTicks, isLate] = [0, false];
                for (let tick = from; tick < until; tick++) {
                    const rate = (requestsPerSecond[tick] ?? 0) * trafficFactor;
                    const replicas = Math.max(
                        minReplicas,
                        byClock?.[tick - from] ?? 0,
                        Math.ceil(rate / (0.5 * percent)),
                    );
                    wanted.push(replicas);
                    const ready = Math.min(replicas, ...wanted.slice(-9));
                    if (rate > 50 * ready) isLate = true;
                    replicaTicks += replicas;
                }
                const figures = {
                    replicaHours: replicaTicks / 240,
                    lost: 0,
                    requests: 1,
                    worstHourP99Seconds: isLate ? 9 : 0.1,
                };
                return { setting: each, figures: figures as unknown as Figures };
            }),
        );

async function trial(traffic: Traffic, knownSeconds = partSeconds) {
    const run = toyOf(traffic);
    const situation = { traffic, plant: slowPlant, waitLimitSeconds: everyHour.waitLimitSeconds };
    const bounds = { ...boundsOf(setting, traffic, slowPlant, 24), highestTargetPercent: 90 };
    const known = new Explorer(run, setting, bounds, before);
    await known.explore(everyHour);
    const advice = known.cheapest(everyHour)?.setting;
    if (advice === undefined) throw new Error("nothing holds");
    const [judged] = await run("", [advice], after);
    if (judged === undefined) throw new Error("no figures");
    const { figures } = judged;
    const heldOut = {
        trafficFactor: 1.5,
        partSeconds: knownSeconds,
        advice,
        figures,
        holds: true,
        costRatio: undefined,
    };
    return await tryASchedule(situation, run, setting, bounds, everyHour, heldOut, "Etc/UTC");
}

/** All doors open at eight on each day; the last week has them open at another hour where that is given. */
const doors = (opens: (day: number) => number) => {
    const traffic = dayOf(() => 10, 14);
    for (let day = 0; day < 14; day++) {
        const from = day * 5760 + opens(day) * 240;
        traffic.requestsPerSecond.fill(120, from, from + 4 * 240);
    }
    return traffic;
};

describe("a schedule that is learnt", function () {
    this.timeout(30_000);

    it("is recommended where the same crowd comes each day: it is cheaper on the week that nobody knows", async () => {
        const traffic = doors(() => 8);
        const found = await trial(traffic);
        expect(found?.outcome).to.equal("cheaper");
        const { schedule, bounds, recommended } = found!;
        expect(schedule.figures.replicaHours).to.be.below(0.75 * bounds.figures.replicaHours);
        expect(recommended?.schedule?.windows.map(({ fromMinute }) => fromMinute)).to.deep.equal([470]);
    });

    it("is not where the crowd comes at another hour in the next week", async () => {
        const found = await trial(doors((day) => (day < 7 ? 8 : 15)));
        expect(found?.outcome).to.equal("misses");
        expect(found?.recommended).to.equal(undefined);
    });
});

describe("a schedule of less than a week", () => {
    it("is not tried", async () => {
        expect(await trial(doors(() => 8), 6 * 86_400)).to.equal(undefined); // prettier-ignore
    });
});

describe("what a schedule is worth", () => {
    const tried = (replicaHours: number, wait: number, windows = 1) => ({
        setting: {
            ...setting,
            schedule: {
                timeZone: "Etc/UTC",
                windows: Array.from({ length: windows }, () => ({
                    days: [1],
                    fromMinute: 0,
                    untilMinute: 1,
                    replicas: 9,
                })),
            },
        },
        figures: { replicaHours, lost: 0, requests: 1, worstHourP99Seconds: wait } as unknown as Figures,
    });

    it("is a twentieth of what holds without one, or that nothing else holds", () => {
        const holds = tried(100, 0.1);
        const clairvoyant = { figures: tried(120, 0.9).figures, costRatio: 1.2 };
        const outcome = (schedule: typeof holds, ...others: readonly (typeof holds)[]) =>
            judge(everyHour, schedule, leastHoursOf(everyHour, others, clairvoyant));
        expect(outcome(tried(95, 0.1), holds)).to.equal("cheaper");
        expect(outcome(tried(95.1, 0.1), holds)).to.equal("dearer");
        expect(outcome(tried(95, 0.1), holds, tried(90, 0.2))).to.equal("dearer");
        // What does not hold is no cheaper.
        expect(outcome(tried(95, 0.1), holds, tried(50, 0.9))).to.equal("cheaper");
        // Where nothing holds, something that nobody could know would have, for 100.
        expect(outcome(tried(95, 0.1), tried(50, 0.9))).to.equal("cheaper");
        expect(outcome(tried(96, 0.1), tried(50, 0.9))).to.equal("dearer");
        const nobody = leastHoursOf(everyHour, [tried(50, 0.9)], { ...clairvoyant, costRatio: undefined });
        expect(judge(everyHour, tried(300, 0.1), nobody)).to.equal("holds");
        expect(outcome(tried(50, 0.9), holds)).to.equal("misses");
        expect(outcome(tried(50, 0.1, 0), holds)).to.equal("nothing");
    });
});
