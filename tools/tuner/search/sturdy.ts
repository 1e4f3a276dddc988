/**
 * Next week's traffic is not last week's. What is recommended holds under more traffic and a slower start too, as far as
 * that costs little; how much more traffic is learnt from parts of the trace that were held out.
 */
import type { Setting } from "../plant/setting";
import { tickSeconds, type Traffic } from "../traffic/traffic";
import type { Bounds } from "./candidates";
import { byCost, Explorer, type Run } from "./explore";
import type { Condition } from "./job";
import { isMet, shortfall, type Objective } from "./objective";
import type { Tried } from "./pareto";

/** What a sturdier setting may cost beside the cheapest that meets the objective on the trace alone. */
const mostCost = 1.05;

/** How many settings are asked whether they hold, and how many at a time. */
const mostAsked = 24;
const askedAtOnce = 6;

/** More traffic that a recommendation is to hold under, the least first, which is taken where no part can be held out. */
const trafficFactors = [1.5, 2, 3] as const;

const dayTicks = 86_400 / tickSeconds;
const longestPartTicks = 14 * dayTicks;

export interface NamedCondition {
    readonly title: string;
    readonly condition: Condition;
}

/** What may be different from what the trace and the operator say. */
export const conditionsOf = (trafficFactor: number, ticks?: Condition["ticks"]): readonly NamedCondition[] => [
    { title: `traffic x ${trafficFactor}`, condition: { trafficFactor, startupFactor: 1, ticks } },
    { title: "start-up twice as slow", condition: { trafficFactor: 1, startupFactor: 2, ticks } },
    { title: "both", condition: { trafficFactor, startupFactor: 2, ticks } },
];

/** Where workers run out first, as much may change of what requests wait for: a database has its bad days. */
export const slowBackend = (ticks?: Condition["ticks"]): NamedCondition => ({
    title: "what requests wait for twice as slow",
    condition: { trafficFactor: 1, startupFactor: 1, idleFactor: 2, ticks },
});

/** How advice from one part of the trace did on the next. */
export interface HeldOut {
    readonly trafficFactor: number;
    /** Length of each part. */
    readonly partSeconds: number;
    readonly advice: Setting;
    /** Of the advice, on the part that it did not know. */
    readonly figures: Tried["figures"];
    readonly holds: boolean;
    /** Replica hours beside those of the cheapest setting for that part, which nobody could know. */
    readonly costRatio: number | undefined;
}

/** The cheapest of what was tried that holds under every condition; the one that misses by the least where none does. */
export async function sturdiest(
    explorer: Explorer,
    run: Run,
    current: Setting,
    objective: Objective,
    conditions: readonly NamedCondition[],
): Promise<Tried | undefined> {
    const cheapest = explorer.cheapest(objective);
    if (cheapest === undefined) return undefined;
    await explorer.tryAll("looking for one that holds", explorer.sturdierThan(cheapest));
    const limit = cheapest.figures.replicaHours * mostCost;
    const able = byCost(
        explorer.tried.filter(({ figures }) => figures.replicaHours <= limit && isMet(objective, figures)),
        current,
    );
    // Evenly over the costs: neighbours do much the same.
    const stride = Math.max(1, Math.ceil(able.length / mostAsked));
    const asked = [cheapest, ...able.filter((each, i) => i % stride === 0 && each !== cheapest)];
    let least = Infinity;
    let best = cheapest;
    for (let first = 0; first < asked.length; first += askedAtOnce) {
        const some = asked.slice(first, first + askedAtOnce);
        const misses = new Float64Array(some.length);
        for (const { condition } of conditions) {
            const settings = some.map(({ setting }) => setting);
            const under = await run("looking for one that holds", settings, condition);
            under.forEach(({ figures }, i) => (misses[i] = Math.max(misses[i] ?? 0, shortfall(objective, figures))));
        }
        some.forEach((each, i) => {
            if ((misses[i] ?? 0) >= least) return;
            least = misses[i] ?? 0;
            best = each;
        });
        if (least === 0) break;
    }
    return best;
}

/**
 * Takes advice from the last part but one of the trace, and looks how it does on the last: with the least margin that holds
 * there. Undefined where the trace is shorter than two days.
 */
export async function holdOut(
    traffic: Traffic,
    run: Run,
    current: Setting,
    bounds: Bounds,
    objective: Objective,
    mostTicks: number,
    usesBusyWorkers: boolean,
): Promise<HeldOut | undefined> {
    const length = traffic.requestsPerSecond.length;
    const most = Math.min(Math.floor(length / 2), longestPartTicks, mostTicks);
    const part = most - (most % dayTicks);
    if (part < dayTicks) return undefined;
    const [before, after] = [
        { trafficFactor: 1, startupFactor: 1, ticks: [length - 2 * part, length - part] },
        { trafficFactor: 1, startupFactor: 1, ticks: [length - part, length] },
    ] as const;
    const past = new Explorer(run, current, bounds, before, usesBusyWorkers);
    await past.explore(objective);
    const future = new Explorer(run, current, bounds, after, usesBusyWorkers);
    await future.explore(objective);
    const least = future.cheapest(objective);
    let result: HeldOut | undefined;
    for (const trafficFactor of trafficFactors) {
        const advice = await sturdiest(past, run, current, objective, conditionsOf(trafficFactor, before.ticks));
        if (advice === undefined) return undefined;
        const [judged] = await run("holding a part out", [advice.setting], after);
        if (judged === undefined) return undefined;
        result = {
            trafficFactor,
            partSeconds: part * tickSeconds,
            advice: advice.setting,
            figures: judged.figures,
            holds: isMet(objective, judged.figures),
            costRatio: least === undefined ? undefined : judged.figures.replicaHours / least.figures.replicaHours,
        };
        // What no setting could have met is no reason for a larger margin.
        if (result.holds || least === undefined) break;
    }
    return result;
}

export const trafficFactorOf = (heldOut: HeldOut | undefined): number => heldOut?.trafficFactor ?? trafficFactors[0];
