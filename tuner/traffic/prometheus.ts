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
}

/** Prometheus refuses more values of a series in one answer. */
const mostValues = 11_000;

const longestAnswerSeconds = 60;

/** Asks in as many pieces as it takes. Values that are NaN are gaps. */
export async function readPrometheus(
    { url, query, fromSeconds, toSeconds, stepSeconds }: PrometheusQuery,
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
        for (const [timeSeconds, text] of valuesOf(await ask(address, parameters, signal), query)) {
            const requestsPerSecond = Number(text);
            if (Number.isNaN(requestsPerSecond)) continue;
            const place = `Prometheus, ${describeTime(timeSeconds)}`;
            if (requestsPerSecond < 0 || !Number.isFinite(requestsPerSecond)) {
                throw new TraceError(`${place}: ${text} is no rate of requests. Mend the query: ${query}`);
            }
            rows.add({ place, timeSeconds, requestsPerSecond, cpuSecondsPerRequest: undefined });
        }
    }
    return rows.finish();
}

async function ask(address: string, parameters: URLSearchParams, signal: AbortSignal | undefined): Promise<unknown> {
    const timeout = AbortSignal.timeout(longestAnswerSeconds * 1000);
    let text: string;
    let status: number;
    try {
        const response = await fetch(`${address}?${parameters.toString()}`, {
            signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
        });
        status = response.status;
        text = await response.text();
    } catch (error) {
        if (signal?.aborted === true) throw error;
        throw new TraceError(`${address} does not answer: ${reasonOf(error)}. Is --prometheus right?`);
    }
    let answer: unknown;
    try {
        answer = JSON.parse(text);
    } catch {
        throw new TraceError(`${address} answers ${status} and no JSON. Is it Prometheus, and is --prometheus right?`);
    }
    const { status: outcome, error } = (answer ?? {}) as { readonly status?: unknown; readonly error?: unknown };
    if (outcome === "success") return answer;
    throw new TraceError(`${address} answers ${status}: ${typeof error === "string" ? error : text.slice(0, 200)}`);
}

/** fetch wraps what the network says. */
function reasonOf(error: unknown): string {
    if (!(error instanceof Error)) return String(error);
    return error.cause instanceof Error ? error.cause.message : error.message;
}

function valuesOf(answer: unknown, query: string): readonly (readonly [number, string])[] {
    const { data } = answer as { readonly data?: { readonly resultType?: unknown; readonly result?: unknown } };
    if (data?.resultType !== "matrix" || !Array.isArray(data.result)) {
        throw new TraceError(`Prometheus gives no range for this query: ${query}`);
    }
    const series = data.result as readonly { readonly values: readonly (readonly [number, string])[] }[];
    if (series.length > 1) {
        throw new TraceError(`The query gives ${series.length} series. Needed: one. Put sum(...) around it: ${query}`);
    }
    return series[0]?.values ?? [];
}
