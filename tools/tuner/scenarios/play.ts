/** Plays a scenario through the model of the controller. */
import { Controller, type Decision, InvalidSpecError } from "../controller";
import type { Scenario } from "./schema";
import { type Cohort, toMilliseconds, worldOf } from "./worlds";

/** What the controller decides at a tick, as it is printed. */
export interface Answer {
    readonly scenario: string;
    /** Counted over all repetitions, from 0. Missing where the first spec is refused: then nothing is played. */
    readonly tick?: number;
    /** Seconds on the scenario's clock. */
    readonly t?: number;
    /** null: could not be read. */
    readonly current: number | null;
    /** What the metrics ask for; null: not asked, or failed. */
    readonly raw: number | null;
    readonly metric: string;
    /** After the tick. null: could not be read. */
    readonly replicas: number | null;
    readonly rescaled: boolean;
    /** "Status/Reason" by type. */
    readonly conditions: Readonly<Record<string, string>> | null;
    /** Fields for which the API server refuses the spec of this tick. */
    readonly invalid?: readonly string[];
}

export function play(scenario: Scenario): readonly Answer[] {
    const { name, ticks, auto } = scenario;
    let controller: Controller;
    try {
        controller = new Controller(scenario.spec, {
            ...scenario.controller,
            featureGates: scenario.featureGates,
        });
    } catch (error) {
        return [
            {
                scenario: name,
                current: null,
                raw: null,
                metric: "",
                replicas: null,
                rescaled: false,
                conditions: null,
                invalid: refusedFields(error),
            },
        ];
    }
    const answers: Answer[] = [];
    const cohorts: Cohort[] = [{ count: scenario.replicas, startMilliseconds: undefined }];
    let { replicas } = scenario;
    let nowMilliseconds = 0;
    for (const tick of ticks) {
        for (let repetition = 0; repetition < (tick.repeat ?? 1); repetition++) {
            nowMilliseconds += toMilliseconds(tick.elapsed);
            let invalid: readonly string[] | undefined;
            if (repetition === 0) {
                if (tick.spec !== undefined) invalid = update(controller, tick.spec);
                replicas = tick.replicas ?? replicas;
            }
            if (auto !== undefined) follow(cohorts, replicas, nowMilliseconds);
            const world = worldOf(scenario, tick, replicas, cohorts, nowMilliseconds);
            const decision = controller.reconcile(nowMilliseconds, world);
            replicas = decision.replicas ?? replicas;
            if (auto !== undefined) follow(cohorts, replicas, nowMilliseconds);
            answers.push(answerOf(name, answers.length, nowMilliseconds, decision, invalid));
        }
    }
    return answers;
}

/** The fields for which the update is refused; undefined where it is taken. */
function update(controller: Controller, spec: Scenario["spec"]): readonly string[] | undefined {
    try {
        controller.update(spec);
        return undefined;
    } catch (error) {
        return refusedFields(error);
    }
}

function refusedFields(error: unknown): readonly string[] {
    if (!(error instanceof InvalidSpecError)) throw error;
    return [...new Set(error.problems.map(({ field }) => field))].sort();
}

/** Makes and removes pods, youngest first. */
function follow(cohorts: Cohort[], replicas: number, nowMilliseconds: number): void {
    let difference = replicas - cohorts.reduce((sum, { count }) => sum + count, 0);
    if (difference > 0) cohorts.push({ count: difference, startMilliseconds: nowMilliseconds });
    while (difference < 0) {
        const youngest = cohorts.at(-1);
        if (youngest === undefined) return;
        const removed = Math.min(youngest.count, -difference);
        youngest.count -= removed;
        difference += removed;
        if (youngest.count === 0) cohorts.pop();
    }
}

function answerOf(
    scenario: string,
    tick: number,
    nowMilliseconds: number,
    decision: Decision,
    invalid: readonly string[] | undefined,
): Answer {
    const { currentReplicas, recommendation, metric, replicas, rescaled } = decision;
    const conditions: Record<string, string> = {};
    for (const type of ["AbleToScale", "ScaledToZero", "ScalingActive", "ScalingLimited"] as const) {
        const condition = decision.conditions[type];
        if (condition !== undefined) conditions[type] = `${condition.status}/${condition.reason}`;
    }
    return {
        scenario,
        tick,
        t: nowMilliseconds / 1000,
        current: currentReplicas ?? null,
        raw: recommendation ?? null,
        metric,
        replicas: replicas ?? null,
        rescaled,
        conditions,
        ...(invalid === undefined ? {} : { invalid }),
    };
}
