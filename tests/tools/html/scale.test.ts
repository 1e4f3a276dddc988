import { expect } from "chai";
import * as fc from "fast-check";

import { linearAxis, linearScale, logAxis, timeTicks } from "../../../tools/html/charts/scale";

describe("tools/html/charts/scale", () => {
    it("puts values in between, and what lies outside on the edge", () => {
        const x = linearScale({ from: 0, until: 10 }, 100, 200);
        expect([x(0), x(5), x(10), x(-3), x(30)]).to.deep.equal([100, 150, 200, 100, 200]);
    });

    it("has round ticks", () => {
        expect(linearAxis({ from: 0, until: 143 }, 3, true).ticks).to.deep.equal([0, 50, 100, 150]);
        expect(linearAxis({ from: 0, until: 0.7 }, 3, false).ticks).to.deep.equal([0, 0.5, 1]);
    });

    it("has no tick of half a request", () => {
        expect(linearAxis({ from: 0, until: 1 }, 3, true).ticks).to.deep.equal([0, 1]);
    });

    it("has powers of ten on a logarithmic axis, and more where they are few", () => {
        expect(logAxis({ from: 12, until: 4000 }).ticks).to.deep.equal([10, 100, 1000]);
        expect(logAxis({ from: 12, until: 70 }).ticks).to.deep.equal([10, 20, 50]);
    });

    it("has ticks that clocks have", () => {
        expect(timeTicks({ from: 0, until: 1800 }, 12)).to.deep.equal([0, 300, 600, 900, 1200, 1500, 1800]);
        expect(timeTicks({ from: 50, until: 130 }, 12)).to.deep.equal([50, 60, 70, 80, 90, 100, 110, 120, 130]);
    });

    it("has a few finite ticks and finite places, whatever the values are", () => {
        const positive = fc.double({ min: 1e-6, max: 1e9, noNaN: true });
        fc.assert(
            fc.property(positive, positive, fc.boolean(), (a, b, isWhole) => {
                const domain = { from: Math.min(a, b), until: Math.max(a, b) };
                for (const axis of [linearAxis({ ...domain, from: 0 }, 3, isWhole), logAxis(domain)]) {
                    expect(axis.ticks.length).to.be.within(1, 20);
                    const places = [...axis.ticks, a, b, 0].map(axis.scale(0, 100));
                    for (const place of places) expect(place).to.be.within(0, 100);
                    expect(axis.scale(0, 100)(domain.from)).to.be.at.most(axis.scale(0, 100)(domain.until));
                }
            }),
        );
    });
});
