/** Looks for the cheapest setting that meets an objective: all that it tries on the way is of use to whoever compares. */
import type { Figures } from "../plant/figures";
import type { Setting } from "../plant/setting";
import { busyTargetsOf, minsOf, mostBusyPercent, targetsOf, type Bounds } from "./candidates";
import { differingKeys, withValue, type TunedKey } from "./changes";
import type { Condition } from "./job";
import { isMet, type Objective } from "./objective";
import type { Tried } from "./pareto";

export type Run = (step: string, settings: readonly Setting[], condition: Condition) => Promise<readonly Tried[]>;

/** A change of one key has to save so much of the replica hours, or the stack file's value stays. */
const leastSaving = 0.02;

/** So does a shorter scaleDown window on top: pods that come and go more often cost what no model counts. */
const leastSavingOfShorterWindow = 0.1;

const mostRefinements = 12;

/** Windows in which the highest recommendation counts before replicas go down; tried around the best. */
const scaleDownWindowsSeconds = [120, 300, 900];

export class Explorer {
    readonly tried: Tried[] = [];
    private readonly keys = new Set<string>();

    /** @param usesBusyWorkers their target is looked for too; otherwise it is what the stack file has, or has not */
    constructor(
        private readonly run: Run,
        private readonly current: Setting,
        private readonly bounds: Bounds,
        private readonly condition: Condition,
        private readonly usesBusyWorkers = current.busyWorkersTargetPercent !== undefined,
    ) {}

    /** One that knows what this one has tried, and looks for a target of busy workers too. */
    withBusyWorkers(): Explorer {
        const other = new Explorer(this.run, this.current, this.bounds, this.condition, true);
        other.tried.push(...this.tried);
        for (const key of this.keys) other.keys.add(key);
        return other;
    }

    /** Tries those that were not tried yet. */
    async tryAll(step: string, settings: readonly Setting[]): Promise<void> {
        const fresh = settings.filter((setting) => {
            const key = keyOf(setting);
            return !this.keys.has(key) && this.keys.add(key);
        });
        if (fresh.length > 0) this.tried.push(...(await this.run(step, fresh, this.condition)));
    }

    /** Undefined where nothing that was tried meets the objective. */
    cheapest(objective: Objective): Tried | undefined {
        return byCost(
            this.tried.filter(({ figures }) => isMet(objective, figures)),
            this.current,
        ).at(0);
    }

    /** For each minReplicas the highest target that meets the objective, by either signal; then around the best of them. */
    async explore(objective: Objective): Promise<void> {
        const { minReplicas, targetCPUUtilizationPercentage: target, busyWorkersTargetPercent: busy } = this.current;
        await this.tryAll("trying settings", [this.at(minReplicas, target, busy)]);
        await this.halveAll(objective, minsOf(this.current, this.bounds));
        for (let round = 0; round < mostRefinements; round++) {
            const best = this.cheapest(objective);
            if (best === undefined) return;
            const count = this.tried.length;
            await this.tryAll("looking around the best", this.neighbours(best.setting));
            if (this.tried.length === count) return;
        }
    }

    /** The same for another objective, from what is known: at the best minReplicas only. */
    async exploreNear(objective: Objective): Promise<Tried | undefined> {
        const known = this.cheapest(objective)?.setting.minReplicas;
        await this.halveAll(objective, [known ?? this.bounds.leastReplicas, this.bounds.leastReplicas]);
        return this.cheapest(objective);
    }

    /** One signal after the other, while that of the other one asks for as little as it can. */
    private async halveAll(objective: Objective, mins: readonly number[]): Promise<void> {
        const { targetCPUUtilizationPercentage: ownTarget, busyWorkersTargetPercent: ownBusy } = this.current;
        const idleBusy = this.usesBusyWorkers && ownBusy !== undefined ? mostBusyPercent : ownBusy;
        await this.halve(objective, mins, targetsOf(this.current, this.bounds), (min, target) =>
            this.at(min, target, idleBusy),
        );
        if (!this.usesBusyWorkers) return;
        const idleTarget = Math.max(ownTarget, this.bounds.highestTargetPercent);
        await this.halve(objective, mins, busyTargetsOf(this.current), (min, busy) => this.at(min, idleTarget, busy));
    }

    /** Lower targets have more replicas and shorter waits: the highest that meets is found in a few steps. */
    private async halve(
        objective: Objective,
        mins: readonly number[],
        targets: readonly number[],
        settingAt: (min: number, target: number) => Setting,
    ): Promise<void> {
        let open = [...new Set(mins)].map((min) => ({ min, meets: -1, misses: targets.length }));
        while (open.length > 0) {
            const middle = (each: (typeof open)[number]) => (each.meets + each.misses) >> 1;
            const settings = open.map((each) => settingAt(each.min, targets[middle(each)] ?? 1));
            await this.tryAll("trying settings", settings);
            const least = this.cheapest(objective)?.figures.replicaHours ?? Infinity;
            open = open
                .map((each, i) => {
                    const place = middle(each);
                    const figures = this.figuresOf(settings[i]);
                    const isGood = figures !== undefined && isMet(objective, figures);
                    return isGood ? { ...each, meets: place } : { ...each, misses: place };
                })
                .filter((each) => each.misses - each.meets > 1 && this.floorHours(each.min) <= least);
        }
    }

