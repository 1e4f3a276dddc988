/** How many php-fpm workers a container can feed: pm.max_children for pm = static. */
import { parseCpuMillicores, parseMemoryBytes } from "../common/quantity";

/** Kept for php-fpm's master, its code and opcache's shared memory, beside the workers: 128 MiB. */
export const reservedBytes = 128 * 2 ** 20;

export interface WorkerInput {
    /** CPU request; undefined where there is none. */
    readonly cpuRequest: string | undefined;
    readonly memoryLimit: string;
    readonly workerMemory: string;
    readonly workersPerCpu: number;
}

/** Workers that the memory limit has room for; below 1 where it has none. */
export function workersByMemory(input: Pick<WorkerInput, "memoryLimit" | "workerMemory">): number {
    const limit = parseMemoryBytes(input.memoryLimit) ?? 0;
    const worker = parseMemoryBytes(input.workerMemory) ?? Infinity;
    return Math.floor((limit - reservedBytes) / worker);
}

/**
 * The smaller of what CPU and memory allow. More workers than memory has room for end in an OOM kill in the middle of
 * requests; more than CPU can feed only queue inside php-fpm what could queue outside.
 */
export function computedMaxChildren(input: WorkerInput): number {
    const cores = (parseCpuMillicores(input.cpuRequest ?? "1") ?? 1000) / 1000;
    return Math.max(1, Math.min(Math.ceil(cores * input.workersPerCpu), workersByMemory(input)));
}
