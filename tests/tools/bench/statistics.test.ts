import { expect } from "chai";

import { busyShare } from "../../../tools/bench/throughput/machine";
import { comparison, isMet, sweep } from "../../../tools/bench/throughput/result";
import { ratios, spreadOf } from "../../../tools/bench/throughput/statistics";

const series = (...values: readonly number[]) =>
    values.map((requestsPerSecond) => ({ requestsPerSecond, p99Milliseconds: 1 }));

describe("the bench's statistics", () => {
    it("take the middle, and between two middles their mean", () => {
        expect(spreadOf([9, 1, 5])).to.deep.equal({ median: 5, least: 1, most: 9 });
        expect(spreadOf([9, 1, 5, 7])).to.deep.equal({ median: 6, least: 1, most: 9 });
        expect(() => spreadOf([])).to.throw("no median of nothing");
    });

    it("compare round by round, so that a slow round of both says nothing", () => {
        expect(ratios([90, 45, 9], [100, 50, 10])).to.deep.equal([0.9, 0.9, 0.9]);
        expect(() => ratios([1, 2], [1])).to.throw("2 rounds cannot be compared with 1");
    });
});

describe("the bench's targets", () => {
    const sides = {
        title: "pod ÷ host",
        page: "empty page",
        measured: { name: "pod", samples: series(84, 86, 85) },
        reference: { name: "host", samples: series(100, 100, 100) },
    };

    it("are met by a median that reaches them, and missed by one below", () => {
        expect(isMet(comparison({ ...sides, atLeast: 0.85 }))).to.equal(true);
        expect(isMet(comparison({ ...sides, atLeast: 0.86 }))).to.equal(false);
    });

    it("are none where a ratio only explains another", () => {
        expect(isMet(comparison({ ...sides, atLeast: undefined }))).to.equal(true);
    });

    it("compare our number of workers with the best one, round by round", () => {
        const results = [
            { maxChildren: 4, samples: series(300, 150, 301) },
            { maxChildren: 8, samples: series(363, 181, 364) },
            { maxChildren: 16, samples: series(400, 200, 400) },
        ];
        const found = sweep({ page: "waiting", cpu: "1000m", results, chosen: 8, atLeast: 0.95 });
        expect(found.best).to.equal(16);
        expect(found.ratio.median).to.be.closeTo(0.9075, 1e-9);
        expect(isMet(found)).to.equal(false);
        expect(isMet(sweep({ ...found, chosen: 16 }))).to.equal(true);
        expect(() => sweep({ ...found, chosen: 5 })).to.throw("5 workers were not measured");
    });
});

describe("how busy a machine is", () => {
    const core = (user: number, idle: number) => ({ times: { user, nice: 0, sys: 0, irq: 0, idle } });

    it("is told by what its cores did between two readings", () => {
        expect(busyShare([core(100, 900), core(0, 1000)], [core(200, 900), core(0, 1100)])).to.equal(0.5);
        expect(busyShare([core(100, 900)], [core(100, 1000)])).to.equal(0);
        expect(busyShare([core(100, 900)], [core(100, 900)])).to.equal(0);
    });
});
