/**
 * What a pod should ask for, by what pods have used: no more than they need, and never less than what the promise takes.
 * Limits stay: they follow from the worst that all workers can have, which no measurement shows.
 */
import { usualBytes, type WorkerMemory } from "../../../components/workers";
import { formatMemory, parseCpuMillicores, parseMemoryBytes } from "../../../components/units/quantity";
import { quantile } from "../../common/quantile";
import { stretchSeconds, type Use } from "./measured";

/** php-fpm of a stack, defaults included. */
export interface SizedPod extends WorkerMemory {
    readonly maxChildren: number;
    readonly resources: {
        readonly requests: { readonly cpu?: string | null | undefined; readonly memory?: string | undefined };
        readonly limits: { readonly cpu?: string | null | undefined; readonly memory?: string | undefined };
    };
    /** What the stack file states itself, and what follows from other keys where it does not. */
    readonly states: { readonly maxChildren: boolean; readonly memoryRequest: boolean };
}

export interface Sizing {
    /** That pods were measured for. */
    readonly seconds: number;
    readonly cpu: {
        readonly fromMillicores: number;
        readonly toMillicores: number;
        /** Of the busiest pod, in all but the busiest hundredth of the time. */
        readonly usedMillicores: number;
        /** Use of a pod above which the HPA adds some, whatever the request. */
        readonly actsAtMillicores: number;
        /** For the new request; it acts at the same use. */
        readonly targetPercent: number;
    };
    readonly memory: {
        readonly fromBytes: number;
        readonly toBytes: number;
        readonly limitBytes: number;
        /** Of any pod. */
        readonly mostBytes: number;
        /** What one worker more that is busy adds to a pod. */
        readonly perBusyWorkerBytes: number;
        /** It is taken from the stack file where the measurement cannot tell. */
        readonly isPerBusyWorkerMeasured: boolean;
        /** With all workers busy, without a margin. */
        readonly allBusyBytes: number;
        /** That gives the new request; undefined where it is stated by itself. */
        readonly workerMemory: string | undefined;
    };
    /** To be set below web, by path; none where nothing changes by enough. */
    readonly lines: readonly (readonly [path: string, value: string | number])[];
}

/** Of the time, 0 to 1. */
const cpuShare = 0.99;

/** Above what all workers busy would use: next month's code is not last month's. */
const memoryMargin = 1.15;

/** A change rolls all pods: by less than this share it is not worth it. */
const leastChange = 0.1;

/** Stretches that are compared, the busiest and the quietest share of them. */
const comparedShare = 0.1;

/** Where the two differ by less, chance decides. */
const leastDifferenceOfWorkers = 0.5;

/** CPU is asked for in such steps. */
const millicoresStep = 10;

const mebibyte = 2 ** 20;

/**
 * @param uses of stretches of time; not empty
 * @param targetPercent of the CPU request that the stack has
 */
export function sizingOf(pod: SizedPod, uses: readonly Use[], targetPercent: number): Sizing {
    const cpu = cpuOf(pod, uses, targetPercent);
    const memory = memoryOf(pod, uses);
    const isCpuChanged = differs(cpu.fromMillicores, cpu.toMillicores);
    const isMemoryChanged = differs(memory.fromBytes, memory.toBytes);
    return {
        seconds: uses.length * stretchSeconds,
        cpu,
        memory,
        lines: [
            ...(isCpuChanged
                ? ([
                      ["autoscaling.targetCPUUtilizationPercentage", cpu.targetPercent],
                      // It would follow from the CPU request, and the memory limit from it.
                      ...(pod.states.maxChildren ? [] : ([["phpFpm.maxChildren", pod.maxChildren]] as const)),
                      ["phpFpm.resources.requests.cpu", `${cpu.toMillicores}m`],
                  ] as const)
                : []),
            ...(isMemoryChanged
                ? [
                      memory.workerMemory === undefined
                          ? (["phpFpm.resources.requests.memory", formatMemory(memory.toBytes)] as const)
                          : (["phpFpm.workerMemory", memory.workerMemory] as const),
                  ]
                : []),
        ],
    };
}

