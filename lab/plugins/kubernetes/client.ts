/** JSON requests to the API server. */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent, request as httpsRequest } from "node:https";

import { isObject, listAt, textAt, type Properties, type Value } from "../rpc/values";
import type { Connection } from "./kubeconfig";

/** What the API server refuses, in its own words. */
export class ApiError extends Error {
    constructor(
        /** HTTP status. */
        readonly code: number,
        /** Status object of the answer. */
        readonly status: Value,
        requested: string,
    ) {
        super(textAt(status, "message") ?? `The API server answered ${requested} with ${code}.`);
    }

    get isNotFound(): boolean {
        return this.code === 404;
    }

    get isConflict(): boolean {
        return this.code === 409 && textAt(this.status, "reason") === "Conflict";
    }

    /** Reasons of the single fields. */
    get causes(): readonly Value[] {
        return listAt(this.status, "details", "causes");
    }
}

export interface RequestOptions {
    readonly body?: Properties;
    /** "application/json" by default. */
    readonly contentType?: string;
    readonly query?: Readonly<Record<string, string>>;
}

/** How often a request that got no answer is sent again, where that does no harm. */
const furtherTries = 2;

export class KubeClient {
    private readonly agent: HttpAgent | Agent;

    constructor(private readonly connection: Connection) {
        this.agent =
            connection.url.protocol === "https:"
                ? new Agent({ keepAlive: true, ...connection.tls })
                : new HttpAgent({ keepAlive: true });
    }

    get(path: string, query: RequestOptions["query"] = {}): Promise<Properties> {
        return this.send("GET", path, { query });
    }

    /** Undefined where there is no such object. */
    async find(path: string, query: RequestOptions["query"] = {}): Promise<Properties | undefined> {
        try {
            return await this.get(path, query);
        } catch (error) {
            if (error instanceof ApiError && error.isNotFound) return undefined;
            throw error;
        }
    }

    async items(path: string, query: RequestOptions["query"] = {}): Promise<readonly Properties[]> {
        return listAt(await this.get(path, query), "items").filter(isObject);
    }

    async send(
        method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE",
        path: string,
        options: RequestOptions,
    ): Promise<Properties> {
        for (let further = furtherTries; ; further--) {
            try {
                return await this.sendOnce(method, path, options);
            } catch (error) {
                const isBusy = error instanceof ApiError && error.code === 429;
                const hadNoAnswer = error instanceof NoAnswerError && method === "GET";
                if (further === 0 || !(isBusy || hadNoAnswer)) throw error;
                await new Promise((resolve) => setTimeout(resolve, 500));
            }
        }
    }

    private sendOnce(method: string, path: string, options: RequestOptions): Promise<Properties> {
        const { url, headers } = this.connection;
        const query = new URLSearchParams(options.query).toString();
        const target = new URL(`${url.pathname.replace(/\/$/, "")}${path}${query === "" ? "" : `?${query}`}`, url);
        const body = options.body === undefined ? undefined : JSON.stringify(options.body);
        return new Promise((resolve, reject) => {
            const request = (target.protocol === "https:" ? httpsRequest : httpRequest)(target, {
                method,
                agent: this.agent,
                headers: {
                    ...headers,
                    accept: "application/json",
                    ...(body === undefined
                        ? {}
                        : {
                              "content-type": options.contentType ?? "application/json",
                              // Node leaves it out for a DELETE, which the API server then does and calls a bad request.
                              "content-length": String(Buffer.byteLength(body)),
                          }),
                },
            });
            const requested = `${method} ${target.pathname}`;
            request.on("error", (error) => {
                reject(new NoAnswerError(`The API server at ${target.origin} gave no answer: ${error.message}`));
            });
            request.on("response", (response) => {
                readJson(response, requested).then(resolve, reject);
            });
            request.end(body);
        });
    }
}

export class NoAnswerError extends Error {}

async function readJson(response: IncomingMessage, requested: string): Promise<Properties> {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString("utf8");
    let answer: Value;
    try {
        answer = JSON.parse(text) as Value;
    } catch {
        answer = { message: `The API server answered ${requested} with: ${text.slice(0, 300)}` };
    }
    const code = response.statusCode ?? 0;
    if (code < 200 || code > 299) throw new ApiError(code, answer, requested);
    return isObject(answer) ? answer : {};
}
