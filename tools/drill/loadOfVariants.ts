/** The same load for every variant, and what became of it. */
import { queryParameter } from "../common/ingressNginxLog";
import { Account, type LoggedRequest } from "./account";
import { Load, type Page, type RequestResult, type Stream } from "./load";
import { behind, lateSeconds } from "./load/carried";
import { idParameter } from "./load/stream";
import type { LoadDescription, Rates } from "./model";
import type { Variant } from "./variants/variant";

export interface LoadOfVariantsOptions extends Rates {
    readonly vegetaPath: string;
    /** Whether the cluster is the lab, on this machine, beside which the clients get their CPU first. */
    readonly isLab?: boolean;
    readonly url: string;
    readonly variants: readonly Pick<Variant, "name" | "host">[];
    /** What the service promises to finish. */
    readonly longestRequestSeconds: number;
    /** Asked instead of /echo: there are no long requests and no slow clients then. */
    readonly page?: Page | undefined;
    /** Epoch milliseconds. */
    readonly startedAt: number;
    /** Told once where the load is not what it should be: a generator failed, or this machine is behind. */
    readonly onFailure: (error: Error) => void;
}

/**
 * Where nobody asks for another. With three variants on the lab's two cores: a request costs 3 ms of CPU on its whole way, one of
 * the step 15, which makes 0.8 cores, and slow clients 0.3. The rest is for the cluster itself, which takes 0.7 while pods
 * start; where there is less, its autoscalers starve, or the pods do, and what is lost is the machine's doing.
 */
export const fullRates: Rates = {
    requestsPerSecond: 30,
    longRequestsPerSecond: 0.5,
    slowRequestsPerSecond: 0.1,
    stepRequestsPerSecond: 12,
};

/** For what a request takes beside its wait: the way there and back on a busy machine. */
const longMarginSeconds = 2;
const deadlineSeconds = 10;
/** Of the promise, what a slow reader takes: longer than a pod that ends may stay. */
const readerPromises = 1.5;
/** More than the sockets between hold: by Linux' defaults up to 4 MiB where it is sent and 6 MiB where it is received, at each hop. */
const readerKib = 24 * 1024;
const writerSeconds = 20;
const writerBytes = 256 * 1024;
/** Below the time that controllers keep idle connections for, ingress-nginx 75 s. */
const idleSeconds = 60;
const newConnectionShare = 0.25;
const postShare = 0.9;
const stepBusyMilliseconds = 12;
/** More than any drill takes; the load ends by itself then. */
const mostSeconds = 7200;
/** By how much requests may be sent late, or heard of late, before there is nothing more to learn. */
const mostLateSeconds = 10;

export class LoadOfVariants {
    readonly description: LoadDescription;
    /** The first error of a load generator. */
    private failure: Error | undefined;
    private readonly accounts: ReadonlyMap<string, Account>;
    private readonly loads: readonly Load[];
    private steps: readonly Load[] = [];
    private stepCount = 0;
    /** By variant: epoch milliseconds of its newest result. */
    private readonly heardAt: Map<string, number>;
    private readonly silenceWatch: NodeJS.Timeout;

    /** Begins at once. */
    constructor(private readonly options: LoadOfVariantsOptions) {
        const isPage = options.page !== undefined;
        const longSeconds = options.longestRequestSeconds - longMarginSeconds;
        const readerSeconds = options.longestRequestSeconds * readerPromises;
        this.description = {
            requestsPerSecond: options.requestsPerSecond,
            longRequestsPerSecond: isPage ? 0 : options.longRequestsPerSecond,
            slowRequestsPerSecond: isPage ? 0 : options.slowRequestsPerSecond,
            stepRequestsPerSecond: options.stepRequestsPerSecond,
            page: options.page?.path,
            full: fullRates,
            longSeconds,
            readerSeconds,
            readerKib,
            writerSeconds,
            idleSeconds,
            deadlineSeconds,
            newConnectionShare: isPage ? 1 : newConnectionShare,
            postShare: isPage ? 0 : postShare,
        };
        this.accounts = new Map(options.variants.map(({ name }) => [name, new Account(options.startedAt)]));
        this.heardAt = new Map(options.variants.map(({ name }) => [name, Date.now()]));
        this.silenceWatch = setInterval(() => {
            this.checkSilence();
        }, 1000).unref();
        this.loads = this.start((name) => [
            {
                ...shortRequests(options.page),
                name,
                requestsPerSecond: options.requestsPerSecond,
                seconds: mostSeconds,
            },
            ...(isPage
                ? []
                : [
                      {
                          name: `${name}-long`,
                          requestsPerSecond: options.longRequestsPerSecond,
                          seconds: mostSeconds,
                          waitSeconds: longSeconds,
                          deadlineSeconds: longSeconds + deadlineSeconds,
                          newConnectionShare,
                      },
                      ...slowStreams(name, options.slowRequestsPerSecond, readerSeconds),
                  ]),
        ]);
    }

