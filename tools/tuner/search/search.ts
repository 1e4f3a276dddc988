/** Tries settings and says which one to take. */
import type { Figures } from "../plant/figures";
import type { Setting } from "../plant/setting";
import { meanCpuSeconds } from "../plant/simulation";
import { boundsOf, mostReplicasAtAll, replicasAtPeak, workersRunOut, type Bounds } from "./candidates";
import { changesOf, withValue, type TunedKey } from "./changes";
import type { Evaluator } from "./evaluator";
import { Explorer, type Run } from "./explore";
import { asGiven, type Condition, type Situation } from "./job";
import { isMet, shortfall, waitOf, withLimit, type Objective } from "./objective";
import { paretoFront, type Tried } from "./pareto";
import { partToExplore } from "./part";
import { conditionsOf, holdOut, slowBackend, sturdiest, trafficFactorOf, type HeldOut } from "./sturdy";

export interface Search {
    readonly objective: Objective;
    /** The stack file's setting. */
    readonly current: Tried;
    readonly bounds: Bounds;
    /** All that was tried on the part of the trace that was looked at for it. */
    readonly tried: readonly Tried[];
    readonly front: readonly Tried[];
    readonly recommendation: Recommendation;
    /** The cheapest setting for looser and stricter limits of the objective's wait, the strictest first. */
    readonly limits: readonly { readonly limitSeconds: number; readonly tried: Tried | undefined }[];
    readonly heldOut: HeldOut | undefined;
    /** What a target of busy workers would do, where the stack has none and that is better; undefined elsewhere. */
    readonly busyWorkers: Advice | undefined;
    /** Share of the trace, 0 to 1, that all settings were tried on; the recommendation was on all of it. */
    readonly exploredShare: number;
}

export interface Recommendation extends Tried {
    /** keep: the stack file's own setting. unreachable: no setting meets the objective, and this one comes nearest. */
    readonly kind: "change" | "keep" | "unreachable";
    /** On the part of the trace that the others were tried on: what they are compared with. */
    readonly onPart: Figures;
    /** For each key that changes, what the recommendation would do with the stack file's value instead. */
    readonly without: readonly { readonly key: TunedKey; readonly figures: Figures }[];
    /** How it does under other conditions. */
    readonly sensitivity: readonly Sensitivity[];
    /** What meets the objective on the trace alone for less; undefined where the recommendation is that itself. */
    readonly cheapest: Tried | undefined;
    /** Where nothing meets the objective: as many replicas as allowed, all the time. */
    readonly bound: Tried | undefined;
    /** And the least number of replicas that meets it, all the time; undefined where none does. */
    readonly needed: Tried | undefined;
}

/** A setting that takes more than a change of the stack file. */
export interface Advice extends Tried {
    /** Why it is better than the recommendation, the first that is true. */
    readonly because: "sturdier" | "cheaper";
    /** Where what requests wait for is twice as slow. */
    readonly slowBackend: Figures;
}

export interface Sensitivity {
    readonly title: string;
    readonly condition: Condition;
    readonly figures: Figures;
    readonly holds: boolean;
}

/** Where a search is, for whoever waits for it. */
export type OnProgress = (step: string, done: number, total: number) => void;

/** What busy workers have to save, of the replica hours: Prometheus and KEDA have to be there, and to stay there. */
const leastSavingByBusyWorkers = 0.05;

/** Where what requests wait for is twice as slow, a recommendation may miss the objective by so many times as much. */
const muchNearer = 10;

/** Then busy workers may cost as much more. */
const mostCostOfBusyWorkers = 1.05;

/** Objectives that a reader may mean as well. */
const otherLimitsSeconds = [0.1, 0.2, 0.5, 1];

/** Jobs of one condition, with the figures beside the settings. */
export function runOf(evaluator: Evaluator, onProgress: OnProgress): Run {
    return async (step, settings, condition) => {
        const jobs = settings.map((setting) => ({ setting, condition }));
        const figures = await evaluator.evaluate(jobs, (done) => {
            onProgress(step, done, jobs.length);
        });
        return settings.flatMap((setting, i) => {
            const each = figures[i];
            return each === undefined ? [] : [{ setting, figures: each }];
        });
    };
}

