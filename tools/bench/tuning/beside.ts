/** What the model says that requests wait, beside a simulation request by request. */
import { PodCapacity } from "../../tuner/plant/podCapacity";
import { seededRandom } from "../../tuner/plant/random";
import type { Spread } from "../../tuner/plant/spread";
import { WaitDistribution } from "../../tuner/plant/waitDistribution";
import { waitTableOf } from "../../tuner/plant/waitTable";
import { gapsInTurn, quantile, waitsOf } from "./discretePod";

export interface Pod {
    readonly workers: number;
    readonly cores: number;
    readonly cpuSeconds: number;
    readonly idleSeconds: number;
}

export interface Beside {
    readonly share: number;
    readonly modelSeconds: number;
    readonly simulatedSeconds: number;
}

const shares = [0.5, 0.9, 0.99, 0.999];

/** Quantiles of one of so many pods at a steady load. Balancing by fewest requests is not simulated. */
export function beside(pod: Pod, load: number, spread: Spread, pods: number, requests: number, seed: number): Beside[] {
    const shape = { workers: pod.workers, cpuLimitCores: pod.cores };
    const requestsPerSecond = load * new PodCapacity(shape, pod).requestsPerSecond;
    const random = seededRandom(seed);
    const gaps =
        spread.kind === "roundRobin"
            ? { gapSeconds: gapsInTurn(spread.processes, pods, requestsPerSecond, random) }
            : {};
    const waits = waitsOf({ ...pod, requestsPerSecond, ...gaps }, requests, random);
    const table = waitTableOf(shape, pod, spread);
    const model = new WaitDistribution(table);
    model.addStationary(1, table.placeOf(pods), load);
    return shares.map((share) => ({
        share,
        modelSeconds: model.quantileSeconds(share),
        simulatedSeconds: quantile(waits, share),
    }));
}
