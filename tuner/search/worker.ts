/** A thread of the search: a job comes in, figures go out. */
import { parentPort, workerData } from "node:worker_threads";

import { JobRunner, type Job, type Situation } from "./job";

const runner = new JobRunner(workerData as Situation);

parentPort?.on("message", (job: Job) => {
    parentPort?.postMessage(runner.run(job));
});
