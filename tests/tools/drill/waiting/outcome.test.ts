/** What a run of requests that wait comes to. */
import { expect } from "chai";

import type { RequestResult } from "../../../../tools/drill/load";
import { bestFixedReplicas, enoughReplicas, phases, secondsOf, sizing } from "../../../../tools/drill/waiting/load";
import {
    goalsOf,
    type Outcome,
    outcomeOf,
    type PhaseTime,
    type Recorded,
    streamName,
} from "../../../../tools/drill/waiting/outcome";
import { markdown } from "../../../../tools/drill/waiting/report";

const times: readonly PhaseTime[] = phases.map((phase, i) => ({
    phase,
    fromSeconds: 10 + secondsOf(phases.slice(0, i)),
}));
const [, more] = times;
if (more === undefined) throw new Error("There is no step.");

const result = (tookMilliseconds: number, isLost = false): RequestResult => ({
    id: "both-more-0-1",
    stream: streamName("both", more.phase, 0),
    isLong: true,
    pace: undefined,
    shouldHaveBeenSentAtMilliseconds: 0,
    sentAtMilliseconds: 0,
    tookMilliseconds,
    heardAtMilliseconds: 0,
    status: isLost ? 504 : 200,
    isLost,
    error: isLost ? "504" : undefined,
    pod: undefined,
});

const pod = (name: string, scheduledAtSeconds: number, goneAtSeconds?: number) => ({
    name,
    node: undefined,
    revision: "1",
    scheduledAtSeconds,
    startedAtSeconds: undefined,
    readyAtSeconds: undefined,
    firstServedAtSeconds: undefined,
    terminatingAtSeconds: undefined,
    goneAtSeconds,
    firstSentAtSeconds: undefined,
    lastSentAtSeconds: undefined,
    requests: 0,
});

const replicas = (atSeconds: number, ready: number) => ({ atSeconds, desired: ready, ready, min: 2, max: 5 });

const recorded: Recorded = {
    signal: "both",
    results: [...Array.from({ length: 99 }, () => result(335)), result(1315, true)],
    pods: [pod("a", 0), pod("b", 0), pod("c", 100, 200)],
    replicas: [replicas(0, 2), replicas(more.fromSeconds + 12, 3), replicas(more.fromSeconds + 30, 2)],
};

const outcome = outcomeOf(recorded, times, sizing);

describe("the steps of requests that wait", () => {
    it("ask for as many pods as their targets do", () => {
        expect(phases.map((phase) => enoughReplicas(phase, sizing))).to.deep.equal([2, 3, 4, 2, 3]);
    });

    it("have a best fixed number of pods, with a worker for each request at the most that comes", () => {
        // 15.1 requests per second have 4.8 workers.
        expect(bestFixedReplicas(phases, sizing)).to.equal(3);
        expect(bestFixedReplicas(phases, { ...sizing, maxChildren: 4 })).to.equal(2);
        expect(bestFixedReplicas(phases, { ...sizing, maxChildren: 5 })).to.equal(1);
    });
});

describe("the outcome of requests that wait", () => {
    it("counts what is lost, and waits beyond a request's own time", () => {
        expect(outcome).to.deep.include({ signal: "both", requests: 100, lost: 1 });
        expect(outcome.longestWaitSeconds).to.be.closeTo(1, 1e-9);
        expect(outcome.p99WaitSeconds).to.be.closeTo(0.02, 1e-9);
    });

    it("has no wait below 0", () => {
        const quick = outcomeOf({ ...recorded, results: [result(300)] }, times, sizing);
        expect(quick).to.deep.include({ longestWaitSeconds: 0, p99WaitSeconds: 0 });
    });

    it("has when there were enough pods, or that there never were", () => {
        expect(outcome.capacities).to.deep.equal([
            { phase: "more", replicas: 3, seconds: 12, ofSeconds: 90 },
            { phase: "most", replicas: 4, seconds: undefined, ofSeconds: 120 },
            { phase: "computing", replicas: 3, seconds: undefined, ofSeconds: 120 },
        ]);
    });

    it("finds pods that were there before", () => {
        const early = outcomeOf({ ...recorded, replicas: [replicas(0, 3)] }, times, sizing);
        expect(early.capacities[0]?.seconds).to.equal(0);
    });

    it("counts replica-seconds of the run alone, beside the best fixed number's", () => {
        expect(secondsOf(phases)).to.equal(570);
        expect(outcome.replicaSeconds).to.equal(2 * 570 + 100);
        expect(outcome.replicaSecondsRatio).to.be.closeTo(1240 / (3 * 570), 1e-9);
    });

    it("refuses results of other streams", () => {
        expect(() => outcomeOf({ ...recorded, signal: "cpu" }, times, sizing)).to.throw(
            /both-more-0 is no stream of cpu/,
        );
    });
});

