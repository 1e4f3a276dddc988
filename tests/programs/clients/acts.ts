/** Pods, and the ways of being a client that are played against each. */
import type { NginxConfInput } from "../../../components/specs/nginxConf";
import type { PhpFpmConfInput } from "../../../components/specs/phpFpmConf";
import { connections, crowdWays } from "./crowdWays";
import { drainWays } from "./drainWays";
import { fullWays, places } from "./fullWays";
import { leaveWays } from "./leaveWays";
import { steadyWays } from "./steadyWays";
import type { Way } from "./stage";

export interface Act {
    readonly ways: Readonly<Record<string, Way>>;
    /** One way after the other: each needs the pod alone. */
    readonly isSerial?: boolean;
    readonly nginx?: Partial<NginxConfInput>;
    readonly phpFpm?: Partial<PhpFpmConfInput>;
    /** Where the rendered number would need thousands of clients. */
    readonly workerConnections?: number;
}

export const acts = {
    steady: { ways: steadyWays, nginx: { requestsAtOnce: 256 }, phpFpm: { maxChildren: 16 } },
    drain: { ways: drainWays, nginx: { requestsAtOnce: 256 }, phpFpm: { maxChildren: 24 } },
    leave: { ways: leaveWays },
    full: {
        ways: fullWays,
        isSerial: true,
        nginx: { requestsAtOnce: places, workerProcesses: 1 },
        phpFpm: { maxChildren: 2 },
    },
    crowd: { ways: crowdWays, isSerial: true, nginx: { workerProcesses: 1 }, workerConnections: connections },
} satisfies Readonly<Record<string, Act>>;

export type ActName = keyof typeof acts;
