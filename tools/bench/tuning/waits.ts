/** What the model says that requests wait, beside a simulation request by request: at loads and for spreads. */
import { beside, type Pod } from "./beside";
import { describeSpread, type Spread } from "../../tuner/plant/spread";

const loads = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];
const fewRequests = 300_000;
/** Busy pods forget slowly: fewer tell more about chance than about the pod. */
const manyRequests = 2_000_000;
const busyLoad = 0.8;
const mostRequests = 6_000_000;
const fullLoad = 0.95;

interface Case {
    readonly title: string;
    readonly pod: Pod;
    readonly spread: Spread;
    readonly pods: number;
}

const usual: Pod = { workers: 16, cores: 1, cpuSeconds: 0.05, idleSeconds: 0.15 };
const inTurn: Spread = { kind: "roundRobin", processes: 8 };

const cases: readonly Case[] = [
    { title: "CPU is short", pod: usual, spread: { kind: "random" }, pods: 1 },
    {
        title: "workers are short",
        pod: { workers: 4, cores: 1, cpuSeconds: 0.02, idleSeconds: 0.3 },
        spread: { kind: "random" },
        pods: 1,
    },
    { title: "CPU is short, 4 pods", pod: usual, spread: inTurn, pods: 4 },
    { title: "CPU is short, 16 pods", pod: usual, spread: inTurn, pods: 16 },
];

/** p50, p90, p99 and p99.9 of the model divided by those of the simulation; "-" where both have next to no wait. */
export function benchWaits(): void {
    for (const { title, pod, spread, pods } of cases) {
        console.log(`\n${title}, ${describeSpread(spread)}\n| load | p50 | p90 | p99 | p99.9 |\n|---|---|---|---|---|`);
        for (const load of loads) {
            const requests = load < busyLoad ? fewRequests : load < fullLoad ? manyRequests : mostRequests;
            const ratios = beside(pod, load, spread, pods, requests, 3).map(({ modelSeconds, simulatedSeconds }) =>
                Math.max(modelSeconds, simulatedSeconds) < 0.01 * (pod.cpuSeconds + pod.idleSeconds)
                    ? "-"
                    : (modelSeconds / simulatedSeconds).toFixed(2),
            );
            console.log(`| ${load * 100} % | ${ratios.join(" | ")} |`);
        }
    }
}