/** @param hasKeda the stack can take a target of busy workers as it is */
export async function search(
    situation: Situation,
    current: Setting,
    objective: Objective,
    evaluator: Evaluator,
    mostReplicas: number | undefined,
    onProgress: OnProgress = () => undefined,
    hasKeda = current.busyWorkersTargetPercent !== undefined,
): Promise<Search> {
    const { traffic, plant } = situation;
    const run = runOf(evaluator, onProgress);
    const one = async (setting: Setting, condition: Condition): Promise<Tried> => {
        const [tried] = await run("checking", [setting], condition);
        if (tried === undefined) throw new Error("A job has no figures.");
        return tried;
    };

    const currentTried = await one(current, asGiven);
    const fixed = (replicas: number, condition = part) =>
        one({ ...current, minReplicas: replicas, maxReplicas: replicas }, condition);
    let bounds = boundsOf(current, traffic, plant, mostReplicas);
    const ticks = partToExplore(traffic, replicasAtPeak(traffic, plant));
    const part: Condition = { ...asGiven, ticks };
    const bound = await fixed(bounds.mostReplicas);
    const needed = isMet(objective, bound.figures) ? undefined : await fewest(bounds.mostReplicas, objective, fixed);
    if (needed !== undefined && mostReplicas === undefined) {
        const most = Math.min(mostReplicasAtAll, 2 * needed.setting.minReplicas);
        bounds = { ...bounds, mostReplicas: most };
    }

    const mostTicks = ticks === undefined ? Infinity : ticks[1] - ticks[0];
    const runsOut = workersRunOut(plant, meanCpuSeconds(traffic, plant));
    // Where CPU is full first it tells all, and a target of busy workers that does not rule is left as it is.
    const { cpuRulesSeconds, busyWorkersRuleSeconds } = currentTried.figures;
    const usesBusyWorkers = (hasKeda && runsOut) || busyWorkersRuleSeconds > cpuRulesSeconds;
    const heldOut = await holdOut(traffic, run, current, bounds, objective, mostTicks, usesBusyWorkers);
    const trafficFactor = trafficFactorOf(heldOut);
    const conditions = conditionsOf(trafficFactor, ticks);
    const allConditions = runsOut ? [...conditions, slowBackend(ticks)] : conditions;
    const explorer = new Explorer(run, current, bounds, part, usesBusyWorkers);
    // The most that is allowed, all the time: where that meets the objective, something does.
    await explorer.tryAll("trying settings", [{ ...bound.setting, minReplicas: bounds.mostReplicas, maxReplicas: bounds.mostReplicas }]); // prettier-ignore
    await explorer.explore(objective);
    // CPU alone cannot hold where requests wait for longer: asked for that, it would be chosen for nothing else.
    const best = await sturdiest(explorer, run, current, objective, usesBusyWorkers ? allConditions : conditions);
    const cheapest = explorer.cheapest(objective);
    const chosen = best ?? nearest(explorer.tried, objective);
    const confirmed =
        ticks === undefined || best === undefined
            ? { ...chosen, isWhole: ticks === undefined }
            : await confirm(chosen, explorer, objective, one);

    const roomy = withValue(
        confirmed.setting,
        "maxReplicas",
        Math.max(confirmed.setting.minReplicas, bounds.mostReplicas),
    );
    const { figures: crowded } = await one(roomy, { trafficFactor, startupFactor: 1, ticks });
    const setting = withRoomFor(confirmed.setting, crowded.peakReplicas, current, bounds);
    // What maxReplicas did not hold back is the same with more of it.
    const isSame = confirmed.isWhole && confirmed.figures.peakReplicas < setting.maxReplicas;
    const { figures } = isSame ? confirmed : await one(setting, asGiven);
    const onPart = ticks === undefined ? figures : (await one(setting, part)).figures;
    const changes = changesOf(current, setting);
    const sensitivity: Sensitivity[] = [];
    for (const { title, condition } of allConditions) {
        const under = await one(setting, condition);
        sensitivity.push({ title, condition, figures: under.figures, holds: isMet(objective, under.figures) });
    }
    const without: { key: TunedKey; figures: Figures }[] = [];
    for (const { key, from } of changes) {
        const reverted = withValue(setting, key, from);
        if (reverted.minReplicas > reverted.maxReplicas) continue;
        without.push({ key, figures: (await one(reverted, part)).figures });
    }
    const limits: { limitSeconds: number; tried: Tried | undefined }[] = [];
    for (const limitSeconds of otherLimitsSeconds) {
        limits.push({ limitSeconds, tried: await explorer.exploreNear(withLimit(objective, limitSeconds)) });
    }
    const isReachable = best !== undefined && isMet(objective, figures);
    const busyWorkers =
        // What nothing meets, not even as many replicas as allowed all the time, no other signal does.
        runsOut && isReachable && !usesBusyWorkers ? await adviceOfBusyWorkers({ setting, figures }) : undefined;
    const { mostReplicas: most } = bounds;
    const onWhole = (replicas: number) => fixed(replicas, asGiven);
    return {
        objective,
        current: currentTried,
        bounds,
        tried: explorer.tried,
        front: paretoFront(explorer.tried, (each) => waitOf(objective, each)),
        recommendation: {
            kind: !isReachable ? "unreachable" : changes.length === 0 ? "keep" : "change",
            setting,
            figures,
            onPart,
            without,
            sensitivity,
            cheapest: cheapest === best ? undefined : cheapest,
            bound: isReachable ? undefined : await onWhole(most),
            needed: isReachable ? undefined : await fewest(most, objective, onWhole),
        },
        limits,
        heldOut,
        busyWorkers,
        exploredShare: ticks === undefined ? 1 : (ticks[1] - ticks[0]) / traffic.requestsPerSecond.length,
    };

    async function adviceOfBusyWorkers(without: Tried): Promise<Advice | undefined> {
        const other = explorer.withBusyWorkers();
        await other.explore(objective);
        const found = await sturdiest(other, run, current, objective, allConditions);
        if (found?.setting.busyWorkersTargetPercent === undefined) return undefined;
        const { figures: crowd } = await one(withValue(found.setting, "maxReplicas", bounds.mostReplicas), {
            ...asGiven,
            trafficFactor,
            ticks,
        });
        const advised = await one(withRoomFor(found.setting, crowd.peakReplicas, current, bounds), asGiven);
        if (!isMet(objective, advised.figures)) return undefined;
        const { condition } = slowBackend(ticks);
        const [slow, slowWithout] = [await one(advised.setting, condition), await one(without.setting, condition)];
        const cost = advised.figures.replicaHours / without.figures.replicaHours;
        const isNearer = shortfall(objective, slow.figures) * muchNearer < shortfall(objective, slowWithout.figures);
        const because =
            isNearer && cost <= mostCostOfBusyWorkers
                ? "sturdier"
                : cost <= 1 - leastSavingByBusyWorkers
                  ? "cheaper"
                  : undefined;
        return because === undefined ? undefined : { ...advised, because, slowBackend: slow.figures };
    }
}

