import { expect } from "chai";

import { scaledObjectSpec } from "../../../../components/specs/autoscaling";
import { busyWorkersTrigger } from "../../../../components/busyWorkers";
import { Controller, type World } from "../../../../tools/tuner/controller";
import { dayOf, dayTicks, plant as examplePlant, setting } from "../../../../tools/tuner/example";
import { BusyWorkers } from "../../../../tools/tuner/plant/busyWorkers";
import { figuresOf, type Figures } from "../../../../tools/tuner/plant/figures";
import type { Plant } from "../../../../tools/tuner/plant/plant";
import { busyWorkersMetric, hpaSpecOf, type Setting } from "../../../../tools/tuner/plant/setting";
import { emptyCourse, simulate, type Autoscaler } from "../../../../tools/tuner/plant/simulation";
import type { Traffic } from "../../../../tools/tuner/traffic/traffic";

/** Pages that wait 300 ms and compute 15 ms: eight workers are full at 26 requests/s, and 40 % of the CPU request. */
const waiting: Plant = {
    ...examplePlant,
    cpuSecondsPerRequest: 0.015,
    requestSeconds: 0.315,
    imbalance: 0,
};

const busy = (busyWorkersTargetPercent: number): Setting => ({ ...setting, busyWorkersTargetPercent });

function play(traffic: Traffic, played: Setting, plant = waiting): Figures {
    return figuresOf(simulate(traffic, played, plant, new Controller(hpaSpecOf(played, plant.workers))), 0.6);
}

