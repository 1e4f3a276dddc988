/** A Prometheus range query as traffic. */
import { RowSeries } from "./rowSeries";
import { describeTime, TraceError, type Traffic } from "./traffic";

export interface PrometheusQuery {
    /** Where Prometheus answers, without /api: "http://localhost:9090". */
    readonly url: string;
    /** One series in requests per second: `sum(rate(nginx_ingress_controller_requests{...}[1m]))`. */
    readonly query: string;
    /** Seconds since 1970. */
    readonly fromSeconds: number;
    readonly toSeconds: number;
    /** Between two values. */
    readonly stepSeconds: number;
    /** Sent with each request: authorization, tenant. Never printed. */
    readonly headers?: Readonly<Record<string, string>>;
}

/** Prometheus refuses more values of a series in one answer. */
const mostValues = 11_000;

const longestAnswerSeconds = 60;

const howToBeLetIn =
    "it does not let us in. Set PROMETHEUS_TOKEN, or PROMETHEUS_USER and PROMETHEUS_PASSWORD; a tenant with --prometheus-tenant.";

/** Asks in as many pieces as it takes. */
export async function readPrometheus(
    { url, query, fromSeconds, toSeconds, stepSeconds, headers = {} }: PrometheusQuery,
    signal?: AbortSignal,
): Promise<Traffic> {
    const rows = new RowSeries();
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
        addValues(rows, valuesOf(await ask(address, parameters, headers, signal), `this query: ${query}`), query);
    }
    if (rows.isEmpty) {
        throw new TraceError(
            `Prometheus has no series for this query between ${describeTime(fromSeconds)} and ${describeTime(toSeconds)}: ` +
                `${query}. Mostly a label is wrong: ask for the metric without labels, and see which there are.`,
        );
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
    const rows = new RowSeries();
    addValues(rows, valuesOf(answer, source), source);
    if (rows.isEmpty) throw new TraceError(`${source}: the answer of Prometheus has no series in it. Mend its query.`);
    return rows.finish();
}

/** Values that are NaN are gaps. */
function addValues(rows: RowSeries, values: readonly (readonly [number, string])[], query: string): void {
    for (const [timeSeconds, text] of values) {
        const requestsPerSecond = Number(text);
        if (Number.isNaN(requestsPerSecond)) continue;
        const place = `Prometheus, ${describeTime(timeSeconds)}`;
        if (requestsPerSecond < 0 || !Number.isFinite(requestsPerSecond)) {
            throw new TraceError(`${place}: ${text} is no rate of requests. Mend the query: ${query}`);
        }
        rows.add({ place, timeSeconds, requestsPerSecond, cpuSecondsPerRequest: undefined });
    }
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
function valuesOf(answer: unknown, asked: string): readonly (readonly [number, string])[] {
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
    return series[0]?.values ?? [];
}
