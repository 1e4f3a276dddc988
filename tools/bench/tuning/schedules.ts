/** A schedule, the best bounds without one and the usual setting, on the half of some traffic that none of them knows. */
import { availableParallelism } from "node:os";

import { dayTicks, setting } from "../../tuner/example";
import { settingName } from "../../tuner/report/words";
import { tryASchedule, type ScheduleTrial } from "../../tuner/schedule/judge";
import { boundsOf, replicasAtPeak } from "../../tuner/search/candidates";
import { evaluatorOf } from "../../tuner/search/evaluator";
import { isMet, parseObjective, waitOf } from "../../tuner/search/objective";
import type { Tried } from "../../tuner/search/pareto";
import { partToExplore } from "../../tuner/search/part";
import { runOf } from "../../tuner/search/search";
import { holdOut } from "../../tuner/search/sturdy";
import type { Traffic } from "../../tuner/traffic/traffic";
import { madeTraffic } from "./madeTraffic";
import { casesOf, hourlyObjective, made, service, usualObjective, type Case } from "./unseen";

/** New nodes for new pods. */
const slowStart = { startupSeconds: 120 };

/** What a schedule is for: a crowd that comes at eight each working day, within a minute, beside what is usual. */
function rush(): Traffic {
    const traffic = madeTraffic(1);
    for (const [tick, rate] of traffic.requestsPerSecond.entries()) {
        const hour = ((tick % dayTicks) / dayTicks) * 24;
        const isWorkingDay = Math.floor(tick / dayTicks) % 7 < 5;
        if (isWorkingDay && hour >= 8 && hour < 11) traffic.requestsPerSecond[tick] = rate + 400;
    }
    return traffic;
}

const rushes: readonly Case[] = [usualObjective, hourlyObjective].map((objective) => ({
    title: `made, a rush each day, ${objective}`,
    traffic: rush(),
    plant: service,
    objective,
}));

/** @param trace undefined: only traffic that is made */
export async function benchSchedules(trace: Traffic | undefined): Promise<void> {
    const cases = [...(trace === undefined ? [] : casesOf(trace)), ...rushes, ...made];
    const slow = cases.map((each) => ({
        ...each,
        title: `${each.title}, start-up of ${slowStart.startupSeconds} s`,
        plant: { ...each.plant, ...slowStart },
    }));
    console.log("\n| traffic | plain HPA | best bounds | schedule | recommended |\n|---|---|---|---|---|");
    for (const each of [...cases, ...slow]) {
        const trial = await judge(each);
        const cell = ({ setting: of, figures }: Tried) => {
            const objective = parseObjective(each.objective);
            const wait = (waitOf(objective, { ...figures, lost: 0 }) * 1000).toFixed(0);
            const kept = isMet(objective, figures) ? "kept" : "missed";
            return `${settingName(of)}: ${figures.replicaHours.toFixed(0)} h, ${wait} ms, ${figures.lost} lost, ${kept}`;
        };
        console.log(
            trial === undefined
                ? `| ${each.title} | - | - | - | parts of less than a week |`
                : `| ${each.title} | ${cell(trial.today)} | ${cell(trial.bounds)} | ${cell(trial.schedule)} | ${verdictOf(trial)} |`,
        );
    }
}

const verdictOf = ({ outcome, recommended }: ScheduleTrial): string =>
    `${recommended === undefined ? "no" : "yes"}, ${outcome}`;

async function judge({ traffic, plant, objective: text }: Case): Promise<ScheduleTrial | undefined> {
    const objective = parseObjective(text);
    const situation = { traffic, plant, waitLimitSeconds: objective.waitLimitSeconds };
    const evaluator = evaluatorOf(situation, availableParallelism());
    const run = runOf(evaluator, () => undefined);
    const bounds = boundsOf(setting, traffic, plant, undefined);
    const part = partToExplore(traffic, replicasAtPeak(traffic, plant));
    const mostTicks = part === undefined ? Infinity : part[1] - part[0];
    const heldOut = await holdOut(traffic, run, setting, bounds, objective, mostTicks, false);
    const trial = await tryASchedule(situation, run, setting, bounds, objective, heldOut, "Etc/UTC");
    await evaluator.close();
    return trial;
}
