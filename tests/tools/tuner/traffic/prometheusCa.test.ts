import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";

import { expect } from "chai";

import { UsageError } from "../../../../tools/common/commandLine";
import { readPrometheus } from "../../../../tools/tuner/traffic/prometheus";
import { trust } from "../../../../tools/tuner/traffic/prometheusAccess";
import { needs } from "../../../helpers/needs";

describe("a Prometheus with a CA of one's own", () => {
    let folder: string;
    let server: Server;
    let url: string;
    const usual = getCACertificates("default");

    before(needs("openssl"));

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "prometheus-ca-"));
        const files = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "ca.pem")];
        const name = ["-subj", "/CN=prometheus", "-addext", "subjectAltName=IP:127.0.0.1"];
        const kind = [
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ];
        execFileSync("openssl", [...kind, ...files, ...name], { stdio: "ignore" });
        const key = readFileSync(join(folder, "key.pem"));
        const cert = readFileSync(join(folder, "ca.pem"));
        const values = [[0, "4"], [15, "5"]]; // prettier-ignore
        server = createServer({ key, cert }, (_, response) => {
            const data = { resultType: "matrix", result: [{ metric: {}, values }] };
            response.end(JSON.stringify({ status: "success", data }));
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });

    after(() => {
        setDefaultCACertificates(usual);
        server.closeAllConnections();
        server.close();
        rmSync(folder, { recursive: true });
    });

    const read = () => readPrometheus({ url, query: "x", fromSeconds: 0, toSeconds: 15, stepSeconds: 15 });

    it("is asked once that is trusted, and says before what names it", async () => {
        const error: unknown = await read().catch((reason: unknown) => reason);
        expect(String(error)).to.include("--prometheus-ca names the file of its CA.");
        trust(join(folder, "ca.pem"));
        expect([...(await read()).requestsPerSecond]).to.deep.equal([4, 5]);
        expect(() => {
            trust(join(folder, "none.pem"));
        }).to.throw(UsageError, "none.pem: ENOENT");
    });
});
