/** Tries settings and says which one to take. */
import type { Figures } from "../plant/figures";
import type { Setting } from "../plant/setting";
import { boundsOf, candidatesOf, type Bounds } from "./candidates";
import { changesOf, withValue, type TunedKey } from "./changes";
import type { Evaluator } from "./evaluator";
import { asGiven, type Condition, type Situation } from "./job";
import { isMet, shortfall, waitOf, type Objective } from "./objective";
import { paretoFront, type Tried } from "./pareto";

export interface Search {
    readonly objective: Objective;
    /** The stack file's setting. */
    readonly current: Tried;
    readonly bounds: Bounds;
    /** All that was tried on the trace as it is. */
    readonly tried: readonly Tried[];
    readonly front: readonly Tried[];
    readonly recommendation: Recommendation;
}

export interface Recommendation extends Tried {
    /** keep: the stack file's own setting. unreachable: no setting meets the objective, and this one comes nearest. */
    readonly kind: "change" | "keep" | "unreachable";
    /** For each key that changes, what the recommendation would do with the stack file's value instead. */
    readonly without: readonly { readonly key: TunedKey; readonly figures: Figures }[];
    /** How it does under other conditions. */
    readonly sensitivity: readonly Sensitivity[];
    /** The cheapest setting that holds under all of these conditions too; undefined where it is the same or was not found. */
    readonly sturdier: Tried | undefined;
}

export interface Sensitivity {
    readonly title: string;
    readonly condition: Condition;
    readonly figures: Figures;
    readonly holds: boolean;
}

/** What may be different from what the trace and the operator say. */
const conditions: readonly { readonly title: string; readonly condition: Condition }[] = [
    { title: "traffic x 1.5", condition: { trafficFactor: 1.5, startupFactor: 1 } },
    { title: "start-up twice as slow", condition: { trafficFactor: 1, startupFactor: 2 } },
    { title: "both", condition: { trafficFactor: 1.5, startupFactor: 2 } },
];

/** Under it maxReplicas has to have room. */
const headroom: Condition = { trafficFactor: 1.5, startupFactor: 1 };

/** A change of one key has to save so much of the replica hours, or the stack file's value stays. */
const leastSaving = 0.02;

/** So does a shorter scaleDown window on top: pods that come and go more often cost what no model counts. */
const leastSavingOfShorterWindow = 0.1;

/** Candidates that are asked whether they hold under other conditions, cheapest first. */
const mostSturdy = 60;
const sturdyBatch = 10;

const mostRefinements = 40;

/** Windows in which the highest recommendation counts before replicas go down; tried around the best of the grid. */
const scaleDownWindowsSeconds = [120, 300, 900];

/** Where a search is, for whoever waits for it. */
export type OnProgress = (step: string, done: number, total: number) => void;

export async function search(
    situation: Situation,
    current: Setting,
    objective: Objective,
    evaluator: Evaluator,
    mostReplicas: number | undefined,
    onProgress: OnProgress = () => undefined,
): Promise<Search> {
    const bounds = boundsOf(current, situation.traffic, situation.plant, mostReplicas);
    const run = async (step: string, settings: readonly Setting[], condition: Condition): Promise<readonly Tried[]> => {
        const jobs = settings.map((setting) => ({ setting, condition }));
        const figures = await evaluator.evaluate(jobs, (done) => {
            onProgress(step, done, jobs.length);
        });
        return settings.flatMap((setting, i) => {
            const each = figures[i];
            return each === undefined ? [] : [{ setting, figures: each }];
        });
    };
    const one = async (setting: Setting, condition: Condition): Promise<Figures> => {
        const [tried] = await run("checking", [setting], condition);
        if (tried === undefined) throw new Error("A job has no figures.");
        return tried.figures;
    };

    const currentTried: Tried = { setting: current, figures: await one(current, asGiven) };
    const tried = [
        ...(await run("trying settings", candidatesOf(current, situation.traffic, situation.plant, bounds), asGiven)),
    ];
    for (let round = 0; round < mostRefinements; round++) {
        const best = cheapest(tried, objective, current);
        if (best === undefined) break;
        const near = neighbours(best.setting, current, bounds).filter(
            (setting, i, all) => !isAmong(tried.map((each) => each.setting).concat(all.slice(0, i)), setting),
        );
        if (near.length === 0) break;
        tried.push(...(await run("looking around the best", near, asGiven)));
    }

    const best = cheapest(tried, objective, current);
    const chosen = best ?? nearest(tried, objective);
    const setting = await withRoom(chosen.setting, current, bounds, (roomier) => one(roomier, headroom));
    const figures = await one(setting, asGiven);
    const changes = changesOf(current, setting);
    const sensitivity: Sensitivity[] = [];
    for (const { title, condition } of conditions) {
        const under = await one(setting, condition);
        sensitivity.push({ title, condition, figures: under, holds: isMet(objective, under) });
    }
    const without: { key: TunedKey; figures: Figures }[] = [];
    for (const { key, from } of changes) {
        const reverted = withValue(setting, key, from);
        if (reverted.minReplicas > reverted.maxReplicas) continue;
        without.push({ key, figures: await one(reverted, asGiven) });
    }
    const kind = best === undefined ? "unreachable" : changes.length === 0 ? "keep" : "change";
    const holdsAlways = sensitivity.every(({ holds }) => holds);
    return {
        objective,
        current: currentTried,
        bounds,
        tried,
        front: paretoFront(tried, (each) => waitOf(objective, each)),
        recommendation: {
            kind,
            setting,
            figures,
            without,
            sensitivity,
            sturdier:
                best === undefined || holdsAlways
                    ? undefined
                    : await sturdiest(tried, figures, objective, current, bounds, run),
        },
    };
}

