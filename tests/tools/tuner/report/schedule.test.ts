import { expect } from "chai";
import { parse } from "yaml";

import { dayOf, plant, setting } from "../../../../tools/tuner/example";
import type { Figures } from "../../../../tools/tuner/plant/figures";
import type { Setting } from "../../../../tools/tuner/plant/setting";
import { emptyCourse } from "../../../../tools/tuner/plant/simulation";
import { htmlReport } from "../../../../tools/tuner/report/html";
import { jsonReport } from "../../../../tools/tuner/report/json";
import { terminalReport } from "../../../../tools/tuner/report/terminal";
import type { Tuning } from "../../../../tools/tuner/report/tuning";
import { scheduleAdvice } from "../../../../tools/tuner/report/words";
import type { ScheduleTrial } from "../../../../tools/tuner/schedule/judge";
import { boundsOf } from "../../../../tools/tuner/search/candidates";
import { evaluatorOf } from "../../../../tools/tuner/search/evaluator";
import { parseObjective } from "../../../../tools/tuner/search/objective";
import type { Recommendation } from "../../../../tools/tuner/search/search";
import { readStack } from "../../../../tools/tuner/stack";

const schedule = {
    timeZone: "Europe/Berlin",
    windows: [
        { days: [1, 2, 3, 4, 5], fromMinute: 470, untilMinute: 1080, replicas: 9 },
        { days: [0, 6], fromMinute: 0, untilMinute: 1439, replicas: 4 },
    ],
};
const scheduled: Setting = { ...setting, minReplicas: 2, targetCPUUtilizationPercentage: 70, schedule };

