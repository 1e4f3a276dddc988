import { expect } from "chai";

import { parseIngressNginxLogLine, queryParameter } from "../../../tools/common/ingressNginxLog";

/** A line as the controller writes it, with other values for its upstreams. */
const line = (upstreams: string, request = "POST /echo?id=steady-7 HTTP/1.1", user = "-") =>
    `192.0.2.7 - ${user} [24/Nov/2026:13:36:32 +0200] "${request}" 200 163 "-" "Go-http-client/1.1" 4321 0.027 ` +
    `[web-web-http] [] ${upstreams} 5f0f2c1d0a6f4d0c8e2b7a9d3c4e5f60`;

describe("ingress-nginx's access log", () => {
    it("tells what the client got, when, and from whom", () => {
        expect(parseIngressNginxLogLine(line("10.0.1.4:8080 163 0.026 200"))).to.deep.equal({
            endedAtMilliseconds: Date.UTC(2026, 10, 24, 11, 36, 32),
            requestLine: "POST /echo?id=steady-7 HTTP/1.1",
            status: 200,
            requestTimeSeconds: 0.027,
            upstreamName: "web-web-http",
            upstreamAddresses: ["10.0.1.4:8080"],
            upstreamStatuses: [200],
            upstreamSeconds: [0.026],
        });
    });

    it("tells every pod that was asked when the first did not answer", () => {
        const entry = parseIngressNginxLogLine(
            line("10.0.1.4:8080, 10.0.2.9:8080, 10.0.2.9:8080 0, 0, 163 0.001, 3.002, 0.026 502, -, 200"),
        );
        expect(entry?.upstreamAddresses).to.deep.equal(["10.0.1.4:8080", "10.0.2.9:8080", "10.0.2.9:8080"]);
        expect(entry?.upstreamStatuses).to.deep.equal([502, undefined, 200]);
        expect(entry?.upstreamSeconds).to.deep.equal([0.001, 3.002, 0.026]);
    });

    it("knows an internal redirect between two upstreams", () => {
        const entry = parseIngressNginxLogLine(
            line("10.0.1.4:8080 : [2001:db8::7]:8080 0 : 9 0.001 : 0.002 503 : 200"),
        );
        expect(entry?.upstreamAddresses).to.deep.equal(["10.0.1.4:8080", "[2001:db8::7]:8080"]);
        expect(entry?.upstreamStatuses).to.deep.equal([503, 200]);
    });

    it("has no upstream where the ingress answered by itself", () => {
        const entry = parseIngressNginxLogLine(line("- - - -"));
        expect(entry?.upstreamAddresses).to.deep.equal([]);
        expect(entry?.upstreamStatuses).to.deep.equal([]);
    });

    it("has no service where no Ingress matched", () => {
        const text = line("- - - -").replace("[web-web-http]", "[-]");
        expect(parseIngressNginxLogLine(text)?.upstreamName).to.equal("");
    });

    it("takes whatever clients send", () => {
        expect(parseIngressNginxLogLine(line("- - - -", ""))?.requestLine).to.equal("");
        const binary = String.raw`\x16\x03\x01\x22`;
        expect(parseIngressNginxLogLine(line("- - - -", binary))?.requestLine).to.equal(binary);
        const named = parseIngressNginxLogLine(line("10.0.1.4:8080 1 0.001 200", "GET / HTTP/1.0", "some [one] else"));
        expect(named?.upstreamStatuses).to.deep.equal([200]);
    });

    it("has other lines between, which are none of it", () => {
        for (const text of [
            "",
            'I1124 11:36:32.123456       7 controller.go:190] "Configuration changes detected, backend reload required"',
            "2026/11/24 11:36:32 [warn] 29#29: *1 a client request body is buffered to a temporary file",
            line("10.0.1.4:8080 163 0.026 200").slice(0, -40),
            line("10.0.1.4:8080 163 0.026 200").replace("24/Nov/2026", "24/Foo/2026"),
        ]) {
            expect(parseIngressNginxLogLine(text), text).to.equal(undefined);
        }
    });

    it("has the request's parameters by name", () => {
        expect(queryParameter("POST /echo?wait_ms=5&id=long-3 HTTP/1.1", "id")).to.equal("long-3");
        expect(queryParameter("GET /echo?id=a%20b HTTP/1.1", "id")).to.equal("a b");
        for (const requestLine of ["GET /echo HTTP/1.1", "GET /echo?paid=7 HTTP/1.1", "", "GET /?q#id=7 HTTP/1.1"]) {
            expect(queryParameter(requestLine, "id"), requestLine).to.equal(undefined);
        }
    });
});
