/** One setting under one condition, from plain data to plain data: the work of a thread. */
import { Controller } from "../controller";
import { figuresOf, type Figures } from "../plant/figures";
import type { Plant } from "../plant/plant";
import { hpaSpecOf, type Setting } from "../plant/setting";
import { meanCpuSeconds, simulate, type Course } from "../plant/simulation";
import { scaled, tickSeconds, type Traffic } from "../traffic/traffic";

/** What is different from the trace and the plant as given. */
export interface Condition {
    readonly trafficFactor: number;
    readonly startupFactor: number;
    /** Of what requests wait for beside CPU; 1 where absent. */
    readonly idleFactor?: number | undefined;
    /** Only these ticks of the trace, from the first to before the second; all of it where absent. */
    readonly ticks?: readonly [number, number] | undefined;
}

export const asGiven: Condition = { trafficFactor: 1, startupFactor: 1 };

export interface Job {
    readonly setting: Setting;
    readonly condition: Condition;
}

export interface Situation {
    readonly traffic: Traffic;
    readonly plant: Plant;
    /** What "waited" means. */
    readonly waitLimitSeconds: number;
}

/** Runs jobs on one trace. Traffic that was scaled is kept, as many jobs ask for the same. */
export class JobRunner {
    private readonly scaledTraffic = new Map<number, Traffic>();

    constructor(private readonly situation: Situation) {}

    run({ setting, condition }: Job, course?: Course): Figures {
        const { plant, waitLimitSeconds } = this.situation;
        const outcome = simulate(
            partOf(this.trafficTimes(condition.trafficFactor), condition.ticks),
            setting,
            {
                ...plant,
                startupSeconds: plant.startupSeconds * condition.startupFactor,
                requestSeconds: this.requestSecondsTimes(condition.idleFactor ?? 1),
            },
            new Controller(hpaSpecOf(setting, plant.workers)),
            course,
        );
        return figuresOf(outcome, waitLimitSeconds);
    }

    private requestSecondsTimes(idleFactor: number): number {
        const { traffic, plant } = this.situation;
        const cpuTime = meanCpuSeconds(traffic, plant) / Math.min(1, plant.cpuLimitCores);
        return plant.requestSeconds + Math.max(0, plant.requestSeconds - cpuTime) * (idleFactor - 1);
    }

    private trafficTimes(factor: number): Traffic {
        const { traffic } = this.situation;
        if (factor === 1) return traffic;
        let more = this.scaledTraffic.get(factor);
        if (more === undefined) {
            more = scaled(traffic, factor);
            this.scaledTraffic.set(factor, more);
        }
        return more;
    }
}

export function partOf(traffic: Traffic, ticks: Condition["ticks"]): Traffic {
    if (ticks === undefined) return traffic;
    return {
        ...traffic,
        startSeconds: traffic.startSeconds + ticks[0] * tickSeconds,
        requestsPerSecond: traffic.requestsPerSecond.subarray(...ticks),
        cpuSecondsPerRequest: traffic.cpuSecondsPerRequest?.subarray(...ticks),
    };
}
