/** A thread of the search: a job comes in, figures go out. */
import { parentPort, workerData } from "node:worker_threads";

import { goOnWith } from "../plant/waitTable";
import type { WorkerData } from "./evaluator";
import { JobRunner, type Job } from "./job";

const { situation, played } = workerData as WorkerData;
goOnWith(played);
const runner = new JobRunner(situation);

parentPort?.on("message", (job: Job) => {
    parentPort?.postMessage(runner.run(job));
});
