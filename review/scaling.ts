/** What follows from a change of an autoscaler, or of the numbers that it decides by. */
import { parseCpuMillicores, parseMemoryBytes } from "../common/quantity";
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
    const fixedBefore = numberAt(before.workload, "spec", "replicas");
    const fixedAfter = numberAt(after.workload, "spec", "replicas");
    const a = before.autoscaler;
    const b = after.autoscaler;
    if (before.workload === undefined || after.workload === undefined) return [];
    if (a === undefined && b === undefined) {
        if (fixedBefore === fixedAfter) return [];
        const from = fixedBefore ?? 1;
        const to = fixedAfter ?? 1;
        return [`Fixed number of pods ${from} -> ${to}: ${difference(from, to)} at once.`];
    }
    if (a === undefined && b !== undefined) {
        const from = fixedBefore ?? 1;
        return [
            `An autoscaler takes over from ${pods(from)}: between ${b.minReplicas} and ${b.maxReplicas} from now on` +
                (from < b.minReplicas ? `, ${difference(from, b.minReplicas)} at once.` : "."),
            ...(fixedBefore !== undefined && fixedAfter === undefined
                ? [
                      "spec.replicas leaves the program: unless its changes are ignored (ignoreChanges), Kubernetes " +
                          "sets it to 1 before the autoscaler acts.",
                  ]
                : []),
        ];
    }
    if (a !== undefined && b === undefined) {
        return [
            `The autoscaler (${a.minReplicas} to ${a.maxReplicas} pods) goes: ` +
                (fixedAfter === undefined
                    ? "nothing scales any more."
                    : `${pods(fixedAfter)} at once, however many the load needs.`),
        ];
    }
    if (a === undefined || b === undefined) return [];
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
