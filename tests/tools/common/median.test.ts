import { expect } from "chai";

import { median } from "../../../tools/common/median";

describe("median", () => {
    it("is the middle, the mean of two in the middle, or nothing", () => {
        expect([median([]), median([3]), median([4, 1, 2]), median([1, 2])]).to.deep.equal([undefined, 3, 2, 1.5]);
    });

    it("leaves the values in their order", () => {
        const values = [3, 1, 2];
        median(values);
        expect(values).to.deep.equal([3, 1, 2]);
    });
});
