/** Requests that wait, in steps, and one of requests that compute: what each step asks of a service. Pure. */

/** Requests of one kind, at a constant rate. */
export interface Requests {
    readonly requestsPerSecond: number;
    /** What each waits in the service, as for a database. */
    readonly waitSeconds: number;
    /** CPU time that each uses up. */
    readonly busyMilliseconds: number;
}

export interface Phase {
    readonly name: string;
    readonly title: string;
    readonly seconds: number;
    readonly requests: readonly Requests[];
    /** Whether more is asked of the service than before, so that pods are to come. */
    readonly isStep: boolean;
}

/** Of a pod, as the stack files of the drill have it. */
export const sizing = {
    maxChildren: 2,
    cpuRequestMillicores: 250,
    minReplicas: 2,
    maxReplicas: 5,
    targetCPUUtilizationPercentage: 60,
    busyWorkersTargetPercent: 60,
} as const;

export type Sizing = Readonly<Record<keyof typeof sizing, number>>;

/** No round rates: Prometheus looks every five seconds, and would see the same moment of every request. */
const waiting = (requestsPerSecond: number): Requests => ({
    requestsPerSecond,
    waitSeconds: 0.3,
    busyMilliseconds: 15,
});
const computing = (requestsPerSecond: number): Requests => ({
    requestsPerSecond,
    waitSeconds: 0,
    busyMilliseconds: 100,
});

/** The most that comes is there for a fifth of the time, as a day has it. */
export const phases: readonly Phase[] = [
    { name: "calm", title: "before", seconds: 60, requests: [waiting(5.83)], isStep: false },
    { name: "more", title: "first step, requests that wait", seconds: 90, requests: [waiting(9.87)], isStep: true },
    { name: "most", title: "second step, requests that wait", seconds: 120, requests: [waiting(15.1)], isStep: true },
    { name: "less", title: "between", seconds: 180, requests: [waiting(5.83)], isStep: false },
    {
        name: "computing",
        title: "step of requests that compute",
        seconds: 120,
        requests: [waiting(5.83), computing(3.5)],
        isStep: true,
    },
];

export const secondsOf = (all: readonly Phase[]): number => all.reduce((sum, { seconds }) => sum + seconds, 0);

/** A worker has it so long, on an idle machine. */
export const ownSeconds = ({ waitSeconds, busyMilliseconds }: Requests): number =>
    waitSeconds + busyMilliseconds / 1000;

/** Workers that are busy on average, where there are enough. */
const busyWorkers = ({ requests }: Phase): number =>
    requests.reduce((sum, each) => sum + each.requestsPerSecond * ownSeconds(each), 0);

const busyCores = ({ requests }: Phase): number =>
    requests.reduce((sum, each) => sum + (each.requestsPerSecond * each.busyMilliseconds) / 1000, 0);

/** Pods that both targets, or the one that asks for more, find enough. */
export function enoughReplicas(phase: Phase, pod: Sizing): number {
    const byWorkers = busyWorkers(phase) / ((pod.maxChildren * pod.busyWorkersTargetPercent) / 100);
    const byCpu = (busyCores(phase) * 1000) / ((pod.cpuRequestMillicores * pod.targetCPUUtilizationPercentage) / 100);
    return Math.min(pod.maxReplicas, Math.max(pod.minReplicas, Math.ceil(Math.max(byWorkers, byCpu))));
}

/**
 * The smallest fixed number of pods that has a worker for every request: with one less there would be no worker left at some time, and
 * requests wait longer and longer.
 */
export function bestFixedReplicas(all: readonly Phase[], { maxChildren }: Sizing): number {
    return Math.floor(Math.max(...all.map(busyWorkers)) / maxChildren) + 1;
}
