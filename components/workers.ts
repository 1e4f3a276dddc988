/**
 * How many php-fpm workers a container can feed (pm.max_children for pm = static), and what they take of memory: usually,
 * which is the request, and at the worst, which is the limit. Above it the kernel ends every worker of the container.
 */
import { formatMemory, parseCpuMillicores, parseMemoryBytes, parsePhpBytes } from "./units/quantity";

/**
 * Kept beside opcache and the workers: php-fpm's master with its code and many extensions (41 MiB), the processes of its
 * status page, and the 32 MiB that APCu takes where the image has it: 96 MiB.
 */
export const reservedBytes = 96 * 2 ** 20;

/**
 * What a worker may have that memory_limit does not count: compiled patterns (up to 9 MiB) and known paths (up to 4 MiB),
 * its page tables and the kernel's part: 16 MiB.
 */
export const besideLimitBytes = 16 * 2 ** 20;

/** Workers of the pool that answers readiness and nothing else; pm.max_children does not count them. */
export const readinessWorkers = 1;

/** php.ini settings that reserve shared memory, as opcacheMemory does. */
const sharedMemorySettings = ["opcache.jit_buffer_size", "apc.shm_size"] as const;

/** The php.ini setting for the paths that a worker knows, and what is counted for them anyway. */
const knownPathsSetting = "realpath_cache_size";
const knownPathsBytes = 4 * 2 ** 20;

/** php.ini settings that are added up. */
export const countedSettings = [...sharedMemorySettings, knownPathsSetting] as const;

export interface WorkerMemory {
    /** PHP's memory_limit, a quantity: what one request may use. */
    readonly memoryLimit: string;
    /** What a worker uses usually, a quantity. */
    readonly workerMemory: string;
    /** Opcache's shared memory, a quantity. */
    readonly opcacheMemory: string;
    /** php.ini settings. */
    readonly ini: Readonly<Record<string, string | number | boolean>>;
}

export interface WorkerInput extends WorkerMemory {
    /** CPU request; undefined where there is none. */
    readonly cpuRequest: string | undefined;
    /** The container's memory limit; undefined where it follows from the workers. */
    readonly containerLimit: string | undefined;
    readonly workersPerCpu: number;
}

const bytesOf = (quantity: string): number => parseMemoryBytes(quantity) ?? 0;

const sharedSettings = ({ ini }: WorkerMemory) =>
    sharedMemorySettings.map((name) => ({ name, bytes: parsePhpBytes(String(ini[name])) ?? 0 }));

/** What is there once, however many workers there are. */
const commonBytes = (memory: WorkerMemory): number =>
    sharedSettings(memory).reduce((sum, { bytes }) => sum + bytes, reservedBytes + bytesOf(memory.opcacheMemory));

/** What a worker may have of known paths beyond what is counted anyway. */
const morePathsBytes = ({ ini }: Pick<WorkerMemory, "ini">): number =>
    Math.max(0, (parsePhpBytes(String(ini[knownPathsSetting])) ?? 0) - knownPathsBytes);

/** The most that one worker can have. */
export const worstWorkerBytes = (memory: Pick<WorkerMemory, "memoryLimit" | "ini">): number =>
    bytesOf(memory.memoryLimit) + besideLimitBytes + morePathsBytes(memory);

/** Memory of the container with every worker at its usual size, which the worst bounds. */
export const usualBytes = (memory: WorkerMemory, workers: number): number =>
    commonBytes(memory) +
    (workers + readinessWorkers) * Math.min(bytesOf(memory.workerMemory), worstWorkerBytes(memory));

/** Memory of the container with every worker in its greediest request. */
export const worstBytes = (memory: WorkerMemory, workers: number): number =>
    commonBytes(memory) + (workers + readinessWorkers) * worstWorkerBytes(memory);

/** The sum of {@link worstBytes} in words, by the names of the settings. */
export function describeWorst(memory: WorkerMemory, workers: number): string {
    const shared = sharedSettings(memory).filter(({ bytes }) => bytes > 0);
    return [
        `${formatMemory(reservedBytes)} php-fpm itself`,
        `${memory.opcacheMemory} opcacheMemory`,
        ...shared.map(({ name, bytes }) => `${formatMemory(bytes)} ${name}`),
        `(${workers} maxChildren + ${readinessWorkers} for readiness) x (${memory.memoryLimit} memoryLimit + ${formatMemory(besideLimitBytes + morePathsBytes(memory))} beside it)`,
    ].join(" + ");
}

/** Workers that a container's limit has room for when all are at their worst; below 1 where it has none. */
export function workersWithin(containerLimit: string, memory: WorkerMemory): number {
    return Math.floor((bytesOf(containerLimit) - commonBytes(memory)) / worstWorkerBytes(memory)) - readinessWorkers;
}

/**
 * The smaller of what CPU can feed and what the limit has room for. More than CPU can feed only queue inside php-fpm what
 * could queue outside.
 */
export function computedMaxChildren(input: WorkerInput): number {
    const cores = (parseCpuMillicores(input.cpuRequest ?? "1") ?? 1000) / 1000;
    const fed = Math.ceil(cores * input.workersPerCpu);
    return input.containerLimit === undefined
        ? fed
        : Math.max(1, Math.min(fed, workersWithin(input.containerLimit, input)));
}
