/**
 * Whether a machine carries the load that it is to be drilled with: by requests that were sent while nothing was disturbed, and
 * by how late each one is later on. A service that loses requests is another matter: it answers wrongly, but it answers. Pure.
 */
import { count, decimal, percent, plural, seconds as inSeconds } from "../../html/format";
import type { RequestResult } from "./result";

/** What became of requests that were sent at rest. */
export interface AtRest {
    /** By variant. */
    readonly results: ReadonlyMap<string, readonly RequestResult[]>;
    /** That should have been sent, for each variant. */
    readonly requestsPerSecond: number;
    /** For which they should have been sent. */
    readonly seconds: number;
    /** That are to be drilled, tried yet or not. */
    readonly variantCount: number;
}

/** The load is not carried. */
export class NotCarriedError extends Error {
    /** @param lowerRate requests per second for each variant that may be carried; undefined where even few are too many */
    constructor(
        message: string,
        readonly lowerRate: number | undefined,
    ) {
        super(message);
    }
}

/** A page that does nothing takes some milliseconds; where it takes so long, requests stand in line. */
const inTimeSeconds = 2;
/** Of the requests, those that must be over in time. */
const neededShare = 0.95;
/** Of the requests, those that must be answered at all. A service that loses some at rest is drilled. */
const answeredShare = 0.5;
/** Requests that a stream of each kind may have sent more or less than its rate says. */
const roundedRequests = 3;
const leastRate = 0.5;

/** Undefined where it is carried. One variant that is served is enough: they are on the same machine, with the same load. */
export function whyNotCarried({
    results,
    requestsPerSecond,
    seconds,
    variantCount,
}: AtRest): NotCarriedError | undefined {
    const planned = requestsPerSecond * seconds;
    const variants = [...results.values()];
    if (variants.some((each) => isServed(each, planned))) return undefined;

    const all = variants.flat();
    const unanswered = all.filter(({ isLost }) => isLost);
    const late = all.filter((result) => !isInTime(result));
    const isBroken =
        all.length > 0 && unanswered.length > all.length * answeredShare && late.length < unanswered.length / 2;
    if (isBroken) {
        return new NotCarriedError(
            `The service does not answer: with nothing disturbed, ${count(unanswered.length)} of ` +
                `${plural(all.length, "request")} were lost (${errorsOf(unanswered)}).`,
            lowerRate(requestsPerSecond, requestsPerSecond),
        );
    }
    const perSecond = (requests: number) => decimal(requests / seconds / variants.length);
    const took = all.map((result) => secondsOf(result)).sort((a, b) => a - b);
    const slowest = took[Math.ceil(took.length * neededShare) - 1];
    return new NotCarriedError(
        `This machine, or the service, is too slow for this load: with nothing disturbed, of ${decimal(requestsPerSecond)} requests/s ` +
            `for each of ${plural(variants.length, "variant")} it sent ${perSecond(all.length)}, and ` +
            `${perSecond(all.length - late.length)} were over within ${inSeconds(inTimeSeconds)}` +
            (slowest === undefined
                ? ""
                : `; the slowest ${percent(1 - neededShare)} took ${inSeconds(slowest)} or more`) +
            `${unanswered.length === 0 ? "" : `; ${count(unanswered.length)} had no right answer (${errorsOf(unanswered)})`}.`,
        lowerRate(answeredPerSecond(all) / variantCount, requestsPerSecond),
    );
}

/** @param what it does, as far as it is behind */
export function behind(what: string, requestsPerSecond: number): NotCarriedError {
    return new NotCarriedError(
        `This machine is too slow for this load: it ${what}.`,
        lowerRate(requestsPerSecond, requestsPerSecond),
    );
}

/** Half of what is carried, since a drill needs the other half for what it does; a round figure, and at most half the rate. */
function lowerRate(carriedPerSecond: number, requestsPerSecond: number): number | undefined {
    const most = Math.min(carriedPerSecond, requestsPerSecond) / 2;
    const power = 10 ** Math.floor(Math.log10(most));
    const rounded = [5, 2, 1].map((digit) => digit * power).find((each) => each <= most) ?? 0;
    return rounded < leastRate ? undefined : rounded;
}

/** How late a request was sent, and what became of it heard of. What the service took is not in it. */
export function lateSeconds(result: RequestResult): number {
    const {
        shouldHaveBeenSentAtMilliseconds: dueAt,
        sentAtMilliseconds,
        tookMilliseconds,
        heardAtMilliseconds,
    } = result;
    return (sentAtMilliseconds - dueAt + Math.max(0, heardAtMilliseconds - dueAt - tookMilliseconds)) / 1000;
}

function isServed(results: readonly RequestResult[], planned: number): boolean {
    // What was never sent is not in time.
    const requests = Math.max(results.length, planned - roundedRequests);
    return (
        results.filter(isInTime).length >= requests * neededShare &&
        results.filter(({ isLost }) => !isLost).length >= requests * answeredShare
    );
}

/** Well or not: a loss that comes at once is no matter of speed. What the machine could not send is. */
function isInTime(result: RequestResult): boolean {
    return secondsOf(result) <= inTimeSeconds && result.error?.startsWith("not sent") !== true;
}

/** Until this process knew what became of it. */
function secondsOf({ heardAtMilliseconds, shouldHaveBeenSentAtMilliseconds }: RequestResult): number {
    return (heardAtMilliseconds - shouldHaveBeenSentAtMilliseconds) / 1000;
}

function answeredPerSecond(results: readonly RequestResult[]): number {
    const dueAt = results.map((result) => result.shouldHaveBeenSentAtMilliseconds);
    const heardAt = results.map((result) => result.heardAtMilliseconds);
    const most = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), -Infinity);
    const seconds = (most(heardAt) + most(dueAt.map((at) => -at))) / 1000;
    return results.length === 0 ? 0 : results.filter(({ isLost }) => !isLost).length / seconds;
}

/** "no answer in 10 s: 1,200, 502: 3". */
function errorsOf(lost: readonly RequestResult[]): string {
    const counts = new Map<string, number>();
    for (const { error = "lost" } of lost) counts.set(error, (counts.get(error) ?? 0) + 1);
    return [...counts]
        .sort(([, a], [, b]) => b - a)
        .slice(0, 3)
        .map(([error, times]) => `${error}: ${count(times)}`)
        .join(", ");
}
