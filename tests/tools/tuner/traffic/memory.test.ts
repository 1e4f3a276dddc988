import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { expect } from "chai";

import { readCsv } from "../../../../tools/tuner/traffic/csv";
import { linesOf } from "../../../../tools/tuner/traffic/lines";

/** Of a trace of so many rows over the same day, the most memory in use while it is read, in MiB above the beginning. */
async function mostMemory(rows: number, collectGarbage: () => void): Promise<number> {
    collectGarbage();
    const used = () => {
        const { heapUsed, external } = process.memoryUsage();
        return (heapUsed + external) / 2 ** 20;
    };
    const before = used();
    let most = 0;
    async function* bytes(): AsyncGenerator<Uint8Array> {
        yield Buffer.from("time,requests_per_second\n");
        const step = 86_400 / rows;
        for (let row = 0; row < rows;) {
            let text = "";
            for (const end = Math.min(rows, row + 2000); row < end; row++) text += `${(row * step).toFixed(3)},12.5\n`;
            if (row % 50_000 === 0) {
                collectGarbage();
                most = Math.max(most, used() - before);
            }
            yield await Promise.resolve(Buffer.from(text));
        }
    }
    const traffic = await readCsv(linesOf(bytes(), "traffic.csv"), "traffic.csv");
    expect(traffic.requestsPerSecond).to.have.length(5760);
    return most;
}

describe("reading a trace", () => {
    it("takes as much memory for a million rows as for a few", async function () {
        this.timeout(60_000);
        setFlagsFromString("--expose-gc");
        const collectGarbage = runInNewContext("gc") as () => void;
        await mostMemory(50_000, collectGarbage);
        const few = await mostMemory(50_000, collectGarbage);
        const many = await mostMemory(1_000_000, collectGarbage);
        // A million rows that are kept take some 100 MiB.
        expect(many - few).to.be.below(10);
    });
});
