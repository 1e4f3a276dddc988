/**
 * A report as a drill might write it, without a cluster: a small model of pods, load and losses, the same for the same
 * seed. It is no prediction.
 */
import { median } from "../../../tools/common/median";
import {
    formatVersion,
    type Counts,
    type EventResult,
    type LostRequest,
    type PodLife,
    type ReplicasAt,
    type Report,
    type SecondOfLoad,
    type VariantResult,
} from "../../../tools/drill/model";
import { routingFigures } from "../../../tools/drill/result/pods";

const drillSeconds = 1800;
const longSeconds = 35;

const rates = {
    requestsPerSecond: 50,
    longRequestsPerSecond: 1,
    slowRequestsPerSecond: 0.2,
    stepRequestsPerSecond: 20,
};

interface Recipe {
    readonly name: string;
    readonly title: string;
    readonly description: string;
    readonly startSeconds: number;
    readonly drainSeconds: number;
    /** Short requests lost with each pod that ends, on average. */
    readonly shortLostPerPod: number;
    /** Of the long requests inside a pod that ends. */
    readonly longLostShare: number;
}

const recipes: readonly Recipe[] = [
    {
        name: "none",
        title: "No lifecycle settings",
        description:
            "nginx and php-fpm as two containers, without probes, preStop hooks or a grace period of their own.",
        startSeconds: 3,
        drainSeconds: 2,
        shortLostPerPod: 2.4,
        longLostShare: 1,
    },
    {
        name: "write-up",
        title: "The usual recipe",
        description: "sleep 30 before the stop in both containers, a grace period of 60 s, maxUnavailable 25 %.",
        startSeconds: 14,
        drainSeconds: 34,
        shortLostPerPod: 0.02,
        longLostShare: 0.15,
    },
    {
        name: "ours",
        title: "This service",
        description:
            "php-fpm as a native sidecar, a computed drain, and no pod taken away before its successor is ready.",
        startSeconds: 4,
        drainSeconds: 45,
        shortLostPerPod: 0,
        longLostShare: 0,
    },
];

interface Happening {
    readonly name: string;
    readonly title: string;
    readonly from: number;
    readonly until: number;
    readonly mayLose: string;
    readonly mayLoseAtMost: number;
    readonly happened: string;
}

const none = { mayLose: "0", mayLoseAtMost: 0 };
const happenings: readonly Happening[] = [
    {
        name: "rollout",
        title: "A new image is rolled out",
        from: 120,
        until: 240,
        ...none,
        happened: "6 pods replaced",
    },
    { name: "scale-out", title: "The load triples", from: 300, until: 420, ...none, happened: "6 to 24 replicas" },
    { name: "scale-in", title: "The load falls back", from: 560, until: 760, ...none, happened: "24 to 6 replicas" },
    { name: "pod-deletion", title: "A pod is deleted", from: 820, until: 880, ...none, happened: "1 pod replaced" },
    {
        name: "worker-kill",
        title: "A php-fpm worker is killed",
        from: 930,
        until: 960,
        mayLose: "the request inside the killed worker",
        mayLoseAtMost: 1,
        happened: "1 worker ended by SIGKILL",
    },
    { name: "node-drain", title: "A node is drained", from: 1000, until: 1120, ...none, happened: "2 pods evicted" },
    {
        name: "minimum",
        title: "The HPA's minimum is raised",
        from: 1180,
        until: 1280,
        ...none,
        happened: "6 to 12 replicas",
    },
    {
        name: "ingress",
        title: "The ingress controller restarts",
        from: 1340,
        until: 1430,
        ...none,
        happened: "2 pods replaced",
    },
    {
        name: "both",
        title: "Rollout while scaling in",
        from: 1520,
        until: 1720,
        ...none,
        happened: "12 pods replaced, 12 to 6 replicas",
    },
    {
        name: "configuration",
        title: "Configuration change",
        from: 1600,
        until: 1700,
        ...none,
        happened: "6 pods replaced",
    },
];

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function random(seed: number): () => number {
    let state = seed;
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
}

export function plausibleReport(seed: number): Report {
    return {
        formatVersion,
        startedAt: "2026-11-24T09:15:00.000Z",
        seconds: drillSeconds,
        command: `make drill SEED=${seed}`,
        machine: {
            cores: 2,
            kubernetesVersion: "v1.37.2",
            nodes: 2,
            software: [
                "lab.local/nginx:1.26.3",
                "lab.local/nginx:1.30.6",
                "lab.local/php-fpm:8.4.28",
                "Pulumi v3.259.0",
            ],
            isLab: true,
        },
        load: {
            ...rates,
            full: rates,
            longSeconds,
            readerSeconds: 60,
            readerKib: 4096,
            writerSeconds: 20,
            idleSeconds: 60,
            deadlineSeconds: 10,
            newConnectionShare: 0.2,
            postShare: 0.3,
            page: undefined,
        },
        controller: { cpuSeconds: 412.3, cpuSecondsPerThousandRequests: 1.46 },
        variants: recipes.map((recipe, i) => variantOf(recipe, random(seed + i))),
        doubts: [],
    };
}

