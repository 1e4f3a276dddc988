/** The access log of the stack's Traefik, which is JSON. */
import type { LoggedRequest } from "../account";

interface Fields {
    readonly RequestMethod?: string;
    /** With the query. */
    readonly RequestPath?: string;
    readonly RequestProtocol?: string;
    /** The last pod that was asked, "10.1.2.3:8080". */
    readonly ServiceAddr?: string;
    /** What the client got. What the pod answered, OriginStatus, is 0 where Traefik buffers (3.7.15). */
    readonly DownstreamStatus?: number;
    /** How often another try was made. */
    readonly RetryAttempts?: number;
}

/** Stands for pods that were asked before the last one: the log names that one alone. */
const unnamed = "unnamed";

/** Reads one line. Undefined where it is none of the access log: Traefik's own messages, JSON too, stand between them. */
export function parseTraefikLogLine(text: string): LoggedRequest | undefined {
    const fields = fieldsOf(text);
    if (fields?.RequestPath === undefined) return undefined;
    const {
        RequestMethod = "",
        RequestPath,
        RequestProtocol = "",
        ServiceAddr,
        DownstreamStatus,
        RetryAttempts = 0,
    } = fields;
    const requestLine = `${RequestMethod} ${RequestPath} ${RequestProtocol}`;
    if (ServiceAddr === undefined) return { requestLine, upstreamAddresses: [], upstreamStatuses: [] };
    const earlier = Array.from({ length: RetryAttempts });
    return {
        requestLine,
        upstreamAddresses: [...earlier.map(() => unnamed), ServiceAddr],
        upstreamStatuses: [...earlier.map(() => undefined), DownstreamStatus],
    };
}

function fieldsOf(text: string): Fields | undefined {
    if (!text.startsWith("{")) return undefined;
    try {
        return JSON.parse(text) as Fields;
    } catch {
        // A line that its writer was ended in.
        return undefined;
    }
}
