/** What a setting has to achieve: "p99 wait under 200 ms", with as few replica hours as can be. */
import { percentiles, type Figures, type Percentile } from "../plant/figures";

export interface Objective {
    /** As it was stated. */
    readonly text: string;
    readonly clauses: readonly Clause[];
    /** The limit of the first clause on waits: what "waited" means in tables. Seconds. */
    readonly waitLimitSeconds: number;
}

type Clause =
    | {
          readonly kind: "wait";
          readonly percentile: Percentile;
          readonly limitSeconds: number;
      }
    | { readonly kind: "worstHour"; readonly limitSeconds: number }
    | { readonly kind: "lost"; readonly limitShare: number };

/** A wait that nobody notices, however short the request. */
const leastLimitMilliseconds = 100;

/**
 * Where nobody states one: a p99 wait of twice the request's own time, or of five times its CPU time where that is more,
 * since what waits for a CPU waits in steps of that.
 */
export function defaultObjectiveFor(requestSeconds: number, cpuSeconds: number): Objective {
    const seconds = Math.max(2 * requestSeconds, 5 * cpuSeconds);
    const milliseconds = Math.max(leastLimitMilliseconds, Number((seconds * 1000).toPrecision(2)));
    return parseObjective(`p99 wait under ${milliseconds} ms`);
}

/** The same with another limit for the first clause on waits. */
export function withLimit(objective: Objective, limitSeconds: number): Objective {
    const first = objective.clauses.findIndex(({ kind }) => kind !== "lost");
    const clauses = objective.clauses.map((clause, i) => (i === first ? { ...clause, limitSeconds } : clause));
    return { ...objective, clauses: clauses, waitLimitSeconds: limitSeconds };
}

/** The text is no objective. The message says what is one. */
export class ObjectiveError extends Error {}

const allowed =
    `Allowed: ${percentiles.join(", ")} wait under N ms or N s; p99 wait in every hour under N ms or N s; ` +
    "lost under N %; several of them with and. Without a clause on lost, no request may be lost.";

const time = String.raw`(\d+(?:\.\d+)?)\s*(ms|s)`;
const waitClause = new RegExp(String.raw`^(p\d+(?:\.\d+)?) wait( in every hour)? under ${time}$`);
const lostClause = /^lost under (\d+(?:\.\d+)?)\s*%$/;

/** @throws ObjectiveError */
export function parseObjective(text: string): Objective {
    const clauses = text
        .trim()
        .split(/\s+and\s+|\s*,\s*/)
        .map((part) => parseClause(part.replace(/\s+/g, " ")));
    const firstWait = clauses.find((clause) => clause.kind !== "lost");
    if (firstWait === undefined) throw new ObjectiveError(`${JSON.stringify(text)} has no clause on waits. ${allowed}`);
    const hasLost = clauses.some((clause) => clause.kind === "lost");
    return {
        text: text.trim(),
        clauses: hasLost ? clauses : [...clauses, { kind: "lost", limitShare: 0 }],
        waitLimitSeconds: firstWait.limitSeconds,
    };
}

function parseClause(text: string): Clause {
    const wait = waitClause.exec(text);
    if (wait !== null) {
        const percentile = percentiles.find((name) => name === wait[1]);
        const limitSeconds = Number(wait[3]) / (wait[4] === "ms" ? 1000 : 1);
        if (limitSeconds > 0 && wait[2] !== undefined && percentile === "p99")
            return { kind: "worstHour", limitSeconds };
        if (limitSeconds > 0 && wait[2] === undefined && percentile !== undefined) {
            return { kind: "wait", percentile, limitSeconds };
        }
    }
    const lost = lostClause.exec(text);
    if (lost !== null) return { kind: "lost", limitShare: Number(lost[1]) / 100 };
    throw new ObjectiveError(`${JSON.stringify(text)} is no objective. ${allowed}`);
}

/**
 * By how much an objective is missed: 0 where it is met; 1 where some figure is twice what it may be. What may be nothing at
 * all is measured in per mille of the requests.
 */
export function shortfall(objective: Objective, figures: Figures): number {
    return Math.max(...objective.clauses.map((clause) => shortfallOf(clause, figures)));
}

export const isMet = (objective: Objective, figures: Figures): boolean => shortfall(objective, figures) === 0;

function shortfallOf(clause: Clause, figures: Figures): number {
    switch (clause.kind) {
        case "wait":
            return excess(figures.waitSeconds[clause.percentile], clause.limitSeconds);
        case "worstHour":
            return excess(figures.worstHourP99Seconds, clause.limitSeconds);
        case "lost": {
            const share = figures.lost / Math.max(1, figures.requests);
            return clause.limitShare === 0 ? share * 1000 : excess(share, clause.limitShare);
        }
    }
}

const excess = (value: number, limit: number): number => (value <= limit ? 0 : value / limit - 1);

/** The figure that the objective is about, for fronts: far above every wait where requests were lost. */
export function waitOf(objective: Objective, figures: Figures): number {
    const clause = objective.clauses.find((each) => each.kind !== "lost");
    const wait = clause?.kind === "wait" ? figures.waitSeconds[clause.percentile] : figures.worstHourP99Seconds;
    return wait + figures.lost * 1000;
}
