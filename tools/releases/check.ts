/** What a history says of a variant: what was lost, done twice or begun too early. Pure. */
import type { Attempt, HistoryEvent, JobEvent, MigrationEvent, ReleaseEvent, RunEvent, VariantName } from "./history";

/** Each rule with what breaks it. */
export const rules = {
    "request-lost": "a request without the right answer",
    "request-twice": "a request that the application got twice",
    "page-early": "a page of a release whose migration had not run",
    "job-lost": "a job that was not done",
    "job-twice": "a job that was done twice",
    "job-early": "a job that was begun by code whose migration had not run",
    "run-missed": "a minute without the schedule's run",
    "run-twice": "a minute with two of them",
    "run-early": "a run that was begun by code whose migration had not run",
    "migration-again": "a migration that was begun again",
    "migrations-together": "two migrations at once",
    "release-undone": "a release that did not come",
    "failure-served": "a release whose migration failed, and that came all the same or changed something",
} as const;
export type Rule = keyof typeof rules;

/** Why the usual way loses jobs, which is known beforehand. */
export const reasons = {
    killed: "its worker was killed in the middle of it: it had not heard that it is to end, and 30 s later the kubelet ended it",
    early: "new code began it before the migration had run, or after the migration had failed",
} as const;
export type Reason = keyof typeof reasons;

export interface Breach {
    readonly rule: Rule;
    readonly text: string;
    /** Of jobs that were lost; undefined where it is none that is known beforehand. */
    readonly reason?: Reason;
}

export interface Verdict {
    readonly variant: VariantName;
    readonly releases: number;
    readonly requests: number;
    /** Those that an order answered rightly has made. */
    readonly jobs: number;
    /** Jobs that were begun again and done once: at least once, where a worker's node or process is lost. */
    readonly jobsBegunAgain: number;
    readonly runsDue: number;
    /** As of jobs: a run that ended unfinished with its node is begun anew. */
    readonly runsBegunAgain: number;
    readonly breaches: readonly Breach[];
}

export function check(history: readonly HistoryEvent[], variant: VariantName): Verdict {
    const own = history.filter((event) => event.variant === variant);
    const of = <Kind extends HistoryEvent["kind"]>(kind: Kind) =>
        own.filter((event): event is Extract<HistoryEvent, { readonly kind: Kind }> => event.kind === kind);
    const migrated = migratedAt(of("migration"));
    const requests = of("request");
    const jobs = groupedBy(of("job"), ({ id }) => id);
    const runs = groupedBy(of("run"), ({ minute }) => minute);
    const asked = requests.filter(({ method, isRight }) => method === "POST" && isRight).map(({ id }) => id);
    const due = of("scheduled").flatMap(({ fromMinute, toMinute }) => numbersBetween(fromMinute, toMinute));
    return {
        variant,
        releases: of("release").length,
        requests: requests.length,
        jobs: asked.length,
        jobsBegunAgain: [...jobs.values()].filter(isBegunAgain).length,
        runsDue: due.length,
        runsBegunAgain: [...runs.values()].filter(isBegunAgain).length,
        breaches: [
            ...requests.flatMap(({ id, method, status, isRight }) =>
                isRight ? [] : breach("request-lost", `${method} ${id}: ${status}`),
            ),
            ...of("order").flatMap(({ id, arrivals }) =>
                arrivals === 1 ? [] : breach("request-twice", `${id} arrived ${arrivals} times`),
            ),
            ...requests.flatMap(({ id, release, servedAtMs }) =>
                release === null || servedAtMs === null || servedAtMs >= (migrated.get(release) ?? Infinity)
                    ? []
                    : breach("page-early", `${id} was answered by release ${release}`),
            ),
            ...asked.flatMap((id) => lostJob(id, jobs.get(id) ?? [])),
            ...[...jobs].flatMap(([id, attempts]) =>
                doneOf(attempts) > 1 ? breach("job-twice", `${id} was done by ${podsOf(attempts)}`) : [],
            ),
            ...early("job-early", of("job"), migrated, ({ id }) => id),
            ...due.flatMap((minute) =>
                doneOf(runs.get(minute) ?? []) > 0 ? [] : breach("run-missed", timeOf(minute)),
            ),
            ...[...runs].flatMap(([minute, attempts]) =>
                doneOf(attempts) > 1 ? breach("run-twice", `${timeOf(minute)}, by ${podsOf(attempts)}`) : [],
            ),
            ...early("run-early", of("run"), migrated, ({ minute }) => timeOf(minute)),
            ...brokenMigrations(of("migration")),
            ...brokenReleases(of("release"), of("migration"), own),
        ],
    };
}

