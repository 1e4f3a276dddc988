import { expect } from "chai";

import { parseEnvoyLogLine } from "../../../tools/drill/observe/envoyLog";

/** As Envoy 1.40 writes it, with what is read here, and more. */
const line = (changes: Readonly<Record<string, unknown>> = {}) =>
    JSON.stringify({
        start_time: "2026-11-27T12:00:00.000Z",
        method: "POST",
        path: "/echo?id=ours-7&wait=1",
        protocol: "HTTP/1.1",
        response_code: 200,
        response_flags: "-",
        upstream_host: "10.0.1.4:8080",
        attempts: 1,
        ...changes,
    });

describe("Envoy's access log", () => {
    it("tells the request, the pod and what became of it", () => {
        expect(parseEnvoyLogLine(line())).to.deep.equal({
            requestLine: "POST /echo?id=ours-7&wait=1 HTTP/1.1",
            upstreamAddresses: ["10.0.1.4:8080"],
            upstreamStatuses: [200],
        });
    });

    it("tells of further tries, and of the last pod alone", () => {
        const { upstreamAddresses, upstreamStatuses } = parseEnvoyLogLine(line({ attempts: 3 })) ?? expect.fail();
        expect(upstreamAddresses).to.have.length(3);
        expect(upstreamAddresses.at(-1)).to.equal("10.0.1.4:8080");
        expect(upstreamStatuses).to.deep.equal([undefined, undefined, 200]);
    });

    it("tells where no pod was asked", () => {
        expect(parseEnvoyLogLine(line({ upstream_host: null, response_code: 503, attempts: 0 }))).to.deep.include({
            upstreamAddresses: [],
            upstreamStatuses: [],
        });
    });

    it("has messages and broken lines between, which are none of it", () => {
        for (const text of ["", "[2026-11-27][1][warning] a message", line().slice(0, 50), '{"path":null}', "plain"]) {
            expect(parseEnvoyLogLine(text), text).to.equal(undefined);
        }
    });
});
