/** Threads that run TypeScript. */
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";

const tsx = pathToFileURL(require.resolve("tsx")).href;

/**
 * A thread of its own for a file.
 *
 * @param workerData what the thread finds under that name
 */
export function startThread(path: string, workerData?: unknown): Worker {
    // A thread does not inherit that TypeScript is run as it stands.
    return new Worker(path, { workerData, execArgv: ["--import", tsx] });
}
