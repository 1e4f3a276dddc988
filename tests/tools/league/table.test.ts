import { expect } from "chai";

import type { Report, VariantResult } from "../../../tools/drill/model";
import type { ControllerName } from "../../../tools/lab/controller";
import type { Entry } from "../../../tools/league/league";
import { html, isKeptByAll, markdown, versionOf } from "../../../tools/league/table";
import { format } from "../../../tools/html";
import { plausibleReport } from "../drill/plausibleReport";

const images: Readonly<Record<string, string>> = {
    "ingress-nginx": "lab.local/ingress-nginx:v1.11.0",
    traefik: "lab.local/traefik:v3.7.15",
    "traefik-gateway": "lab.local/traefik:v3.7.15",
};

/** A report of a drill in which ours has lost so many, all of them in its first event. */
function reportBehind(controller: string, ownLost: number): Report {
    const report = plausibleReport(1);
    const { machine, variants } = report;
    const withLost = (variant: VariantResult): VariantResult =>
        variant.name !== "ours"
            ? variant
            : {
                  ...variant,
                  totals: { ...variant.totals, lost: ownLost, retried: 7 },
                  lostRequests: [],
                  events: variant.events.map((event, i) => ({ ...event, lost: i === 0 ? ownLost : 0 })),
              };
    return {
        ...report,
        machine: { ...machine, software: [...machine.software, images[controller] ?? ""] },
        variants: variants.map(withLost),
    };
}

const drilled = (controller: ControllerName, lost = 0): Entry & { readonly report: Report } => ({
    controller,
    report: reportBehind(controller, lost),
    failure: undefined,
});
const failed = (controller: ControllerName): Entry => ({
    controller,
    report: undefined,
    failure: "no figures: make drill ended with 2, and out/league/x/make.log tells why",
});

const rowsOf = (text: string) =>
    text
        .split("\n")
        .filter((line) => line.startsWith("|"))
        .map((line) => line.slice(2, -2).split(" | "));
const columnOf = (text: string, title: string) => {
    const [head = [], ...rows] = rowsOf(text);
    return rows.map((row) => row[head.indexOf(title)]);
};

