/** From options to a result: reads the traffic, fills in what nobody said, searches. */
import { basename } from "node:path";

import { resolveService } from "../../components/service";
import type { Settings } from "../../settings/types";
import { UsageError } from "../common/commandLine";
import type { Options, TrafficSource } from "./options";
import { plantOf, type Plant } from "./plant/plant";
import { emptyCourse, meanCpuSeconds } from "./plant/simulation";
import type { Tuning } from "./report/tuning";
import { evaluatorOf } from "./search/evaluator";
import { asGiven, JobRunner, type Situation } from "./search/job";
import { defaultObjectiveFor } from "./search/objective";
import { tryASchedule } from "./schedule/judge";
import { runOf, search, type OnProgress, type Search } from "./search/search";
import { measureUse, type Use } from "./sizing/measured";
import { sizingOf, type SizedPod } from "./sizing/sizing";
import type { TunableStack } from "./stack";
import { notesOnPeak } from "./traffic/peak";
import { trust } from "./traffic/prometheusAccess";
import { readTrace } from "./traffic/read";
import { describeSeconds, scaled, tickSeconds, TraceError, type Traffic } from "./traffic/traffic";
import type { ServiceName } from "./traffic/usualSeries";
import { findUsualTraffic } from "./traffic/usualTraffic";

export type OnStep = OnProgress;

/** What index.ts calls the component, and so everything of it. */
const serviceName = "web";

/** A shorter trace may not have its service's peak in it. */
const wholeDaySeconds = 86_400;

export async function tune(
    options: Options,
    { settings, setting, neededForBusyWorkers }: TunableStack,
    how: { readonly threads: number; readonly onStep: OnStep; readonly signal?: AbortSignal | undefined },
): Promise<Tuning> {
    const read = await readTraffic(options, settings.web.namespace, how.signal);
    const traffic = options.scale === 1 ? read.traffic : scaled(read.traffic, options.scale);
    const cpuSecondsPerRequest = cpuOf(read, options);
    const { requestSeconds, note } = requestSecondsOf(read, cpuSecondsPerRequest, options);
    const plant: Plant = plantOf(settings, {
        cpuSecondsPerRequest,
        requestSeconds,
        startupSeconds: options.startupSeconds,
        spread: options.spread,
        imbalance: options.imbalance,
        seed: options.seed,
    });
    const cpuSeconds = cpuSecondsPerRequest ?? meanCpuSeconds(traffic, undefined);
    const objective = options.objective ?? defaultObjectiveFor(requestSeconds, cpuSeconds);
    const notes = [
        ...read.notes,
        ...traffic.notes,
        ...notesOnLength(traffic),
        ...notesOnPeak(traffic, plant, options.mostReplicas),
    ];
    const situation: Situation = { traffic, plant, waitLimitSeconds: objective.waitLimitSeconds };
    const evaluator = evaluatorOf(situation, how.threads, how.signal);
    try {
        const hasKeda = neededForBusyWorkers.length === 0;
        const result = await search(
            situation,
            setting,
            objective,
            evaluator,
            options.mostReplicas,
            how.onStep,
            hasKeda,
        );
        // Beside the stack's own another one would be tried.
        const schedule =
            setting.schedule === undefined
                ? await tryASchedule(
                      situation,
                      runOf(evaluator, how.onStep),
                      setting,
                      result.bounds,
                      objective,
                      result.heldOut,
                      options.timeZone,
                  )
                : undefined;
        const runner = new JobRunner(situation);
        const ticks = traffic.requestsPerSecond.length;
        const courses = { current: emptyCourse(ticks), recommended: emptyCourse(ticks) };
        runner.run({ setting, condition: asGiven }, courses.current);
        runner.run({ setting: result.recommendation.setting, condition: asGiven }, courses.recommended);
        return {
            stack: options.stack,
            traceName: read.name,
            traffic,
            trafficScale: options.scale,
            plant,
            neededForBusyWorkers,
            search: result,
            sizing: read.uses === undefined ? undefined : sizingOf(podOf(settings), read.uses, targetOf(result)),
            schedule,
            courses,
            pricePerReplicaHour: options.price?.amount,
            currency: options.price?.currency,
            notes: [
                ...notes,
                ...(note === undefined ? [] : [note]),
                ...(options.objective === undefined
                    ? [
                          `Nobody stated an objective, so it follows from the request's own time: ${objective.text}. ` +
                              "--objective states another.",
                      ]
                    : []),
            ],
        };
    } finally {
        await evaluator.close();
    }
}

/** Of php-fpm's CPU: the recommended one, where there is one. */
const targetOf = ({ current, recommendation }: Search): number =>
    (recommendation.kind === "unreachable" ? current : recommendation).setting.targetCPUUtilizationPercentage;

