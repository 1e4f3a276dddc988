/** Advice from the first half of some traffic, judged on the second half, which it does not know. */
import { availableParallelism } from "node:os";

import { median } from "../../common/median";
import { plant, setting } from "../../tuner/example";
import type { Plant } from "../../tuner/plant/plant";
import { settingName } from "../../tuner/report/words";
import { boundsOf } from "../../tuner/search/candidates";
import { evaluatorOf } from "../../tuner/search/evaluator";
import { Explorer } from "../../tuner/search/explore";
import { asGiven, type Condition, type Situation } from "../../tuner/search/job";
import { isMet, parseObjective, waitOf } from "../../tuner/search/objective";
import { search } from "../../tuner/search/search";
import { scaled, sharedArray, type Traffic } from "../../tuner/traffic/traffic";
import { madeTraffic } from "./madeTraffic";

export interface Case {
    readonly title: string;
    readonly traffic: Traffic;
    readonly plant: Plant;
    readonly objective: string;
}

export const service: Plant = {
    ...plant,
    workers: 16,
    cpuSecondsPerRequest: 0.05,
    requestSeconds: 0.2,
    spread: { kind: "roundRobin", processes: 8 },
    imbalance: 0,
};
export const usualObjective = "p99 wait under 200 ms";
export const hourlyObjective = "p99 wait in every hour under 1 s";

export const made: readonly Case[] = [1, 2, 3, 4].map((seed) => ({
    title: `made, seed ${seed}`,
    traffic: madeTraffic(seed),
    plant: service,
    objective: seed % 2 === 0 ? hourlyObjective : usualObjective,
}));

export function casesOf(trace: Traffic): readonly Case[] {
    const of = (title: string, traffic: Traffic, changes: Partial<Plant> = {}, objective = usualObjective): Case => ({
        title,
        traffic,
        plant: { ...service, ...changes },
        objective,
    });
    const hundred = scaled(trace, 100);
    return [
        of("trace x 10", scaled(trace, 10)),
        of("trace x 100", hundred),
        of("trace x 1000", scaled(trace, 1000)),
        of("trace x 100, reversed", reversed(hundred)),
        of("trace x 100, pages of 20 ms", hundred, { cpuSecondsPerRequest: 0.02, requestSeconds: 0.1 }),
        of("trace x 30, pages of 100 ms", scaled(trace, 30), { cpuSecondsPerRequest: 0.1, requestSeconds: 0.3 }),
        of("trace x 100, every hour", hundred, {}, hourlyObjective),
    ];
}

/** @param trace undefined: only traffic that is made */
export async function benchUnseen(trace: Traffic | undefined): Promise<void> {
    const cases = [...(trace === undefined ? [] : casesOf(trace)), ...made];
    console.log(
        "\n| traffic | advice | kept | wait | lost | times the cost of the clairvoyant | seconds |\n|---|---|---|---|---|---|---|",
    );
    let kept = 0;
    const ratios: number[] = [];
    for (const each of cases) {
        const begun = performance.now();
        const { advice, figures, isKept, ratio } = await judge(each);
        const seconds = (performance.now() - begun) / 1000;
        if (isKept) kept++;
        if (ratio !== undefined) ratios.push(ratio);
        const { waitSeconds, ...cells } = {
            ...figures,
            waitSeconds: waitOf(parseObjective(each.objective), { ...figures, lost: 0 }),
        };
        console.log(
            `| ${each.title} | ${advice} | ${isKept ? "yes" : ratio === undefined ? "nobody could" : "no"} | ` +
                `${(waitSeconds * 1000).toFixed(0)} ms | ${cells.lost} | ${ratio?.toFixed(2) ?? "-"} | ${seconds.toFixed(0)} |`,
        );
    }
    console.log(
        `kept in ${kept} of ${cases.length}; cost ratio: median ${median(ratios)?.toFixed(2)}, most ${Math.max(...ratios).toFixed(2)}`,
    );
}

async function judge({ traffic, plant: of, objective: text }: Case) {
    const objective = parseObjective(text);
    const half = Math.floor(traffic.requestsPerSecond.length / 2);
    const known: Situation = {
        traffic: partOf(traffic, 0, half),
        plant: of,
        waitLimitSeconds: objective.waitLimitSeconds,
    };
    const unknown: Situation = { ...known, traffic: partOf(traffic, half, 2 * half) };
    const threads = availableParallelism();
    const adviser = evaluatorOf(known, threads);
    const { recommendation } = await search(known, setting, objective, adviser, undefined);
    await adviser.close();
    const judging = evaluatorOf(unknown, threads);
    const run = async (_: string, settings: readonly (typeof setting)[], condition: Condition) => {
        const figures = await judging.evaluate(settings.map((each) => ({ setting: each, condition })));
        return figures.map((each, i) => ({ setting: settings[i] ?? setting, figures: each }));
    };
    const [judged] = await run("", [recommendation.setting], asGiven);
    const explorer = new Explorer(run, setting, boundsOf(setting, unknown.traffic, of, undefined), asGiven);
    await explorer.explore(objective);
    await judging.close();
    if (judged === undefined) throw new Error("A job has no figures.");
    const { figures } = judged;
    const best = explorer.cheapest(objective);
    return {
        advice: settingName(recommendation.setting),
        figures,
        isKept: isMet(objective, figures),
        ratio: best === undefined ? undefined : figures.replicaHours / best.figures.replicaHours,
    };
}

const partOf = (traffic: Traffic, from: number, until: number): Traffic => ({
    ...traffic,
    requestsPerSecond: traffic.requestsPerSecond.subarray(from, until),
});

function reversed(traffic: Traffic): Traffic {
    const requestsPerSecond = sharedArray(traffic.requestsPerSecond.length);
    requestsPerSecond.set([...traffic.requestsPerSecond].reverse());
    return { ...traffic, requestsPerSecond };
}