export const differs = (from: number, to: number): boolean => Math.abs(to / from - 1) >= leastChange;

function cpuOf({ resources }: SizedPod, uses: readonly Use[], targetPercent: number): Sizing["cpu"] {
    const fromMillicores = parseCpuMillicores(resources.requests.cpu ?? "") ?? 1000;
    const limit = parseCpuMillicores(resources.limits.cpu ?? "") ?? Infinity;
    const usedMillicores = 1000 * quantile(Float64Array.from(uses, ({ mostCores }) => mostCores).sort(), cpuShare);
    const actsAtMillicores = (fromMillicores * targetPercent) / 100;
    const needed = Math.ceil(Math.max(usedMillicores, actsAtMillicores) / millicoresStep) * millicoresStep;
    const toMillicores = Math.min(limit, needed);
    return {
        fromMillicores,
        toMillicores,
        usedMillicores,
        actsAtMillicores,
        targetPercent: Math.max(1, Math.round((100 * actsAtMillicores) / toMillicores)),
    };
}

function memoryOf(pod: SizedPod, uses: readonly Use[]): Sizing["memory"] {
    const { maxChildren, resources, states } = pod;
    const measured = perBusyWorker(uses);
    const perBusyWorkerBytes = measured ?? parseMemoryBytes(pod.workerMemory) ?? 0;
    // The pod with the most had this many busy at least, as far as can be told: the rest of them is added.
    const allBusyBytes = uses.reduce(
        (most, use) => Math.max(most, use.mostBytes + Math.max(0, maxChildren - use.busyWorkers) * perBusyWorkerBytes),
        0,
    );
    const limitBytes = parseMemoryBytes(resources.limits.memory ?? "") ?? Infinity;
    const wanted = Math.ceil((allBusyBytes * memoryMargin) / mebibyte) * mebibyte;
    // What is there once is counted in full: below that only a request of its own can be.
    const common = usualBytes({ ...pod, workerMemory: "0" }, maxChildren);
    const perWorker = (usualBytes({ ...pod, workerMemory: `${mebibyte}` }, maxChildren) - common) / mebibyte;
    const workerMebibytes = Math.ceil((Math.min(limitBytes, wanted) - common) / perWorker / mebibyte);
    const isByWorkers = !states.memoryRequest && workerMebibytes >= 1;
    return {
        fromBytes: parseMemoryBytes(resources.requests.memory ?? "") ?? usualBytes(pod, maxChildren),
        toBytes: Math.min(limitBytes, isByWorkers ? common + perWorker * workerMebibytes * mebibyte : wanted),
        limitBytes,
        mostBytes: uses.reduce((most, use) => Math.max(most, use.mostBytes), 0),
        perBusyWorkerBytes,
        isPerBusyWorkerMeasured: measured !== undefined,
        allBusyBytes,
        workerMemory: isByWorkers ? `${workerMebibytes}Mi` : undefined,
    };
}

/** By the busiest and the quietest stretches; undefined where they are too much alike. */
function perBusyWorker(uses: readonly Use[]): number | undefined {
    const byWorkers = [...uses].sort((a, b) => a.busyWorkers - b.busyWorkers);
    const count = Math.max(1, Math.floor(uses.length * comparedShare));
    const mean = (some: readonly Use[], key: "busyWorkers" | "meanBytes") =>
        some.reduce((sum, use) => sum + use[key], 0) / some.length;
    const [quiet, busy] = [byWorkers.slice(0, count), byWorkers.slice(-count)];
    const workers = mean(busy, "busyWorkers") - mean(quiet, "busyWorkers");
    if (workers < leastDifferenceOfWorkers) return undefined;
    return Math.max(0, (mean(busy, "meanBytes") - mean(quiet, "meanBytes")) / workers);
}
