/** Runs many jobs, in threads where that pays. */
import { join } from "node:path";
import type { Worker } from "node:worker_threads";

import { startThread } from "../../common/thread";
import type { Figures } from "../plant/figures";
import { tableOf } from "../plant/simulation";
import { playedSoFar } from "../plant/waitTable";
import { JobRunner, type Job, type Situation } from "./job";

export interface Evaluator {
    /**
     * The figures of each job, in the jobs' order.
     *
     * @param onProgress called after each job
     * @throws what the signal was aborted with
     */
    readonly evaluate: (jobs: readonly Job[], onProgress?: (done: number) => void) => Promise<readonly Figures[]>;
    readonly close: () => Promise<void>;
}

/** What a thread begins with. */
export interface WorkerData {
    readonly situation: Situation;
    readonly played: ReturnType<typeof playedSoFar>;
}

/** Below so many ticks, threads take longer to start than the work takes. */
const leastTicksForThreads = 500_000;

/** @param threads 1 keeps all in this thread */
export function evaluatorOf(situation: Situation, threads: number, signal?: AbortSignal): Evaluator {
    const runner = new JobRunner(situation);
    const ticks = situation.traffic.requestsPerSecond.length;
    let workers: Worker[] = [];
    const close = async () => {
        const ended = workers;
        workers = [];
        await Promise.all(ended.map((worker) => worker.terminate()));
    };
    return {
        evaluate: async (jobs, onProgress = () => undefined) => {
            if (threads <= 1 || jobs.length * ticks < leastTicksForThreads) {
                return await evaluateHere(runner, jobs, onProgress, signal);
            }
            if (workers.length === 0) tableOf(situation.traffic, situation.plant).playAll();
            while (workers.length < Math.min(threads, jobs.length)) workers.push(startWorker(situation));
            try {
                return await evaluateInThreads(workers, jobs, onProgress, signal);
            } catch (error) {
                await close();
                throw error;
            }
        },
        close,
    };
}

/** One job is short; between two of them signals are heard. */
async function evaluateHere(
    runner: JobRunner,
    jobs: readonly Job[],
    onProgress: (done: number) => void,
    signal: AbortSignal | undefined,
): Promise<readonly Figures[]> {
    const results: Figures[] = [];
    for (const job of jobs) {
        await new Promise((resolve) => setImmediate(resolve));
        signal?.throwIfAborted();
        results.push(runner.run(job));
        onProgress(results.length);
    }
    return results;
}

function startWorker(situation: Situation): Worker {
    const workerData: WorkerData = { situation, played: playedSoFar() };
    return startThread(join(__dirname, "worker.ts"), workerData);
}

function evaluateInThreads(
    workers: readonly Worker[],
    jobs: readonly Job[],
    onProgress: (done: number) => void,
    signal: AbortSignal | undefined,
): Promise<readonly Figures[]> {
    return new Promise((resolve, reject) => {
        const results: Figures[] = [];
        let next = 0;
        let done = 0;
        const detach: (() => void)[] = [];
        const settle = (act: () => void) => {
            for (const each of detach) each();
            act();
        };
        const fail = (error: unknown) => {
            settle(() => {
                reject(error instanceof Error ? error : new Error(String(error)));
            });
        };
        const onAbort = () => {
            fail(signal?.reason);
        };
        signal?.addEventListener("abort", onAbort);
        detach.push(() => signal?.removeEventListener("abort", onAbort));
        for (const worker of workers) {
            let current = -1;
            const give = () => {
                current = next++;
                const job = jobs[current];
                if (job !== undefined) worker.postMessage(job);
            };
            const onMessage = (figures: Figures) => {
                results[current] = figures;
                done++;
                onProgress(done);
                if (done === jobs.length) {
                    settle(() => {
                        resolve(results);
                    });
                } else give();
            };
            worker.on("message", onMessage);
            worker.on("error", fail);
            detach.push(() => {
                worker.off("message", onMessage);
                worker.off("error", fail);
            });
            give();
        }
        if (signal?.aborted === true) onAbort();
    });
}
