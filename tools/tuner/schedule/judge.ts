/**
 * Would replicas by the clock do better? A schedule is learnt from the last part but one of the trace, and judged on the last,
 * which neither it nor what it is compared with has seen.
 */
import type { Plant } from "../plant/plant";
import type { Setting } from "../plant/setting";
import { meanCpuSeconds } from "../plant/simulation";
import { targetsOf, type Bounds } from "../search/candidates";
import { Explorer, type Run } from "../search/explore";
import { asGiven, partOf, type Condition, type Situation } from "../search/job";
import { isMet, type Objective } from "../search/objective";
import type { Tried } from "../search/pareto";
import { conditionsOf, sturdiest, type HeldOut } from "../search/sturdy";
import { tickSeconds, type Traffic } from "../traffic/traffic";
import { dailyPeaks, groupings, scheduleFor, type Grouping } from "./learn";

export interface ScheduleTrial {
    /** Of each part. */
    readonly partSeconds: number;
    readonly timeZone: string;
    /** Which days the best schedule takes for alike. */
    readonly days: string;
    /** On the part that none of them knows: the stack file's setting, the best bounds without a schedule, and the best with one. */
    readonly today: Tried;
    readonly bounds: Tried;
    readonly schedule: Tried;
    /**
     * Replica hours of the cheaper of the two without a schedule that holds; where none of them does, of the cheapest bounds that
     * would have held, which nobody could know. Undefined where there are none.
     */
    readonly leastHours: number | undefined;
    /** Why it is recommended, or is not. */
    readonly outcome: "cheaper" | "holds" | "dearer" | "misses" | "nothing" | "unsteady";
    /** Learnt anew from both parts; undefined where none is recommended. */
    readonly recommended: Setting | undefined;
}

/** What a schedule has to save of the replica hours, beside the cheapest without one that holds: triggers have to be kept up. */
export const leastSavingBySchedule = 0.05;

/** A part has each day of the week. */
const leastPartSeconds = 7 * 86_400;

/** Of the replicas that an hour's peak would have by the target: the rest of them the autoscaler adds. */
const shares = [0.5, 0.75, 1];

interface Shape {
    readonly grouping: Grouping;
    readonly share: number;
    readonly minReplicas: number;
}

/** @returns undefined where the trace has no two parts of a week, or nothing met the objective on the first */
export async function tryASchedule(
    { traffic, plant }: Situation,
    run: Run,
    current: Setting,
    bounds: Bounds,
    objective: Objective,
    heldOut: HeldOut | undefined,
    timeZone: string,
): Promise<ScheduleTrial | undefined> {
    if (heldOut === undefined || heldOut.partSeconds < leastPartSeconds) return undefined;
    const { length } = traffic.requestsPerSecond;
    const part = heldOut.partSeconds / tickSeconds;
    const before: Condition = { ...asGiven, ticks: [length - 2 * part, length - part] };
    const after: Condition = { ...asGiven, ticks: [length - part, length] };
    const both: Condition = { ...asGiven, ticks: [length - 2 * part, length] };

    const { advice } = heldOut;
    const settingOf = (condition: Condition, { grouping, share, minReplicas }: Shape): Setting => {
        const part = partOf(traffic, condition.ticks);
        const schedule = scheduleFor(
            dailyPeaks(part, grouping, timeZone),
            grouping,
            timeZone,
            podRateOf(advice, part, plant) / share,
            minReplicas,
            bounds.mostReplicas,
        );
        return { ...advice, minReplicas, schedule };
    };
    const shapes = groupings.flatMap((grouping) =>
        shares.flatMap(
            (share) =>
            [...new Set([bounds.leastReplicas, advice.minReplicas])].map((minReplicas) => ({ grouping, share, minReplicas })), // prettier-ignore
        ),
    );
    const learnt = shapes.map((shape) => ({ shape, setting: settingOf(before, shape) }));
    const explorer = new Explorer(run, current, bounds, before, false);
    await raiseTargets(explorer, learnt.map(({ setting }) => setting), bounds, objective); // prettier-ignore
    const conditions = conditionsOf(heldOut.trafficFactor, before.ticks);
    const best = await sturdiest(explorer, run, current, objective, conditions);
    const shape = learnt.find(({ setting }) => setting.schedule === best?.setting.schedule)?.shape;
    if (best === undefined || shape === undefined) return undefined;

    const [today, schedule] = await run("trying a schedule", [current, best.setting], after);
    if (today === undefined || schedule === undefined) return undefined;
    const trial = {
        partSeconds: heldOut.partSeconds,
        timeZone,
        days: shape.grouping.title,
        today,
        bounds: { setting: advice, figures: heldOut.figures },
        schedule,
        leastHours: leastHoursOf(objective, [today, { setting: advice, figures: heldOut.figures }], heldOut),
    };
    const outcome = judge(objective, schedule, trial.leastHours);
    if (outcome !== "cheaper" && outcome !== "holds") return { ...trial, outcome, recommended: undefined };
    const again = new Explorer(run, current, bounds, both, false);
    const anew = settingOf(both, { ...shape, minReplicas: best.setting.minReplicas });
    await raiseTargets(again, [anew], bounds, objective, best.setting.targetCPUUtilizationPercentage);
    const recommended = again.cheapest(objective)?.setting;
    // What holds on each part with a schedule from the one before need not hold on both with one from both.
    return { ...trial, outcome: recommended === undefined ? "unsteady" : outcome, recommended };
}

