/** Whether a page is there. */
import { get } from "node:http";

import type { Target } from "./wrk";

const timeoutMilliseconds = 2000;

/** Whether the page is answered with 200. Not by fetch, which takes no Host header. */
export function answers({ url, host }: Target, page: string): Promise<boolean> {
    return new Promise((resolve) => {
        const options = {
            agent: false,
            timeout: timeoutMilliseconds,
            ...(host === undefined ? {} : { headers: { host } }),
        };
        const request = get(`${url}${page}`, options, (response) => {
            response.resume();
            resolve(response.statusCode === 200);
        });
        request.on("timeout", () => request.destroy());
        request.on("error", () => {
            resolve(false);
        });
    });
}
