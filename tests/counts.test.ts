import { expect } from "chai";

import { closingLines, failureLines, none, sum } from "./counts";

describe("the end of what tests print", () => {
    const unit = { ...none, passed: 3, failed: 1, failures: ["a thing: does what it should: expected 1 to equal 2"] };
    const engine = { ...none, passed: 2, skipped: 1, missing: ["go"] };

    it("adds the layers up, and names what failed in any of them", () => {
        const all = sum([unit, engine]);
        expect(failureLines(all)).to.equal("\nFailed:\n  - a thing: does what it should: expected 1 to equal 2\n");
        expect(closingLines(all)).to.equal("1 skipped: no go\n5 passed, 1 failed");
    });

    it("names nothing where nothing failed", () => {
        expect(failureLines(engine)).to.equal("");
    });
});
