/** Streams of requests, and what of each one vegeta sends. Pure. */

/** Requests of one kind, at a constant rate, for a time. */
export interface Stream {
    /** Begins the ids of its requests; unique within a load. Small letters, digits and hyphens. */
    readonly name: string;
    /** Sent whether or not answers come. Not above 2000; steps of 0.001. */
    readonly requestsPerSecond: number;
    /** How long requests are sent; answers may come later. Not above two hours. */
    readonly seconds: number;
    /** A request without its whole answer by then is lost. Counts from the moment in which it is sent. */
    readonly deadlineSeconds: number;
    /** Of the requests, 0 to 1; the others are GETs, which all are on new connections. Default 1. */
    readonly postShare?: number;
    /** Of the requests, those on a connection of their own; 0 to 1, at least as large as the share of GETs. Default 0. */
    readonly newConnectionShare?: number;
    /** Of each POST. Default 4096. */
    readonly bodyBytes?: number;
    /** What each request waits in the service. Default 0; above it, its requests are long ones. */
    readonly waitSeconds?: number;
    /** CPU time that each request uses up in the service. Default 0. */
    readonly busyMilliseconds?: number;
    /** Of clients that take their time. Default: as quick as they can be. */
    readonly pace?: Pace;
    /** Asked instead of /echo; all of its requests are GETs on new connections then. */
    readonly page?: Page;
}

/** Of an application that has no /echo. */
export interface Page {
    /** "/", "/shop?lang=en". A parameter `drill` is added, by which the ingress's log is read. */
    readonly path: string;
    /** What a right answer has in the first 64 KiB of its body. */
    readonly expected: string;
}

/** What a client takes `seconds` for. Each request comes whole, however slow: one that is broken off is no loss. */
export type Pace =
    /** To draw its answer, on a connection of its own. */
    | { readonly kind: "slow-reader"; readonly seconds: number; readonly answerKib: number }
    /** To send its body, on a connection of its own. */
    | { readonly kind: "slow-writer"; readonly seconds: number }
    /** Between two requests on one connection. */
    | { readonly kind: "idle"; readonly seconds: number };

/** What one sender sends: its connections are all of one kind, and so are its requests. */
export interface Attack {
    readonly stream: Stream;
    readonly method: "GET" | "POST";
    readonly isKeepAlive: boolean;
    readonly requestsPerSecond: number;
    readonly bodyBytes: number;
    /** Of its requests, in the order in which they are sent. */
    readonly id: (index: number) => string;
}

/** Where requests go. */
export interface Target {
    /** "http://127.0.0.1:8088"; the requests go to /echo below it. */
    readonly url: string;
    /** Host header; the URL's own where undefined. */
    readonly host: string | undefined;
}

/** The parameter that tells requests apart, in their URL and in the ingress's log. */
export const idParameter = (page: Page | undefined): string => (page === undefined ? "id" : "drill");

export function requestUrl({ url }: Target, { stream }: Attack, id: string): string {
    const { waitSeconds = 0, busyMilliseconds = 0, pace, page } = stream;
    const base = url.replace(/\/$/, "");
    if (page !== undefined) return `${base}${page.path}${page.path.includes("?") ? "&" : "?"}drill=${id}`;
    return (
        `${base}/echo?id=${id}&wait_ms=${Math.round(waitSeconds * 1000)}` +
        `&busy_ms=${Math.round(busyMilliseconds)}` +
        (pace?.kind === "slow-reader" ? `&answer_kib=${pace.answerKib}` : "")
    );
}

const most = {
    requestsPerSecond: 2000,
    seconds: 7200,
    deadlineSeconds: 3700,
    bodyBytes: 1_000_000,
    answerKib: 65_536,
} as const;
const leastRate = 0.001;

/** Requests per second that a stream may have. */
export const ratesWithin = [leastRate, most.requestsPerSecond] as const;

