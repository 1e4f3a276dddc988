import { expect } from "chai";
import fc from "fast-check";

import { formatMemory, parseCpuMillicores, parseMemoryBytes, parsePhpBytes } from "../../../components/units/quantity";

describe("parseCpuMillicores", () => {
    const cases: readonly (readonly [string, number])[] = [
        ["100m", 100],
        ["1", 1000],
        ["1000m", 1000],
        ["1.5", 1500],
        ["0.001", 1],
        ["2.0", 2000],
        // 1.001 * 1000 is 1000.9999999999999 in floating point.
        ["1.001", 1001],
    ];
    for (const [text, millicores] of cases) {
        it(`reads ${text} as ${millicores} thousandths of a core`, () => {
            expect(parseCpuMillicores(text)).to.equal(millicores);
        });
    }

    for (const text of [
        "",
        "0",
        "0m",
        "-1",
        "+1",
        "1.2345",
        "0.5m",
        "1 ",
        " 1",
        "1e3",
        "1k",
        "512Mi",
        "m",
        ".5",
        "1.",
        "١",
    ]) {
        it(`refuses "${text}"`, () => {
            expect(parseCpuMillicores(text)).to.equal(undefined);
        });
    }

    it("reads every whole number of millicores back, as it is and in cores", () => {
        fc.assert(
            fc.property(fc.integer({ min: 1, max: 1_000_000 }), (millicores) => {
                expect(parseCpuMillicores(`${millicores}m`)).to.equal(millicores);
                expect(parseCpuMillicores((millicores / 1000).toFixed(3))).to.equal(millicores);
            }),
        );
    });
});

describe("parseMemoryBytes", () => {
    const cases: readonly (readonly [string, number])[] = [
        ["1", 1],
        ["90Mi", 94_371_840],
        ["512Mi", 536_870_912],
        ["1Gi", 2 ** 30],
        ["1G", 1e9],
        ["1k", 1000],
        ["1Ki", 1024],
        ["1.5Gi", 1_610_612_736],
        ["2Ti", 2 ** 41],
    ];
    for (const [text, bytes] of cases) {
        it(`reads ${text} as ${bytes} bytes`, () => {
            expect(parseMemoryBytes(text)).to.equal(bytes);
        });
    }

    for (const text of [
        "",
        "0",
        "0Mi",
        "-1Mi",
        "100m",
        "90mi",
        "90MB",
        "90M i",
        "90 Mi",
        "Mi",
        "1K",
        "0.1",
        "1e6",
        "1Pi",
    ]) {
        it(`refuses "${text}"`, () => {
            expect(parseMemoryBytes(text)).to.equal(undefined);
        });
    }

    it("answers no with any text, and never throws", () => {
        fc.assert(
            fc.property(fc.string({ unit: "binary" }), (text) => {
                const bytes = parseMemoryBytes(text) ?? 1;
                const millicores = parseCpuMillicores(text) ?? 1;
                expect(Number.isInteger(bytes) && bytes > 0 && Number.isInteger(millicores) && millicores > 0).to.equal(
                    true,
                );
            }),
        );
    });
});

describe("formatMemory", () => {
    it("writes whole MiB, rounded up", () => {
        expect(formatMemory(90 * 2 ** 20)).to.equal("90Mi");
        expect(formatMemory(90 * 2 ** 20 + 1)).to.equal("91Mi");
        expect(formatMemory(2 ** 31)).to.equal("2048Mi");
    });
});

describe("parsePhpBytes", () => {
    it("reads sizes as php.ini has them", () => {
        expect(parsePhpBytes("64M")).to.equal(64 * 2 ** 20);
        expect(parsePhpBytes("64m")).to.equal(64 * 2 ** 20);
        expect(parsePhpBytes("8K")).to.equal(8192);
        expect(parsePhpBytes("1G")).to.equal(2 ** 30);
        expect(parsePhpBytes("0M")).to.equal(0);
    });

    for (const text of ["", "64", "64Mi", "64MB", "-1M", "1.5M", " 64M", "M", "true"]) {
        it(`takes ${JSON.stringify(text)} for no size`, () => {
            expect(parsePhpBytes(text)).to.equal(undefined);
        });
    }
});
