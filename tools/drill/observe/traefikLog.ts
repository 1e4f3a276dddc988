/** The access log of the stack's Traefik, which is JSON. */
import type { LoggedRequest } from "../account";
import { jsonFieldsOf, unnamed } from "./jsonLog";

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

/** Reads one line. Undefined where it is none of the access log: Traefik's own messages, JSON too, stand between them. */
export function parseTraefikLogLine(text: string): LoggedRequest | undefined {
    const fields = jsonFieldsOf(text) as Fields | undefined;
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
