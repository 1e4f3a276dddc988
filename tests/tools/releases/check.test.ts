import { expect } from "chai";

import { boundOfNone, check, rules, type Rule } from "../../../tools/releases/check";
import {
    fromNdjson,
    toNdjson,
    type HistoryEvent,
    type JobEvent,
    type MigrationEvent,
    type RequestEvent,
    type RunEvent,
} from "../../../tools/releases/history";

const ours = { variant: "ours" } as const;
const done = { release: 1, pod: "web-1", begunAtMs: 2000, endedAtMs: 2100, error: null };
const unfinished = { endedAtMs: null };
const undefinedColumn = { error: 'SQLSTATE[42703]: column "of_release_1" does not exist' };

const request = (id: string, change: Partial<RequestEvent> = {}): RequestEvent => ({
    ...ours,
    kind: "request",
    id,
    method: "POST",
    status: 200,
    isRight: true,
    release: 1,
    servedAtMs: 1500,
    ...change,
});
const migration = (change: Partial<MigrationEvent> = {}): MigrationEvent => ({
    ...ours,
    kind: "migration",
    ...done,
    pod: "web-release-1",
    begunAtMs: 500,
    endedAtMs: 1000,
    ...change,
});
const job = (id: string, change: Partial<JobEvent> = {}): JobEvent => ({
    ...ours,
    kind: "job",
    id,
    ...done,
    ...change,
});
const run = (minute: number, change: Partial<RunEvent> = {}): RunEvent => ({
    ...ours,
    kind: "run",
    minute,
    ...done,
    ...change,
});

const release = { ...ours, kind: "release", isDone: true, isUnchanged: null, seconds: 20 } as const;

/** Two releases, of which the second one fails; an order, a page and two runs of the schedule. */
const good: readonly HistoryEvent[] = [
    request("a"),
    request("b", { method: "GET" }),
    { ...ours, kind: "order", id: "a", arrivals: 1 },
    migration(),
    migration({ release: 2, begunAtMs: 5000, endedAtMs: 5100, error: "fails" }),
    job("a"),
    run(60),
    run(61),
    { ...ours, kind: "scheduled", fromMinute: 60, toMinute: 61 },
    { ...release, release: 1, trouble: "none" },
    { ...release, release: 2, trouble: "migration-fails", isDone: false, isUnchanged: true },
];

/** The history with those events of a kind taken away, or changed, and others there. */
const without = (kind: HistoryEvent["kind"], ...others: readonly HistoryEvent[]) => [
    ...good.filter((event) => event.kind !== kind),
    ...others,
];

/** Of each rule a history that breaks it, with what else it breaks. */
const broken: Readonly<Record<Rule, { readonly history: readonly HistoryEvent[]; readonly also?: readonly Rule[] }>> = {
    "request-lost": {
        history: [...good, request("c", { status: 502, isRight: false, release: null, servedAtMs: null })],
    },
    "request-twice": { history: without("order", { ...ours, kind: "order", id: "a", arrivals: 2 }) },
    "page-early": { history: [...good, request("c", { method: "GET", servedAtMs: 999 })] },
    "job-lost": { history: without("job") },
    "job-twice": { history: [...good, job("a", { pod: "web-2" })] },
    "job-early": { history: without("job", job("a", { begunAtMs: 999 })) },
    "run-missed": { history: without("run", run(60)) },
    "run-twice": { history: [...good, run(61, { pod: "web-2" })] },
    "run-early": { history: without("run", run(60), run(61, { begunAtMs: 999 })) },
    "migration-again": { history: [...good, migration({ begunAtMs: 1200, endedAtMs: 1300 })] },
    "migrations-together": {
        history: without("migration", migration(), migration({ release: 2, begunAtMs: 900, error: "fails" })),
    },
    "release-undone": { history: [...good, { ...release, release: 3, trouble: "killed", isDone: false }] },
    "failure-served": {
        history: without(
            "release",
            { ...release, release: 1, trouble: "none" },
            { ...release, release: 2, trouble: "migration-fails", isDone: false, isUnchanged: false },
        ),
    },
};

const brokenBy = (history: readonly HistoryEvent[]) => [
    ...new Set(check(history, "ours").breaches.map(({ rule }) => rule)),
];

describe("the checker of a drill of releases", () => {
    it("finds nothing where all is right, and counts what there was", () => {
        expect(check(good, "ours")).to.deep.equal({
            variant: "ours",
            releases: 2,
            requests: 2,
            jobs: 1,
            jobsBegunAgain: 0,
            runsDue: 2,
            runsBegunAgain: 0,
            breaches: [],
        });
    });

    for (const rule of Object.keys(rules) as Rule[]) {
        it(`tells of ${rules[rule]}`, () => {
            const { history, also = [] } = broken[rule];
            expect(brokenBy(history)).to.have.members([rule, ...also]);
        });
    }

    it("looks at one variant alone", () => {
        expect(check([...good, { ...request("x"), variant: "usual", isRight: false }], "ours").breaches).to.deep.equal(
            [],
        );
    });

    it("does not take what is begun again, and done once, for done twice: at least once", () => {
        const { breaches, jobsBegunAgain, runsBegunAgain } = check(
            [...without("job", job("a", unfinished), job("a", { pod: "web-2" })), run(61, unfinished)],
            "ours",
        );
        expect(breaches).to.deep.equal([]);
        expect({ jobsBegunAgain, runsBegunAgain }).to.deep.equal({ jobsBegunAgain: 1, runsBegunAgain: 1 });
    });

    it("asks for no job of an order that was not answered", () => {
        const unanswered = request("c", { status: "ECONNRESET", isRight: false, release: null, servedAtMs: null });
        expect(brokenBy([...good, unanswered])).to.deep.equal(["request-lost"]);
    });

    it("takes whatever a release does whose migration never ended for too early", () => {
        const served = [
            request("c", { method: "GET", release: 2, servedAtMs: 9000 }),
            job("a", { release: 2, begunAtMs: 9000 }),
        ];
        expect(brokenBy([...without("job"), ...served])).to.have.members(["page-early", "job-early", "failure-served"]);
    });

    it("takes no migration for one beside another that was killed before", () => {
        const killed = migration({ ...unfinished, begunAtMs: 100 });
        expect(brokenBy([...good, killed])).to.deep.equal(["migration-again"]);
    });

    it("says why a job was lost where that is known beforehand", () => {
        const reasonOf = (...attempts: readonly JobEvent[]) =>
            check(without("job", ...attempts), "ours").breaches.find(({ rule }) => rule === "job-lost")?.reason;
        expect(reasonOf(job("a", unfinished))).to.equal("killed");
        expect(reasonOf(job("a", undefinedColumn))).to.equal("early");
        expect(reasonOf(job("a", { error: "disk full" }))).to.equal(undefined);
        expect(reasonOf()).to.equal(undefined);
    });

    it("bounds what was not seen: three in so many would have been, with 95 % confidence", () => {
        expect(boundOfNone(3000)).to.equal(1000);
        expect(boundOfNone(20)).to.equal(6);
    });

    it("reads a history as it was written", () => {
        expect(fromNdjson(toNdjson(good))).to.deep.equal(good);
    });
});
