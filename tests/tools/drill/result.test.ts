import { expect } from "chai";

import type { Change, DrillEvent, EventTime } from "../../../tools/drill/events/event";
import { scaleOut } from "../../../tools/drill/events/scaling";
import type { PodLife, VariantResult } from "../../../tools/drill/model";
import { controllerFigures } from "../../../tools/drill/result/assemble";
import { incompleteLog, notHappened, sentLate, tooFew, tooSoft } from "../../../tools/drill/result/doubts";
import { mechanismOf } from "../../../tools/drill/result/mechanism";
import { replicaSecondsBetween, routingFigures, startupFigures } from "../../../tools/drill/result/pods";

const pod = (times: Partial<PodLife>): PodLife => ({
    name: "web-1",
    node: "node-1",
    revision: "a",
    scheduledAtSeconds: undefined,
    startedAtSeconds: undefined,
    readyAtSeconds: undefined,
    firstServedAtSeconds: undefined,
    terminatingAtSeconds: undefined,
    goneAtSeconds: undefined,
    firstSentAtSeconds: undefined,
    lastSentAtSeconds: undefined,
    requests: 0,
    ...times,
});

const change = (changes: Partial<Change> = {}): Change => {
    const state = {
        desired: 2,
        ready: 2,
        minReplicas: 2,
        maxReplicas: 6,
        pods: ["web-1", "web-2"],
        terminatingPods: [],
        revisions: ["a"],
        isSettled: true,
    };
    return {
        before: state,
        after: state,
        startedPods: 0,
        endedPods: 0,
        leastReplicas: 2,
        mostReplicas: 2,
        ...changes,
    };
};

const time = (event: DrillEvent, changes: Partial<EventTime> = {}): EventTime => ({
    event,
    fromSeconds: 0,
    untilSeconds: 100,
    changes: new Map([["ours", change()]]),
    failure: undefined,
    ...changes,
});

const variant = (name: string, lost: number, longLost: number) =>
    ({
        name,
        title: name,
        totals: { lost, longLost },
        pods: [pod({ terminatingAtSeconds: 50 })],
    }) as unknown as VariantResult;

describe("doubts about a drill", () => {
    it("a baseline that loses nothing: the drill is too soft", () => {
        expect(tooSoft([variant("none", 3, 0), variant("write-up", 1, 1), variant("ours", 0, 0)])).to.deep.equal([]);
        expect(tooSoft([variant("none", 0, 0)])[0]).to.match(/^none: nothing was lost/);
        // What the usual recipe loses for its known reason are long requests.
        expect(tooSoft([variant("write-up", 5, 0)])).to.have.length(1);
        // It was not touched: of an event that is the ingress controller's alone it has nothing to lose.
        expect(tooSoft([{ ...variant("none", 0, 0), pods: [pod({ readyAtSeconds: 1 })] }])).to.deep.equal([]);
    });

    it("an event that was not seen to happen, by variant, and one that failed", () => {
        const [doubt] = notHappened([time(scaleOut)], [{ name: "ours", title: "Ours" }]);
        expect(doubt).to.equal(`${scaleOut.title}; Ours: it went to 2 of 6 replicas.`);
        const { after } = change();
        const happened = new Map([["ours", change({ after: { ...after, desired: 6 } })]]);
        expect(notHappened([time(scaleOut, { changes: happened })], [{ name: "ours", title: "Ours" }])).to.deep.equal(
            [],
        );
        expect(notHappened([time(scaleOut, { changes: happened, failure: "no node" })], [])).to.deep.equal([
            `${scaleOut.title}: no node`,
        ]);
    });

    it("so few requests that none of them lost tells nothing", () => {
        const few = (requests: number, lost: number) => ({
            title: "Ours",
            totals: { requests, lost } as unknown as VariantResult["totals"],
        });
        expect(tooFew(few(299, 0))).to.deep.equal(["Ours: 299 requests without a loss are too few to tell."]);
        expect([...tooFew(few(300, 0)), ...tooFew(few(20, 1))]).to.deep.equal([]);
    });

    it("more than a hundredth of the requests sent late by the load's own machine", () => {
        expect(sentLate(1000, 10)).to.deep.equal([]);
        expect(sentLate(1000, 11)[0]).to.match(/^11 of 1,000 requests were sent more than a second late/);
    });

    it("an ingress log that lacks more than a hundredth of the requests", () => {
        expect(incompleteLog("Ours", 1000, 990)).to.deep.equal([]);
        expect(incompleteLog("Ours", 1000, 989)[0]).to.include("989 of 1000");
    });
});

