import { expect } from "chai";

import { readArguments } from "../../../tools/bench/throughput/arguments";
import { UsageError } from "../../../tools/common/commandLine";
import { comparison, sweep, type Report } from "../../../tools/bench/throughput/result";
import { text } from "../../../tools/bench/throughput/text";

describe("the bench's command line", () => {
    it("measures all parts where none is named", () => {
        const { parts, rounds, command } = readArguments([]);
        expect(parts).to.deep.equal(["host", "ingress", "workers"]);
        expect(rounds).to.be.greaterThan(2);
        expect(command).to.equal("make bench");
    });

    it("takes parts, numbers and a file, and says how to repeat it", () => {
        const found = readArguments(["--parts", "workers", "--workers", "2,16", "--rounds", "3", "--out", "x.json"]);
        expect(found).to.deep.include({ parts: ["workers"], workers: [2, 16], rounds: 3, outPath: "x.json" });
        expect(found.command).to.equal('make bench ARGS="--parts workers --workers 2,16 --rounds 3 --out x.json"');
    });

    for (const [args, message] of [
        [["--parts", "host,moon"], /There is no part moon\. There are host, ingress, workers/],
        [["--rounds", "0"], /--rounds 0: it takes whole numbers above 0/],
        [["--workers", "4,x"], /--workers x/],
        [["--fast"], /--fast/],
    ] as const) {
        it(`refuses ${args.join(" ")}`, () => {
            expect(() => readArguments(args)).to.throw(UsageError, message);
        });
    }
});

describe("the bench's text", () => {
    const samples = (...speeds: readonly number[]) =>
        speeds.map((requestsPerSecond) => ({ requestsPerSecond, p99Milliseconds: 12 }));
    const report: Report = {
        date: "2026-11-24T12:00:00.000Z",
        command: "make bench",
        machine: { cpu: "Some CPU", cores: 2, kernel: "6.1", busyShareBefore: 0.12 },
        load: { connections: 32, seconds: 3, rounds: 3 },
        comparisons: [
            comparison({
                title: "pod ÷ host",
                page: "empty page",
                measured: { name: "pod", samples: samples(80, 90, 82) },
                reference: { name: "host", samples: samples(100, 100, 100) },
                atLeast: 0.85,
            }),
        ],
        sweeps: [
            sweep({
                page: "5 ms of CPU",
                cpu: "1000m",
                results: [
                    { maxChildren: 8, samples: samples(190, 191, 192) },
                    { maxChildren: 16, samples: samples(195, 196, 197) },
                ],
                chosen: 8,
                atLeast: 0.95,
            }),
        ],
    };

    it("has each figure beside the other, the spread, and whether the target is met", () => {
        const lines = text(report)
            .split("\n")
            .map((line) => line.replace(/ {2,}/g, " | "));
        expect(lines).to.include(
            "pod ÷ host | empty page | pod 82 | host 100 | 0.820 (0.800 to 0.900) | >= 0.85 | MISSED",
        );
        expect(lines).to.include("8 | 191 | 12 | our rule");
        expect(lines).to.include("16 | 196 | 12 | best");
        expect(lines).to.include("our rule ÷ best | 0.974 (0.974 to 0.975) | >= 0.95 | met");
        expect(lines[1]).to.equal("2 cores (Some CPU), Linux 6.1, 12 % busy before");
    });

    it("doubts what a busy machine has measured", () => {
        const busy = { ...report, machine: { ...report.machine, busyShareBefore: 0.8 } };
        expect(text(report)).to.not.include("In doubt");
        expect(text(busy)).to.include("80 % busy before\nIn doubt: ");
    });
});