    beginStep(): void {
        this.stepCount += 1;
        const { stepRequestsPerSecond: requestsPerSecond, page } = this.options;
        this.steps = this.start((name) => [
            {
                ...shortRequests(page),
                name: `${name}-step${this.stepCount}`,
                requestsPerSecond,
                seconds: mostSeconds,
                ...(page === undefined ? { busyMilliseconds: stepBusyMilliseconds } : {}),
            },
        ]);
    }

    endStep(): void {
        for (const step of this.steps) this.watch(step.stop());
        this.steps = [];
    }

    onIngressLog(entry: LoggedRequest): void {
        const id = queryParameter(entry.requestLine, idParameter(this.options.page));
        if (id === undefined) return;
        // "write-up-long-17", "ours-17": no variant's name begins another one's.
        const name = [...this.accounts.keys()].find((each) => id.startsWith(`${each}-`));
        if (name !== undefined) this.accountOf(name).onIngressLog(id, entry);
    }

    accountOf(name: string): Account {
        const account = this.accounts.get(name);
        if (account === undefined) throw new Error(`There is no load for ${name}.`);
        return account;
    }

    /** Sends no more, and waits for what is in flight. Rejects where a load generator failed. */
    async stop(): Promise<void> {
        this.endStep();
        clearInterval(this.silenceWatch);
        await Promise.all(this.loads.map((load) => load.stop()));
        if (this.failure !== undefined) throw this.failure;
    }

    async kill(): Promise<void> {
        clearInterval(this.silenceWatch);
        await Promise.allSettled([...this.loads, ...this.steps].map((load) => load.kill()));
    }

    private start(streamsOf: (name: string) => readonly Stream[]): readonly Load[] {
        const loads = loadsOf(this.options, streamsOf, (name, result) => {
            this.accountOf(name).onResult(result);
            // Slow clients are this process's own, and speak though every generator is silent.
            if (result.pace === undefined) this.heardAt.set(name, result.heardAtMilliseconds);
            const late = lateSeconds(result);
            if (late > mostLateSeconds) {
                this.failBehind(`is ${Math.round(late)} s late with sending requests, or with hearing of them`);
            }
        });
        for (const load of loads) this.watch(load.ended());
        return loads;
    }

    /** The lateness of what is never heard of shows in no result. */
    private checkSilence(): void {
        const longestSeconds = deadlineSeconds + 2 / this.options.requestsPerSecond + mostLateSeconds;
        for (const [name, atMilliseconds] of this.heardAt) {
            const seconds = (Date.now() - atMilliseconds) / 1000;
            if (seconds > longestSeconds) {
                this.failBehind(`has heard of no request to ${name} for ${Math.round(seconds)} s`);
            }
        }
    }

    private failBehind(what: string): void {
        this.fail(behind(what, this.options.requestsPerSecond));
    }

    private watch(ended: Promise<void>): void {
        ended.catch((error: unknown) => {
            this.fail(error instanceof Error ? error : new Error(String(error)));
        });
    }

    /** What is not sent is not lost. */
    private fail(error: Error): void {
        if (this.failure !== undefined) return;
        this.failure = error;
        this.options.onFailure(error);
    }
}

function slowStreams(name: string, requestsPerSecond: number, readerSeconds: number): readonly Stream[] {
    const each = { requestsPerSecond, seconds: mostSeconds };
    return [
        {
            ...each,
            name: `${name}-reader`,
            deadlineSeconds: readerSeconds + deadlineSeconds,
            pace: { kind: "slow-reader", seconds: readerSeconds, answerKib: readerKib },
        },
        {
            ...each,
            name: `${name}-writer`,
            deadlineSeconds: writerSeconds + deadlineSeconds,
            bodyBytes: writerBytes,
            pace: { kind: "slow-writer", seconds: writerSeconds },
        },
        { ...each, name: `${name}-idle`, deadlineSeconds, pace: { kind: "idle", seconds: idleSeconds } },
    ];
}

/** What all requests have that are neither long nor of slow clients. */
export function shortRequests(page: Page | undefined): Omit<Stream, "name" | "requestsPerSecond" | "seconds"> {
    return page === undefined ? { deadlineSeconds, newConnectionShare, postShare } : { deadlineSeconds, page };
}

/** A load for each variant. */
export function loadsOf(
    { vegetaPath, isLab, url, variants }: Pick<LoadOfVariantsOptions, "vegetaPath" | "isLab" | "url" | "variants">,
    streamsOf: (name: string) => readonly Stream[],
    onResult: (name: string, result: RequestResult) => void,
): readonly Load[] {
    return variants.map(
        ({ name, host }) =>
            new Load({
                vegetaPath,
                isFirst: isLab,
                url,
                ...(host === undefined ? {} : { host }),
                streams: streamsOf(name),
                onResult: (result) => {
                    onResult(name, result);
                },
            }),
    );
}