/** The least number of replicas above `from` that meets the objective all the time; undefined where none does. */
async function fewest(
    from: number,
    objective: Objective,
    fixed: (replicas: number) => Promise<Tried>,
): Promise<Tried | undefined> {
    let misses = from;
    let meets: Tried | undefined;
    for (let replicas = from; meets === undefined && replicas < mostReplicasAtAll;) {
        replicas = Math.min(mostReplicasAtAll, replicas * 2);
        const tried = await fixed(replicas);
        if (isMet(objective, tried.figures)) meets = tried;
        else misses = replicas;
    }
    while (meets !== undefined && meets.setting.minReplicas > Math.ceil(misses * 1.05)) {
        const tried = await fixed((misses + meets.setting.minReplicas) >> 1);
        if (isMet(objective, tried.figures)) meets = tried;
        else misses = tried.setting.minReplicas;
    }
    return meets;
}

/** What was chosen on a part has to hold on all of the trace; otherwise the next dearer is asked. */
async function confirm(
    chosen: Tried,
    explorer: Explorer,
    objective: Objective,
    one: (setting: Setting, condition: Condition) => Promise<Tried>,
): Promise<Tried & { readonly isWhole: boolean }> {
    const dearer = explorer.tried
        .filter(({ figures }) => figures.replicaHours > chosen.figures.replicaHours && isMet(objective, figures))
        .sort((a, b) => a.figures.replicaHours - b.figures.replicaHours);
    // Each is dearer than the one before by a tenth at least: a whole trace takes long.
    let asked = chosen;
    for (const next of [chosen, ...dearer]) {
        const isNear = next !== chosen && next.figures.replicaHours <= asked.figures.replicaHours * 1.1;
        if (isNear && next !== dearer.at(-1)) continue;
        asked = next;
        const whole = await one(next.setting, asGiven);
        if (isMet(objective, whole.figures)) return { ...whole, isWhole: true };
    }
    return { ...chosen, isWhole: false };
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

/**
 * maxReplicas costs nothing until it is needed. The present value stays where it leaves room for more traffic than the
 * trace's; otherwise it becomes what that traffic would use.
 */
function withRoomFor(setting: Setting, replicas: number, current: Setting, bounds: Bounds): Setting {
    const kept = Math.min(current.maxReplicas, bounds.mostReplicas);
    return withValue(setting, "maxReplicas", Math.max(kept, replicas, setting.minReplicas));
}
