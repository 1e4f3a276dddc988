/** Range queries of Prometheus, and one of them as traffic. */
import { RowSeries } from "./rowSeries";
import { describeTime, TraceError, type Traffic } from "./traffic";

export interface PrometheusServer {
    /** Where Prometheus answers, without /api: "http://localhost:9090". */
    readonly url: string;
    /** Sent with each request: authorization, tenant. Never printed. */
    readonly headers?: Readonly<Record<string, string>>;
}

export interface TimeRange {
    /** Seconds since 1970. */
    readonly fromSeconds: number;
    readonly toSeconds: number;
    /** Between two values. */
    readonly stepSeconds: number;
}

export interface PrometheusQuery extends PrometheusServer, TimeRange {
    /** One series in requests per second: `sum(rate(nginx_ingress_controller_requests{...}[1m]))`. */
    readonly query: string;
}

/** Seconds since 1970, and a value, none of which is NaN. */
export type Sample = readonly [timeSeconds: number, value: number];

/** Prometheus refuses more values of a series in one answer. */
const mostValues = 11_000;

const longestAnswerSeconds = 60;

const howToBeLetIn =
    "it does not let us in. Set PROMETHEUS_TOKEN, or PROMETHEUS_USER and PROMETHEUS_PASSWORD; a tenant with --prometheus-tenant.";

/** @throws TraceError where there is no such series, or where it is no rate */
export async function readPrometheus(asked: PrometheusQuery, signal?: AbortSignal): Promise<Traffic> {
    const { query, fromSeconds, toSeconds } = asked;
    const samples = await askForRange(asked, signal);
    if (samples.length > 0) return trafficOf(samples, query);
    throw new TraceError(
        `Prometheus has no series for this query between ${describeTime(fromSeconds)} and ${describeTime(toSeconds)}: ` +
            `${query}. Mostly a label is wrong: ask for the metric without labels, and see which there are.`,
    );
}

/** The values of one series, in as many pieces as Prometheus answers; none where there is no such series. */
export async function askForRange(
    { url, query, fromSeconds, toSeconds, stepSeconds, headers = {} }: PrometheusQuery,
    signal?: AbortSignal,
): Promise<readonly Sample[]> {
    const samples: Sample[] = [];
    const pieceSeconds = (mostValues - 1) * stepSeconds;
    for (let from = fromSeconds; from <= toSeconds; from += pieceSeconds + stepSeconds) {
        const to = Math.min(toSeconds, from + pieceSeconds);
        const parameters = new URLSearchParams({
            query,
            start: String(from),
            end: String(to),
            step: String(stepSeconds),
        });
        const address = `${url.replace(/\/+$/, "")}/api/v1/query_range`;
        samples.push(...samplesOf(await ask(address, parameters, headers, signal), `this query: ${query}`));
    }
    return samples;
}

/**
 * Requests per second as a trace; what is missing is a gap.
 *
 * @throws TraceError where a value is no rate
 */
export function trafficOf(samples: readonly Sample[], query: string): Traffic {
    const rows = new RowSeries();
    for (const [timeSeconds, requestsPerSecond] of samples) {
        const place = `Prometheus, ${describeTime(timeSeconds)}`;
        if (requestsPerSecond < 0 || !Number.isFinite(requestsPerSecond)) {
            throw new TraceError(`${place}: ${requestsPerSecond} is no rate of requests. Mend the query: ${query}`);
        }
        rows.add({ place, timeSeconds, requestsPerSecond, cpuSecondsPerRequest: undefined });
    }
    return rows.finish();
}

/**
 * What /api/v1/query_range answered, saved to a file.
 *
 * @throws TraceError where it is something else
 */
export function readSavedAnswer(text: string, source: string): Traffic {
    let answer: unknown;
    try {
        answer = JSON.parse(text);
    } catch (error) {
        throw new TraceError(`${source} is no JSON: ${error instanceof Error ? error.message : ""}. Was it cut off?`);
    }
    const samples = samplesOf(answer, source);
    if (samples.length > 0) return trafficOf(samples, source);
    throw new TraceError(`${source}: the answer of Prometheus has no series in it. Mend its query.`);
}

async function ask(
    address: string,
    parameters: URLSearchParams,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
): Promise<unknown> {
    const timeout = AbortSignal.timeout(longestAnswerSeconds * 1000);
    let text: string;
    let status: number;
    try {
        const response = await fetch(`${address}?${parameters.toString()}`, {
            headers,
            signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
        });
        status = response.status;
        text = await response.text();
    } catch (error) {
        if (signal?.aborted === true) throw error;
        const reason = reasonOf(error);
        const hint = /certificate|self.signed/i.test(reason) ? " --prometheus-ca names the file of its CA." : "";
        throw new TraceError(`${address} does not answer: ${reason}. Is --prometheus right?${hint}`);
    }
    let answer: unknown;
    try {
        answer = JSON.parse(text);
    } catch {
        if (status === 401 || status === 403) throw new TraceError(`${address} answers ${status}: ${howToBeLetIn}`);
        throw new TraceError(`${address} answers ${status} and no JSON. Is it Prometheus, and is --prometheus right?`);
    }
    const { status: outcome, error } = (answer ?? {}) as { readonly status?: unknown; readonly error?: unknown };
    if (outcome === "success") return answer;
    if (status === 401 || status === 403) throw new TraceError(`${address} answers ${status}: ${howToBeLetIn}`);
    throw new TraceError(`${address} answers ${status}: ${typeof error === "string" ? error : text.slice(0, 200)}`);
}

/** fetch wraps what the network says. */
function reasonOf(error: unknown): string {
    if (!(error instanceof Error)) return String(error);
    return error.cause instanceof Error ? error.cause.message : error.message;
}

/** @param asked what gave the answer, for messages */
function samplesOf(answer: unknown, asked: string): readonly Sample[] {
    const { data } = (answer ?? {}) as { readonly data?: { readonly resultType?: unknown; readonly result?: unknown } };
    if (data?.resultType !== "matrix" || !Array.isArray(data.result)) {
        throw new TraceError(
            `Needed: what Prometheus answers to a range query (data.resultType: matrix). It is not: ${asked}`,
        );
    }
    const series = data.result as readonly { readonly values: readonly (readonly [number, string])[] }[];
    if (series.length > 1) {
        throw new TraceError(`There are ${series.length} series. Needed: one. Put sum(...) around the query: ${asked}`);
    }
    // Values that are NaN are gaps.
    return (series[0]?.values ?? []).flatMap(([timeSeconds, text]): readonly Sample[] => {
        // "+Inf" is what Prometheus writes, and no number of JavaScript's.
        const value = Number(text.replace("Inf", "Infinity"));
        return Number.isNaN(value) ? [] : [[timeSeconds, value]];
    });
}
