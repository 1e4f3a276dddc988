/** Whether there is time for what is to be measured, and whether this machine is fast enough for it to tell anything. Pure. */
import { count, decimal, seconds as inSeconds } from "../../html/format";
import type { Sample } from "./wrk";

/** With what is removed after it, less than eight minutes. */
export const longestSeconds = 450;
/** Of each before its rounds: code has to get into opcache, and connections to be opened. */
export const warmUpSeconds = 1;
/** A pod's start on a machine that has time for all parts. */
export const podStartSeconds = 30;

const pages = 2;
/** What else takes about as long as the first pod's start: a proxy, and two for the pods with other numbers of workers. */
const furtherStarts = 3;
/** Of one round: below that, requests that its end cuts weigh more than the differences that are looked for. */
const fewestRequests = 100;

export const allParts = ["host", "ingress", "workers"] as const;
export type Part = (typeof allParts)[number];

/** What is to be measured, and for how long. */
export interface Plan {
    readonly parts: readonly Part[];
    /** How often each is measured. */
    readonly rounds: number;
    /** Of one round. */
    readonly seconds: number;
    /** pm.max_children to try beside the rule's. */
    readonly workers: readonly number[];
}

/** What measuring takes, however fast the machine is. */
export function measuringSeconds({ parts, rounds, seconds, workers }: Plan): number {
    const subjects = { host: 3, ingress: 2, workers: workers.length };
    const each = warmUpSeconds + rounds * seconds;
    return parts.map((part) => pages * subjects[part] * each).reduce((a, b) => a + b, 0);
}

/**
 * @param startSeconds of the first pod
 * @param elapsedSeconds until then
 * @returns a sentence; undefined where there is time
 */
export function whyTooLong(plan: Plan, startSeconds: number, elapsedSeconds: number): string | undefined {
    const needed = elapsedSeconds + measuringSeconds(plan) + furtherStarts * startSeconds;
    return needed <= longestSeconds
        ? undefined
        : `This machine is too slow for all of it: a pod takes ${inSeconds(startSeconds)} to start, and the bench would take ` +
              `${inSeconds(Math.ceil(needed))} of the ${inSeconds(longestSeconds)} that it has. ${remedy}`;
}

/**
 * @param warmUps of all that is compared. The fastest decides: one worker that waits is slow on any machine
 * @param seconds of a round
 * @returns a sentence; undefined where rounds have enough requests
 */
export function whyTooFew(page: string, warmUps: readonly Sample[], seconds: number): string | undefined {
    const requestsPerSecond = Math.max(...warmUps.map((sample) => sample.requestsPerSecond));
    const requests = requestsPerSecond * seconds;
    return requests >= fewestRequests
        ? undefined
        : `This machine is too slow for the bench: its page (${page}) has ${decimal(requestsPerSecond)} requests/s, ${count(requests)} a round, ` +
              `and a comparison needs ${fewestRequests}. Take --seconds ${Math.ceil(fewestRequests / requestsPerSecond)}, with fewer --parts.`;
}

export const remedy = "Take fewer --rounds, --seconds or --parts.";
