import { expect } from "chai";

import { worstWarning } from "../../../lab/plugins/kubernetes/pods";

const event = (lastTimestamp: string, reason: string, message: string) => ({ lastTimestamp, reason, message });
const pull = 'Failed to pull image "lab.local/nginx:9.9.9": not found';

describe("the warning that a failed rollout is told with", () => {
    it("names the image: the error alone, which comes in the same second, once hid which one it was", () => {
        const events = [
            event("2026-01-01T00:00:10Z", "Failed", pull),
            event("2026-01-01T00:00:11Z", "Failed", "Error: ErrImagePull"),
        ];
        for (const order of [events, [...events].reverse()]) expect(worstWarning(order)).to.equal(`Failed: ${pull}`);
    });

    it("is the last one of those that are further apart, and the later one of equals", () => {
        const probe = (code: number) => `Readiness probe failed: HTTP probe failed with statuscode: ${code}`;
        expect(
            worstWarning([
                event("2026-01-01T00:00:30Z", "Unhealthy", probe(500)),
                event("2026-01-01T00:00:10Z", "Failed", pull),
                event("2026-01-01T00:00:29Z", "Unhealthy", probe(502)),
            ]),
        ).to.equal(`Unhealthy: ${probe(500)}`);
    });

    it("is none where there are no events", () => {
        expect(worstWarning([])).to.equal(undefined);
    });
});
