/** Looks for the cheapest setting that meets an objective: all that it tries on the way is of use to whoever compares. */
import type { Figures } from "../plant/figures";
import type { Setting } from "../plant/setting";
import { minsOf, targetsOf, type Bounds } from "./candidates";
import { changesOf, withValue, type TunedKey } from "./changes";
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

    constructor(
        private readonly run: Run,
        private readonly current: Setting,
        private readonly bounds: Bounds,
        private readonly condition: Condition,
    ) {}

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

    /** For each minReplicas the highest target that meets the objective; then around the best of them. */
    async explore(objective: Objective): Promise<void> {
        const { minReplicas, targetCPUUtilizationPercentage: target } = this.current;
        await this.tryAll("trying settings", [this.at(minReplicas, target)]);
        await this.halve(objective, minsOf(this.current, this.bounds));
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
        await this.halve(objective, [known ?? this.bounds.leastReplicas, this.bounds.leastReplicas]);
        return this.cheapest(objective);
    }

    private readonly targets = () => targetsOf(this.current, this.bounds);

    /** Lower targets have more replicas and shorter waits: the highest that meets is found in a few steps. */
    private async halve(objective: Objective, mins: readonly number[]): Promise<void> {
        const targets = this.targets();
        let open = [...new Set(mins)].map((min) => ({ min, meets: -1, misses: targets.length }));
        while (open.length > 0) {
            const middle = (each: (typeof open)[number]) => (each.meets + each.misses) >> 1;
            const settings = open.map((each) => this.at(each.min, targets[middle(each)] ?? 1));
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

    private figuresOf(setting: Setting | undefined): Figures | undefined {
        if (setting === undefined) return undefined;
        const key = keyOf(setting);
        return this.tried.find((each) => keyOf(each.setting) === key)?.figures;
    }

    private at(minReplicas: number, target: number): Setting {
        const { leastReplicas, mostReplicas, highestTargetPercent } = this.bounds;
        return {
            ...this.current,
            minReplicas: Math.min(mostReplicas, Math.max(leastReplicas, minReplicas)),
            // What of it is needed is asked afterwards, under more traffic than the trace's.
            maxReplicas: mostReplicas,
            targetCPUUtilizationPercentage: Math.min(highestTargetPercent, Math.max(1, target)),
        };
    }

    private neighbours(setting: Setting): readonly Setting[] {
        const { minReplicas: min, targetCPUUtilizationPercentage: target } = setting;
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
        return [
            ...moves.map(([replicas, percent]) => withValue(this.at(min + replicas, target + percent), key, window)),
            ...windows.map((seconds) => withValue(setting, key, seconds)),
        ];
    }

    /** As good or better in every way that a rush is met: more replicas at its beginning, a lower target. */
    sturdierThan(setting: Setting): readonly Setting[] {
        const { minReplicas: min, targetCPUUtilizationPercentage: target } = setting;
        const mins = [min, min + 1, min + 2, Math.ceil(min * 1.3), Math.ceil(min * 1.6), min * 2];
        const targets = [1, 0.97, 0.93, 0.88].map((factor) => Math.max(1, Math.floor(target * factor)));
        return mins.flatMap((replicas) =>
            targets.map((percent) => ({
                ...setting,
                minReplicas: Math.min(this.bounds.mostReplicas, replicas),
                targetCPUUtilizationPercentage: percent,
            })),
        );
    }
}

const keyOf = (setting: Setting): string =>
    [
        setting.minReplicas,
        setting.maxReplicas,
        setting.targetCPUUtilizationPercentage,
        setting.scaleDown.stabilizationWindowSeconds,
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
    const changes = changesOf(current, setting).filter(({ key }) => key !== "maxReplicas");
    return changes.length * leastSaving + (isShorter ? leastSavingOfShorterWindow : 0);
}
