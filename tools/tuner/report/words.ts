/** Figures and settings as people read them, the same in the terminal and in the page. */
import { Document, isMap, isScalar, parse, visit } from "yaml";

import { busyWorkersOfPod } from "../../../components/busyWorkers";
import { stackFileName } from "../../../settings/project";
import { format } from "../../html";
import { leastSavingBySchedule, type ScheduleTrial } from "../schedule/judge";
import { triggersOf } from "../schedule/triggers";
import { describeSizing } from "../sizing/words";
import type { Figures } from "../plant/figures";
import type { Setting } from "../plant/setting";
import { describeSpread } from "../plant/spread";
import { WaitDistribution } from "../plant/waitDistribution";
import type { WaitTable } from "../plant/waitTable";
import { actsAbove, capacityOf, reachableUtilizationPercent } from "../search/candidates";
import { changesOf, type Change } from "../search/changes";
import type { Search } from "../search/search";
import type { HeldOut } from "../search/sturdy";
import { isMet, waitOf, type Objective } from "../search/objective";
import { describeSeconds, describeTime, tickSeconds } from "../traffic/traffic";
import { meanCpuSeconds, tableOf } from "../plant/simulation";
import type { Tuning } from "./tuning";

/** Hours of a month, by which clouds' prices count. */
const monthHours = 730;

/** "3..24 @ 60 %"; "3..24 @ 60 % CPU, 50 % busy" where workers count too; "3..24 @ 60 %, schedule" with one. */
export function settingName(setting: Setting): string {
    const { minReplicas, maxReplicas, targetCPUUtilizationPercentage: cpu, busyWorkersTargetPercent: busy } = setting;
    const bounds = `${minReplicas}..${maxReplicas} @ ${cpu} %${busy === undefined ? "" : ` CPU, ${busy} % busy`}`;
    return setting.schedule === undefined ? bounds : `${bounds}, schedule`;
}

export const describeWait = (seconds: number): string => format.milliseconds(seconds * 1000);

/** Per month where there is a price, per hour of the trace where there is none. */
export function describeCost(figures: Figures, tuning: Pick<Tuning, "pricePerReplicaHour" | "currency">): string {
    const { pricePerReplicaHour } = tuning;
    const replicas = figures.replicaHours / figures.hours;
    return pricePerReplicaHour === undefined
        ? `${format.decimal(replicas)} replicas`
        : `${format.decimal(replicas * monthHours * pricePerReplicaHour)} ${tuning.currency ?? "units"} a month`;
}

export const describeChange = ({ key, from, to }: Change): string => `${key} ${from ?? "(none)"} -> ${to}`;

/** The figure of the objective: "p99 wait 185 ms, none lost". */
function describeFigures(figures: Figures, objective: Objective): string {
    const lost = figures.lost === 0 ? "no request lost" : `${format.plural(figures.lost, "request")} lost`;
    const [clause] = objective.clauses;
    const name = clause?.kind === "wait" ? `${clause.percentile} wait` : "p99 wait of the worst hour";
    return `${name} ${describeWait(waitOf(objective, { ...figures, lost: 0 }))}, ${lost}`;
}

/** What to change and what that costs, or why nothing is. */
export function headline(tuning: Tuning): string {
    const { search, stack } = tuning;
    const { recommendation, current, objective } = search;
    switch (recommendation.kind) {
        case "keep":
            return `Keep stack ${stack} as it is: ${describeFigures(current.figures, objective)}.`;
        case "change":
            return (
                `Change stack ${stack} to ${settingName(recommendation.setting)}: ` +
                `${describeFigures(recommendation.figures, objective)}. ${describeCosts(tuning)}`
            );
        case "unreachable":
            return describeUnreachable(search);
    }
}

/** By a bound: more than as many replicas as allowed, all the time, no setting can do. */
function describeUnreachable({ recommendation, bounds, objective }: Search): string {
    const { bound, needed } = recommendation;
    const figures = bound === undefined ? "" : `: ${describeFigures(bound.figures, objective)}`;
    return (
        `No setting of up to ${bounds.mostReplicas} replicas meets "${objective.text}" on this trace. Even with all ` +
        `${bound?.setting.minReplicas ?? bounds.mostReplicas} of them all the time it is missed${figures}. ` +
        (needed === undefined
            ? "Nor do a thousand replicas."
            : `${needed.setting.minReplicas} replicas all the time meet it: ` +
              `${describeFigures(needed.figures, objective)}. --most-replicas ${needed.setting.minReplicas} looks there.`)
    );
}