type Pod = { -readonly [Key in keyof PodLife]: PodLife[Key] };

function variantOf(recipe: Recipe, next: () => number): VariantResult {
    const pods: Pod[] = [];
    const replicas: ReplicasAt[] = [];
    const lostRequests: LostRequest[] = [];
    let revision = 1;
    const live = () => pods.filter((pod) => pod.terminatingAtSeconds === undefined);
    const about = (value: number) => value * (0.8 + 0.4 * next());

    const start = (at: number | undefined) => {
        const suffix = Array.from({ length: 5 }, () => "bcdfghjklmnpqrstvwxz2456789"[Math.floor(next() * 27)]).join("");
        const started = at === undefined ? undefined : at + about(1.2);
        const ready = started === undefined ? undefined : started + about(recipe.startSeconds);
        pods.push({
            name: `web-${revision === 1 ? "6d4cf56db6" : `7f9b8c5d${revision}4`}-${suffix}`,
            node: next() < 0.5 ? "worker-1" : "worker-2",
            revision: revision === 1 ? "6d4cf56db6" : `7f9b8c5d${revision}4`,
            scheduledAtSeconds: at,
            startedAtSeconds: started,
            readyAtSeconds: ready,
            firstServedAtSeconds: ready === undefined ? undefined : ready + about(1.4),
            terminatingAtSeconds: undefined,
            goneAtSeconds: undefined,
            firstSentAtSeconds: ready === undefined ? undefined : ready + about(1.3),
            lastSentAtSeconds: undefined,
            requests: Math.floor(about(2000)),
        });
    };
    const lose = (pod: Pod, at: number, isLong: boolean) => {
        const sentAt = isLong ? Math.max(0, at - next() * longSeconds) : at + next() * 3;
        const during = happenings
            .filter(({ from, until }) => from <= sentAt && sentAt <= until)
            .map(({ name }) => name);
        const isCut = isLong || next() < 0.4;
        lostRequests.push({
            id: `${recipe.name}-${lostRequests.length + 1}`,
            sentAtSeconds: sentAt,
            tookSeconds: isLong ? at - sentAt + recipe.drainSeconds * 0.9 : next() * 0.4,
            isLong,
            pace: undefined,
            events: during.length === 0 ? ["steady"] : during,
            error: isCut ? "502" : "connection reset",
            pods: [pod.name],
            mechanism: isLong
                ? `php-fpm ended before its request did: its pod was terminating for ${Math.round(recipe.drainSeconds * 0.9)} s`
                : isCut
                  ? "nginx lived, php-fpm did not"
                  : "the ingress still sent to a pod whose listener was closed",
        });
    };
    const end = (pod: Pod, at: number) => {
        pod.terminatingAtSeconds = at;
        pod.goneAtSeconds = at + about(recipe.drainSeconds);
        pod.lastSentAtSeconds = at + about(0.8);
        const short = recipe.shortLostPerPod;
        const shortLost = Math.floor(short * 2 * next() + (short < 1 ? short : 0));
        for (let i = 0; i < shortLost; i++) lose(pod, at, false);
        for (let i = 0; i < 4; i++) if (next() < recipe.longLostShare) lose(pod, at, true);
    };

    for (let i = 0; i < 6; i++) start(undefined);
    for (let second = 0; second < drillSeconds; second++) {
        const desired = desiredAt(second);
        const old = () => live().filter((pod) => !pod.name.includes(`-${currentHash(revision)}-`));
        if (second === 120 || second === 1530 || second === 1600) revision++;
        if (second === 820 || second === 1000 || second === 1004) {
            const victim = live()[0];
            if (victim !== undefined) end(victim, second);
        }
        // A rolling update takes a pod away as soon as another is ready.
        if (second % 6 === 0 && old().length > 0) {
            start(second);
            const victim = old()[0];
            if (victim !== undefined) end(victim, second + recipe.startSeconds + 1.5);
        }
        if (live().length < desired && second % 2 === 0) start(second);
        const surplus = live().at(-1);
        if (live().length > desired && second % 4 === 0 && surplus !== undefined) end(surplus, second);
        const ready = live().filter((pod) => (pod.readyAtSeconds ?? 0) <= second).length;
        const at = { atSeconds: second, desired, ready, min: second >= 1180 && second < 1520 ? 12 : 6, max: 24 };
        const last = replicas.at(-1);
        if (last?.desired !== desired || last.ready !== ready || last.min !== at.min) replicas.push(at);
    }
    const victim = live()[0];
    if (recipe.name !== "none" && victim !== undefined) {
        lostRequests.push({
            id: `${recipe.name}-${lostRequests.length + 1}`,
            sentAtSeconds: 931.2,
            tookSeconds: 0.1,
            isLong: false,
            pace: "slow-reader",
            events: ["worker-kill"],
            error: "502",
            pods: [pods.find((pod) => (pod.terminatingAtSeconds ?? Infinity) > 931)?.name ?? victim.name],
            mechanism: "its php-fpm worker was killed",
        });
    }
    lostRequests.sort((a, b) => a.sentAtSeconds - b.sentAtSeconds);
    // What the drill's end cut off has not happened.
    for (const pod of pods) {
        if ((pod.goneAtSeconds ?? 0) > drillSeconds) pod.goneAtSeconds = undefined;
        if ((pod.firstServedAtSeconds ?? 0) > (pod.goneAtSeconds ?? drillSeconds)) pod.firstServedAtSeconds = undefined;
    }
    const seconds = secondsOf(recipe, lostRequests, next);
    const started = pods.filter((pod) => pod.scheduledAtSeconds !== undefined);
    const medianOf = (until: (pod: PodLife) => number | undefined) =>
        median(
            started.flatMap((pod) => {
                const at = until(pod);
                return at === undefined || pod.scheduledAtSeconds === undefined ? [] : [at - pod.scheduledAtSeconds];
            }),
        );
    const served = medianOf((pod) => pod.firstServedAtSeconds);
    return {
        name: recipe.name,
        title: recipe.title,
        description: recipe.description,
        events: happenings.map((each) => eventOf(each, recipe, seconds, lostRequests)),
        totals: countsOf(seconds, lostRequests, 0, drillSeconds),
        lostRequests,
        pods,
        replicas,
        seconds,
        startup: {
            pods: started.length,
            scheduledToFirstServedSeconds: served,
            scheduledToReadySeconds: medianOf((pod) => pod.readyAtSeconds),
            decisionToFirstServedSeconds: served === undefined ? undefined : served + 0.6,
        },
        routing: routingFigures(pods),
    };
}