/** What the HPA is told at each sync of a fixed number of pods. */
function told(traffic: Traffic, replicas: number, plant: Plant): readonly number[] {
    const values: number[] = [];
    const autoscaler: Autoscaler = {
        reconcile: (_, { externalMetrics }: World) => {
            values.push((externalMetrics?.[busyWorkersMetric]?.[0] ?? NaN) / 1000);
            const decision = { currentReplicas: replicas, recommendation: replicas, metric: "", replicas };
            return { ...decision, rescaled: false, conditions: {} };
        },
    };
    simulate(traffic, { ...busy(60), minReplicas: replicas, maxReplicas: replicas }, plant, autoscaler);
    return values;
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe("busy workers as the HPA sees them", () => {
    it("are measured against what KEDA is given, beside CPU", () => {
        const trigger = busyWorkersTrigger({
            name: "web",
            namespace: "web",
            maxChildren: 7,
            targetPercent: 55,
            intervalSeconds: 5,
            serverAddress: "http://prometheus",
        });
        const spec = scaledObjectSpec({ ...setting, triggers: [trigger] }, "web", "web");
        const [, { metadata }] = spec.triggers as [unknown, { metadata: { threshold: string } }];
        const [cpu, workers] = hpaSpecOf(busy(55), 7).metrics!;
        expect(cpu).to.deep.equal(hpaSpecOf(setting, 7).metrics![0]);
        const target = { type: "AverageValue", averageValue: "3850m" };
        expect(workers).to.deep.equal({ type: "External", external: { metric: { name: busyWorkersMetric }, target } });
        expect(Number(metadata.threshold)).to.equal(3.85);
    });

    it("are requests times their seconds, whatever the number of pods they are spread over", () => {
        // 40 requests/s of 315 ms: 12.6 workers.
        for (const replicas of [4, 12]) {
            const values = told(
                dayOf(() => 40),
                replicas,
                waiting,
            ).slice(1);
            expect(mean(values)).to.be.within(12.5, 13);
        }
    });

    it("are as scattered as their arrivals, averaged over three looks", () => {
        const values = told(
            dayOf(() => 40),
            12,
            waiting,
        ).slice(1);
        const variance = mean(values.map((value) => (value - mean(values)) ** 2));
        // A third of Poisson's, as 315 ms are over between two looks that are 5 s apart.
        expect(variance / (12.6 / 3)).to.be.within(0.9, 1.1);
        const long = { ...waiting, requestSeconds: 20 };
        const seen = told(
            dayOf(() => 0.5),
            12,
            long,
        ).slice(1);
        const seenVariance = mean(seen.map((value) => (value - mean(seen)) ** 2));
        // Three looks at much the same ten requests.
        expect(seenVariance / 10).to.be.within(0.75, 0.95);
    });

    it("have requests that wait in them, where workers run out", () => {
        // Two pods that serve 2 x 25 of 60 requests/s: both queues grow until they are full, 511 and 8 workers each.
        const values = told(
            dayOf(() => 60),
            2,
            waiting,
        );
        expect(values.at(-1)).to.be.closeTo(2 * (511 + 8), 15);
        expect(values[5]).to.be.above(values[3]!).and.below(1000);
    });

    it("are seen at the next sync where Prometheus looks every 5 s, and in three where it does every 15 s", () => {
        const step = dayOf((hour) => (hour >= 1 ? 80 : 0));
        const at = (scrapeIntervalSeconds: number) =>
            told(step, 20, { ...waiting, scrapeIntervalSeconds }).slice(239, 245);
        const near = (values: readonly number[]) => values.map((value) => Math.round((value / 25.2) * 4) / 4);
        expect(near(at(5))[1]).to.equal(0);
        expect(mean(at(5).slice(2))).to.be.closeTo(25.2, 4);
        const slow = at(15);
        expect(slow[2]! / 25.2).to.be.closeTo(1 / 3, 0.2);
        expect(slow[3]! / 25.2).to.be.closeTo(2 / 3, 0.25);
        expect(slow[4]! / 25.2).to.be.closeTo(1, 0.3);
    });

    it("are the mean of the window, whatever part of a tick that ends in", () => {
        const figure = new BusyWorkers({ scrapeIntervalSeconds: 10, requestSeconds: 1, seed: 1 }, 8);
        expect(figure.milliValue).to.equal(8000);
        // Nothing progresses, so that nothing is left to chance. 30 s are two ticks.
        figure.record(0, 20);
        expect(figure.milliValue).to.equal(14_000);
        figure.record(0, 40);
        expect(figure.milliValue).to.equal(30_000);
        const uneven = new BusyWorkers({ scrapeIntervalSeconds: 7, requestSeconds: 1, seed: 1 }, 10);
        uneven.record(0, 31);
        // 21 s: all of one tick, and six seconds of the one before.
        expect(uneven.milliValue).to.equal(25_000);
    });
});

describe("a service whose pages wait", () => {
    /** From 10 to 100 requests/s in an hour, and back. */
    const day = dayOf((hour) => 10 + 90 * Math.max(0, 1 - Math.abs(hour - 12) / 4));

    it("is never scaled out by CPU, and loses requests", () => {
        const figures = play(day, setting);
        expect([figures.peakReplicas, figures.busyWorkersRuleSeconds]).to.deep.equal([3, 0]);
        expect(figures.lost).to.be.above(1000);
    });

    it("is by busy workers, for less than as many pods all the time", () => {
        const figures = play(day, busy(50));
        expect(figures.lost).to.equal(0);
        expect(figures.waitSeconds.p99).to.be.below(0.63);
        const bounds = [4, 6, 8].map((replicas) =>
            play(day, { ...setting, minReplicas: replicas, maxReplicas: replicas }),
        );
        const enough = bounds.find(({ lost, waitSeconds }) => lost === 0 && waitSeconds.p99 < 0.63);
        expect(figures.replicaHours).to.be.below(0.75 * enough!.replicaHours);
        expect(figures.busyWorkersRuleSeconds).to.be.above(4 * 3600);
        // Where both ask for as many.
        expect(figures.cpuRulesSeconds).to.be.below(120);
    });

    it("has as many pods as its busy workers need at the target", () => {
        const course = emptyCourse(dayTicks);
        const played = { ...busy(50), minReplicas: 1 };
        simulate(
            dayOf(() => 100),
            played,
            waiting,
            new Controller(hpaSpecOf(played, 8)),
            course,
        );
        // 31.5 workers are 7.9 pods of 4; scattered by 3.2 at a sync, the largest of 5 minutes rules, beyond the tolerance.
        expect(course.replicas.every((replicas) => replicas >= 8 && replicas <= 11)).to.equal(true);
    });
});

describe("a service whose pages compute", () => {
    it("is scaled by CPU as if busy workers were not asked", () => {
        const computing = { ...examplePlant, requestSeconds: 0.025, imbalance: 0 };
        const day = dayOf((hour) => 20 + 100 * Math.max(0, 1 - Math.abs(hour - 12) / 4));
        const [alone, both] = [setting, busy(90)].map((each) => play(day, each, computing));
        expect(alone!.peakReplicas).to.be.above(3);
        expect(both).to.deep.equal(alone);
        expect(both!.cpuRulesSeconds).to.be.above(3600);
    });
});
