import { expect } from "chai";

import { endOfRollout, type Condition } from "../../../tools/why/objects";

describe("how a rollout has ended", () => {
    const end = (progressing: Partial<Condition>, generation = 4) =>
        endOfRollout({
            metadata: { name: "web", generation },
            status: {
                observedGeneration: 4,
                conditions: [
                    { type: "Available", status: "True" },
                    { type: "Progressing", status: "True", ...progressing },
                ],
            },
        });

    it("is Kubernetes' verdict", () => {
        expect(end({ reason: "NewReplicaSetAvailable" })).to.equal("complete");
        expect(end({ status: "False", reason: "ProgressDeadlineExceeded" })).to.equal("givenUp");
    });

    it("is open while new pods are made, or not even that", () => {
        for (const reason of ["NewReplicaSetCreated", "ReplicaSetUpdated", "FoundNewReplicaSet"])
            expect(end({ reason })).to.equal(undefined);
        expect(endOfRollout({ metadata: { name: "web", generation: 1 }, status: {} })).to.equal(undefined);
    });

    it("is open where the verdict is on what was before", () => {
        expect(end({ reason: "NewReplicaSetAvailable" }, 5)).to.equal(undefined);
        expect(end({ status: "False", reason: "ProgressDeadlineExceeded" }, 5)).to.equal(undefined);
    });
});
