/** A pod's life as a bar. */
import { format, type Bar, type Colour, type MarkAt, type Phase } from "../../html";
import type { LostRequest, PodLife } from "../model";
import { grouped } from "./grouped";

type PhaseKind = "unscheduled" | "scheduled" | "starting" | "ready" | "terminating";

export const podPhases: Readonly<Record<PhaseKind, { name: string; colour: Colour }>> = {
    unscheduled: { name: "not scheduled", colour: "faint" },
    scheduled: { name: "scheduled", colour: "muted" },
    starting: { name: "started", colour: "series5" },
    ready: { name: "ready", colour: "series1" },
    terminating: { name: "terminating", colour: "series6" },
};

export function podBar(
    pod: PodLife,
    shortName: string,
    lostRequests: readonly LostRequest[],
    drillSeconds: number,
): Bar {
    const phases = phasesOf(pod, drillSeconds);
    return {
        label: shortName,
        details: detailsOf(pod),
        phases,
        marks: marksOf(pod, phases, lostRequests, drillSeconds),
    };
}

/** From what is known of the pod. What lies before the drill's beginning begins with it. */
function phasesOf(pod: PodLife, drillSeconds: number): readonly Phase[] {
    const changes = (
        [
            [pod.scheduledAtSeconds, "scheduled"],
            [pod.startedAtSeconds, "starting"],
            [pod.readyAtSeconds, "ready"],
            [pod.terminatingAtSeconds, "terminating"],
            [pod.goneAtSeconds, "gone"],
        ] as const
    ).flatMap(([atSeconds, kind]) => (atSeconds === undefined ? [] : [{ atSeconds, kind }]));
    const known =
        pod.scheduledAtSeconds === undefined ? [{ atSeconds: 0, kind: kindAtBeginning(pod) }, ...changes] : changes;
    return known.flatMap(({ atSeconds, kind }, i) => {
        if (kind === "gone") return [];
        const fromSeconds = Math.max(0, atSeconds);
        const untilSeconds = Math.min(drillSeconds, known[i + 1]?.atSeconds ?? drillSeconds);
        return untilSeconds < fromSeconds ? [] : [{ fromSeconds, untilSeconds, kind }];
    });
}

/** Of a pod that was not scheduled during the drill: it had been before, or it never was. */
function kindAtBeginning(pod: PodLife): PhaseKind {
    if (pod.node === undefined) return "unscheduled";
    if (pod.startedAtSeconds !== undefined) return "scheduled";
    if (pod.readyAtSeconds !== undefined) return "starting";
    return "ready";
}

function marksOf(
    pod: PodLife,
    phases: readonly Phase[],
    lost: readonly LostRequest[],
    drillSeconds: number,
): readonly MarkAt[] {
    const served: MarkAt[] =
        pod.firstServedAtSeconds === undefined
            ? []
            : [
                  {
                      atSeconds: pod.firstServedAtSeconds,
                      kind: "firstServed",
                      details: `${pod.name}\nfirst request served at ${format.clock(pod.firstServedAtSeconds)}`,
                  },
              ];
    const [from, until] = [phases[0]?.fromSeconds ?? 0, phases.at(-1)?.untilSeconds ?? 0];
    // By the time that the client knows, the pod may be gone: the mark stays on its bar.
    const placed = lost
        .filter(({ pods }) => pods.includes(pod.name))
        .map((request) => ({ request, atSeconds: Math.min(until, Math.max(from, endOf(request))) }));
    // Marks on the same pixels are one: a pod that loses thousands does it within seconds.
    const marks = [...grouped(placed, ({ atSeconds }) => Math.round((atSeconds / drillSeconds) * 500)).values()];
    return [
        ...served,
        ...marks.map((together) => ({
            atSeconds: together[0]?.atSeconds ?? from,
            kind: "lost",
            details: `${pod.name}\n${describeLost(together.map(({ request }) => request))}`,
        })),
    ];
}

const endOf = (request: LostRequest) => request.sentAtSeconds + request.tookSeconds;

function describeLost(requests: readonly LostRequest[]): string {
    const kinds = grouped(requests, ({ error, mechanism }) => `${error}\n${mechanism}`);
    const [kind = ""] = [...kinds].sort(([, a], [, b]) => b.length - a.length).map(([text]) => text);
    const at = format.clock(requests.map(endOf).reduce((a, b) => Math.min(a, b), Infinity));
    const others = kinds.size > 1 ? "\nand others" : "";
    return `${format.plural(requests.length, "request")} lost at ${at}: ${kind}${others}`;
}

function detailsOf(pod: PodLife): string {
    const moments = [
        ["scheduled", pod.scheduledAtSeconds],
        ["started", pod.startedAtSeconds],
        ["ready", pod.readyAtSeconds],
        ["first served", pod.firstServedAtSeconds],
        ["terminating", pod.terminatingAtSeconds],
        ["gone", pod.goneAtSeconds],
    ] as const;
    return [
        pod.name,
        `${pod.node ?? "no node"}, revision ${pod.revision}, ${format.plural(pod.requests, "request")}`,
        moments
            .filter(([, atSeconds]) => atSeconds !== undefined)
            .map(([name, atSeconds]) => `${name} ${format.clock(atSeconds)}`)
            .join(", "),
    ].join("\n");
}

/** "x7k2p" of "web-6d4cf56db6-x7k2p" where that tells the pods apart, otherwise whole names. */
export function shortNames(pods: readonly PodLife[]): ReadonlyMap<PodLife, string> {
    const last = (name: string) => name.slice(name.lastIndexOf("-") + 1);
    const isUnique = new Set(pods.map(({ name }) => last(name))).size === pods.length;
    return new Map(pods.map((pod) => [pod, isUnique ? last(pod.name) : pod.name]));
}