/** The setting that meets the objective at the least cost, where every change of the stack file has to pay. */
function cheapest(tried: readonly Tried[], objective: Objective, current: Setting): Tried | undefined {
    const meeting = tried.filter(({ figures }) => isMet(objective, figures));
    return byCost(meeting, objective, current).at(0);
}

function byCost(tried: readonly Tried[], objective: Objective, current: Setting): readonly Tried[] {
    return tried
        .map((each) => ({ each, cost: each.figures.replicaHours * (1 + savingAskedOf(current, each.setting)) }))
        .sort((a, b) => a.cost - b.cost || waitOf(objective, a.each.figures) - waitOf(objective, b.each.figures))
        .map(({ each }) => each);
}

function savingAskedOf(current: Setting, setting: Setting): number {
    const isShorter = setting.scaleDown.stabilizationWindowSeconds < current.scaleDown.stabilizationWindowSeconds;
    // What maxReplicas becomes is decided afterwards.
    const changes = changesOf(current, setting).filter(({ key }) => key !== "maxReplicas");
    return changes.length * leastSaving + (isShorter ? leastSavingOfShorterWindow : 0);
}

/** Where nothing meets the objective: what misses it by the least, and of those the cheapest. */
function nearest(tried: readonly Tried[], objective: Objective): Tried {
    const misses = tried.map((each) => ({ each, by: shortfall(objective, each.figures) }));
    const least = Math.min(...misses.map(({ by }) => by));
    const [first] = misses
        .filter(({ by }) => by <= least * 1.05)
        .sort((a, b) => a.each.figures.replicaHours - b.each.figures.replicaHours);
    if (first === undefined) throw new Error("No setting was tried.");
    return first.each;
}

function neighbours(setting: Setting, current: Setting, bounds: Bounds): readonly Setting[] {
    const target = setting.targetCPUUtilizationPercentage;
    const values: readonly (readonly [TunedKey, number])[] = [
        ["minReplicas", setting.minReplicas - 1],
        ["minReplicas", setting.minReplicas + 1],
        ["targetCPUUtilizationPercentage", target - 5],
        ["targetCPUUtilizationPercentage", target + 5],
        ...[current.scaleDown.stabilizationWindowSeconds, ...scaleDownWindowsSeconds].map(
            (seconds) => ["scaleDown.stabilizationWindowSeconds", seconds] as const,
        ),
    ];
    return values
        .map(([key, value]) => withValue(setting, key, value))
        .filter(
            (each) =>
                each.minReplicas >= bounds.leastReplicas &&
                each.minReplicas <= bounds.mostReplicas &&
                each.targetCPUUtilizationPercentage >= Math.min(10, bounds.highestTargetPercent) &&
                each.targetCPUUtilizationPercentage <= bounds.highestTargetPercent,
        );
}

const isAmong = (settings: readonly Setting[], setting: Setting): boolean =>
    settings.some((each) => changesOf(each, setting).length === 0);

/**
 * maxReplicas costs nothing until it is needed. The present value stays where it leaves room for more traffic than the
 * trace's; otherwise it becomes what that traffic would use.
 */
async function withRoom(
    setting: Setting,
    current: Setting,
    bounds: Bounds,
    underMoreTraffic: (setting: Setting) => Promise<Figures>,
): Promise<Setting> {
    const roomy = withValue(setting, "maxReplicas", Math.max(setting.minReplicas, bounds.mostReplicas));
    const { peakReplicas } = await underMoreTraffic(roomy);
    return withRoomFor(setting, peakReplicas, current, bounds);
}

function withRoomFor(setting: Setting, replicas: number, current: Setting, bounds: Bounds): Setting {
    const kept = Math.min(current.maxReplicas, bounds.mostReplicas);
    return withValue(setting, "maxReplicas", Math.max(kept, replicas, setting.minReplicas));
}

/** Asks in the order of cost, a few at a time, since each has to be played under every condition. */
async function sturdiest(
    tried: readonly Tried[],
    above: Figures,
    objective: Objective,
    current: Setting,
    bounds: Bounds,
    run: (step: string, settings: readonly Setting[], condition: Condition) => Promise<readonly Tried[]>,
): Promise<Tried | undefined> {
    const dearer = byCost(
        tried.filter(({ figures }) => figures.replicaHours > above.replicaHours && isMet(objective, figures)),
        objective,
        current,
    );
    // Evenly over the costs: neighbours do much the same.
    const stride = Math.max(1, Math.ceil(dearer.length / mostSturdy));
    const asked = dearer.filter((_, i) => i % stride === 0);
    for (let first = 0; first < asked.length; first += sturdyBatch) {
        let holding = asked.slice(first, first + sturdyBatch).map((each) => ({ each, peakReplicas: 0 }));
        for (const { condition } of conditions) {
            const settings = holding.map(({ each }) => each.setting);
            const under = await run("looking for one that holds", settings, condition);
            holding = holding.flatMap(({ each, peakReplicas }, i) => {
                const figures = under[i]?.figures;
                if (figures === undefined || !isMet(objective, figures)) return [];
                return [{ each, peakReplicas: Math.max(peakReplicas, figures.peakReplicas) }];
            });
            if (holding.length === 0) break;
        }
        const [found] = holding;
        if (found === undefined) continue;
        const { each, peakReplicas } = found;
        return { ...each, setting: withRoomFor(each.setting, peakReplicas, current, bounds) };
    }
    return undefined;
}