describe("the league's table", () => {
    const entries = [drilled("ingress-nginx"), drilled("traefik"), drilled("traefik-gateway")];
    const text = markdown(entries, "make league");
    const ownOf = (league: string) => rowsOf(league.split("\n\n")[1] ?? "").filter(([title]) => title !== "---");
    const [first, ...figures] = text.split("\n\n")[0]?.split("\n").slice(2) ?? [];

    it("has our service and the usual recipe behind each, with the controller's version", () => {
        expect([first, ...figures].map((row) => row?.slice(2).split(" | ").slice(0, 3))).to.deep.equal([
            ["ingress-nginx", "v1.11.0", "This service"],
            ["ingress-nginx", "v1.11.0", "The usual recipe"],
            ["traefik", "v3.7.15", "This service"],
            ["traefik", "v3.7.15", "The usual recipe"],
            ["traefik-gateway", "v3.7.15", "This service"],
            ["traefik-gateway", "v3.7.15", "The usual recipe"],
        ]);
    });

    it("has the report's own figures", () => {
        const { report } = drilled("ingress-nginx");
        const { totals } = report.variants.find(({ name }) => name === "ours") ?? expect.fail("none of ours");
        expect(columnOf(text, "Requests")[1]).to.equal(totals.requests.toLocaleString("en-US"));
        const { p50, p99, p999, max } = totals.latencyMs;
        expect(columnOf(text, "p99")[1]).to.equal(format.milliseconds(p99));
        expect(ownOf(text).slice(3, 7)).to.deep.equal(
            [
                ["p50", p50],
                ["p99", p99],
                ["p99.9", p999],
                ["Slowest short one", max],
            ].map(([title, value]) => [title, ...entries.map(() => format.milliseconds(Number(value)))]),
        );
        expect(columnOf(text, "Lost")[1]).to.equal("0");
    });

    it("tells no retries where the controller's log does not", () => {
        const retries = columnOf(text, "Hidden retries").slice(1, 7);
        expect(retries[0]).to.equal("7");
        expect(retries.slice(2)).to.deep.equal(["–", "–", "–", "–"]);
        expect(text).to.include("Traefik's log does not tell of them");
    });

    it("knows no version where the report names none, nor that of another image", () => {
        expect(versionOf({ ...drilled("traefik"), report: reportBehind("ingress-nginx", 0) })).to.equal(undefined);
    });

    it("has what each controller's own figures are, of our service alone", () => {
        const { report, ...rest } = drilled("traefik");
        const variants = report.variants.map((variant) => ({
            ...variant,
            routing:
                variant.name === "ours"
                    ? {
                          readyToFirstRequest: { pods: 4, medianSeconds: 0.21, mostSeconds: 1.4 },
                          terminatingToLastRequest: { pods: 5, medianSeconds: 0, mostSeconds: 2.06 },
                      }
                    : { readyToFirstRequest: undefined, terminatingToLastRequest: undefined },
            events: variant.events.map((event) =>
                event.name === "ingress" ? { ...event, name: "ingress-rollout", requests: 4249, lost: 2 } : event,
            ),
        }));
        const controller = { cpuSeconds: 30, cpuSecondsPerThousandRequests: 1.48 };
        const other = { ...rest, report: { ...report, variants, controller } };
        const none = { cpuSeconds: undefined, cpuSecondsPerThousandRequests: undefined };
        const first = drilled("ingress-nginx");
        const rows = ownOf(
            markdown([{ ...first, report: { ...first.report, controller: none } }, other], "make league"),
        );
        expect(rows[0]).to.deep.equal(["Our service behind", "ingress-nginx", "traefik"]);
        const requests = report.variants.find(({ name }) => name === "ours")?.totals.requests.toLocaleString("en-US");
        expect(rows.slice(1, 3)).to.deep.equal([
            ["Lost", `0 of ${requests ?? ""}`, `0 of ${requests ?? ""}`],
            ["Hidden retries", "7", "–"],
        ]);
        expect(rows.slice(7).map(([title, , behindTraefik]) => [title, behindTraefik])).to.deep.equal([
            ["Pod ready to its first request", "0.21 s, at most 1.4 s"],
            ["Pod terminating to its last request", "0 s, at most 2.1 s"],
            ["Controller's CPU for 1,000 requests", "1.5 s"],
            ["Lost: A further route comes, is changed, and goes", "–"],
            ["Lost: The ingress controller is rolled out", "2 of 4,249"],
            ["Lost: A pod of the ingress controller is deleted", "–"],
        ]);
        expect(rows[9]?.[1]).to.equal("–");
    });

    it("has a row for each event, and says what was lost behind which", () => {
        const lossy = markdown([drilled("ingress-nginx"), drilled("traefik", 3)], "make league");
        const events = rowsOf(lossy.split("\n\n")[2] ?? "");
        expect(events[0]).to.deep.equal(["Lost during", "ingress-nginx", "traefik", "May lose"]);
        expect(events[2]?.slice(1, 3).map((lost) => lost.split(" ")[0])).to.deep.equal(["0", "3"]);
        expect(events.at(-1)?.[0]).to.equal("no event");
        expect(lossy).to.include("traefik: more was lost than may be.");
    });

    it("tells the conditions once where they are the same, and each where they are not", () => {
        expect(text.match(/Kubernetes v1\.37\.2/g)).to.have.length(1);
        expect(text).to.include("ingress-nginx 2026-11-24 09:15 UTC, 30:00; traefik 2026");
        expect(text.trimEnd().split("\n").at(-1)).to.equal("(`make league`.)");
        const other = drilled("traefik");
        const report = { ...other.report, machine: { ...other.report.machine, kubernetesVersion: "v1.36.3" } };
        const mixed = markdown([drilled("ingress-nginx"), { ...other, report }], "make league");
        expect(mixed).to.include("ingress-nginx: Kubernetes v1.37.2").and.include("traefik: Kubernetes v1.36.3");
    });

    it("tells of a drill that failed, and has the figures of the others", () => {
        const partly = markdown([failed("ingress-nginx"), drilled("traefik")], "make league");
        expect(columnOf(partly, "Service")[1]).to.match(/^no figures: make drill ended with 2/);
        expect(columnOf(partly, "Lost")[1]).to.equal("–");
        expect(columnOf(partly, "Controller").slice(1, 4)).to.deep.equal(["ingress-nginx", "traefik", "traefik"]);
        expect(markdown([failed("traefik")], "make league")).to.not.include("Lost during");
    });

    it("repeats what leaves a drill in doubt", () => {
        const { report, ...rest } = drilled("traefik");
        const doubtful = [{ ...rest, report: { ...report, doubts: ["The drill was too soft."] } }];
        expect(markdown(doubtful, "make league")).to.include("traefik, in doubt: The drill was too soft.");
        expect(isKeptByAll(doubtful)).to.equal(false);
    });

    it("is kept by all where each drill says so, and there is one of each", () => {
        expect(isKeptByAll(entries)).to.equal(true);
        expect(isKeptByAll([drilled("ingress-nginx"), drilled("traefik", 1)])).to.equal(false);
        expect(isKeptByAll([drilled("ingress-nginx"), failed("traefik")])).to.equal(false);
        expect(isKeptByAll([])).to.equal(false);
    });

    it("is a page too, with the verdict first", () => {
        const kept = html(entries, "make league");
        expect(kept).to.match(/class="verdict good">Our service lost 0 of [\d,]+ behind ingress-nginx/);
        expect(kept).to.include("<code>make league</code>");
        const broken = html(
            [drilled("ingress-nginx"), drilled("traefik", 3), failed("traefik-gateway")],
            "make league",
        );
        expect(broken).to.match(/class="verdict bad">[^<]*3 of [\d,]+ behind traefik; no figures of traefik-gateway\./);
        expect(broken).to.include('<td class="right bad">3</td>');
        expect(html([failed("traefik")], "make league")).to.match(/class="verdict doubtful">/);
    });

    it("lets no text of a drill be read as markup", () => {
        const odd = { ...failed("traefik"), failure: "a|b <i>" };
        expect(markdown([odd], "x")).to.include("a\\|b \\<i\\>");
        expect(html([odd], "<b>"))
            .to.include("<code>&lt;b&gt;</code>")
            .and.include("a|b &lt;i&gt;");
    });
});