/** Why, in sentences. */
export function reasons(tuning: Tuning): readonly string[] {
    const { current, recommendation, objective } = tuning.search;
    const changes = changesOf(current.setting, recommendation.setting);
    return [
        ...(recommendation.kind === "keep"
            ? ["Nothing that was tried meets the objective for noticeably less."]
            : [
                  `Today (${settingName(current.setting)}): ${describeFigures(current.figures, objective)}. ` +
                      `Its worst hour began ${describeTime(current.figures.worstHourStartSeconds)} with a p99 wait of ` +
                      `${describeWait(current.figures.worstHourP99Seconds)}.`,
              ]),
        ...describeRequest(tuning),
        ...recommendation.without.flatMap(({ key, figures }) => {
            const change = changes.find((each) => each.key === key);
            return change === undefined ? [] : [describeWithout(change, figures, tuning)];
        }),
        ...(changes.some(({ key }) => key === "maxReplicas")
            ? []
            : [
                  `maxReplicas ${recommendation.setting.maxReplicas} stays: ` +
                      `${recommendation.sensitivity[0]?.title ?? ""} would use ` +
                      `${recommendation.sensitivity[0]?.figures.peakReplicas ?? 0}, and what is not used costs nothing.`,
              ]),
        ...describeSignals(tuning),
        ...describeWorstHour(tuning),
        ...describePod(tuning),
        ...describeFewReplicas(tuning),
    ];
}

/** Which of two signals the replicas follow, and why. */
function describeSignals({ plant, traffic, search }: Tuning): readonly string[] {
    const { setting, figures } = search.recommendation;
    const { busyWorkersTargetPercent: targetPercent, targetCPUUtilizationPercentage: target, minReplicas } = setting;
    if (targetPercent === undefined) return [];
    const byWorkers = busyWorkersOfPod({ maxChildren: plant.workers, targetPercent }) / plant.requestSeconds;
    const byCpu = (plant.cpuRequestMillicores * target) / 1e5 / meanCpuSeconds(traffic, plant);
    const why =
        `A pod has ${targetPercent} % of its ${plant.workers} workers busy at ${format.decimal(byWorkers)} requests/s, and ` +
        `${target} % of its CPU request in use at ${format.decimal(byCpu)}.`;
    const { cpuRulesSeconds: cpu, busyWorkersRuleSeconds: busy } = figures;
    if (cpu + busy === 0) return [`Neither signal asks for more than ${minReplicas} replicas. ${why}`];
    const share = format.percent(Math.max(cpu, busy) / (cpu + busy));
    return [
        `${busy > cpu ? "Busy workers rule" : "CPU rules"}, ${share} of the time in which more than ${minReplicas} replicas are ` +
            `asked for. ${why}`,
    ];
}

/** What a target of busy workers would do for a stack that cannot take one as it is; undefined where that is no better. */
export function busyWorkersAdvice(tuning: Tuning):
    | {
          readonly sentence: string;
          /** Of the stack file. */
          readonly lines: readonly string[];
          readonly needs: string;
      }
    | undefined {
    const { search, stack, neededForBusyWorkers } = tuning;
    const { busyWorkers: advice, objective, recommendation } = search;
    if (advice === undefined) return undefined;
    const { setting, figures, slowBackend } = advice;
    const is = `${settingName(setting)}: ${describeFigures(figures, objective)}`;
    const slow = recommendation.sensitivity.find(({ condition }) => condition.idleFactor !== undefined);
    const cost = figures.replicaHours / recommendation.figures.replicaHours - 1;
    const costs =
        Math.abs(cost) < 0.005
            ? "for as much as"
            : `for ${format.percent(Math.abs(cost))} ${cost > 0 ? "more" : "less"} than`;
    return {
        sentence:
            `With a target of busy workers, ${is}, ${costs} CPU alone. Where what requests wait for is twice as slow: ` +
            describeFigures(slowBackend, objective) +
            `${slow === undefined ? "" : `; CPU alone has ${describeFigures(slow.figures, objective)}`}. ` +
            `It takes, below web in ${stackFileName(stack)}:`,
        lines: linesOf([
            ...neededForBusyWorkers,
            ["autoscaling.busyWorkersTargetPercent", String(setting.busyWorkersTargetPercent)],
        ]),
        needs:
            "and a cluster with KEDA and a Prometheus that selects the stack's monitor (docs/operations.md#busy-workers). Then run " +
            "this again: it sets the bounds too.",
    };
}

