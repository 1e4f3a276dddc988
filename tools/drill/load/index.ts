/** Open-loop load: requests are sent at their time, whatever becomes of those before them. */
import { cpuFirst } from "../../common/cpuFirst";
import { type RunningAttack, startAttack } from "./attack";
import type { RequestResult } from "./result";
import { startSlowClients } from "./slowClients";
import { attacksOf, type Stream } from "./stream";

export { ensureVegeta } from "./vegeta";
export type { RequestResult } from "./result";
export type { Page, Stream } from "./stream";

export interface LoadOptions {
    /** Of {@link ensureVegeta}. */
    readonly vegetaPath: string;
    /** Whether vegeta gets a CPU before all others: where what is asked runs on this machine. Default: no. */
    readonly isFirst?: boolean | undefined;
    /** "http://127.0.0.1:8088"; the requests go to /echo below it. */
    readonly url: string;
    /** Host header. Default: that of the URL. */
    readonly host?: string;
    readonly streams: readonly Stream[];
    /** Told of every request once, when it is answered or lost. */
    readonly onResult: (result: RequestResult) => void;
}

/** Several streams at once. Ends by itself when the streams' seconds are over, or when this process does. */
export class Load {
    private readonly names = new Set<string>();
    private readonly running = new Set<RunningAttack>();
    private failure: unknown;
    private isStopped = false;

    /** Begins at once. Throws a RangeError that says which stream cannot be, and why. */
    constructor(private readonly options: LoadOptions) {
        // All of them before the first process.
        options.streams.forEach(attacksOf);
        for (const stream of options.streams) this.add(stream);
    }

    /** Adds a stream while the others go on: a step of load. Throws as the constructor does, or where the load was stopped. */
    add(stream: Stream): void {
        if (this.isStopped) throw new Error(`stream ${stream.name}: the load was stopped.`);
        if (this.names.has(stream.name))
            throw new RangeError(`stream ${stream.name}: there is one of that name already.`);
        const attacks = attacksOf(stream);
        this.names.add(stream.name);
        const { vegetaPath, isFirst = false, url, host, onResult } = this.options;
        const attacker = isFirst ? cpuFirst([vegetaPath]) : [vegetaPath];
        for (const attack of attacks) {
            const target = { url, host };
            const started =
                stream.pace === undefined
                    ? startAttack(attacker, target, attack, onResult)
                    : startSlowClients(target, stream, onResult);
            this.running.add(started);
            started.ended
                .catch((error: unknown) => {
                    this.failure ??= error;
                    // A load that lacks a part of itself proves nothing.
                    this.isStopped = true;
                    for (const other of this.running) other.kill();
                })
                .finally(() => this.running.delete(started));
        }
    }

    /** When every stream is over and every request has its result. Rejects where vegeta failed. */
    async ended(): Promise<void> {
        while (this.running.size > 0) await Promise.allSettled([...this.running].map(({ ended }) => ended));
        if (this.failure !== undefined) throw this.failure as Error;
    }

    /** Sends no more, and waits for the answers to what is in flight, each up to its deadline. */
    stop(): Promise<void> {
        this.isStopped = true;
        for (const attack of this.running) attack.stop();
        return this.ended();
    }

    /** Ends at once. What is in flight has no result. */
    kill(): Promise<void> {
        this.isStopped = true;
        for (const attack of this.running) attack.kill();
        return this.ended();
    }
}
