/**
 * What the HPA controller sees of the pods: metrics-server's samples, one tick old. A sample is the mean use between two
 * scrapes, and a pod that was not there for all of that time has none.
 */
import type { World } from "../controller";
import { tickSeconds } from "../traffic/traffic";
import type { Plant } from "./plant";
import type { Pods } from "./pods";
import { phpFpmContainerName } from "../../../components/specs/names";

/** Pods that are older are alike to the controller (--horizontal-pod-autoscaler-cpu-initialization-period is 300 s). */
const settledSeconds = 600;

/** The World's parts, to be changed in place. */
interface Group {
    count: number;
    readonly template: World["pods"][number]["template"];
    ready: "True" | "False";
    startMilliseconds: number;
    transitionMilliseconds: number;
    sample: Sample | undefined;
}

interface Sample {
    timestampMilliseconds: number;
    readonly windowMilliseconds: number;
    readonly containers: readonly { readonly name: string; readonly usage: { cpu: number } }[];
}

export class MetricsServer {
    readonly world: { replicas: number; readonly pods: Group[] } = { replicas: 0, pods: [] };

    private readonly windowTicks: number;
    private readonly startupSeconds: number;
    private readonly template: Group["template"];
    /** One group and one sample for each place in the list, used again. */
    private readonly groups: Group[] = [];
    private readonly samples: Sample[] = [];
    /** By pod, mean use of the window that was published last; NaN where the pod has no sample. */
    private readonly publishedMillicores: Float64Array;
    /** The window that ended with the last tick: seen by the controller from the next tick on. */
    private readonly fresh: Float64Array;
    private isFresh = false;
    private freshAtSeconds = 0;
    private publishedAtSeconds = 0;
    private windowFromSeconds = 0;

    constructor(plant: Plant, mostPods: number) {
        this.windowTicks = Math.max(1, Math.round(plant.metricResolutionSeconds / tickSeconds));
        this.startupSeconds = plant.startupSeconds;
        this.template = {
            containers: [{ name: phpFpmContainerName, kind: "sidecar", requests: { cpu: plant.cpuRequestMillicores } }],
        };
        this.publishedMillicores = new Float64Array(mostPods).fill(NaN);
        this.fresh = new Float64Array(mostPods).fill(NaN);
    }

    /** Pods that were there before the trace began have used so much. */
    settle(count: number, millicores: number): void {
        this.publishedMillicores.fill(millicores, 0, count);
    }

    /** After a tick: takes a sample where the window is over. */
    scrape(tick: number, pods: Pods): void {
        if (this.isFresh) this.publish(pods);
        if ((tick + 1) % this.windowTicks !== 0) return;
        const now = (tick + 1) * tickSeconds;
        for (let pod = 0; pod < pods.count; pod++) {
            const wasThere = (pods.createdAt[pod] ?? 0) <= this.windowFromSeconds;
            const cores = (pods.windowCpuSeconds[pod] ?? 0) / (now - this.windowFromSeconds);
            this.fresh[pod] = wasThere ? Math.ceil(cores * 1000) : NaN;
            pods.windowCpuSeconds[pod] = 0;
        }
        this.isFresh = true;
        this.freshAtSeconds = now;
        this.windowFromSeconds = now;
    }

    private publish(pods: Pods): void {
        for (let pod = 0; pod < pods.count; pod++) this.publishedMillicores[pod] = this.fresh[pod] ?? NaN;
        this.publishedAtSeconds = this.freshAtSeconds;
        this.isFresh = false;
    }

    /** A pod that was removed leaves nothing to the one that takes its place. */
    forget(from: number, until: number): void {
        this.publishedMillicores.fill(NaN, from, until);
        this.fresh.fill(NaN, from, until);
    }

    /** Describes the pods as they are now. Those that are alike to the controller are one group. */
    look(pods: Pods, nowSeconds: number): World {
        const { world } = this;
        world.replicas = pods.count;
        let used = 0;
        for (let pod = 0; pod < pods.count;) {
            const first = pod;
            const createdAt = pods.createdAt[first] ?? 0;
            const isSettled = createdAt <= nowSeconds - settledSeconds;
            const hasSample = !Number.isNaN(this.publishedMillicores[first]);
            let sum = 0;
            for (; pod < pods.count; pod++) {
                const created = pods.createdAt[pod] ?? 0;
                if (isSettled ? created > nowSeconds - settledSeconds : created !== createdAt) break;
                const millicores = this.publishedMillicores[pod] ?? NaN;
                if (Number.isNaN(millicores) === hasSample) break;
                sum += millicores;
            }
            world.pods[used] = this.group(used, pod - first, createdAt, nowSeconds, hasSample, sum);
            used++;
        }
        world.pods.length = used;
        return world;
    }

    private group(
        place: number,
        count: number,
        createdAt: number,
        nowSeconds: number,
        hasSample: boolean,
        millicores: number,
    ): Group {
        const group = (this.groups[place] ??= {
            count: 0,
            template: this.template,
            ready: "True",
            startMilliseconds: 0,
            transitionMilliseconds: 0,
            sample: undefined,
        });
        const readyAt = createdAt + this.startupSeconds;
        const isReady = readyAt <= nowSeconds;
        group.count = count;
        group.ready = isReady ? "True" : "False";
        group.startMilliseconds = milliseconds(createdAt);
        group.transitionMilliseconds = milliseconds(isReady ? readyAt : createdAt);
        group.sample = hasSample ? this.sample(place, millicores / count) : undefined;
        return group;
    }

    private sample(place: number, millicores: number): Sample {
        const sample = (this.samples[place] ??= {
            timestampMilliseconds: 0,
            windowMilliseconds: this.windowTicks * tickSeconds * 1000,
            containers: [{ name: phpFpmContainerName, usage: { cpu: 0 } }],
        });
        sample.timestampMilliseconds = this.publishedAtSeconds * 1000;
        const usage = sample.containers[0]?.usage;
        if (usage !== undefined) usage.cpu = Math.ceil(millicores);
        return sample;
    }
}

/** Before the trace began is long ago. */
const milliseconds = (seconds: number): number => (seconds === -Infinity ? -86_400_000 : Math.round(seconds * 1000));