/** php-fpm as the stack file has it, and what follows. */
function podOf({ web, ingressController }: Settings): SizedPod {
    const { maxChildren, resources } = web.phpFpm;
    const states = { maxChildren: maxChildren !== undefined, memoryRequest: resources.requests.memory !== undefined };
    return { ...resolveService(serviceName, { ...web, ingressController }).phpFpm, states };
}

interface Read {
    /** For the report. */
    readonly name: string;
    readonly traffic: Traffic;
    /** Where Prometheus knows it. */
    readonly cpuSecondsPerRequest?: number | undefined;
    /** Says who knows the time of a request. */
    readonly requestSecondsBy: string;
    readonly notes: readonly string[];
    /** Stretches of time; undefined where nobody could tell. */
    readonly uses?: readonly Use[] | undefined;
    /** What makes up for a CPU time that is missing. */
    readonly cpuHint: string;
}

async function readTraffic(options: Options, namespace: string, signal: AbortSignal | undefined): Promise<Read> {
    const { source } = options;
    const read =
        source.kind === "file"
            ? await fromFile(source, signal)
            : await fromPrometheus(source, options, { namespace, name: serviceName }, signal);
    if (read.traffic.requestsPerSecond.every((rate) => rate === 0)) {
        throw new TraceError("The trace has no request in it. Is it of the right service?");
    }
    return read;
}

async function fromPrometheus(
    source: TrafficSource & { readonly kind: "prometheus" },
    { cpuSecondsPerRequest, requestSeconds }: Options,
    service: ServiceName,
    signal: AbortSignal | undefined,
): Promise<Read> {
    if (source.caPath !== undefined) trust(source.caPath);
    const given = { query: source.query, cpuSecondsPerRequest, requestSeconds };
    const { title, cpuQuery, ...found } = await findUsualTraffic(source, source, service, given, signal);
    const use = await measureUse(source, source, service, signal);
    return {
        ...found,
        ...(typeof use === "string" ? { notes: [...found.notes, use] } : { uses: use }),
        name: title,
        requestSecondsBy: "Prometheus",
        cpuHint:
            `Nor has Prometheus for that time: ${cpuQuery}. The kubelets tell it, where it reads them, as kube-prometheus-stack ` +
            "does.",
    };
}

async function fromFile(
    { path, upstreamName }: TrafficSource & { readonly kind: "file" },
    signal: AbortSignal | undefined,
): Promise<Read> {
    return {
        // The page may go to others: where a file lies on this machine is no matter of theirs.
        name: basename(path),
        traffic: await readTrace(path, upstreamName, signal),
        requestSecondsBy: "the access log",
        notes: [],
        cpuHint:
            'With Prometheus: sum(rate(container_cpu_usage_seconds_total{container="php-fpm"}[1h])) divided by the requests ' +
            "per second.",
    };
}

function notesOnLength(traffic: Traffic): readonly string[] {
    const seconds = traffic.requestsPerSecond.length * tickSeconds;
    return seconds >= wholeDaySeconds
        ? []
        : [
              `The trace covers ${describeSeconds(seconds)} only: peaks of other hours and days are not in it. ` +
                  "Better take a week.",
          ];
}

/** Undefined where the trace tells for each of its rows. */
function cpuOf({ traffic, cpuSecondsPerRequest, cpuHint }: Read, options: Options): number | undefined {
    if (traffic.cpuSecondsPerRequest !== undefined) {
        if (options.cpuSecondsPerRequest === undefined) return undefined;
        throw new UsageError("--cpu-seconds-per-request: the trace has it already. Leave out one of the two.");
    }
    const known = options.cpuSecondsPerRequest ?? cpuSecondsPerRequest;
    if (known !== undefined) return known;
    throw new UsageError(`--cpu-seconds-per-request is missing, and the trace does not have it. ${cpuHint}`);
}

function requestSecondsOf(
    { traffic, requestSecondsBy }: Read,
    cpuSecondsPerRequest: number | undefined,
    options: Options,
): { readonly requestSeconds: number; readonly note?: string } {
    const cpuSeconds = cpuSecondsPerRequest ?? meanCpuSeconds(traffic, undefined);
    const given = options.requestSeconds ?? traffic.requestSeconds;
    if (given === undefined) {
        return {
            requestSeconds: cpuSeconds,
            note:
                "Requests are taken to use CPU from their beginning to their end. Where they wait for a database, " +
                "--request-seconds tells for how long they hold a worker.",
        };
    }
    if (options.requestSeconds !== undefined) {
        if (given >= cpuSeconds) return { requestSeconds: given };
        throw new UsageError(`--request-seconds ${given} is less than the CPU time of a request, ${cpuSeconds} s.`);
    }
    return {
        requestSeconds: Math.max(given, cpuSeconds),
        note:
            `By ${requestSecondsBy} a request takes ${describeSeconds(given)} in a pod, what it waited there included; ` +
            "--request-seconds tells it without.",
    };
}
