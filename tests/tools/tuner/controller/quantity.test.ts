import { expect } from "chai";

import { percentage, toInt32 } from "../../../../tools/tuner/controller/int32";
import { approximateFloat64, milliValue, signOf } from "../../../../tools/tuner/controller/quantity";

describe("the model's numbers", () => {
    it("are thousandths of quantities, rounded away from zero", () => {
        const values: readonly [string | number, number][] = [
            ["100m", 100],
            ["1", 1000],
            [3, 3000],
            [0.25, 250],
            ["1.5", 1500],
            [".5", 500],
            ["5.", 5000],
            ["1Ki", 1_024_000],
            ["1.5Gi", 1_610_612_736_000],
            ["2k", 2_000_000],
            ["1e3", 1_000_000],
            ["1E-3", 1],
            ["1n", 1],
            ["1001u", 2],
            ["-1u", -1],
            ["-2", -2000],
            ["0", 0],
        ];
        for (const [quantity, expected] of values) expect(milliValue(quantity), String(quantity)).to.equal(expected);
        for (const wrong of ["", "m", ".", "1 core", "1mi", "0x1", "1e", "--1", NaN]) {
            expect(milliValue(wrong), String(wrong)).to.be.NaN;
        }
        expect(["-1n", "0", "1n", "x"].map(signOf)).to.deep.equal([-1, 0, 1, NaN]);
    });

    it("are doubles as Go makes them of what is stored", () => {
        expect(approximateFloat64("0.3")).to.equal(300 * 0.001);
        expect(approximateFloat64("300m")).to.equal(300 * 0.001);
        // Stored as 7m.
        expect(approximateFloat64("7000u")).to.equal(7 * 0.001);
        expect(approximateFloat64("0.1")).to.equal(0.1);
        expect(approximateFloat64("0.000001")).to.equal(1e-6);
        expect(approximateFloat64("2")).to.equal(2);
        expect(approximateFloat64("1000")).to.equal(1000);
        expect(approximateFloat64("0")).to.equal(0);
        expect(approximateFloat64("x")).to.be.NaN;
    });

    it("become int32 as on amd64", () => {
        expect(toInt32(2.9)).to.equal(2);
        expect(toInt32(-2.9)).to.equal(-2);
        expect(Object.is(toInt32(-0.5), 0)).to.equal(true);
        expect(toInt32(2 ** 31 - 1)).to.equal(2 ** 31 - 1);
        for (const beyond of [2 ** 31, -(2 ** 31) - 1, Infinity, -Infinity, NaN]) {
            expect(toInt32(beyond), String(beyond)).to.equal(-(2 ** 31));
        }
    });

    it("are percentages of int64, exact where doubles are not", () => {
        expect(percentage(1, 3)).to.equal(33);
        expect(percentage(-1, 3)).to.equal(-33);
        // In doubles it would be 101.
        expect(percentage(9_007_199_254_740_900, 8_918_019_064_099_901)).to.equal(100);
        expect(percentage(2 ** 31, 100)).to.equal(-(2 ** 31));
    });
});