const currentHash = (revision: number) => (revision === 1 ? "6d4cf56db6" : `7f9b8c5d${revision}4`);

function desiredAt(second: number): number {
    if (second >= 315 && second < 330) return 12;
    if (second >= 330 && second < 580) return 24;
    if (second >= 580 && second < 640) return 16;
    if (second >= 1182 && second < 1640) return 12;
    return 6;
}

function secondsOf(recipe: Recipe, lostRequests: readonly LostRequest[], next: () => number): readonly SecondOfLoad[] {
    const lost = new Map<number, number>();
    for (const request of lostRequests) {
        const second = Math.min(drillSeconds - 1, Math.floor(request.sentAtSeconds + request.tookSeconds));
        lost.set(second, (lost.get(second) ?? 0) + 1);
    }
    return Array.from({ length: drillSeconds }, (_, atSeconds) => {
        const isBusy = atSeconds >= 300 && atSeconds < 560;
        const isShort = isBusy && atSeconds < 320 + recipe.startSeconds * 3;
        const p50Ms = 18 * (0.9 + 0.2 * next()) * (isShort ? 8 : isBusy ? 1.4 : 1);
        return {
            atSeconds,
            requests: Math.round((isBusy ? 150 : 50) + 6 * (next() - 0.5)),
            lost: lost.get(atSeconds) ?? 0,
            retried: recipe.name === "none" && (lost.get(atSeconds) ?? 0) > 1 && next() < 0.5 ? 2 : 0,
            p50Ms,
            p99Ms: p50Ms * (2.2 + 2 * next() ** 4 + (isShort ? 6 * next() : 0)),
        };
    });
}

function countsOf(
    seconds: readonly SecondOfLoad[],
    lostRequests: readonly LostRequest[],
    from: number,
    until: number,
): Counts {
    const within = seconds.filter(({ atSeconds }) => atSeconds >= from && atSeconds < until);
    const sum = (of: (second: SecondOfLoad) => number) => within.map(of).reduce((a, b) => a + b, 0);
    const lost = lostRequests.filter((request) => request.sentAtSeconds >= from && request.sentAtSeconds <= until);
    const p99 = within.map(({ p99Ms }) => p99Ms ?? 0);
    return {
        requests: sum(({ requests }) => requests),
        lost: lost.length,
        longRequests: until - from,
        longLost: lost.filter(({ isLong }) => isLong).length,
        slowClientRequests: Math.round((until - from) * 0.6),
        slowClientLost: lost.filter(({ pace }) => pace !== undefined).length,
        retried: sum(({ retried }) => retried),
        latencyMs: {
            p50: median(within.map(({ p50Ms }) => p50Ms ?? 0)) ?? 0,
            p99: [...p99].sort((a, b) => a - b)[Math.floor(p99.length * 0.95)] ?? 0,
            p999: Math.max(...p99) * 1.2,
            max: Math.max(...p99) * 1.7,
        },
        replicaSeconds: (until - from) * 5,
    };
}

function eventOf(
    { name, title, from, until, mayLose, mayLoseAtMost, happened }: Happening,
    recipe: Recipe,
    seconds: readonly SecondOfLoad[],
    lostRequests: readonly LostRequest[],
): EventResult {
    return {
        ...countsOf(seconds, lostRequests, from, until),
        name,
        title,
        mayLose,
        mayLoseAtMost,
        fromSeconds: from,
        untilSeconds: until,
        happened,
        ...(name === "scale-out" ? { capacityAfterSeconds: 20 + recipe.startSeconds * 3 } : {}),
    };
}
