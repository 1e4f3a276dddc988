/** Pods, and the ways of being a client that are played against each. */
import { connections, crowdWays } from "./crowdWays";
import { drainWays } from "./drainWays";
import { fullWays, places as fullPlaces } from "./fullWays";
import { leaveWays } from "./leaveWays";
import { places as queuePlaces, queueWays, workers as queueWorkers } from "./queueWays";
import { steadyWays } from "./steadyWays";
import type { Way } from "./stage";

export interface Act {
    readonly ways: Readonly<Record<string, Way>>;
    /** One way after the other: each needs the pod alone. */
    readonly isSerial?: boolean;
    readonly requestsAtOnce: number;
    /** Workers of PHP. */
    readonly maxChildren: number;
    /** nginx'; 2 by default. */
    readonly workerProcesses?: number;
    /** Where the rendered number would need thousands of clients. */
    readonly workerConnections?: number;
}

export const acts = {
    steady: { ways: steadyWays, requestsAtOnce: 256, maxChildren: 16 },
    drain: { ways: drainWays, requestsAtOnce: 256, maxChildren: 24 },
    leave: { ways: leaveWays, requestsAtOnce: 64, maxChildren: 4 },
    full: { ways: fullWays, isSerial: true, requestsAtOnce: fullPlaces, maxChildren: 2, workerProcesses: 1 },
    queue: { ways: queueWays, requestsAtOnce: queuePlaces, maxChildren: queueWorkers },
    crowd: {
        ways: crowdWays,
        isSerial: true,
        requestsAtOnce: 64,
        maxChildren: 4,
        workerProcesses: 1,
        workerConnections: connections,
    },
} satisfies Readonly<Record<string, Act>>;

export type ActName = keyof typeof acts;
