import { expect } from "chai";

import { readArguments } from "../../../tools/bench/throughput/arguments";
import {
    longestSeconds,
    measuringSeconds,
    podStartSeconds,
    whyTooFew,
    whyTooLong,
} from "../../../tools/bench/throughput/pace";

describe("the bench's time", () => {
    const all = readArguments([]);

    it("is enough for all parts, with room for pods that start in ten seconds after a busy half minute", () => {
        expect(measuringSeconds(all)).to.be.within(300, 0.8 * longestSeconds);
        expect(whyTooLong(all, 10, 50)).to.equal(undefined);
    });

    it("is too short where pods start slowly: told with the figures and the remedy, before the pod's own wait is over", () => {
        expect(whyTooLong(all, 28, 60)).to.equal(
            "This machine is too slow for all of it: a pod takes 28 s to start, and the bench would take 474 s of the 450 s " +
                "that it has. Take fewer --rounds, --seconds or --parts.",
        );
        expect(whyTooLong(all, podStartSeconds, 35)).to.not.equal(undefined);
        expect(whyTooLong(readArguments(["--parts", "host"]), podStartSeconds, 60)).to.equal(undefined);
    });

    it("is for few rounds: more than it can hold are refused", () => {
        expect(() => readArguments(["--rounds", "10"])).to.throw(
            "Measuring alone would take 630 s, and the bench has 450. Take fewer --rounds, --seconds or --parts.",
        );
        expect(readArguments(["--rounds", "10", "--parts", "host,ingress"]).rounds).to.equal(10);
    });
});

describe("the bench's rounds", () => {
    const sample = (requestsPerSecond: number) => ({ requestsPerSecond, p99Milliseconds: 900 });

    it("compare some hundred requests each; a machine that answers fewer is too slow, and is told how long to take", () => {
        expect(whyTooFew("5 ms of CPU", [sample(8), sample(50)], 2)).to.equal(undefined);
        expect(whyTooFew("5 ms of CPU", [sample(8), sample(12)], 2)).to.equal(
            "This machine is too slow for the bench: its page (5 ms of CPU) has 12 requests/s, 24 a round, and a comparison needs 100. " +
                "Take --seconds 9, with fewer --parts.",
        );
    });
});
