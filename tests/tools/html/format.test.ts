import { expect } from "chai";

import { clock, count, decimal, milliseconds, percent, plural, ratio, seconds } from "../../../tools/html/format";

describe("tools/html/format", () => {
    const cases: readonly (readonly [string, string])[] = [
        [count(100_012), "100,012"],
        [decimal(0.4249), "0.42"],
        [decimal(4.24), "4.2"],
        [decimal(99.6), "100"],
        [decimal(3), "3"],
        [seconds(9.24), "9.2 s"],
        [milliseconds(38.2), "38 ms"],
        [milliseconds(4.56), "4.6 ms"],
        [milliseconds(12_340), "12.3 s"],
        [percent(0.034), "3.4 %"],
        [ratio(6.7, 16.6), "0.40 ×"],
        [clock(725.9), "12:05"],
        [clock(4325), "1:12:05"],
        [clock(-5), "-0:05"],
        [plural(1, "request"), "1 request"],
        [plural(0, "request"), "0 requests"],
    ];
    for (const [actual, expected] of cases) {
        it(`writes ${expected}`, () => {
            expect(actual).to.equal(expected);
        });
    }

    it("shows a dash for what could not be measured, and for what cannot be divided", () => {
        for (const text of [count(undefined), seconds(undefined), clock(undefined), ratio(1, 0), ratio(1, undefined)]) {
            expect(text).to.equal("–");
        }
    });
});
