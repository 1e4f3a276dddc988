import { expect } from "chai";

import { readOptions } from "../../../tools/tuner/options";

describe("the options of npm run tune", () => {
    const sourceOf = (...args: readonly string[]) => {
        const options = readOptions(["--stack", "prod", "--prometheus", "http://localhost:9090", ...args]);
        if (options === "help" || options.source.kind !== "prometheus") throw new Error("no source");
        return options.source;
    };

    it("take the last 14 days of a Prometheus, in whole steps, where nobody names a time", () => {
        const { query, fromSeconds, toSeconds, stepSeconds } = sourceOf();
        expect([query, stepSeconds, toSeconds % 60]).to.deep.equal([undefined, 60, 0]);
        expect(toSeconds - fromSeconds).to.equal(14 * 86_400);
        expect(Date.now() / 1000 - toSeconds)
            .to.be.at.least(0)
            .and.below(70);
    });

    it("take the time, the step and the query that are given", () => {
        const to = ["--to", "2026-11-24T09:00:00Z"];
        const toSeconds = Date.UTC(2026, 10, 24, 9) / 1000;
        expect(sourceOf(...to)).to.include({ fromSeconds: toSeconds - 14 * 86_400, toSeconds });
        expect(sourceOf(...to, "--from", "2026-11-24T08:00:00Z", "--step", "15", "--query", "x")).to.include({
            fromSeconds: toSeconds - 3600,
            stepSeconds: 15,
            query: "x",
        });
    });
});