/** As they stand in a stack file, below web. */
function linesOf(values: readonly (readonly [path: string, value: unknown])[]): readonly string[] {
    const document = new Document({});
    for (const [path, value] of values) {
        const plain: unknown = typeof value === "string" ? parse(value) : value;
        const node = document.createNode(plain);
        // Of a trigger only what it is made of, or pages are too narrow for it.
        visit(node, {
            Pair: (_, { key, value: inner }) => {
                if (isScalar(key) && key.value === "metadata" && isMap(inner)) inner.flow = true;
            },
        });
        document.setIn(path.split("."), node);
    }
    const text = document.toString({ indent: 2, lineWidth: 0 }).trimEnd();
    return text.split("\n").map((line) => `    ${line}`);
}

/** What a pod should ask for; undefined where nothing was measured. */
export function sizingAdvice({
    sizing,
    plant,
}: Tuning):
    { readonly sentences: readonly string[]; /** Of the stack file. */ readonly lines: readonly string[] } | undefined {
    if (sizing === undefined) return undefined;
    return {
        sentences: describeSizing(sizing, plant.workers),
        lines: sizing.lines.length === 0 ? [] : linesOf(sizing.lines),
    };
}

/** What a schedule would do on the part of the trace that was held out; undefined where none was tried. */
export function scheduleAdvice(tuning: Tuning):
    | {
          readonly sentence: string;
          readonly columns: readonly string[];
          readonly rows: readonly (readonly string[])[];
          /** Of the stack file; none where it is not recommended. */
          readonly lines: readonly string[];
      }
    | undefined {
    const { schedule: trial, search, stack } = tuning;
    if (trial === undefined) return undefined;
    const { objective, current, recommendation } = search;
    const { today, bounds, schedule, recommended } = trial;
    const part = describeSeconds(trial.partSeconds);
    const isOneAble = [today, bounds].some(({ figures }) => isMet(objective, figures));
    const cost = schedule.figures.replicaHours / (trial.leastHours ?? Infinity) - 1;
    const beside =
        `${format.percent(Math.abs(cost))} ${cost > 0 ? "more" : "less"} than the cheapest without one` +
        (isOneAble ? "" : " that would have held");
    const verdicts: Readonly<Record<ScheduleTrial["outcome"], string>> = {
        cheaper: `Yes: it holds in those, for ${beside}.`,
        holds: "Yes: it holds in those, and nothing without one would have.",
        dearer: `No: it holds in those, for ${beside}; it would have to save ${format.percent(leastSavingBySchedule)}.`,
        misses: `No: it does not hold in those: ${describeFigures(schedule.figures, objective)}.`,
        nothing: "No: the best that was learnt asks at no hour for more than the bounds have.",
        unsteady: "No: it holds in those, but none that is learnt from both parts holds in both.",
    };
    return {
        sentence:
            `A schedule for ${trial.days} (${trial.timeZone}), learnt from the ${part} before the last ${part} of the trace? ` +
            verdicts[trial.outcome] +
            (recommended === undefined
                ? ""
                : ` Learnt anew from both, below web in ${stackFileName(stack)}, for a cluster with KEDA; --apply does not write it:`),
        columns: ["in the last " + part, "replica hours", "wait", "lost", "holds"],
        rows: (
            [
                ["today", today],
                ["best bounds", bounds],
                ["schedule", schedule],
            ] as const
        ).map(([name, { setting, figures }]) => [
            `${name}, ${settingName(setting)}`,
            format.decimal(figures.replicaHours),
            describeWait(waitOf(objective, { ...figures, lost: 0 })),
            format.count(figures.lost),
            isMet(objective, figures) ? "yes" : "no",
        ]),
        lines:
            recommended?.schedule === undefined
                ? []
                : linesOf([
                      ["autoscaling.kind", "keda"],
                      ["autoscaling.minReplicas", recommended.minReplicas],
                      [
                          "autoscaling.maxReplicas",
                          Math.max(
                              current.setting.maxReplicas,
                              recommendation.setting.maxReplicas,
                              ...recommended.schedule.windows.map(({ replicas }) => replicas),
                          ),
                      ],
                      ["autoscaling.targetCPUUtilizationPercentage", recommended.targetCPUUtilizationPercentage],
                      ...(recommended.scaleDown.stabilizationWindowSeconds ===
                      current.setting.scaleDown.stabilizationWindowSeconds
                          ? []
                          : ([
                                [
                                    "autoscaling.scaleDown.stabilizationWindowSeconds",
                                    recommended.scaleDown.stabilizationWindowSeconds,
                                ],
                            ] as const)),
                      ["autoscaling.triggers", triggersOf(recommended.schedule)],
                  ]),
    };
}

