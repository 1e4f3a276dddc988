/** Access logs of ingress-nginx: what reached the service's pods, and how long it took. */
import { parseIngressNginxLogLine } from "../../common/ingressNginxLog";
import { TickSeries } from "./tickSeries";
import { at, describeSeconds, describeTime, tickSeconds, TraceError, type Traffic } from "./traffic";

/** The controller's own messages and nginx's errors, which `kubectl logs` mixes in. */
const otherMessage =
    /^(?:[IWEF]\d{4} |\d{4}\/\d{2}\/\d{2} |-{10,}$|NGINX Ingress|\s+(?:Release|Build|Repository|nginx):?)/;

/** Silence of a busy service for so long may be a part of the log that is missing. */
const longSilenceSeconds = 600;

/** A service with fewer requests may be silent for so long by itself. */
const busyRequestsPerSecond = 0.1;

const mostNames = 10;

/** Lines may come in any order, as they do where logs of several controllers are put together. */
export async function readAccessLog(
    batches: AsyncIterable<readonly string[]>,
    source: string,
    upstreamName: string | undefined,
): Promise<Traffic> {
    const counts = new Map<string, number>();
    let series: TickSeries | undefined;
    let line = 0;
    let requests = 0;
    let attempts = 0;
    let answers = 0;
    let answerSeconds = 0;
    let withoutPod = 0;
    for await (const batch of batches) {
        for (const text of batch) {
            line++;
            if (text.trim() === "" || otherMessage.test(text)) continue;
            const entry = parseIngressNginxLogLine(text);
            if (entry === undefined) throw new TraceError(`${at(source, line)}: ${describeBadLine(text)}`);
            counts.set(entry.upstreamName, (counts.get(entry.upstreamName) ?? 0) + 1);
            if (upstreamName !== undefined && entry.upstreamName !== upstreamName) continue;
            if (entry.upstreamAddresses.length === 0) {
                withoutPod++;
                continue;
            }
            requests++;
            // nginx writes the line when the answer is out.
            const atSeconds = entry.endedAtMilliseconds / 1000 - entry.requestTimeSeconds;
            series ??= new TickSeries(0);
            for (let i = 0; i < entry.upstreamAddresses.length; i++) {
                attempts++;
                series.addRequest(atSeconds);
                const seconds = entry.upstreamSeconds[i];
                if (seconds === undefined || entry.upstreamStatuses[i] === undefined) continue;
                answers++;
                answerSeconds += seconds;
            }
        }
    }
    checkNames(counts, source, upstreamName);
    const ticks = series?.finish(true);
    if (ticks === undefined || ticks.requestsPerSecond.length < 2) {
        throw new TraceError(`${source}: less than a minute of requests to pods. Needed: better a week of them.`);
    }
    return {
        startSeconds: ticks.startSeconds,
        requestsPerSecond: ticks.requestsPerSecond,
        cpuSecondsPerRequest: undefined,
        requestSeconds: answers === 0 ? undefined : answerSeconds / answers,
        notes: [
            ...(withoutPod > 0 ? [`Left out, as the ingress answered by itself: ${withoutPod} requests.`] : []),
            ...(attempts > requests
                ? [`Asked of a second pod by the ingress: ${attempts - requests}. Each attempt counts as a request.`]
                : []),
            ...silences(ticks.requestsPerSecond, ticks.startSeconds),
        ],
    };
}

function describeBadLine(text: string): string {
    const start = JSON.stringify(text.slice(0, 60));
    return (
        `${start} is no line of ingress-nginx's default log format. Remove it where it was cut off; with a log format of ` +
        "your own, convert it to CSV (time,requests_per_second)."
    );
}

function checkNames(counts: ReadonlyMap<string, number>, source: string, upstreamName: string | undefined): void {
    const names = [...counts.keys()].filter((name) => name !== "");
    const list = [...counts]
        .filter(([name]) => name !== "")
        .sort(([, a], [, b]) => b - a)
        .slice(0, mostNames)
        .map(([name, count]) => `${name} (${count} requests)`)
        .join(", ");
    if (upstreamName !== undefined && !counts.has(upstreamName)) {
        const found = list === "" ? "It has none." : `It has ${list}.`;
        throw new TraceError(`${source}: no request for --upstream ${upstreamName}. ${found}`);
    }
    if (upstreamName === undefined && names.length > 1) {
        throw new TraceError(`${source}: requests for several services: ${list}. Name one with --upstream.`);
    }
}

function silences(requestsPerSecond: Float64Array, startSeconds: number): readonly string[] {
    const mean = requestsPerSecond.reduce((a, b) => a + b, 0) / requestsPerSecond.length;
    if (mean < busyRequestsPerSecond) return [];
    const notes: string[] = [];
    let silentSince = -1;
    for (let i = 0; i <= requestsPerSecond.length; i++) {
        if (requestsPerSecond[i] === 0) {
            if (silentSince < 0) silentSince = i;
            continue;
        }
        const seconds = silentSince < 0 ? 0 : (i - silentSince) * tickSeconds;
        if (seconds >= longSilenceSeconds) {
            const from = describeTime(startSeconds + silentSince * tickSeconds);
            notes.push(
                `No request for ${describeSeconds(seconds)} from ${from}: taken as no traffic. Is a part missing?`,
            );
        }
        silentSince = -1;
    }
    return notes;
}
