import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { expect } from "chai";

import { readTrace } from "../../../../tools/tuner/traffic/read";
import { TraceError } from "../../../../tools/tuner/traffic/traffic";

describe("a trace file", () => {
    let folder: string;

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "trace-"));
    });

    afterEach(() => {
        rmSync(folder, { recursive: true });
    });

    const read = (content: string | Buffer, name = "trace") => {
        const path = join(folder, name);
        writeFileSync(path, content);
        return readTrace(path, undefined);
    };

    const csv = "time,requests_per_second\n0,5\n15,6\n30,7\n";
    const answer = (result: unknown) => JSON.stringify({ status: "success", data: { resultType: "matrix", result } });

    it("is unzipped by its content, whatever its name", async () => {
        const [plain, zipped] = [await read(csv), await read(gzipSync(csv), "day.csv")];
        expect([...zipped.requestsPerSecond]).to.deep.equal([...plain.requestsPerSecond]);
        expect([...(await read(csv, "not-zipped.csv.gz")).requestsPerSecond]).to.deep.equal([5, 6, 7]);
    });

    it("may be a saved answer of Prometheus, longer than any line of a log", async () => {
        const values = Array.from({ length: 5000 }, (_, i) => [1_794_000_000 + i * 60, String(5 + (i % 7))]);
        const traffic = await read(answer([{ metric: {}, values }]), "prom.json");
        expect(traffic.startSeconds).to.equal(1_794_000_000);
        expect([...traffic.requestsPerSecond.subarray(0, 8)]).to.deep.equal([5, 5, 5, 5, 6, 6, 6, 6]);
    });

    it("is refused with what is wrong with it", async () => {
        const refusal = async (content: string | Buffer) => {
            const error: unknown = await read(content).catch((reason: unknown) => reason);
            expect(error).to.be.instanceOf(TraceError);
            return (error as TraceError).message;
        };
        expect(await refusal(answer([]))).to.include("the answer of Prometheus has no series in it");
        expect(await refusal('{"status": "succ')).to.include("is no JSON");
        expect(await refusal('{"kind": "Pod"}')).to.include("what Prometheus answers to a range query");
        expect(await refusal(gzipSync(csv).subarray(0, 30))).to.include("could not be read: unexpected end of file");
        const missing: unknown = await readTrace(join(folder, "none"), undefined).catch((reason: unknown) => reason);
        expect((missing as TraceError).message).to.include("could not be read: ENOENT");
    });
});