/** A trace has no failures in it, and two replicas are few when there is one. */
function describeFewReplicas({ search }: Tuning): readonly string[] {
    const { minReplicas } = search.recommendation.setting;
    return minReplicas < search.current.setting.minReplicas && minReplicas <= 2
        ? [`With ${minReplicas} replicas, one that fails takes half of the service with it: no trace shows that.`]
        : [];
}

/** Above so many times the objective's limit, the worst hour is worth a sentence. */
const muchWorse = 2;

/** An objective over the whole trace says little about an hour in which a crowd came. */
function describeWorstHour({ search }: Tuning): readonly string[] {
    const { objective, recommendation } = search;
    const { worstHourP99Seconds, worstHourStartSeconds } = recommendation.figures;
    const isAskedFor = objective.clauses.some(({ kind }) => kind === "worstHour");
    if (isAskedFor || worstHourP99Seconds <= muchWorse * objective.waitLimitSeconds) return [];
    return [
        `The objective is about the trace as a whole. In the hour from ${describeTime(worstHourStartSeconds)} the p99 wait ` +
            `is ${describeWait(worstHourP99Seconds)}; --objective "p99 wait in every hour under ..." asks for more.`,
    ];
}

function describeCosts(tuning: Tuning): string {
    const { current, recommendation } = tuning.search;
    const [before, after] = [current.figures.replicaHours, recommendation.figures.replicaHours];
    const share = Math.abs(after / before - 1);
    const direction = after > before ? "more" : "less";
    return (
        `It costs ${share < 0.005 ? "as much" : `${format.percent(share)} ${direction}`}: ${format.decimal(before)} -> ` +
        `${format.decimal(after)} replica hours (${describeCost(current.figures, tuning)} -> ` +
        `${describeCost(recommendation.figures, tuning)}).`
    );
}

function describeWithout(change: Change, figures: Figures, tuning: Tuning): string {
    const { recommendation, objective } = tuning.search;
    const label = `${describeChange(change)}: ${change.from === undefined ? "without" : `with ${change.from}`} it would be`;
    if (change.key === "maxReplicas") {
        const needed = recommendation.sensitivity[0]?.figures.peakReplicas ?? 0;
        return (
            `${describeChange(change)}: ${recommendation.sensitivity[0]?.title ?? ""} uses ${needed} replicas; ` +
            "what is not used costs nothing."
        );
    }
    const cost = figures.replicaHours / recommendation.onPart.replicaHours - 1;
    const costs =
        Math.abs(cost) < 0.005
            ? "for the same cost"
            : `for ${format.percent(Math.abs(cost))} ${cost > 0 ? "more" : "less"}`;
    return `${label} ${describeFigures(figures, objective)}, ${costs}.`;
}

/** A target far above 100 % says that the request is not what a pod uses. */
const muchAboveRequest = 120;

/** CPU requests that are too small make targets that are hard to read, and nodes that are too full. */
function describeRequest({ plant, search }: Tuning): readonly string[] {
    const { targetCPUUtilizationPercentage: target } = search.recommendation.setting;
    if (target <= muchAboveRequest) return [];
    const millicores = Math.round((plant.cpuRequestMillicores * target) / 60 / 10) * 10;
    return [
        `A target of ${target} % is more than php-fpm's CPU request of ${plant.cpuRequestMillicores}m, which pods then use ` +
            `all the time. With a request of ${millicores}m the same target is 60 %, and nodes are not overcommitted.`,
    ];
}

/** What no number of replicas changes: how busy one pod may be, and what of that the HPA sees. */
function describePod({ plant, traffic, search }: Tuning): readonly string[] {
    const cpuSeconds = meanCpuSeconds(traffic, plant);
    const capacity = capacityOf(plant, cpuSeconds);
    const reachable = reachableUtilizationPercent(plant, cpuSeconds);
    const { setting } = search.current;
    const target = setting.targetCPUUtilizationPercentage;
    const table = tableOf(traffic, plant);
    const highest = highestLoad(table, search.recommendation.setting.minReplicas, search.objective);
    const most =
        `A pod serves at most ${format.decimal(capacity.requestsPerSecond)} requests/s, with ` +
        `${format.percent(reachable / 100)} of its CPU request.`;
    return [
        highest === undefined
            ? `${most} Even next to idle it does not meet the objective: requests that come together share its CPU. More ` +
              "replicas cannot change that; a higher CPU limit or cheaper requests can."
            : `${most} Under a steady load of up to ${format.percent(highest)} of that it meets the objective's wait; ` +
              "above, requests that come together share its CPU and its workers for too long.",
        ...(reachable > target * actsAbove(setting) || setting.busyWorkersTargetPercent !== undefined
            ? []
            : [
                  `With today's target of ${target} % the HPA never scales out: it acts above ` +
                      `${Math.ceil(target * actsAbove(setting))} %, and a pod that is full does not get there.`,
              ]),
    ];
}

