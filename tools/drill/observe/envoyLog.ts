/** The access log of the stack's Envoys, which is JSON (components/specs/envoyProxy.ts). */
import type { LoggedRequest } from "../account";
import { jsonFieldsOf, unnamed } from "./jsonLog";

interface Fields {
    readonly method?: string;
    /** With the query. */
    readonly path?: string;
    readonly protocol?: string;
    /** What the client got; 0 where it had gone. */
    readonly response_code?: number;
    /** The last pod that was asked, "10.1.2.3:8080". */
    readonly upstream_host?: string | null;
    /** How many pods were asked. */
    readonly attempts?: number;
}

/** Reads one line. Undefined where it is none of the access log: Envoy's own messages stand between them. */
export function parseEnvoyLogLine(text: string): LoggedRequest | undefined {
    const fields = jsonFieldsOf(text) as Fields | undefined;
    if (typeof fields?.path !== "string") return undefined;
    const { method = "", path, protocol = "", response_code: status, upstream_host: address, attempts = 0 } = fields;
    const requestLine = `${method} ${path} ${protocol}`;
    if (typeof address !== "string") return { requestLine, upstreamAddresses: [], upstreamStatuses: [] };
    const earlier = Array.from({ length: Math.max(attempts - 1, 0) });
    return {
        requestLine,
        upstreamAddresses: [...earlier.map(() => unnamed), address],
        upstreamStatuses: [...earlier.map(() => undefined), status],
    };
}