describe("the goals of the drill of requests that wait", () => {
    const capacities = (first: number | undefined, second: number | undefined, third: number | undefined) => [
        { phase: "more", replicas: 3, seconds: first, ofSeconds: 90 },
        { phase: "most", replicas: 4, seconds: second, ofSeconds: 120 },
        { phase: "computing", replicas: 3, seconds: third, ofSeconds: 120 },
    ];
    const good: Outcome = {
        signal: "both",
        requests: 5000,
        lost: 0,
        longestWaitSeconds: 0.3,
        p99WaitSeconds: 0.2,
        capacities: capacities(10, 0, 27),
        replicaSeconds: 1850,
        replicaSecondsRatio: 1.08,
    };
    const cpu: Outcome = { ...good, signal: "cpu", lost: 1200, capacities: capacities(undefined, undefined, 47) };
    const workers: Outcome = { ...good, signal: "workers" };
    const unmet = (both: Partial<Outcome>, ofCpu: Partial<Outcome> = {}, ofWorkers: Partial<Outcome> = {}) =>
        goalsOf([
            { ...good, ...both },
            { ...cpu, ...ofCpu },
            { ...workers, ...ofWorkers },
        ])
            .filter(({ isMet }) => !isMet)
            .map(({ text }) => text);

    it("are met where both figures keep the promise, and CPU alone does not", () => {
        expect(unmet({})).to.deep.equal([]);
        // Within the chance of when a step comes.
        expect(unmet({ capacities: capacities(10, 0, 62) })).to.deep.equal([]);
    });

    for (const [name, both, ofCpu, ofWorkers] of [
        ["a lost request", { lost: 1 }, {}, {}],
        ["a wait of a second", { longestWaitSeconds: 1 }, {}, {}],
        ["a wait of a second by busy workers alone", {}, {}, { longestWaitSeconds: 1 }],
        ["too many pods", { replicaSecondsRatio: 1.11 }, {}, {}],
        ["a load that CPU alone stands", {}, { lost: 0 }, {}],
        ["a slow first step", { capacities: capacities(55, 0, 27) }, {}, {}],
        ["a second step that never has enough pods", { capacities: capacities(10, undefined, 27) }, {}, {}],
        [
            "a step of requests that compute which CPU alone was faster at",
            { capacities: capacities(10, 0, 63) },
            {},
            {},
        ],
    ] as const) {
        it(`are not met with ${name}`, () => {
            expect(unmet(both, ofCpu, ofWorkers)).to.have.lengthOf(1);
        });
    }

    it("stand below the table", () => {
        const report = {
            startedAt: "2026-11-28T01:00:00.000Z",
            command: "make drill-waiting",
            kubernetesVersion: "v1.37.2",
            cores: 2,
            outcomes: [good, cpu, workers],
        };
        expect(markdown(report)).to.include(
            "| CPU alone | 1,200 of 5,000 | 0.30 s | 0.20 s | not in 90 s | not in 120 s | 47 s | 1,850, 108 % |",
        );
        expect(markdown(report)).to.include("- met: With both, no request is lost.\n");
        expect(markdown({ ...report, outcomes: [{ ...good, lost: 1 }, cpu, workers] })).to.include(
            "- NOT MET: With both, no request is lost.\n",
        );
    });
});
