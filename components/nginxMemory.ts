/** How many requests nginx may have at once (limit_conn): as many as its container's memory limit has room for. */
import { formatMemory, parseMemoryBytes } from "./units/quantity";

/** worker_connections: with idle ones of proxies, and two of each request. */
export const workerConnections = 8192;

/** The master and what workers share. */
const reservedBytes = 16 * 2 ** 20;

/** A worker with all its connections idle (40 MiB), and its own. */
const workerBytes = 44 * 2 ** 20;

/**
 * The most that one request has: 580 KiB that nginx was seen to take for an answer which it compresses and its client does not
 * draw (160 KiB of buffers, the rest for gzip and for 32 KiB of headers), 100 KiB of it in the kernel's send buffer, and what the
 * kernel keeps of its sockets and files.
 */
const requestBytes = 720 * 2 ** 10;

export interface NginxMemory {
    /** The container's memory limit, a quantity. */
    readonly containerLimit: string;
    readonly workerProcesses: number;
}

/** Requests that the limit has room for; below 1 where it has none. */
export function requestsWithin({ containerLimit, workerProcesses }: NginxMemory): number {
    const limit = parseMemoryBytes(containerLimit) ?? 0;
    return Math.floor((limit - reservedBytes - workerProcesses * workerBytes) / requestBytes);
}

/** The limit that so many requests need. */
export function nginxLimit(workerProcesses: number, requests: number): string {
    return formatMemory(reservedBytes + workerProcesses * workerBytes + requests * requestBytes);
}

/** The sum of {@link nginxLimit} in words, by the names of the settings. */
export function describeNginxLimit(workerProcesses: number, requests: number): string {
    return (
        `${formatMemory(reservedBytes)} nginx itself + ${workerProcesses} workerProcesses x ` +
        `${formatMemory(workerBytes)} + ${requests} requests x ${requestBytes / 2 ** 10}Ki`
    );
}
