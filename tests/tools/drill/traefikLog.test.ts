import { expect } from "chai";

import { parseTraefikLogLine } from "../../../tools/drill/observe/traefikLog";

/** As Traefik 3.7.15 writes it, with what is read here, and more. */
const line = (changes: Readonly<Record<string, unknown>> = {}) =>
    JSON.stringify({
        ClientAddr: "198.18.0.1:51234",
        DownstreamStatus: 200,
        Duration: 26_000_000,
        OriginStatus: 0,
        RequestMethod: "POST",
        RequestPath: "/echo?id=ours-7&wait=1",
        RequestProtocol: "HTTP/1.1",
        RetryAttempts: 0,
        ServiceAddr: "10.0.1.4:8080",
        level: "info",
        msg: "",
        ...changes,
    });

describe("Traefik's access log", () => {
    it("tells the request, the pod and what became of it", () => {
        expect(parseTraefikLogLine(line())).to.deep.equal({
            requestLine: "POST /echo?id=ours-7&wait=1 HTTP/1.1",
            upstreamAddresses: ["10.0.1.4:8080"],
            upstreamStatuses: [200],
        });
    });

    it("tells of further tries, and of the last pod alone", () => {
        const { upstreamAddresses, upstreamStatuses } =
            parseTraefikLogLine(line({ RetryAttempts: 2 })) ?? expect.fail();
        expect(upstreamAddresses).to.have.length(3);
        expect(upstreamAddresses.at(-1)).to.equal("10.0.1.4:8080");
        expect(upstreamStatuses).to.deep.equal([undefined, undefined, 200]);
    });

    it("tells where no pod was asked", () => {
        expect(parseTraefikLogLine(line({ ServiceAddr: undefined, DownstreamStatus: 404 }))).to.deep.include({
            upstreamAddresses: [],
            upstreamStatuses: [],
        });
    });

    it("has messages and broken lines between, which are none of it", () => {
        for (const text of [
            "",
            '{"level":"info","message":"Starting provider"}',
            line().slice(0, 50),
            "null",
            "plain",
        ]) {
            expect(parseTraefikLogLine(text), text).to.equal(undefined);
        }
    });
});
