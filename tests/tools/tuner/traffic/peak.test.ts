import { expect } from "chai";

import { notesOnPeak } from "../../../../tools/tuner/traffic/peak";
import { TraceError } from "../../../../tools/tuner/traffic/traffic";
import { dayOf, plant } from "../../../../tools/tuner/example";

describe("a peak", () => {
    const withOne = (rate: number) => {
        const traffic = dayOf(() => 60);
        traffic.requestsPerSecond[2400] = rate;
        return traffic;
    };

    it("is refused where more pods are needed than there can be", () => {
        expect(() => notesOnPeak(withOne(60_000), plant)).to.throw(
            TraceError,
            "2026-11-24 10:00:00: 60000 requests/s, 1000 times the trace's median. 1238 full pods would be needed",
        );
    });

    it("is refused where it is a mistake, unless --most-replicas says what it is worth", () => {
        expect(() => notesOnPeak(withOne(15_000), plant)).to.throw(
            TraceError,
            "250 times the trace's median. Where it is a mistake of a counter, leave its row out; where it was so, --most-replicas",
        );
        expect(notesOnPeak(withOne(15_000), plant, 400)).to.have.length(1);
    });

    it("is named where it is far above the median, or above what --most-replicas can serve", () => {
        expect(notesOnPeak(withOne(300), plant)).to.deep.equal([]);
        expect(notesOnPeak(withOne(6000), plant)).to.have.length(1);
        expect(notesOnPeak(withOne(300), plant, 4)[0]).to.include(
            "7 full pods would be needed, and --most-replicas allows 4",
        );
    });
});
