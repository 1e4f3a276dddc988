/** The same load for every variant, and what became of it. */
import { queryParameter, type IngressLogEntry } from "../common/ingressNginxLog";
import { Account } from "./account";
import { Load, type RequestResult, type Stream } from "./load";
import type { LoadDescription } from "./model";
import type { Variant } from "./variants/variant";

export interface LoadOfVariantsOptions {
    readonly vegetaPath: string;
    readonly url: string;
    readonly variants: readonly Pick<Variant, "name" | "host">[];
    readonly requestsPerSecond: number;
    readonly longRequestsPerSecond: number;
    readonly stepRequestsPerSecond: number;
    /** What the service promises to finish. */
    readonly longestRequestSeconds: number;
    /** Epoch milliseconds. */
    readonly startedAt: number;
}

/** For what a request takes beside its wait: the way there and back on a busy machine. */
const longMarginSeconds = 2;
const deadlineSeconds = 10;
const newConnectionShare = 0.25;
const postShare = 0.9;
const stepBusyMilliseconds = 12;
/** More than any drill takes; the load ends by itself then. */
const mostSeconds = 7200;

export class LoadOfVariants {
    readonly description: LoadDescription;
    /** The first error of a load generator. */
    private failure: Error | undefined;
    private readonly accounts: ReadonlyMap<string, Account>;
    private readonly loads: readonly Load[];
    private steps: readonly Load[] = [];
    private stepCount = 0;

    /** Begins at once. */
    constructor(private readonly options: LoadOfVariantsOptions) {
        const longSeconds = options.longestRequestSeconds - longMarginSeconds;
        this.description = {
            requestsPerSecond: options.requestsPerSecond,
            longRequestsPerSecond: options.longRequestsPerSecond,
            longSeconds,
            deadlineSeconds,
            newConnectionShare,
            postShare,
        };
        this.accounts = new Map(options.variants.map(({ name }) => [name, new Account(options.startedAt)]));
        this.loads = this.start((name) => [
            { ...short, name, requestsPerSecond: options.requestsPerSecond },
            {
                name: `${name}-long`,
                requestsPerSecond: options.longRequestsPerSecond,
                seconds: mostSeconds,
                waitSeconds: longSeconds,
                deadlineSeconds: longSeconds + deadlineSeconds,
                newConnectionShare,
            },
        ]);
    }

    beginStep(): void {
        this.stepCount += 1;
        const { stepRequestsPerSecond: requestsPerSecond } = this.options;
        this.steps = this.start((name) => [
            {
                ...short,
                name: `${name}-step${this.stepCount}`,
                requestsPerSecond,
                busyMilliseconds: stepBusyMilliseconds,
            },
        ]);
    }

    endStep(): void {
        for (const step of this.steps) this.watch(step.stop());
        this.steps = [];
    }

    onIngressLog(entry: IngressLogEntry): void {
        const id = queryParameter(entry.requestLine, "id");
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
        await Promise.all(this.loads.map((load) => load.stop()));
        this.check();
    }

    async kill(): Promise<void> {
        await Promise.allSettled([...this.loads, ...this.steps].map((load) => load.kill()));
    }

    /** @throws where a load generator failed, since what is not sent is not lost */
    check(): void {
        if (this.failure !== undefined) throw this.failure;
    }

    private start(streamsOf: (name: string) => readonly Stream[]): readonly Load[] {
        const { vegetaPath, url, variants } = this.options;
        return variants.map(({ name, host }) => {
            const account = this.accountOf(name);
            const load = new Load({
                vegetaPath,
                url,
                ...(host === undefined ? {} : { host }),
                streams: streamsOf(name),
                onResult: (result: RequestResult) => {
                    account.onResult(result);
                },
            });
            this.watch(load.ended());
            return load;
        });
    }

    private watch(ended: Promise<void>): void {
        ended.catch((error: unknown) => {
            this.failure ??= error instanceof Error ? error : new Error(String(error));
        });
    }
}

const short = { seconds: mostSeconds, deadlineSeconds, newConnectionShare, postShare } as const;