describe("figures of pods", () => {
    it("replica-seconds count from scheduling until a pod is gone, within the time that is asked for", () => {
        const pods = [pod({ scheduledAtSeconds: 0, goneAtSeconds: 30 }), pod({ scheduledAtSeconds: 20 }), pod({})];
        expect(replicaSecondsBetween(pods, 10, 50)).to.equal(20 + 30);
        expect(replicaSecondsBetween(pods, 60, 70)).to.equal(10);
    });

    it("start-up is of pods that were seen to start, not of those that were there before", () => {
        const pods = [
            pod({ scheduledAtSeconds: 0.1, readyAtSeconds: 0.1, firstServedAtSeconds: 9 }),
            pod({ scheduledAtSeconds: 20, readyAtSeconds: 22, firstServedAtSeconds: 23 }),
            pod({ scheduledAtSeconds: 20, readyAtSeconds: 24, firstServedAtSeconds: 27 }),
        ];
        const replicas = [
            { atSeconds: 1, desired: 2, ready: 2, min: 2, max: 6 },
            { atSeconds: 19, desired: 4, ready: 2, min: 2, max: 6 },
        ];
        expect(startupFigures(pods, replicas, [time(scaleOut)])).to.deep.equal({
            pods: 2,
            scheduledToFirstServedSeconds: 5,
            scheduledToReadySeconds: 3,
            decisionToFirstServedSeconds: 4,
        });
        expect(startupFigures(pods, replicas, []).decisionToFirstServedSeconds).to.equal(undefined);
    });
});

describe("figures of the controller", () => {
    it("from ready to the first request is of pods that were seen to start, and of when it was sent", () => {
        const pods = [
            pod({ scheduledAtSeconds: 0.1, readyAtSeconds: 0.1, firstSentAtSeconds: 90 }),
            pod({ scheduledAtSeconds: 20, readyAtSeconds: 22, firstSentAtSeconds: 22.5, firstServedAtSeconds: 60 }),
            pod({ scheduledAtSeconds: 20, readyAtSeconds: 24, firstSentAtSeconds: 27 }),
            pod({ scheduledAtSeconds: 20, readyAtSeconds: 25, firstSentAtSeconds: 26 }),
            // Never served, and never ready.
            pod({ scheduledAtSeconds: 20, readyAtSeconds: 25 }),
            pod({ scheduledAtSeconds: 20, firstSentAtSeconds: 26 }),
        ];
        expect(routingFigures(pods).readyToFirstRequest).to.deep.equal({ pods: 3, medianSeconds: 1, mostSeconds: 3 });
    });

    it("from terminating to the last request is 0 where none came after it", () => {
        const pods = [
            pod({ terminatingAtSeconds: 100, lastSentAtSeconds: 99 }),
            pod({ terminatingAtSeconds: 100, lastSentAtSeconds: 100.5 }),
            pod({ terminatingAtSeconds: 200, lastSentAtSeconds: 203, goneAtSeconds: 240 }),
            pod({ lastSentAtSeconds: 300 }),
            pod({ terminatingAtSeconds: 300 }),
        ];
        expect(routingFigures(pods)).to.deep.equal({
            readyToFirstRequest: undefined,
            terminatingToLastRequest: { pods: 3, medianSeconds: 0.5, mostSeconds: 3 },
        });
    });

    it("CPU is for each thousand requests, and no figure where the nodes do not tell, or nothing was sent", () => {
        expect(controllerFigures(12, 8000)).to.deep.equal({ cpuSeconds: 12, cpuSecondsPerThousandRequests: 1.5 });
        expect(controllerFigures(undefined, 8000).cpuSecondsPerThousandRequests).to.equal(undefined);
        expect(controllerFigures(12, 0).cpuSecondsPerThousandRequests).to.equal(undefined);
    });
});

describe("the mechanism of a loss", () => {
    const life = pod({ readyAtSeconds: 10, terminatingAtSeconds: 100, goneAtSeconds: 160 });
    const told: readonly (readonly [string, PodLife | undefined, number, number, RegExp])[] = [
        ["no pod", undefined, 50, 51, /no pod was asked/],
        ["too early", life, 9, 9.1, /not ready yet/],
        ["just ready", pod({ readyAtSeconds: 10 }), 12, 12.1, /ready for less than 5 s/],
        ["in the middle", life, 50, 51, /was serving/],
        ["cut", life, 95, 130, /told to end while it ran, and cut it 30 s later/],
        ["sent too late", life, 104, 105, /ending already, for 5 s/],
        ["sent to nobody", life, 170, 171, /was gone/],
    ];
    for (const [what, found, sentAt, endedAt, words] of told) {
        it(what, () => {
            expect(mechanismOf(found, sentAt, endedAt)).to.match(words);
        });
    }
});