/** With 95 % confidence the rate is below 1 in this, where none was seen in so many. */
export function boundOfNone(seenNone: number): number {
    return Math.floor(seenNone / 3);
}

export function breachesOf({ breaches }: Verdict, ...which: readonly Rule[]): readonly Breach[] {
    return breaches.filter(({ rule }) => which.includes(rule));
}

const breach = (rule: Rule, text: string): readonly Breach[] => [{ rule, text }];

/** From when on each release may serve. */
function migratedAt(migrations: readonly MigrationEvent[]): ReadonlyMap<number, number> {
    const ended = new Map<number, number>();
    for (const { release, endedAtMs, error } of migrations) {
        if (endedAtMs !== null && error === null)
            ended.set(release, Math.min(endedAtMs, ended.get(release) ?? Infinity));
    }
    return ended;
}

function lostJob(id: string, attempts: readonly JobEvent[]): readonly Breach[] {
    if (doneOf(attempts) > 0) return [];
    const last = attempts.at(-1);
    if (last === undefined) return breach("job-lost", `${id} was never begun`);
    const { error, pod, release } = last;
    const rule = "job-lost";
    if (error === null) {
        return [{ rule, text: `${id} was begun by ${pod} of release ${release}, and not ended`, reason: "killed" }];
    }
    const text = `${id} failed in ${pod} of release ${release}: ${error}`;
    // PostgreSQL's undefined_column: what the migration is to add.
    return [error.includes("42703") ? { rule, text, reason: "early" } : { rule, text }];
}

function early<Kind extends JobEvent | RunEvent>(
    rule: Rule,
    attempts: readonly Kind[],
    migrated: ReadonlyMap<number, number>,
    nameOf: (attempt: Kind) => string,
): readonly Breach[] {
    return attempts.flatMap((attempt) =>
        attempt.begunAtMs >= (migrated.get(attempt.release) ?? Infinity)
            ? []
            : breach(rule, `${nameOf(attempt)} in ${attempt.pod} of release ${attempt.release}`),
    );
}

function brokenMigrations(migrations: readonly MigrationEvent[]): readonly Breach[] {
    const again = [...groupedBy(migrations, ({ release }) => release)].flatMap(([release, attempts]) =>
        attempts.length > 1
            ? breach("migration-again", `release ${release}, ${attempts.length} times: ${podsOf(attempts)}`)
            : [],
    );
    const sorted = [...migrations].sort((a, b) => a.begunAtMs - b.begunAtMs);
    const together = sorted.flatMap((migration, i) => {
        const next = sorted[i + 1];
        // One that has failed has an end as well: one without was killed, and no longer runs when the next one does.
        return next === undefined || migration.endedAtMs === null || next.begunAtMs >= migration.endedAtMs
            ? []
            : breach("migrations-together", `releases ${migration.release} and ${next.release}`);
    });
    return [...again, ...together];
}

function brokenReleases(
    releases: readonly ReleaseEvent[],
    migrations: readonly MigrationEvent[],
    events: readonly HistoryEvent[],
): readonly Breach[] {
    const migrated = migratedAt(migrations);
    return releases.flatMap(({ release, trouble, isDone, isUnchanged }) => {
        if (trouble !== "migration-fails") {
            return isDone && migrated.has(release) ? [] : breach("release-undone", `release ${release}`);
        }
        const hasServed = events.some(
            (event) =>
                (event.kind === "request" || event.kind === "job" || event.kind === "run") && event.release === release,
        );
        return isDone || isUnchanged === false || hasServed ? breach("failure-served", `release ${release}`) : [];
    });
}

const doneOf = (attempts: readonly Attempt[]) =>
    attempts.filter(({ endedAtMs, error }) => endedAtMs !== null && error === null).length;

const isBegunAgain = (attempts: readonly Attempt[]) => attempts.length > 1 && doneOf(attempts) === 1;

const podsOf = (attempts: readonly Attempt[]) => attempts.map(({ pod }) => pod).join(", ");

const timeOf = (minute: number) => new Date(minute * 60_000).toISOString().slice(11, 16);

const numbersBetween = (from: number, to: number) =>
    Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);

function groupedBy<T, Key>(all: readonly T[], keyOf: (each: T) => Key): ReadonlyMap<Key, readonly T[]> {
    const groups = new Map<Key, T[]>();
    for (const each of all) {
        const group = groups.get(keyOf(each));
        if (group === undefined) groups.set(keyOf(each), [each]);
        else group.push(each);
    }
    return groups;
}
