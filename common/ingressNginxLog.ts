/**
 * Lines of ingress-nginx's access log in its default format (`log-format-upstream`):
 *
 *     $remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"
 *     $request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] $upstream_addr
 *     $upstream_response_length $upstream_response_time $upstream_status $req_id
 *
 * nginx writes one value for each pod that it asked into the upstream fields: "10.0.0.1:8080, 10.0.0.2:8080" is a request
 * that was tried twice.
 */

export interface AccessLogLine {
    /** When nginx wrote the line, at the end of the request: seconds since 1970, whole. */
    readonly loggedAtSeconds: number;
    /** "GET /cart HTTP/1.1"; escaped as nginx escapes it. */
    readonly request: string;
    readonly status: number;
    /** From the first byte of the client to the last byte to it. Milliseconds are its finest step. */
    readonly requestSeconds: number;
    /** "namespace-service-port"; empty where no Ingress matched. */
    readonly upstreamName: string;
    /** One for each pod that was asked, in this order; empty where none was. */
    readonly attempts: readonly UpstreamAttempt[];
    /** $req_id; the client's X-Request-ID where it sent one. */
    readonly requestId: string;
}

export interface UpstreamAttempt {
    /** "10.244.1.7:8080". */
    readonly address: string;
    /** Undefined where the pod gave no answer that nginx could read. */
    readonly status: number | undefined;
    /** Undefined where the connection was never made. */
    readonly responseSeconds: number | undefined;
}

/** A quoted field: nginx escapes quotes inside it as \x22. */
const quotedField = String.raw`"([^"]*)"`;

/** One value, or several with ", " between pods and " : " between groups of pods. */
const upstreamField = String.raw`(\S+(?:(?:, | : )\S+)*)`;

const pattern = new RegExp(
    String.raw`^\S+ - .*? \[([^\]]+)\] ${quotedField} (\d{3}) \d+ ${quotedField} ${quotedField} ` +
        String.raw`\d+ (\d+(?:\.\d+)?) \[([^\]]*)\] \[[^\]]*\] ` +
        `${upstreamField} ${upstreamField} ${upstreamField} ${upstreamField} ` +
        String.raw`(\S*)$`,
);

/** Reads one line; undefined where it is no line of this format, as the controller's own messages are not. */
export function parseAccessLogLine(line: string): AccessLogLine | undefined {
    const match = pattern.exec(line);
    if (match === null) return undefined;
    const [, time = "", request = "", status, , , requestTime, upstreamName = "", ...upstream] = match;
    const [addresses = "", , responseTimes = "", statuses = "", requestId = ""] = upstream;
    const loggedAtSeconds = parseLocalTime(time);
    if (loggedAtSeconds === undefined) return undefined;
    return {
        loggedAtSeconds,
        request,
        status: Number(status),
        requestSeconds: Number(requestTime),
        upstreamName: upstreamName === "-" ? "" : upstreamName,
        attempts: attempts(addresses, statuses, responseTimes),
        requestId,
    };
}

function attempts(addresses: string, statuses: string, responseTimes: string): readonly UpstreamAttempt[] {
    if (addresses === "-") return [];
    const status = valuesOf(statuses);
    const responseSeconds = valuesOf(responseTimes);
    return valuesOf(addresses).map((address, i) => ({
        address,
        status: numberOf(status[i]),
        responseSeconds: numberOf(responseSeconds[i]),
    }));
}

const valuesOf = (field: string): readonly string[] => field.split(/, | : /);

const numberOf = (value: string | undefined): number | undefined =>
    value === undefined || value === "-" ? undefined : Number(value);

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** nginx's $time_local, "24/Nov/2026:11:36:34 +0100", in seconds since 1970. */
function parseLocalTime(text: string): number | undefined {
    const match = /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})$/.exec(text);
    if (match === null) return undefined;
    const [, day, monthName = "", year, hours, minutes, seconds, sign, zoneHours, zoneMinutes] = match;
    const month = months.indexOf(monthName);
    if (month < 0) return undefined;
    const zoneSeconds = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60 * (sign === "-" ? -1 : 1);
    const local = Date.UTC(Number(year), month, Number(day), Number(hours), Number(minutes), Number(seconds)) / 1000;
    return local - zoneSeconds;
}
