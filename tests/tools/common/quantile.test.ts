import { expect } from "chai";

import { quantile } from "../../../tools/common/quantile";

describe("quantile", () => {
    it("is the smallest value that so many are not above, or 0", () => {
        const values = [1, 2, 3, 4];
        expect([0, 0.25, 0.26, 0.5, 0.99, 1].map((share) => quantile(values, share))).to.deep.equal([1, 1, 2, 2, 4, 4]);
        expect(quantile([], 0.5)).to.equal(0);
    });
});
