/** The access log of ingress-nginx, in the format that its controller has by default (`log-format-upstream`). */

/** One request, as the ingress saw it. */
export interface IngressLogEntry {
    /** Epoch milliseconds of its end. The log knows whole seconds only. */
    readonly endedAtMilliseconds: number;
    /** As the client sent it, "POST /echo?id=7 HTTP/1.1"; anything, even nothing, where that was no HTTP. */
    readonly requestLine: string;
    /** What the client got; 499 where it had gone. */
    readonly status: number;
    readonly requestTimeSeconds: number;
    /** The service that it was for, "namespace-service-port"; empty where no Ingress matched. */
    readonly upstreamName: string;
    /** Pods that were asked, in that order: more than one where the ingress tried again. Empty where none was. */
    readonly upstreamAddresses: readonly string[];
    /** What each of them answered; undefined where it did not. */
    readonly upstreamStatuses: readonly (number | undefined)[];
    /** How long each of them took; undefined where it was never reached. */
    readonly upstreamSeconds: readonly (number | undefined)[];
}

/** Values of several upstreams: ", " stands between tries, " : " where an internal redirect is between them. */
const separator = /, | : /;
const list = String.raw`[^\s,]+(?:(?:, | : )[^\s,]+)*`;

/** Of what clients send, nginx writes quotes as \x22: the next quote ends the field. */
const line = new RegExp(
    [
        String.raw`^\S+ - .*? \[(?<time>[^\]]+)\] "(?<request>[^"]*)" (?<status>\d{3}) \d+ "[^"]*" "[^"]*"`,
        String.raw`\d+ (?<seconds>[\d.]+) \[(?<name>[^\]]*)\] \[[^\]]*\]`,
        `(?<addresses>${list}) ${list} (?<times>${list}) (?<statuses>${list})`,
        String.raw`\S+$`,
    ].join(" "),
);

/** Reads one line. Undefined where it is none of the access log: the controller's own messages stand between them. */
export function parseIngressNginxLogLine(text: string): IngressLogEntry | undefined {
    const fields = line.exec(text)?.groups;
    if (fields === undefined) return undefined;
    const endedAtMilliseconds = parseLocalTime(fields["time"] ?? "");
    if (Number.isNaN(endedAtMilliseconds)) return undefined;
    return {
        endedAtMilliseconds,
        requestLine: fields["request"] ?? "",
        status: Number(fields["status"]),
        requestTimeSeconds: Number(fields["seconds"]),
        upstreamName: fields["name"] === "-" ? "" : (fields["name"] ?? ""),
        upstreamAddresses: valuesOf(fields["addresses"]),
        upstreamStatuses: valuesOf(fields["statuses"]).map(numberOf),
        upstreamSeconds: valuesOf(fields["times"]).map(numberOf),
    };
}

/** A single "-" says that no upstream was asked. */
function valuesOf(text = "-"): readonly string[] {
    return text === "-" ? [] : text.split(separator);
}

const numberOf = (value: string): number | undefined => (value === "-" ? undefined : Number(value));

/** nginx's $time_local, "24/Nov/2026:11:36:32 +0000", as epoch milliseconds; NaN where it is something else. */
function parseLocalTime(text: string): number {
    const [, day, month, year, time, zone] = /^(\d\d)\/(\w{3})\/(\d{4}):(\S+) ([+-]\d{4})$/.exec(text) ?? [];
    return Date.parse(`${day} ${month} ${year} ${time} ${zone}`);
}

/** A parameter of the request line's query; undefined where it has none of that name. */
export function queryParameter(requestLine: string, name: string): string | undefined {
    const query = /^\S+ [^\s?]*\?([^\s#]*)/.exec(requestLine)?.[1];
    return query === undefined ? undefined : (new URLSearchParams(query).get(name) ?? undefined);
}
