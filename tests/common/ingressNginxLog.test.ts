import { expect } from "chai";

import { parseAccessLogLine } from "../../common/ingressNginxLog";

const plain =
    '10.0.0.9 - - [24/Nov/2026:11:36:34 +0000] "GET /cart?id=7 HTTP/1.1" 200 612 "https://www.example.com/" ' +
    '"Mozilla/5.0 (X11; Linux x86_64)" 431 0.127 [web-web-http] [] 10.244.1.7:8080 612 0.126 200 4f1c2d';

describe("a line of ingress-nginx's access log", () => {
    it("is read field by field", () => {
        expect(parseAccessLogLine(plain)).to.deep.equal({
            loggedAtSeconds: Date.UTC(2026, 10, 24, 11, 36, 34) / 1000,
            request: "GET /cart?id=7 HTTP/1.1",
            status: 200,
            requestSeconds: 0.127,
            upstreamName: "web-web-http",
            attempts: [{ address: "10.244.1.7:8080", status: 200, responseSeconds: 0.126 }],
            requestId: "4f1c2d",
        });
    });

    it("tells every pod that was asked, where nginx asked again", () => {
        const line = plain.replace(
            "10.244.1.7:8080 612 0.126 200",
            "10.244.1.7:8080, 10.244.2.3:8080 : 10.244.2.4:8080 0, 0 : 612 -, 0.005 : 0.126 502, - : 200",
        );
        expect(parseAccessLogLine(line)?.attempts).to.deep.equal([
            { address: "10.244.1.7:8080", status: 502, responseSeconds: undefined },
            { address: "10.244.2.3:8080", status: undefined, responseSeconds: 0.005 },
            { address: "10.244.2.4:8080", status: 200, responseSeconds: 0.126 },
        ]);
    });

    it("has no attempts where no pod was asked", () => {
        const line = plain.replace("10.244.1.7:8080 612 0.126 200", "- - - -");
        expect(parseAccessLogLine(line)?.attempts).to.deep.equal([]);
        expect(parseAccessLogLine(line.replace("[web-web-http]", "[-]"))?.upstreamName).to.equal("");
    });

    it("means the same moment in every time zone", () => {
        const at = (zone: string) => parseAccessLogLine(plain.replace("+0000", zone))?.loggedAtSeconds ?? NaN;
        expect(at("+0000") - at("+0130")).to.equal(5400);
        expect(at("+0000") - at("-0800")).to.equal(-28_800);
    });

    it("may hold what clients make up", () => {
        const line = plain
            .replace("GET /cart?id=7 HTTP/1.1", String.raw`\x16\x03\x01 [x] \x22`)
            .replace("- - [", "- user name [")
            .replace("Mozilla/5.0 (X11; Linux x86_64)", "] 200 1 [evil]");
        expect(parseAccessLogLine(line)).to.include({ status: 200, upstreamName: "web-web-http", requestId: "4f1c2d" });
    });

    it("is no line where it is another message, is cut off or has an impossible date", () => {
        for (const line of [
            "",
            "I1124 11:36:34.123456       7 controller.go:190] Configuration changes detected",
            plain.slice(0, -30),
            plain.replace("24/Nov/2026", "24/Foo/2026"),
            plain.replace(":36:34 +0000", ":36:34"),
        ]) {
            expect(parseAccessLogLine(line), line).to.equal(undefined);
        }
    });
});
