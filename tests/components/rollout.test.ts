import { expect } from "chai";

import { rolloutTimeoutSeconds } from "../../components/specs/rollout";

describe("how long pulumi up waits for a rollout", () => {
    const input = { maxSurge: "25%", startupSeconds: 60, minReadySeconds: 5, progressDeadlineSeconds: 300 };

    it("is the deadline and 15 s, however many pods there are", () => {
        for (const pods of [1, 4, 24, 100]) expect(rolloutTimeoutSeconds(input, pods)).to.equal(315);
    });

    it("covers the start of every batch where that takes longer", () => {
        expect(rolloutTimeoutSeconds({ ...input, maxSurge: 1 }, 24)).to.equal(24 * 65 + 15);
        expect(rolloutTimeoutSeconds({ ...input, progressDeadlineSeconds: 70 }, 6)).to.equal(3 * 65 + 15);
    });
});