    /** What so many replicas cost at least. */
    private floorHours(replicas: number): number {
        const [any] = this.tried;
        return any === undefined ? 0 : (any.figures.replicaHours / any.figures.meanReplicas) * replicas * 0.98;
    }

    /** Undefined where it was not tried. */
    figuresOf(setting: Setting | undefined): Figures | undefined {
        if (setting === undefined) return undefined;
        const key = keyOf(setting);
        return this.tried.find((each) => keyOf(each.setting) === key)?.figures;
    }

    private at(minReplicas: number, target: number, busy: number | undefined): Setting {
        const { leastReplicas, mostReplicas } = this.bounds;
        // A target that CPU never gets to is no use alone; beside busy workers the stack file's own may stay.
        const ownTarget = busy === undefined ? 1 : this.current.targetCPUUtilizationPercentage;
        const highestTargetPercent = Math.max(ownTarget, this.bounds.highestTargetPercent);
        return {
            ...this.current,
            minReplicas: Math.min(mostReplicas, Math.max(leastReplicas, minReplicas)),
            // What of it is needed is asked afterwards, under more traffic than the trace's.
            maxReplicas: mostReplicas,
            targetCPUUtilizationPercentage: Math.min(highestTargetPercent, Math.max(1, target)),
            ...(busy === undefined ? {} : { busyWorkersTargetPercent: Math.min(mostBusyPercent, Math.max(1, busy)) }),
        };
    }

    private neighbours(setting: Setting): readonly Setting[] {
        const { minReplicas: min, targetCPUUtilizationPercentage: target, busyWorkersTargetPercent: busy } = setting;
        const [far, wide] = [Math.max(2, Math.round(min * 0.1)), Math.max(2, Math.round(target * 0.05))];
        const moves: readonly (readonly [number, number])[] = [
            ...[-far, -1, 1, far].map((by) => [by, 0] as const),
            ...[-wide, -1, 1, wide].map((by) => [0, by] as const),
            [1, 1],
            [-1, -1],
        ];
        const windows = [this.current.scaleDown.stabilizationWindowSeconds, ...scaleDownWindowsSeconds];
        const key: TunedKey = "scaleDown.stabilizationWindowSeconds";
        const window = setting.scaleDown.stabilizationWindowSeconds;
        const own = this.current;
        return [
            ...moves.map(([replicas, percent]) =>
                withValue(this.at(min + replicas, target + percent, busy), key, window),
            ),
            // By busy workers the same, and each signal with the stack file's own target for the other.
            ...(busy === undefined || !this.usesBusyWorkers
                ? []
                : [
                      ...moves.map(([replicas, percent]) => this.at(min + replicas, target, busy + percent)),
                      this.at(min, own.targetCPUUtilizationPercentage, busy),
                      this.at(min, target, own.busyWorkersTargetPercent ?? busy),
                  ].map((each) => withValue(each, key, window))),
            ...windows.map((seconds) => withValue(setting, key, seconds)),
        ];
    }

    /** As good or better in every way that a rush is met: more replicas at its beginning, a lower target. */
    sturdierThan({ setting, figures }: Tried): readonly Setting[] {
        const { minReplicas: min, targetCPUUtilizationPercentage: target, busyWorkersTargetPercent: busy } = setting;
        const mins = [min, min + 1, min + 2, Math.ceil(min * 1.3), Math.ceil(min * 1.6), min * 2];
        const lower = (percent: number, factor: number) => Math.max(1, Math.floor(percent * factor));
        return mins.flatMap((replicas) =>
            [1, 0.97, 0.93, 0.88].map((factor) => ({
                ...setting,
                minReplicas: Math.min(this.bounds.mostReplicas, replicas),
                // Of two targets the one that rules: a lower one of the other changes nothing.
                ...(busy === undefined ||
                !this.usesBusyWorkers ||
                figures.busyWorkersRuleSeconds < figures.cpuRulesSeconds
                    ? { targetCPUUtilizationPercentage: lower(target, factor) }
                    : { busyWorkersTargetPercent: lower(busy, factor) }),
            })),
        );
    }
}

const keyOf = (setting: Setting): string =>
    [
        setting.minReplicas,
        setting.maxReplicas,
        setting.targetCPUUtilizationPercentage,
        setting.busyWorkersTargetPercent,
        setting.scaleDown.stabilizationWindowSeconds,
        JSON.stringify(setting.schedule),
    ].join();

/** The cheapest first, where every change of the stack file has to pay. */
export function byCost(tried: readonly Tried[], current: Setting): readonly Tried[] {
    return tried
        .map((each) => ({ each, cost: each.figures.replicaHours * (1 + savingAskedOf(current, each.setting)) }))
        .sort((a, b) => a.cost - b.cost || a.each.figures.waitedShare - b.each.figures.waitedShare)
        .map(({ each }) => each);
}

function savingAskedOf(current: Setting, setting: Setting): number {
    const isShorter = setting.scaleDown.stabilizationWindowSeconds < current.scaleDown.stabilizationWindowSeconds;
    // What maxReplicas becomes is decided afterwards.
    const changes = differingKeys(current, setting).filter((key) => key !== "maxReplicas");
    return changes.length * leastSaving + (isShorter ? leastSavingOfShorterWindow : 0);
}
