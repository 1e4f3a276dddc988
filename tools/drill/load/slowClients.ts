/**
 * Slow clients, in a thread of their own. What slow readers draw, some MB a second, makes the garbage collector look through
 * the whole heap of its thread every few seconds; in the one that keeps all results that took a third of a core from the
 * cluster (perf, 2026-11-26).
 */
import { join } from "node:path";

import { raiseThreads } from "../../common/cpuFirst";
import { startThread } from "../../common/thread";
import type { RunningAttack } from "./attack";
import type { RequestResult } from "./result";
import type { Stream, Target } from "./stream";

/** To the thread. */
export type Order =
    | { readonly kind: "start"; readonly id: number; readonly target: Target; readonly stream: Stream }
    | { readonly kind: "stop" | "kill"; readonly id: number };

/** From the thread. */
export type Report =
    | { readonly kind: "result"; readonly id: number; readonly result: RequestResult }
    | { readonly kind: "ended"; readonly id: number; readonly error?: string };

interface Running {
    readonly onResult: (result: RequestResult) => void;
    readonly resolve: () => void;
    readonly reject: (error: unknown) => void;
}

/** Runs as long as there are slow clients. */
class Thread {
    private readonly worker = startThread(join(__dirname, "slowClientsThread.ts"));
    private readonly running = new Map<number, Running>();
    private nextId = 0;
    private hasFailed = false;

    constructor() {
        this.worker.once("online", raiseThreads);
        this.worker.on("message", (report: Report) => {
            this.hear(report);
        });
        this.worker.on("error", (error) => {
            this.hasFailed = true;
            for (const { reject } of this.running.values()) reject(error);
            this.running.clear();
        });
    }

    get isOver(): boolean {
        return this.hasFailed || this.running.size === 0;
    }

    start(target: Target, stream: Stream, onResult: (result: RequestResult) => void): RunningAttack {
        const id = this.nextId++;
        const ended = new Promise<void>((resolve, reject) => this.running.set(id, { onResult, resolve, reject }));
        this.tell({ kind: "start", id, target, stream });
        return {
            ended,
            stop: () => {
                this.tell({ kind: "stop", id });
            },
            kill: () => {
                this.tell({ kind: "kill", id });
            },
        };
    }

    private tell(order: Order): void {
        this.worker.postMessage(order);
    }

    private hear(report: Report): void {
        const running = this.running.get(report.id);
        if (report.kind === "result") {
            running?.onResult(report.result);
            return;
        }
        this.running.delete(report.id);
        if (report.error === undefined) running?.resolve();
        else running?.reject(new Error(report.error));
        if (this.running.size === 0) void this.worker.terminate();
    }
}

let thread: Thread | undefined;

/** Begins at once. The stream has a pace. */
export function startSlowClients(
    target: Target,
    stream: Stream,
    onResult: (result: RequestResult) => void,
): RunningAttack {
    if (thread === undefined || thread.isOver) thread = new Thread();
    return thread.start(target, stream, onResult);
}
