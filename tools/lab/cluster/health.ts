/** Asking health endpoints. */
import { get as httpGet } from "node:http";
import { get as httpsGet, type RequestOptions } from "node:https";

export interface Answer {
    readonly status: number;
    readonly body: string;
}

/** What a request with TLS needs; without a CA whoever answers is trusted, which is enough for a port of one's own. */
export type TlsOptions = Pick<RequestOptions, "ca" | "cert" | "key">;

/**
 * GET. Rejects where nothing answers in time.
 *
 * @param url http: or https:
 */
export function ask(url: string, tls: TlsOptions = {}, timeoutSeconds = 3): Promise<Answer> {
    return new Promise((resolve, reject) => {
        const timeout = timeoutSeconds * 1000;
        // No agent: a kept connection would show the daemon of before as healthy, and keep this process alive.
        const options = { agent: false, timeout };
        const request = url.startsWith("https:")
            ? httpsGet(url, { ...options, ...tls, rejectUnauthorized: tls.ca !== undefined })
            : httpGet(url, options);
        request.on("response", (response) => {
            let body = "";
            response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
            response.on("error", reject);
            response.on("end", () => {
                resolve({ status: response.statusCode ?? 0, body });
            });
        });
        request.on("timeout", () => request.destroy(new Error(`${url} did not answer within ${timeoutSeconds} s.`)));
        request.on("error", reject);
    });
}

/** Whether the answer is 200. */
export async function isHealthy(url: string, tls: TlsOptions = {}): Promise<boolean> {
    return (await ask(url, tls)).status === 200;
}
