/**
 * What Prometheus answers KEDA at the HPA's sync: php-fpm's busy workers and waiting requests, added up over all pods, as the
 * mean of the last scrapes. That KEDA asks at that moment, it is no older than those.
 */
import { scrapesInWindow } from "../../../components/busyWorkers";
import { tickSeconds } from "../traffic/traffic";
import type { Plant } from "./plant";
import { seededNormal, seededRandom } from "./random";

export class BusyWorkers {
    /** Means of the last ticks, the newest first. */
    private readonly ticks: number[];
    /** How much of each of them is in the window, 0 to 1. */
    private readonly parts: readonly number[];
    /** Variance of a tick's mean, as a part of that of one moment. */
    private readonly scatter: number;
    private readonly random: () => number;

    /** @param before requests in the pods in the time before the trace */
    constructor({ scrapeIntervalSeconds, requestSeconds, seed }: BusyWorkersPlant, before: number) {
        const windowTicks = Math.max(1, (scrapesInWindow * scrapeIntervalSeconds) / tickSeconds);
        this.parts = Array.from({ length: Math.ceil(windowTicks) }, (_, i) => Math.min(1, windowTicks - i));
        this.ticks = this.parts.map(() => before);
        const scrapesInTick = Math.max(1, Math.round(tickSeconds / scrapeIntervalSeconds));
        this.scatter = scatterOf(scrapesInTick, scrapeIntervalSeconds, requestSeconds);
        this.random = seededRandom(seed);
    }

    /**
     * After a tick.
     *
     * @param progressing requests in all pods that do not wait, mean
     * @param waiting those that do, for a worker or for the CPU, mean
     */
    record(progressing: number, waiting: number): void {
        // How many are there at one moment is as scattered as their arrivals are (Poisson).
        const chance = Math.sqrt(progressing * this.scatter) * seededNormal(this.random);
        this.ticks.pop();
        this.ticks.unshift(Math.max(0, progressing + waiting + chance));
    }

    /** Thousandths, as KEDA hands it on. */
    get milliValue(): number {
        let sum = 0;
        let length = 0;
        for (const [i, part] of this.parts.entries()) {
            sum += part * (this.ticks[i] ?? 0);
            length += part;
        }
        return Math.round((sum / length) * 1000);
    }
}

type BusyWorkersPlant = Pick<Plant, "scrapeIntervalSeconds" | "requestSeconds" | "seed">;

/** Looks that follow each other closely see the same requests. */
function scatterOf(scrapes: number, intervalSeconds: number, requestSeconds: number): number {
    const alike = Math.exp(-intervalSeconds / requestSeconds);
    let sum = scrapes;
    for (let apart = 1; apart < scrapes; apart++) sum += 2 * (scrapes - apart) * alike ** apart;
    return sum / scrapes ** 2;
}