describe("a schedule in the report", () => {
    let usual: Figures;
    let tuning: Tuning;

    before(async () => {
        const traffic = dayOf(() => 10);
        const objective = parseObjective("p99 wait in every hour under 200 ms");
        const evaluator = evaluatorOf({ traffic, plant, waitLimitSeconds: 0.2 }, 1);
        const ticks: readonly [number, number] = [0, 240];
        const condition = { trafficFactor: 1, startupFactor: 1, ticks };
        [usual] = (await evaluator.evaluate([{ setting, condition }])) as [Figures];
        const current = { setting, figures: usual };
        const recommendation: Recommendation = {
            ...current,
            kind: "keep",
            onPart: usual,
            without: [],
            sensitivity: [],
            cheapest: undefined,
            bound: undefined,
            needed: undefined,
        };
        const course = emptyCourse(traffic.requestsPerSecond.length);
        tuning = {
            stack: "prod",
            traceName: "trace",
            traffic,
            trafficScale: 1,
            plant,
            neededForBusyWorkers: [],
            search: {
                objective,
                current,
                bounds: boundsOf(setting, traffic, plant, undefined),
                tried: [],
                front: [],
                recommendation,
                limits: [],
                heldOut: undefined,
                busyWorkers: undefined,
                exploredShare: 1,
            },
            sizing: undefined,
            schedule: undefined,
            courses: { current: course, recommended: course },
            pricePerReplicaHour: undefined,
            currency: undefined,
            notes: [],
        };
    });

    /** With so many replica hours and such a wait; the best bounds have 100 and 0.1 s. */
    const trial = (outcome: ScheduleTrial["outcome"], replicaHours: number, worstHourP99Seconds = 0.1): Tuning => ({
        ...tuning,
        schedule: {
            partSeconds: 7 * 86_400,
            timeZone: "Europe/Berlin",
            days: "working days and weekends",
            today: { setting, figures: { ...usual, replicaHours: 150, worstHourP99Seconds: 0.1 } },
            bounds: { setting, figures: { ...usual, replicaHours: 100, worstHourP99Seconds: 0.1 } },
            schedule: { setting: scheduled, figures: { ...usual, replicaHours, worstHourP99Seconds } },
            leastHours: 100,
            outcome,
            recommended: outcome === "cheaper" || outcome === "holds" ? scheduled : undefined,
        },
    });

    const sentenceOf = (of: Tuning) => scheduleAdvice(of)?.sentence.replace(/^.*of the trace\? /, "");

    it("is what it saves, with lines that the program and the tuner itself take", () => {
        const advice = scheduleAdvice(trial("cheaper", 80));
        expect(advice?.sentence).to.equal(
            "A schedule for working days and weekends (Europe/Berlin), learnt from the 7 days before the last 7 days of the trace? " +
                "Yes: it holds in those, for 20 % less than the cheapest without one. Learnt anew from both, below web in " +
                "Pulumi.prod.yaml, for a cluster with KEDA; --apply does not write it:",
        );
        const text = `config:\n  php-web-service:web:\n    host: www.example.com\n${advice?.lines.join("\n")}\n`;
        expect(parse(text)).to.have.nested.property("config.php-web-service:web.autoscaling.triggers[0]");
        expect(readStack(text, "prod").setting).to.deep.include({
            minReplicas: 2,
            maxReplicas: 24,
            targetCPUUtilizationPercentage: 70,
            schedule,
        });
        expect(advice?.rows.map(([name, ...cells]) => [name, cells.join(" ")])).to.deep.equal([
            ["today, 3..24 @ 60 %", "150 100 ms 0 yes"],
            ["best bounds, 3..24 @ 60 %", "100 100 ms 0 yes"],
            ["schedule, 2..24 @ 70 %, schedule", "80 100 ms 0 yes"],
        ]);
    });

    it("is why it is not worth it, where it is not", () => {
        expect(sentenceOf(trial("dearer", 97))).to.equal(
            "No: it holds in those, for 3 % less than the cheapest without one; it would have to save 5 %.",
        );
        expect(sentenceOf(trial("dearer", 110))).to.include("for 10 % more than the cheapest without one");
        const missed = trial("dearer", 97);
        const figures = { ...usual, lost: 5 };
        const both = { today: { setting, figures }, bounds: { setting, figures } };
        expect(sentenceOf({ ...missed, schedule: { ...missed.schedule!, ...both } })).to.include(
            "for 3 % less than the cheapest without one that would have held;",
        );
        expect(sentenceOf(trial("misses", 80, 3))).to.equal(
            "No: it does not hold in those: p99 wait of the worst hour 3,000 ms, no request lost.",
        );
        expect(sentenceOf(trial("nothing", 80))).to.match(/^No: the best that was learnt asks at no hour for more/);
        expect(sentenceOf(trial("unsteady", 80))).to.match(/^No: it holds in those, but none that is learnt from both/);
        expect(sentenceOf(trial("holds", 300))).to.match(
            /^Yes: it holds in those, and nothing without one would have\. Learnt/,
        );
        expect(scheduleAdvice(trial("dearer", 97))?.lines).to.deep.equal([]);
    });

    it("is in the terminal, the page and the JSON; nowhere where none was tried", () => {
        const tried = trial("cheaper", 80);
        const line = `          metadata: { timezone: Europe/Berlin, start: 50 7 * * 1-5, end: 0 18 * * 1-5, desiredReplicas: "9" }`;
        expect(terminalReport(tried)).to.include("Replicas by the clock\n").and.include(line);
        const page = htmlReport(tried);
        expect(page)
            .to.include("Replicas by the clock")
            .and.include("start: 50 7 * * 1-5")
            .and.include("best bounds, 3..24 @ 60 %");
        const json = JSON.parse(jsonReport(tried)) as {
            readonly schedule: { readonly outcome: string; readonly sentence: string };
        };
        expect(json.schedule.outcome).to.equal("cheaper");
        expect(json.schedule.sentence).to.include("Yes: it holds");
        expect(terminalReport(tuning)).not.to.include("by the clock");
        expect(htmlReport(tuning)).not.to.include("by the clock");
        expect(JSON.parse(jsonReport(tuning))).to.include({ schedule: null });
    });
});
