/** Orders placed and read at a constant rate, whatever became of those before, each on a connection of its own. */
import { request } from "node:http";

import { until } from "../common/until";
import { requestId, type RequestEvent, type VariantName } from "./history";

export interface Target {
    readonly variant: VariantName;
    /** Host header; the URL's own where undefined. */
    readonly host: string | undefined;
}

export interface LoadOptions {
    readonly url: string;
    readonly targets: readonly Target[];
    /** For each target. */
    readonly requestsPerSecond: number;
    readonly onRequest: (event: RequestEvent) => void;
}

/** Above what any request may take. */
const timeoutSeconds = 60;
/** Every so manyth request, of which every second is an order, waits so long before it is worked on. */
const slow = { every: 41, milliseconds: 5000 };
/** Every so manyth order makes a job that takes so long. The others' are short. */
const longJob = { every: 20, milliseconds: 6000 };
const shortJobMilliseconds = 20;
/** Of the application's longest job. */
export const longestJobMilliseconds = longJob.milliseconds;

interface Planned {
    readonly method: RequestEvent["method"];
    readonly id: string;
    readonly path: string;
}

/** The request of that number. */
export function plannedRequest(variant: VariantName, number: number): Planned {
    const id = requestId(variant, number);
    const isOrder = number % 2 === 0;
    const query = new URLSearchParams({ id });
    if (number % slow.every === 0) query.set("wait_ms", String(slow.milliseconds));
    if (isOrder) {
        const isLong = (number / 2) % longJob.every === 0;
        query.set("job_ms", String(isLong ? longJob.milliseconds : shortJobMilliseconds));
    }
    return { id, method: isOrder ? "POST" : "GET", path: `/orders?${query.toString()}` };
}

export class Load {
    private readonly timers: readonly NodeJS.Timeout[];
    private readonly underWay = new Set<Promise<void>>();

    constructor(private readonly options: LoadOptions) {
        this.timers = options.targets.map((target) => {
            const begun = performance.now();
            let sent = 0;
            // By the clock, so that a late timer sends what it has missed.
            return setInterval(() => {
                const due = Math.floor(((performance.now() - begun) / 1000) * options.requestsPerSecond);
                for (; sent < due; sent += 1) this.send(target, sent + 1);
            }, 20);
        });
    }

    /** Sends no more, and returns when all are answered. */
    async stop(): Promise<void> {
        for (const timer of this.timers) clearInterval(timer);
        await Promise.all(this.underWay);
    }

    private send({ variant, host }: Target, number: number): void {
        const planned = plannedRequest(variant, number);
        const sent = answerTo(new URL(planned.path, this.options.url), planned.method, host).then((answer) => {
            this.options.onRequest({ kind: "request", variant, ...judged(planned, answer) });
        });
        this.underWay.add(sent);
        void sent.then(() => this.underWay.delete(sent));
    }
}

/** In a row: each ingress controller has its turns, and hears of new pods in its own time. */
const answersInARow = 10;
const servedSeconds = 60;

/** Returns when a target's first page is served, whoever is asked. */
export async function untilServed(url: string, { variant, host }: Target, signal: AbortSignal): Promise<void> {
    let inARow = 0;
    let last: Answer["status"] = "none";
    await until(
        async () => {
            const planned = { id: requestId(variant, 0), method: "GET" } as const;
            const answer = await answerTo(new URL(`/orders?id=${planned.id}`, url), planned.method, host);
            last = answer.status;
            inARow = judged(planned, answer).isRight ? inARow + 1 : 0;
            return inARow === answersInARow;
        },
        { seconds: servedSeconds, pending: () => `the page of ${variant} (last answer: ${last})`, signal },
    );
}

interface Answer {
    readonly status: number | string;
    readonly body: string;
}

/** Whether it is the right one, and who answered. */
export function judged(
    { id, method }: Pick<Planned, "id" | "method">,
    { status, body }: Answer,
): Omit<RequestEvent, "kind" | "variant"> {
    const told = parsed(body);
    const isWhole = typeof told["release"] === "number" && typeof told["servedAtMs"] === "number";
    return {
        id,
        method,
        status,
        isRight: status === 200 && told["id"] === id && isWhole,
        release: isWhole ? (told["release"] as number) : null,
        servedAtMs: isWhole ? (told["servedAtMs"] as number) : null,
    };
}

function parsed(body: string): Readonly<Record<string, unknown>> {
    try {
        return (JSON.parse(body) ?? {}) as Readonly<Record<string, unknown>>;
    } catch {
        return {};
    }
}

function answerTo(url: URL, method: string, host: string | undefined): Promise<Answer> {
    return new Promise((resolve) => {
        const fail = (error: NodeJS.ErrnoException) => {
            resolve({ status: error.code ?? error.message, body: "" });
        };
        const options = {
            method,
            agent: false,
            timeout: timeoutSeconds * 1000,
            headers: host === undefined ? {} : { host },
        };
        const sent = request(url, options, (response) => {
            let body = "";
            response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
            response.on("error", fail).on("end", () => {
                resolve({ status: response.statusCode ?? 0, body });
            });
        });
        sent.on("error", fail).on("timeout", () => sent.destroy(new Error("timeout")));
        sent.end();
    });
}
