import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { expect } from "chai";

import { readPrometheus } from "../../../../tools/tuner/traffic/prometheus";
import { TraceError } from "../../../../tools/tuner/traffic/traffic";

interface Answer {
    readonly status?: number;
    readonly body: unknown;
}

describe("a Prometheus range query as a trace", () => {
    let server: Server;
    let url: string;
    let answer: (parameters: URLSearchParams) => Answer;
    let asked: URLSearchParams[];
    let sent: IncomingHttpHeaders | undefined;

    beforeEach(async () => {
        asked = [];
        server = createServer((request, response) => {
            const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
            expect(pathname).to.equal("/prefix/api/v1/query_range");
            asked.push(searchParams);
            sent = request.headers;
            const { status = 200, body } = answer(searchParams);
            response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/prefix/`;
    });

    afterEach(() => {
        server.closeAllConnections();
        server.close();
    });

    const matrix = (...series: readonly (readonly (readonly [number, string])[])[]): Answer => ({
        body: {
            status: "success",
            data: { resultType: "matrix", result: series.map((values) => ({ metric: {}, values })) },
        },
    });

    const read = (toSeconds: number, stepSeconds = 15) =>
        readPrometheus({ url, query: "sum(rate(x[1m]))", fromSeconds: 0, toSeconds, stepSeconds });

    async function refusal(): Promise<string> {
        const error: unknown = await read(60).catch((reason: unknown) => reason);
        expect(error).to.be.instanceOf(TraceError);
        return (error as TraceError).message.replace(url, "URL/");
    }

    it("asks in pieces that Prometheus answers, without a gap or a value twice", async () => {
        answer = (parameters) => {
            const values: [number, string][] = [];
            for (let at = Number(parameters.get("start")); at <= Number(parameters.get("end")); at += 15) {
                values.push([at, String(at % 7)]);
            }
            expect(values.length).to.be.at.most(11_000);
            return matrix(values);
        };
        const traffic = await read(30_000 * 15);
        expect(asked).to.have.length(3);
        expect(asked[0]?.get("query")).to.equal("sum(rate(x[1m]))");
        expect(traffic.notes).to.deep.equal([]);
        expect(traffic.requestsPerSecond).to.have.length(30_001);
        expect([...traffic.requestsPerSecond].every((rate, i) => Math.abs(rate - ((i * 15) % 7)) < 1e-9)).to.equal(
            true,
        );
    });

    it("sends what lets it in", async () => {
        answer = () => matrix([[0, "4"], [15, "4"]]); // prettier-ignore
        const headers = { Authorization: "Bearer t", "X-Scope-OrgID": "shop" };
        await readPrometheus({ url, query: "x", fromSeconds: 0, toSeconds: 15, stepSeconds: 15, headers });
        expect([sent?.authorization, sent?.["x-scope-orgid"]]).to.deep.equal(["Bearer t", "shop"]);
    });

    it("takes NaN as a gap", async () => {
        answer = () => matrix([[0, "4"], [15, "4"], [30, "NaN"], [45, "4"], [60, "4"]]); // prettier-ignore
        expect((await read(60)).notes).to.deep.equal([
            "Prometheus, 1970-01-01 00:00:45: nothing for 15 s; bridged by a straight line.",
        ]);
    });

    it("is refused with Prometheus' own words, or with what is wrong with the answer", async () => {
        answer = () => ({ status: 400, body: { status: "error", error: "parse error: unexpected )" } });
        expect(await refusal()).to.match(/query_range answers 400: parse error: unexpected \)$/);
        answer = () => ({ status: 502, body: "<html>" });
        expect(await refusal()).to.match(/answers 502 and no JSON\. Is it Prometheus, and is --prometheus right\?$/);
        answer = () => matrix([[0, "1"]], [[0, "1"]]);
        expect(await refusal()).to.equal(
            "There are 2 series. Needed: one. Put sum(...) around the query: this query: sum(rate(x[1m]))",
        );
        answer = () => matrix();
        expect(await refusal()).to.equal(
            "Prometheus has no series for this query between 1970-01-01 00:00:00 and 1970-01-01 00:01:00: sum(rate(x[1m])). " +
                "Mostly a label is wrong: ask for the metric without labels, and see which there are.",
        );
        answer = () => ({ status: 401, body: "Unauthorized" });
        expect(await refusal()).to.include("answers 401: it does not let us in. Set PROMETHEUS_TOKEN");
        answer = () => ({ body: { status: "success", data: { resultType: "scalar", result: [0, "1"] } } });
        expect(await refusal()).to.equal(
            "Needed: what Prometheus answers to a range query (data.resultType: matrix). It is not: this query: sum(rate(x[1m]))",
        );
        answer = () => matrix([[0, "1"], [15, "-3"]]); // prettier-ignore
        expect(await refusal()).to.equal(
            "Prometheus, 1970-01-01 00:00:15: -3 is no rate of requests. Mend the query: sum(rate(x[1m]))",
        );
    });

    it("is refused where nothing answers", async () => {
        server.close();
        server.closeAllConnections();
        expect(await refusal()).to.match(/does not answer: .*ECONNREFUSED.*\. Is --prometheus right\?$/);
    });
});
