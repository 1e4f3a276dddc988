/** CPU time of containers, as the kubelets of their nodes tell it. */

/** What is read of a kubelet's /stats/summary. */
export interface StatsSummary {
    readonly pods?: readonly {
        readonly podRef: { readonly uid: string };
        readonly containers?: readonly {
            readonly name: string;
            /** ISO 8601. */
            readonly startTime?: string;
            readonly cpu?: { readonly time: string; readonly usageCoreNanoSeconds?: number };
        }[];
    }[];
}

interface Point {
    /** Epoch milliseconds, by the kubelet's clock. */
    readonly atMs: number;
    /** Since the container's begin. */
    readonly usedSeconds: number;
}

/** A kubelet looks every ten seconds or so: what a container has used between its last look and its end is missing. */
export class CpuRecord {
    /** By container, in the order of time; one that is restarted is another one. */
    private readonly points = new Map<string, Point[]>();

    onSummary({ pods = [] }: StatsSummary, podUids: ReadonlySet<string>): void {
        for (const { podRef, containers = [] } of pods.filter(({ podRef: { uid } }) => podUids.has(uid))) {
            for (const { name, startTime = "", cpu } of containers) {
                if (cpu?.usageCoreNanoSeconds === undefined) continue;
                const key = `${podRef.uid} ${name} ${startTime}`;
                const points = this.points.get(key) ?? beginOf(startTime);
                this.points.set(key, points);
                const point = { atMs: Date.parse(cpu.time), usedSeconds: cpu.usageCoreNanoSeconds / 1e9 };
                // Each look is told several times.
                if (point.atMs > (points.at(-1)?.atMs ?? -Infinity)) points.push(point);
            }
        }
    }

    /** Of all containers; undefined where no kubelet has told of any. Epoch milliseconds. */
    secondsBetween(fromMs: number, untilMs: number): number | undefined {
        if (this.points.size === 0) return undefined;
        return [...this.points.values()]
            .map((points) => usedAt(points, untilMs) - usedAt(points, fromMs))
            .reduce((a, b) => a + b, 0);
    }
}

function beginOf(startTime: string): Point[] {
    const atMs = Date.parse(startTime);
    return Number.isNaN(atMs) ? [] : [{ atMs, usedSeconds: 0 }];
}

/** Between two points as if it had been used evenly. */
function usedAt(points: readonly Point[], atMs: number): number {
    const next = points.findIndex((point) => point.atMs >= atMs);
    const after = points[next];
    const before = next === -1 ? points.at(-1) : points[next - 1];
    if (after === undefined || before === undefined) return (after ?? before)?.usedSeconds ?? 0;
    const share = (atMs - before.atMs) / (after.atMs - before.atMs);
    return before.usedSeconds + share * (after.usedSeconds - before.usedSeconds);
}