/** The highest load, in hundredths, at which a pod of so many meets the first clause on waits; undefined where none does. */
function highestLoad(table: WaitTable, pods: number, objective: Objective): number | undefined {
    const clause = objective.clauses.find((each) => each.kind !== "lost");
    if (clause === undefined) return undefined;
    const share = clause.kind === "wait" ? Number(clause.percentile.slice(1)) / 100 : 0.99;
    const loads = Array.from({ length: 97 }, (_, i) => (97 - i) / 100);
    return loads.find((load) => {
        const waits = new WaitDistribution(table);
        waits.addStationary(1, table.placeOf(pods), load);
        return waits.quantileSeconds(share) <= clause.limitSeconds;
    });
}

/** How the recommendation does where things are otherwise, in sentences. */
export function sensitivities({ search }: Tuning): readonly string[] {
    const { recommendation, objective, heldOut } = search;
    const { cheapest } = recommendation;
    return [
        ...(heldOut === undefined ? [] : [describeHeldOut(heldOut, objective)]),
        ...recommendation.sensitivity.map(
            ({ title, figures, holds }) =>
                `${title}: ${holds ? "holds" : "does not hold"} (${describeFigures(figures, objective)}, peak ` +
                `${figures.peakReplicas} of ${recommendation.setting.maxReplicas} replicas).`,
        ),
        ...(cheapest === undefined
            ? []
            : [
                  `On this trace alone ${settingName(cheapest.setting)} would do, for ` +
                      `${format.percent(1 - cheapest.figures.replicaHours / recommendation.onPart.replicaHours)} less.`,
              ]),
    ];
}

function describeHeldOut({ partSeconds, advice, figures, holds, costRatio }: HeldOut, objective: Objective): string {
    const cost =
        costRatio === undefined
            ? "which no setting could have kept"
            : `at ${format.decimal(costRatio)} times the cost of the cheapest that would have kept it`;
    return (
        `Advice from the ${describeSeconds(partSeconds)} before the last ${describeSeconds(partSeconds)} of the trace, ` +
        `${settingName(advice)}, ${holds ? "holds" : "does not hold"} in those: ${describeFigures(figures, objective)}, ${cost}.`
    );
}

/** What the simulation rests on, in one line each. */
export function foundations({ traffic, traceName, trafficScale, plant, search, notes }: Tuning): readonly string[] {
    const { requestsPerSecond } = traffic;
    const sum = requestsPerSecond.reduce((a, b) => a + b, 0);
    const peak = requestsPerSecond.reduce((a, b) => Math.max(a, b), 0);
    const seconds = requestsPerSecond.length * tickSeconds;
    const limit = plant.cpuLimitCores === Infinity ? "no limit" : `limit ${plant.cpuLimitCores} cores`;
    return [
        `Trace ${traceName}${trafficScale === 1 ? "" : ` x ${trafficScale}`}: ${describeSeconds(seconds)} from ` +
            `${describeTime(traffic.startSeconds)}, mean ${format.decimal(sum / requestsPerSecond.length)} and peak ` +
            `${format.decimal(peak)} requests/s.`,
        `Pod: ${plant.workers} php-fpm workers, CPU request ${plant.cpuRequestMillicores}m, ${limit}. A request takes ` +
            `${describeWait(plant.requestSeconds)} on an idle pod, ${describeWait(meanCpuSeconds(traffic, plant))} of it CPU.`,
        `A new pod serves ${describeSeconds(plant.startupSeconds)} after the HPA's decision; one that ends is paid for ` +
            `${describeSeconds(plant.drainSeconds)} more. metrics-server asks every ${plant.metricResolutionSeconds} s. ` +
            `Requests are sent ${describeSpread(plant.spread)}` +
            `${plant.imbalance === 0 ? "" : `; pods' shares differ by ${format.percent(plant.imbalance)}`}.`,
        ...(search.exploredShare === 1
            ? []
            : [
                  `Settings were tried on the ${describeSeconds(search.exploredShare * seconds)} around the busiest moment: rows ` +
                      "of the cheapest and of the front, and what other objectives cost, are of those. Today's setting and the " +
                      "recommended one were played on all of the trace.",
              ]),
        ...notes,
    ];
}
