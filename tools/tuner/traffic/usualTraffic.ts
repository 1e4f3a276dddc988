/** Traffic, CPU and time of requests by what Prometheus usually has of a service, where nobody gives a query. */
import {
    askForRange,
    readPrometheus,
    trafficOf,
    type PrometheusServer,
    type Sample,
    type TimeRange,
} from "./prometheus";
import { describeSeconds, describeTime, tickSeconds, TraceError, type Traffic } from "./traffic";
import { coresInUse, requestCounters, type RequestCounter, type ServiceName } from "./usualSeries";

/** What Prometheus has of a service's traffic, and by which queries. */
export interface UsualTraffic {
    /** With the mean time of a request where Prometheus knows it. */
    readonly traffic: Traffic;
    /** Of one that was given: as it is. */
    readonly title: string;
    /** Mean over the time that Prometheus has both for; undefined where it has no CPU. */
    readonly cpuSecondsPerRequest: number | undefined;
    /** What was found, and what was looked for in vain. Sentences. */
    readonly notes: readonly string[];
    /** The query that was to find CPU. */
    readonly cpuQuery: string;
}

/** What the operator states, and nobody looks for. */
export interface Given {
    /** Requests per second. */
    readonly query: string | undefined;
    readonly cpuSecondsPerRequest: number | undefined;
    readonly requestSeconds: number | undefined;
}

/** Of a rate: the first shows most, the second is for a Prometheus that reads every minute or two. */
const windowsSeconds = [60, 300];

/** Of a mean over the whole trace. */
const meanWindowSeconds = 300;

/** A series that has so much of its values has no gaps because of its window. */
const wholeShare = 0.9;

/**
 * Asks Prometheus.
 *
 * @throws TraceError where it has no requests of the service; the message has each query that was tried
 */
export async function findUsualTraffic(
    server: PrometheusServer,
    range: TimeRange,
    service: ServiceName,
    given: Given,
    signal?: AbortSignal,
): Promise<UsualTraffic> {
    const ask = (query: string, stepSeconds = range.stepSeconds) =>
        askForRange({ ...server, ...range, stepSeconds, query }, signal);
    const counters = requestCounters(service);
    const counted = given.query === undefined ? await firstCounter(counters, range, ask) : undefined;
    const traffic =
        given.query === undefined
            ? trafficOf(counted?.samples ?? [], counted?.query ?? "")
            : await readPrometheus({ ...server, ...range, query: given.query }, signal);
    const perRequest = async (total: string) =>
        meanPerRequest(await ask(total, meanWindowSeconds), traffic, range.stepSeconds);

    const cpuQuery = coresInUse(service, meanWindowSeconds);
    const cpu = given.cpuSecondsPerRequest === undefined ? await perRequest(cpuQuery) : undefined;
    // With a query of one's own php-fpm's workers still tell, where they are counted.
    const timeQuery = (counted?.counter ?? counters[0]).inProgress(meanWindowSeconds);
    const time = given.requestSeconds === undefined ? await perRequest(timeQuery) : undefined;
    const over = (seconds: number) => `over ${describeSeconds(seconds)}`;
    return {
        traffic: { ...traffic, requestSeconds: time?.mean },
        title: counted?.title ?? given.query ?? "",
        cpuSecondsPerRequest: cpu?.mean,
        cpuQuery,
        notes: [
            ...(counted === undefined ? [] : [`Requests per second are ${counted.title}: ${counted.query}`]),
            ...(cpu === undefined
                ? []
                : [
                      `A request's CPU is php-fpm's ${over(cpu.seconds)}, divided by the requests of that time: ${cpuQuery}`,
                  ]),
            ...(time === undefined
                ? []
                : [
                      `A request's time is what was in progress ${over(time.seconds)}, divided by the requests of that ` +
                          `time: ${timeQuery}`,
                  ]),
        ],
    };
}

type Ask = (query: string, stepSeconds?: number) => Promise<readonly Sample[]>;

interface Counted {
    readonly samples: readonly Sample[];
    readonly query: string;
    readonly title: string;
    readonly counter: RequestCounter;
}

async function firstCounter(counters: readonly RequestCounter[], range: TimeRange, ask: Ask): Promise<Counted> {
    const tried: string[] = [];
    for (const counter of counters) {
        const { title, needs } = counter;
        let best: Counted | undefined;
        for (const window of windowsSeconds.map((seconds) => Math.max(seconds, range.stepSeconds))) {
            const query = counter.rate(window);
            const samples = await ask(query);
            if (samples.length > (best?.samples.length ?? 0)) best = { samples, query, title, counter };
            if (isWhole(samples, range.stepSeconds)) break;
        }
        if (best?.samples.some(([, rate]) => rate > 0) === true) return best;
        const outcome = best === undefined ? "no such series" : "no request in it";
        tried.push(
            `  - ${title}, ${outcome}: ${best?.query ?? counter.rate(windowsSeconds[0] ?? 60)}\n    needs ${needs}`,
        );
    }
    throw new TraceError(
        [
            `Prometheus knows of no request of this service between ${describeTime(range.fromSeconds)} and ` +
                `${describeTime(range.toSeconds)}. Tried:`,
            ...tried,
            "One of them is enough. Or --query has the requests per second of another series, --from and --to another time, " +
                "and --trace takes an access log.",
        ].join("\n"),
    );
}

const isWhole = (samples: readonly Sample[], stepSeconds: number): boolean => {
    const [first, last] = [samples[0], samples.at(-1)];
    if (first === undefined || last === undefined) return false;
    return samples.length >= wholeShare * ((last[0] - first[0]) / stepSeconds + 1);
};

/**
 * What is used in all, cores or workers, divided by the requests of the time that both are known for; undefined where there is
 * no such time.
 *
 * @param stepSeconds between two values of the traffic; each stands before the time that follows it, and is of the time before
 */
export function meanPerRequest(
    totals: readonly Sample[],
    { requestsPerSecond, startSeconds }: Pick<Traffic, "requestsPerSecond" | "startSeconds">,
    stepSeconds: number,
): { readonly mean: number; readonly seconds: number } | undefined {
    const before = new Float64Array(requestsPerSecond.length + 1);
    for (const [i, rate] of requestsPerSecond.entries()) before[i + 1] = (before[i] ?? 0) + rate * tickSeconds;
    let used = 0;
    let requests = 0;
    let seconds = 0;
    for (const [timeSeconds, total] of totals) {
        const until = Math.round((timeSeconds + stepSeconds - startSeconds) / tickSeconds);
        const from = until - meanWindowSeconds / tickSeconds;
        if (from < 0 || until >= before.length) continue;
        used += total * meanWindowSeconds;
        requests += (before[until] ?? 0) - (before[from] ?? 0);
        seconds += meanWindowSeconds;
    }
    return requests > 0 && used > 0 ? { mean: used / requests, seconds } : undefined;
}
