import { expect } from "chai";

import { judge } from "../../../../tools/drill/load/judge";
import { attacksOf } from "../../../../tools/drill/load/stream";

const [attack] = attacksOf({ name: "steady", requestsPerSecond: 1, seconds: 1, deadlineSeconds: 10 });

const errorOf = (error: string, code = 0) => {
    const verdict = judge("steady-1", attack!, "", { code, error, body: "", bodyBytes: 0, latencyMilliseconds: 1 });
    return "error" in verdict ? verdict.error : undefined;
};

/** As vegeta 12.13 says them. load.test.ts provokes most of them; the others need a race, or a machine in distress. */
describe("errors of the load, in plain words", () => {
    const post = (cause: string) => `Post "http://127.0.0.1:8088/echo?id=steady-1": ${cause}`;
    const tcp = "tcp 127.0.0.1:57383->127.0.0.1:8088";
    const cases: readonly (readonly [string, string])[] = [
        [post(`read ${tcp}: read: connection reset by peer`), "connection reset"],
        [post(`write ${tcp}: write: broken pipe`), "connection reset"],
        [post("EOF"), "connection closed without an answer"],
        [post("http: server closed idle connection"), "connection closed without an answer"],
        [
            post(`readfrom ${tcp}: write ${tcp}: use of closed network connection`),
            "connection closed without an answer",
        ],
        [post("unexpected EOF"), "answer cut"],
        ["unexpected EOF", "answer cut"],
        [`read ${tcp}: read: connection reset by peer`, "answer cut"],
        [post("dial tcp 0.0.0.0:0->127.0.0.1:8088: connect: connection refused"), "connection refused"],
        [post("dial tcp: lookup shop.example.com: no such host"), "unknown host name"],
        [post("dial tcp 0.0.0.0:0->192.0.2.1:80: connect: no route to host"), "no route to host"],
        [post("context deadline exceeded (Client.Timeout exceeded while awaiting headers)"), "no answer in 10 s"],
        ["context deadline exceeded (Client.Timeout or context cancellation while reading body)", "no answer in 10 s"],
        [post("dial tcp 0.0.0.0:0->192.0.2.1:80: i/o timeout"), "no answer in 10 s"],
        [
            post("dial tcp 0.0.0.0:0->127.0.0.1:8088: bind: cannot assign requested address"),
            "not sent: the load's own machine is out of ports or files",
        ],
        [post(`read ${tcp}: something that nobody foresaw`), "something that nobody foresaw"],
    ];
    for (const [error, words] of cases) {
        it(`${error} is "${words}"`, () => {
            expect(errorOf(error)).to.equal(words);
        });
    }

    it("are the status where there is one", () => {
        expect(errorOf("502 Bad Gateway", 502)).to.equal("502");
        expect(errorOf("", 308)).to.equal("308");
    });
});

describe("a page that is asked instead of /echo", () => {
    const pod = (path: string, body: string) => {
        const page = { path, expected: "sha1" };
        const [ofPage] = attacksOf({ name: "page", requestsPerSecond: 1, seconds: 1, deadlineSeconds: 10, page });
        const answer = { code: 200, error: "", body, bodyBytes: body.length, latencyMilliseconds: 1 };
        const verdict = judge("page-1", ofPage!, "", answer);
        return "pod" in verdict ? verdict.pod : expect.fail(verdict.error);
    };

    it("tells its pod where it is /echo, and else does not", () => {
        expect(pod("/echo", '{"id":"","pod":"web-1","sha1":"da39"}\n')).to.equal("web-1");
        expect(pod("/shop", "sha1")).to.equal(undefined);
    });
});
