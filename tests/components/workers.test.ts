import { expect } from "chai";

import {
    besideLimitBytes,
    computedMaxChildren,
    describeWorst,
    reservedBytes,
    usualBytes,
    workersWithin,
    worstBytes,
} from "../../components/workers";

const mebibytes = (count: number) => count * 2 ** 20;

const memory = { memoryLimit: "128Mi", workerMemory: "48Mi", opcacheMemory: "64Mi", ini: {} };
const input = { ...memory, cpuRequest: "1000m", containerLimit: undefined, workersPerCpu: 8 };

describe("the memory of php-fpm", () => {
    it("has 96 MiB for php-fpm itself, opcache, and the usual size of each worker and of readiness' own", () => {
        expect(reservedBytes).to.equal(mebibytes(96));
        expect(usualBytes(memory, 0)).to.equal(mebibytes(160 + 48));
        expect(usualBytes(memory, 10)).to.equal(mebibytes(160 + 48 + 480));
    });

    it("is at the worst when each worker is at memory_limit, with 16 MiB that it does not count", () => {
        expect(besideLimitBytes).to.equal(mebibytes(16));
        expect(worstBytes(memory, 10)).to.equal(mebibytes(160 + 144 + 1440));
    });

    it("is never usually above the worst", () => {
        const small = { ...memory, memoryLimit: "16Mi" };
        expect(usualBytes(small, 10)).to.equal(worstBytes(small, 10));
    });

    it("has what php.ini reserves beside opcache, and nothing else of php.ini", () => {
        const ini = { "opcache.jit_buffer_size": "32M", "apc.shm_size": "1g", "date.timezone": "64M", precision: 17 };
        expect(worstBytes({ ...memory, ini }, 1) - worstBytes(memory, 1)).to.equal(mebibytes(1056));
        expect(usualBytes({ ...memory, ini }, 1) - usualBytes(memory, 1)).to.equal(mebibytes(1056));
        expect(describeWorst({ ...memory, ini }, 3)).to.equal(
            "96Mi php-fpm itself + 64Mi opcacheMemory + 32Mi opcache.jit_buffer_size + 1024Mi apc.shm_size + " +
                "(3 maxChildren + 1 for readiness) x (128Mi memoryLimit + 16Mi beside it)",
        );
    });

    it("has the known paths of each worker where php.ini allows more than 4 MiB of them", () => {
        const more = (size: string) =>
            worstBytes({ ...memory, ini: { realpath_cache_size: size } }, 3) - worstBytes(memory, 3);
        expect(["16K", "4096K", "4M", "10M", "64M"].map(more)).to.deep.equal([0, 0, 0, mebibytes(24), mebibytes(240)]);
        expect(describeWorst({ ...memory, ini: { realpath_cache_size: "10M" } }, 3)).to.include("+ 22Mi beside it)");
    });
});

describe("workersWithin", () => {
    it("counts the workers that a limit has room for at their worst", () => {
        expect(workersWithin("448Mi", memory)).to.equal(1);
        expect(workersWithin("1744Mi", memory)).to.equal(10);
    });

    it("has no room one byte below a whole worker, nor below php-fpm itself", () => {
        expect(workersWithin(String(mebibytes(448) - 1), memory)).to.equal(0);
        expect(workersWithin("64Mi", memory)).to.be.below(1);
    });
});

describe("computedMaxChildren", () => {
    it("takes what CPU can feed where no limit is stated, and the smaller of both otherwise", () => {
        expect(computedMaxChildren(input)).to.equal(8);
        expect(computedMaxChildren({ ...input, cpuRequest: "2" })).to.equal(16);
        expect(computedMaxChildren({ ...input, containerLimit: "656Mi" })).to.equal(2);
        expect(computedMaxChildren({ ...input, containerLimit: "4Gi" })).to.equal(8);
    });

    it("rounds a share of a worker up, since a core that is partly used is idle otherwise", () => {
        expect(computedMaxChildren({ ...input, cpuRequest: "130m" })).to.equal(2);
    });

    it("counts no CPU request as one core", () => {
        expect(computedMaxChildren({ ...input, cpuRequest: undefined })).to.equal(8);
    });

    it("is never below one worker", () => {
        expect(computedMaxChildren({ ...input, containerLimit: "64Mi" })).to.equal(1);
        expect(computedMaxChildren({ ...input, cpuRequest: "1m", workersPerCpu: 1 })).to.equal(1);
    });
});
