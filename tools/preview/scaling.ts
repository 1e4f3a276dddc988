/** What follows from a change of an autoscaler, or of the numbers that it decides by. */
import { parseCpuMillicores, parseMemoryBytes } from "../../components/units/quantity";
import type { Manifest } from "../render/manifests";
import { pods } from "./rollout";
import { at, numberAt, textAt } from "./values";
import { container, podTemplate, type Autoscaler, type UtilizationTarget } from "./workload";

/** How one workload is scaled, at one point in time. */
export interface Scaling {
    readonly workload: Manifest | undefined;
    readonly autoscaler: Autoscaler | undefined;
}

/** What follows, as sentences; empty where nothing does. */
export function scalingConsequences(before: Scaling, after: Scaling): readonly string[] {
    return [...boundConsequences(before, after), ...targetConsequences(before, after)];
}

function boundConsequences(before: Scaling, after: Scaling): readonly string[] {
    const a = bounds(before);
    const b = bounds(after);
    if (a === undefined || b === undefined) return [];
    if (a.minReplicas === a.maxReplicas && b.minReplicas === b.maxReplicas) {
        if (a.minReplicas === b.minReplicas) return [];
        const change = difference(a.minReplicas, b.minReplicas);
        return [`Fixed number of pods ${a.minReplicas} -> ${b.minReplicas}: ${change} at once.`];
    }
    const consequences: string[] = [];
    if (b.minReplicas > a.minReplicas) {
        consequences.push(
            `minReplicas ${a.minReplicas} -> ${b.minReplicas}: where fewer than ${b.minReplicas} run, up to ` +
                `${difference(a.minReplicas, b.minReplicas)} at once; scaleUp policies do not slow this down.`,
        );
    }
    if (b.minReplicas < a.minReplicas) {
        consequences.push(
            `minReplicas ${a.minReplicas} -> ${b.minReplicas}: nothing at once; with little load pods go, as scaleDown says.`,
        );
    }
    if (b.maxReplicas > a.maxReplicas) {
        consequences.push(
            `maxReplicas ${a.maxReplicas} -> ${b.maxReplicas}: nothing until the load needs more than ${pods(a.maxReplicas)}.`,
        );
    }
    if (b.maxReplicas < a.maxReplicas) {
        consequences.push(
            `maxReplicas ${a.maxReplicas} -> ${b.maxReplicas}: where more than ${b.maxReplicas} run, up to ` +
                `${pods(a.maxReplicas - b.maxReplicas)} end at once, each by its drain budget; scaleDown policies do not slow this ` +
                "down, and what is left has to carry the load.",
        );
    }
    return consequences;
}

/** An autoscaler's, or a fixed number as both; undefined where there is no workload. */
function bounds({ workload, autoscaler }: Scaling): Pick<Autoscaler, "minReplicas" | "maxReplicas"> | undefined {
    if (workload === undefined) return undefined;
    const replicas = numberAt(workload, "spec", "replicas") ?? 1;
    return autoscaler ?? { minReplicas: replicas, maxReplicas: replicas };
}

/** Utilization is a percent of the request, so a new request moves the number of pods like a new target does. */
function targetConsequences(before: Scaling, after: Scaling): readonly string[] {
    const targetsBefore = before.autoscaler?.targets ?? [];
    return (after.autoscaler?.targets ?? []).flatMap((target) => {
        const old = targetsBefore.find(
            (candidate) => candidate.resource === target.resource && candidate.container === target.container,
        );
        if (old === undefined) return [];
        const requestBefore = request(before.workload, target);
        const requestAfter = request(after.workload, target);
        const isRequestKnown = requestBefore !== undefined && requestAfter !== undefined;
        const isRequestChanged = isRequestKnown && requestBefore.amount !== requestAfter.amount;
        if (old.percent === target.percent && !isRequestChanged) return [];
        const what = `${target.resource}${target.container === undefined ? "" : ` of ${target.container}`}`;
        const causes = [
            ...(old.percent === target.percent ? [] : [`target ${old.percent} -> ${target.percent} % of the request`]),
            ...(isRequestChanged ? [`request ${requestBefore.text} -> ${requestAfter.text}`] : []),
        ];
        const factor =
            (old.percent / target.percent) * (isRequestKnown ? requestBefore.amount / requestAfter.amount : 1);
        return [
            `${what}: ${causes.join(", ")}: at the same load ${round(factor)} times as many pods, ` +
                `so 10 become ${Math.ceil(round(factor * 10))}, within the bounds and the autoscaler's tolerance.`,
        ];
    });
}

function request(
    workload: Manifest | undefined,
    target: UtilizationTarget,
): { readonly text: string; readonly amount: number } | undefined {
    if (workload === undefined || target.container === undefined || podTemplate(workload) === undefined)
        return undefined;
    const value = at(container(workload, target.container), "resources", "requests", target.resource);
    const text = typeof value === "number" ? String(value) : textAt(value);
    if (text === undefined) return undefined;
    const amount = target.resource === "cpu" ? parseCpuMillicores(text) : parseMemoryBytes(text);
    return amount === undefined ? undefined : { text, amount };
}

function difference(from: number, to: number): string {
    return to >= from ? `${to - from} more ${to - from === 1 ? "pod" : "pods"}` : `${pods(from - to)} end`;
}

/** To two digits after the point, so that 60/50 reads as 1.2. */
function round(value: number): number {
    return Math.round(value * 100) / 100;
}