/** Splits a stream. Throws a RangeError that says what about it cannot be. */
export function attacksOf(stream: Stream): readonly Attack[] {
    const isPage = stream.page !== undefined;
    const {
        requestsPerSecond,
        postShare = isPage ? 0 : 1,
        newConnectionShare = isPage ? 1 : 0,
        bodyBytes = 4096,
    } = stream;
    check(stream);
    if (stream.pace !== undefined) return [pacedAttack(stream, stream.pace)];
    const getShare = 1 - postShare;
    const kinds = [
        { method: "POST", isKeepAlive: true, share: 1 - newConnectionShare },
        { method: "POST", isKeepAlive: false, share: newConnectionShare - getShare },
        { method: "GET", isKeepAlive: false, share: getShare },
    ] as const;
    const used = kinds
        .map((kind) => ({ ...kind, requestsPerSecond: roundRate(requestsPerSecond * kind.share) }))
        .filter((kind) => kind.requestsPerSecond >= leastRate);
    return used.map(({ method, isKeepAlive, requestsPerSecond: rate }, position) => ({
        stream,
        method,
        isKeepAlive,
        requestsPerSecond: rate,
        bodyBytes: method === "POST" ? bodyBytes : 0,
        id: (index) => `${stream.name}-${index * used.length + position}`,
    }));
}

function pacedAttack(stream: Stream, { kind }: Pace): Attack {
    const method = kind === "slow-reader" ? "GET" : "POST";
    return {
        stream,
        method,
        isKeepAlive: kind === "idle",
        requestsPerSecond: stream.requestsPerSecond,
        bodyBytes: method === "POST" ? (stream.bodyBytes ?? 4096) : 0,
        id: (index) => `${stream.name}-${index}`,
    };
}

function roundRate(requestsPerSecond: number): number {
    return Math.round(requestsPerSecond / leastRate) * leastRate;
}

function check(stream: Stream): void {
    const {
        name,
        page,
        postShare = page === undefined ? 1 : 0,
        newConnectionShare = page === undefined ? 0 : 1,
        bodyBytes = 4096,
        waitSeconds = 0,
        busyMilliseconds = 0,
    } = stream;
    const refuse = (problem: string): never => {
        throw new RangeError(`stream ${name}: ${problem}`);
    };
    const within = (what: string, value: number, from: number, to: number) => {
        if (!(value >= from && value <= to)) refuse(`${what} is ${value}. Allowed: ${from} to ${to}.`);
    };
    if (!/^[a-z0-9-]+$/.test(name)) refuse("its name is not of small letters, digits and hyphens alone.");
    within("requestsPerSecond", stream.requestsPerSecond, leastRate, most.requestsPerSecond);
    within("seconds", stream.seconds, 1, most.seconds);
    within("deadlineSeconds", stream.deadlineSeconds, 0.1, most.deadlineSeconds);
    within("postShare", postShare, 0, 1);
    within("newConnectionShare", newConnectionShare, 0, 1);
    within("bodyBytes", bodyBytes, 1, most.bodyBytes);
    within("waitSeconds", waitSeconds, 0, stream.deadlineSeconds);
    within("busyMilliseconds", busyMilliseconds, 0, stream.deadlineSeconds * 1000);
    if (stream.pace !== undefined) {
        const { kind, seconds } = stream.pace;
        if (kind === "idle") within("pace.seconds", seconds, 0.1, most.seconds);
        else within("pace.seconds", seconds, 0.1, stream.deadlineSeconds);
        if (kind === "slow-reader") within("pace.answerKib", stream.pace.answerKib, 1, most.answerKib);
    }
    if (page !== undefined) {
        if (!/^\/[^\s#]*$/.test(page.path))
            refuse(`page.path is ${page.path}. It begins with / and has no space and no #.`);
        if (page.expected === "") refuse("page.expected is empty: any answer would be right.");
        if (postShare > 0 || waitSeconds > 0 || busyMilliseconds > 0 || stream.pace !== undefined)
            refuse("a page takes no POST, no wait, no work and no pace: only /echo does.");
    }
    // Go's HTTP client repeats a GET by itself when a connection that it used before is closed on it: that loss would
    // never be seen. On new connections it does not. docs/decisions/0008-load-generator.md
    if (1 - postShare > newConnectionShare + 1e-9) {
        refuse(
            `${percent(1 - postShare)} of its requests are GETs and ${percent(newConnectionShare)} on new connections. ` +
                "GETs go on new connections only, since a lost one on a kept connection would be repeated unseen.",
        );
    }
}

function percent(share: number): string {
    return `${Math.round(share * 100)} %`;
}
