/** A service, and traffic of known shapes for it: what the bench measures with and tests play. */
import { seededRandom } from "./plant/random";
import type { Plant } from "./plant/plant";
import type { Setting } from "./plant/setting";
import { sharedArray, tickSeconds, type Traffic } from "./traffic/traffic";

export const dayTicks = 86_400 / tickSeconds;

/** @param rate requests per second at an hour of the day, 0 to 24 */
export function dayOf(rate: (hour: number) => number, days = 1): Traffic {
    const requestsPerSecond = sharedArray(dayTicks * days);
    for (let i = 0; i < requestsPerSecond.length; i++) {
        requestsPerSecond[i] = rate(((i % dayTicks) * tickSeconds) / 3600);
    }
    return {
        startSeconds: Date.UTC(2026, 10, 24) / 1000,
        requestsPerSecond,
        cpuSecondsPerRequest: undefined,
        requestSeconds: undefined,
        notes: [],
    };
}

/** Quiet nights, a climb in the morning, a dip at noon, noise on top. */
export function officeHours(): Traffic {
    const random = seededRandom(7);
    return dayOf((hour) => {
        const morning = 1 / (1 + Math.exp(-3 * (hour - 8.5)));
        const evening = 1 / (1 + Math.exp(2 * (hour - 18)));
        const noon = 1 - 0.25 * Math.exp(-((hour - 12.5) ** 2));
        return (6 + 90 * morning * evening * noon) * (0.95 + 0.1 * random());
    });
}

/** A steady trickle, and eight times as much from one moment to the next for a quarter of an hour. */
export const flashCrowd = (): Traffic => dayOf((hour) => (hour >= 15 && hour < 15.25 ? 160 : 20));

/** Steady, with a minute of twice as much every half hour. */
export const steadyWithSpikes = (): Traffic => dayOf((hour) => (hour % 0.5 < 1 / 60 ? 100 : 50));

/** Stack prod's service, with requests of 20 ms CPU in 100 ms. */
export const plant: Plant = {
    workers: 8,
    cpuRequestMillicores: 1000,
    cpuLimitCores: 1,
    cpuSecondsPerRequest: 0.02,
    requestSeconds: 0.1,
    fastcgiReadTimeoutSeconds: 50,
    startupSeconds: 20,
    drainSeconds: 12,
    metricResolutionSeconds: 15,
    scrapeIntervalSeconds: 5,
    spread: { kind: "random" },
    imbalance: 0.1,
    seed: 1,
};

/** Stack prod's bounds. */
export const setting: Setting = {
    minReplicas: 3,
    maxReplicas: 24,
    targetCPUUtilizationPercentage: 60,
    scaleUp: { stabilizationWindowSeconds: 0, percent: 100, pods: 4, periodSeconds: 15 },
    scaleDown: { stabilizationWindowSeconds: 300, percent: 25, pods: null, periodSeconds: 60 },
};