/** What a schedule is worth, on weeks that nobody has seen. */
export function judge(
    objective: Objective,
    { setting, figures }: Tried,
    leastHours: ScheduleTrial["leastHours"],
): ScheduleTrial["outcome"] {
    if (setting.schedule === undefined || setting.schedule.windows.length === 0) return "nothing";
    if (!isMet(objective, figures)) return "misses";
    if (leastHours === undefined) return "holds";
    return figures.replicaHours <= leastHours * (1 - leastSavingBySchedule) ? "cheaper" : "dearer";
}

/** @param others without a schedule */
export function leastHoursOf(
    objective: Objective,
    others: readonly Tried[],
    { figures, costRatio }: Pick<HeldOut, "figures" | "costRatio">,
): ScheduleTrial["leastHours"] {
    const able = others.filter((each) => isMet(objective, each.figures));
    if (able.length > 0) return Math.min(...able.map((each) => each.figures.replicaHours));
    return costRatio === undefined ? undefined : figures.replicaHours / costRatio;
}

/** For each schedule the highest target that meets the objective. */
async function raiseTargets(
    explorer: Explorer,
    settings: readonly Setting[],
    bounds: Bounds,
    objective: Objective,
    mostPercent = Infinity,
): Promise<void> {
    const [first] = settings;
    if (first === undefined) return;
    const targets = targetsOf(first, bounds).filter((target) => target <= mostPercent);
    let open = settings.map((setting) => ({ setting, meets: -1, misses: targets.length }));
    while (open.length > 0) {
        const tried = open.map((each) => {
            const place = (each.meets + each.misses) >> 1;
            return { ...each, place, at: { ...each.setting, targetCPUUtilizationPercentage: targets[place] ?? 1 } };
        });
        await explorer.tryAll("trying a schedule", tried.map(({ at }) => at)); // prettier-ignore
        open = tried
            .map(({ setting, meets, misses, place, at }) => {
                const figures = explorer.figuresOf(at);
                const isGood = figures !== undefined && isMet(objective, figures);
                return isGood ? { setting, meets: place, misses } : { setting, meets, misses: place };
            })
            .filter(({ meets, misses }) => misses - meets > 1);
    }
}

/** Requests per second of a pod whose CPU use is at the target. */
function podRateOf(setting: Setting, traffic: Traffic, plant: Plant): number {
    return (plant.cpuRequestMillicores * setting.targetCPUUtilizationPercentage) / 1e5 / meanCpuSeconds(traffic, plant);
}
