/** The outcomes as a table, for the terminal and for documents. */
import { count } from "../../html/format";
import { code, table } from "../report/markdown";
import { bestFixedReplicas, phases, sizing } from "./load";
import { goalsOf, titles, type Capacity, type Outcome } from "./outcome";

export interface WaitingReport {
    /** ISO 8601. */
    readonly startedAt: string;
    readonly command: string;
    readonly kubernetesVersion: string;
    readonly cores: number;
    readonly outcomes: readonly Outcome[];
}

export function markdown(report: WaitingReport): string {
    const [first] = report.outcomes;
    const columns = [
        "Scaled on",
        "Lost",
        "Longest wait",
        "99 of 100 waited at most",
        ...(first?.capacities ?? []).map(({ phase, replicas }) => `${titleOf(phase)}: ${replicas} pods after`),
        "Replica-seconds, of the best fixed number's",
    ];
    const rows = report.outcomes.map((outcome) => [
        titles[outcome.signal],
        `${count(outcome.lost)} of ${count(outcome.requests)}`,
        seconds(outcome.longestWaitSeconds),
        seconds(outcome.p99WaitSeconds),
        ...outcome.capacities.map(capacity),
        `${count(outcome.replicaSeconds)}, ${Math.round(outcome.replicaSecondsRatio * 100)} %`,
    ]);
    const goals = goalsOf(report.outcomes).map(({ text, isMet }) => `- ${isMet ? "met" : "NOT MET"}: ${text}\n`);
    const source = [
        code(report.command),
        report.startedAt.slice(0, 10),
        `Kubernetes ${report.kubernetesVersion}`,
        `${report.cores} cores`,
        `best fixed number of pods: ${bestFixedReplicas(phases, sizing)}`,
    ];
    return `${table(columns, rows)}\n${goals.join("")}\n(${source.join(", ")}.)\n`;
}

const titleOf = (name: string): string => phases.find((phase) => phase.name === name)?.title ?? name;

const capacity = ({ seconds: after, ofSeconds }: Capacity): string =>
    after === undefined ? `not in ${ofSeconds} s` : seconds(after);

/** "0.32 s", "18 s". */
const seconds = (value: number): string => `${value < 10 ? value.toFixed(2) : Math.round(value)} s`;
