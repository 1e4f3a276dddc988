import { expect } from "chai";

import { CpuRecord, type StatsSummary } from "../../../tools/drill/observe/cpuRecord";

const begin = Date.parse("2026-11-24T09:00:00Z");
const iso = (atSeconds: number) => new Date(begin + atSeconds * 1000).toISOString();

/** As a kubelet tells it: a container that began at -100 s unless told otherwise, and what it has used until then. */
const summary = (uid: string, atSeconds: number, usedSeconds: number, startSeconds = -100): StatsSummary => ({
    pods: [
        {
            podRef: { uid },
            containers: [
                {
                    name: "controller",
                    startTime: iso(startSeconds),
                    cpu: { time: iso(atSeconds), usageCoreNanoSeconds: usedSeconds * 1e9 },
                },
            ],
        },
    ],
});

const used = (record: CpuRecord, fromSeconds: number, untilSeconds: number) =>
    record.secondsBetween(begin + fromSeconds * 1000, begin + untilSeconds * 1000);

describe("the record of a controller's CPU", () => {
    let record: CpuRecord;
    const tell = (...told: readonly StatsSummary[]) => {
        for (const each of told) record.onSummary(each, new Set(["a", "b"]));
    };

    beforeEach(() => {
        record = new CpuRecord();
    });

    it("is what was used between two times, and no more of what was used before", () => {
        tell(summary("a", 0, 50), summary("a", 10, 52), summary("a", 20, 53), summary("a", 30, 60));
        expect(used(record, 10, 20)).to.equal(1);
        expect(used(record, 0, 30)).to.equal(10);
    });

    it("goes evenly between two looks of the kubelet", () => {
        tell(summary("a", 0, 50), summary("a", 10, 52), summary("a", 20, 56));
        expect(used(record, 5, 15)).to.be.closeTo(1 + 2, 1e-9);
    });

    it("takes a look that is told again once", () => {
        tell(summary("a", 0, 50), summary("a", 10, 52), summary("a", 10, 52), summary("a", 0, 50));
        expect(used(record, 0, 20)).to.equal(2);
    });

    it("counts from nothing what begins meanwhile, and to its last look what ends", () => {
        tell(summary("a", 0, 50), summary("a", 10, 52), summary("b", 20, 3, 12), summary("b", 30, 4, 12));
        expect(used(record, 0, 40)).to.equal(2 + 4);
    });

    it("takes a container that is restarted in its pod for another one", () => {
        tell(summary("a", 0, 50), summary("a", 10, 52), summary("a", 30, 1, 15));
        expect(used(record, 0, 40)).to.equal(2 + 1);
    });

    it("leaves out other pods of the node, and what has no figure yet", () => {
        tell(summary("other", 0, 1), summary("other", 10, 9));
        tell({ pods: [{ podRef: { uid: "a" }, containers: [{ name: "controller" }] }, { podRef: { uid: "b" } }] }, {});
        expect(used(record, 0, 20)).to.equal(undefined);
        tell(summary("a", 0, 5), summary("a", 10, 7));
        expect(used(record, 0, 20)).to.equal(2);
    });
});
