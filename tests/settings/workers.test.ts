import { expect } from "chai";

import { computedMaxChildren, reservedBytes, workersByMemory } from "../../settings/workers";

const input = { cpuRequest: "1000m", memoryLimit: "512Mi", workerMemory: "48Mi", workersPerCpu: 8 };

describe("workersByMemory", () => {
    it("keeps 128 MiB for php-fpm itself and divides what is left", () => {
        expect(reservedBytes).to.equal(134_217_728);
        expect(workersByMemory(input)).to.equal(8);
        expect(workersByMemory({ memoryLimit: "176Mi", workerMemory: "48Mi" })).to.equal(1);
    });

    it("has no room one byte below a whole worker", () => {
        expect(workersByMemory({ memoryLimit: String(176 * 2 ** 20 - 1), workerMemory: "48Mi" })).to.equal(0);
    });

    it("is below 1 where not even php-fpm itself has room", () => {
        expect(workersByMemory({ memoryLimit: "64Mi", workerMemory: "48Mi" })).to.be.below(1);
    });

    it("finds no room in what is no quantity", () => {
        expect(workersByMemory({ memoryLimit: "much", workerMemory: "48Mi" })).to.be.below(1);
        expect(workersByMemory({ memoryLimit: "512Mi", workerMemory: "much" })).to.be.below(1);
    });
});

describe("computedMaxChildren", () => {
    it("takes the smaller of what CPU and memory allow", () => {
        expect(computedMaxChildren(input)).to.equal(8);
        expect(computedMaxChildren({ ...input, memoryLimit: "256Mi" })).to.equal(2);
        expect(computedMaxChildren({ ...input, memoryLimit: "4Gi" })).to.equal(8);
        expect(computedMaxChildren({ ...input, memoryLimit: "4Gi", cpuRequest: "2" })).to.equal(16);
    });

    it("rounds a share of a worker up, since a core that is partly used is idle otherwise", () => {
        expect(computedMaxChildren({ ...input, cpuRequest: "130m" })).to.equal(2);
    });

    it("counts no CPU request as one core", () => {
        expect(computedMaxChildren({ ...input, cpuRequest: undefined })).to.equal(8);
    });

    it("is never below one worker", () => {
        expect(computedMaxChildren({ ...input, memoryLimit: "64Mi" })).to.equal(1);
        expect(computedMaxChildren({ ...input, cpuRequest: "1m", workersPerCpu: 1 })).to.equal(1);
    });
});
