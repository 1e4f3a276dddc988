import { expect } from "chai";

import type { EventResult, LostRequest, PodLife, Report, VariantResult } from "../../../tools/drill/model";
import { html, markdown, terminal } from "../../../tools/drill/report";
import { verdictOf } from "../../../tools/drill/report/summary";
import { plausibleReport } from "./plausibleReport";

const plausible = plausibleReport(1);
const page = html(plausible);

/** A drill in which nothing happened: no pods, no events, no losses, no seconds. */
const idle: VariantResult = {
    name: "ours",
    title: "This service",
    description: "What it is.",
    events: [],
    totals: {
        requests: 0,
        lost: 0,
        longRequests: 0,
        longLost: 0,
        slowClientRequests: 0,
        slowClientLost: 0,
        retried: 0,
        latencyMs: { p50: 0, p99: 0, p999: 0, max: 0 },
        replicaSeconds: 0,
    },
    lostRequests: [],
    pods: [],
    replicas: [],
    seconds: [],
    startup: {
        pods: 0,
        scheduledToFirstServedSeconds: undefined,
        scheduledToReadySeconds: undefined,
        decisionToFirstServedSeconds: undefined,
    },
    routing: { readyToFirstRequest: undefined, terminatingToLastRequest: undefined },
};

const reportOf = (...variants: readonly VariantResult[]): Report => ({ ...plausible, variants });

const lost: LostRequest = {
    id: "r1",
    sentAtSeconds: 900,
    tookSeconds: 1,
    isLong: false,
    pace: undefined,
    events: ["rollout"],
    error: "502",
    pods: ["web-1-abcde"],
    mechanism: "its pod was terminating for 30 s",
};

const event: EventResult = {
    ...idle.totals,
    name: "rollout",
    title: "A rollout",
    mayLose: "0",
    mayLoseAtMost: 0,
    fromSeconds: 850,
    untilSeconds: 950,
    happened: "3 pods replaced",
};

/** With so many lost in its only event. */
const losing = (requests: number, mayLoseAtMost: number): VariantResult => ({
    ...idle,
    totals: { ...idle.totals, requests: 1000, lost: requests },
    events: [{ ...event, requests: 100, lost: requests, mayLoseAtMost }],
    lostRequests: Array.from({ length: requests }, (_, i) => ({ ...lost, id: `r${i + 1}` })),
    seconds: Array.from({ length: 1800 }, (_, atSeconds) => ({
        atSeconds,
        requests: 50,
        lost: atSeconds === 901 ? requests : 0,
        retried: 0,
        p50Ms: undefined,
        p99Ms: undefined,
    })),
});

const pod: PodLife = {
    name: "web-1-abcde",
    node: "worker-1",
    revision: "1",
    scheduledAtSeconds: 100,
    startedAtSeconds: 101,
    readyAtSeconds: 105,
    firstServedAtSeconds: 106,
    terminatingAtSeconds: 890,
    firstSentAtSeconds: 105.9,
    lastSentAtSeconds: 891,
    goneAtSeconds: 920,
    requests: 5,
};

const count = (text: string, part: RegExp) => text.match(new RegExp(part, "g"))?.length ?? 0;

/** The bodies of the tables by their names. */
function rowsOf(text: string, name: RegExp): readonly string[] {
    const table = [...text.matchAll(/<table aria-label="([^"]*)">.*?<tbody>(.*?)<\/tbody>/gs)].find(([, label = ""]) =>
        name.test(label),
    );
    return table?.[2]?.trim().split("\n") ?? [];
}

describe("tools/drill/report: the page", () => {
    it("has its sections in the order in which one asks", () => {
        expect([...page.matchAll(/<section id="(\w+)">/g)].map(([, id]) => id)).to.deep.equal([
            "verdict",
            "events",
            "time",
            "lost",
            "ratios",
            "method",
        ]);
    });

    it("has a row for each variant, and a row for each event with a cell for each variant", () => {
        expect(rowsOf(page, /^Hidden retries/)).to.have.length(3);
        const events = rowsOf(page, /^Red: more was lost/);
        expect(events).to.have.length(plausible.variants[0]!.events.length + 1);
        for (const row of events) expect(count(row, /<td/)).to.equal(1 + 3);
    });

    it("has one timeline for each variant, with every event, every pod and every first answer", () => {
        const charts = page.split('<div class="chart wide"').slice(1);
        expect(charts).to.have.length(3);
        plausible.variants.forEach((variant, i) => {
            const chart = charts[i]!.split("</svg>")[0]!;
            expect(count(chart, /class="bandlabel"/)).to.equal(variant.events.length);
            expect(count(chart, /<g class="bar"><title>web-/)).to.equal(variant.pods.length);
            const served = variant.pods.filter(({ firstServedAtSeconds }) => firstServedAtSeconds !== undefined).length;
            expect(count(chart, /class="mark tick c-ink" d="[^"]*"><title>/)).to.equal(served);
            const onPods = variant.lostRequests.filter(({ pods }) => pods.length > 0).length;
            const marked = [
                ...chart.matchAll(/class="mark cross c-bad" d="[^"]*"><title>web-\S+\s([\d,]+) requests? lost/g),
            ];
            expect(marked.map(([, lost = ""]) => Number(lost)).reduce((a, b) => a + b, 0)).to.equal(onPods);
        });
    });

    it("is small enough to be mailed, with 150 pods a variant", () => {
        const variants = plausible.variants.map((variant) => ({
            ...variant,
            pods: Array.from({ length: 150 }, (_, i) => ({
                ...variant.pods[i % variant.pods.length]!,
                name: `web-1-${i}`,
            })),
        }));
        expect(html({ ...plausible, variants }).length).to.be.below(2_000_000);
    });

    it("stays small where a pod loses thousands, and marks them once", () => {
        const text = html(reportOf({ ...losing(20_000, 0), pods: [pod] }));
        expect(text.length).to.be.below(1_000_000);
        expect(count(text, /class="mark cross c-bad" d="[^"]*"><title>/)).to.equal(1);
        expect(text).to.include("20,000 requests lost at 15:01: 502\n");
    });

    it("is the same for the same report", () => {
        expect(html(plausibleReport(1))).to.equal(page);
    });

    it("escapes what a cluster or a server wrote", () => {
        const bad = `<script>alert("1")</script>`;
        const text = html({
            ...reportOf({
                ...losing(1, 0),
                name: bad,
                title: bad,
                description: bad,
                events: [{ ...event, title: bad, mayLose: bad, happened: bad }],
                lostRequests: [{ ...lost, id: bad, error: bad, mechanism: bad, pods: [bad], events: [bad] }],
                pods: [{ ...pod, name: bad, node: bad, revision: bad }],
            }),
            command: bad,
            doubts: [bad],
            startedAt: bad,
        });
        expect(text).not.to.include("<script>alert").and.not.include('alert("1")</script>');
        expect(text).to.include("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;");
    });

    it("is whole where nothing happened", () => {
        for (const report of [
            reportOf(),
            reportOf(idle),
            { ...reportOf(idle, { ...idle, name: "none" }), seconds: 0 },
        ]) {
            const text = html(report);
            expect(text).to.include("</html>");
            // Its program says "undefined" in its own right.
            expect(text.replace(/<script type="module">.*<\/script>/s, "")).not.to.match(/NaN|Infinity|undefined/);
            expect(terminal(report) + markdown(report)).not.to.match(/NaN|Infinity|undefined/);
        }
    });

    it("compares nothing where there is one variant", () => {
        expect(html(reportOf(idle))).not.to.include('id="ratios"');
    });

    it("shows one lost request: in the verdict, its event, the timeline, on its pod and in the list", () => {
        const text = html(reportOf({ ...losing(1, 0), pods: [pod] }));
        expect(text).to.include('<p class="verdict bad">This service lost 1 of 1,000 requests');
        expect(rowsOf(text, /^Red/)[0]).to.include('<td class="right bad">1 of 100<small>3 pods replaced</small></td>');
        expect(count(text, /class="fill lone c-bad"/)).to.equal(1);
        expect(text).to.match(/<text class="sum middle c-bad"[^>]*>1<\/text>/);
        expect(count(text, /<path class="mark cross c-bad" d="[^"]*"><title>/)).to.equal(1);
        expect(rowsOf(text, /every lost request/)).to.have.length(1);
    });

    it("tells a loss that was allowed from one that was not", () => {
        expect(rowsOf(html(reportOf(losing(1, 1))), /^Red/)[0]).to.include('<td class="right fair">1 of 100');
    });

    it("counts what was lost while no event went on", () => {
        const steady = { ...losing(2, 0), lostRequests: [lost, { ...lost, events: ["steady"] }] };
        expect(rowsOf(html(reportOf(steady)), /^Red/).at(-1)).to.include('<td class="right bad">1</td>');
    });

    it("groups many lost requests by mechanism, and lists no more than can be opened", () => {
        const many = losing(5000, 0);
        const mixed = many.lostRequests.map((each, i) => (i % 5 === 0 ? { ...each, mechanism: "another" } : each));
        const text = html(reportOf({ ...many, lostRequests: mixed }));
        const groups = rowsOf(text, /by mechanism/);
        expect(groups).to.have.length(2);
        expect(groups[0]).to.include("its pod was terminating for 30 s").and.include(">4,000<");
        expect(rowsOf(text, /^The first 300/)).to.have.length(300);
        expect(text).to.include("The other 4,700 are in report.json.");
    });

    it("gives two rows to an event that happens twice, and a dash to a variant that did not have it", () => {
        const twice = { ...losing(1, 0), events: [event, event] };
        const rows = rowsOf(html(reportOf(twice, { ...idle, name: "none", events: [event] })), /^Red/);
        expect(rows).to.have.length(3);
        expect(rows[1]).to.include('<td class="right">–</td>');
    });

    it("shows doubts beside the verdict", () => {
        const text = html({ ...reportOf(idle), doubts: ["The baseline lost nothing."] });
        expect(text)
            .to.include('<p class="verdict doubtful">In doubt: ')
            .and.include("<li>The baseline lost nothing.</li>");
    });
});

describe("tools/drill/report: a pod's life", () => {
    /** The colours of its phases from left to right, with their widths in pixels. */
    function phases(life: Partial<PodLife>): readonly string[] {
        const text = html(reportOf({ ...idle, pods: [{ ...pod, ...life }] }));
        const bar = /<g class="bar"><title>web-1-abcde.*?<\/title>(.*?)<\/g>/s.exec(text)?.[1] ?? "";
        return [...bar.matchAll(/class="fill c-(\w+)"/g)].map(([, colour = ""]) => colour);
    }
    const before = { scheduledAtSeconds: undefined, startedAtSeconds: undefined, readyAtSeconds: undefined };
    const after = { terminatingAtSeconds: undefined, goneAtSeconds: undefined };

    it("has all its phases", () => {
        expect(phases({})).to.deep.equal(["muted", "series5", "series1", "series6"]);
    });

    it("was ready from before the drill, or still is after it", () => {
        expect(phases(before)).to.deep.equal(["series1", "series6"]);
        expect(phases(after)).to.deep.equal(["muted", "series5", "series1"]);
        expect(phases({ ...before, ...after, firstServedAtSeconds: undefined })).to.deep.equal(["series1"]);
    });

    it("ended before it was ready", () => {
        expect(phases({ readyAtSeconds: undefined })).to.deep.equal(["muted", "series5", "series6"]);
    });

    it("never got a node", () => {
        expect(phases({ ...before, ...after, node: undefined })).to.deep.equal(["faint"]);
    });
});

describe("tools/drill/report: the verdict", () => {
    it("is about this service, whatever place it has, and names the others", () => {
        const kept = { ...losing(0, 0), totals: { ...idle.totals, requests: 1000, longRequests: 10 } };
        const verdict = verdictOf(reportOf(kept, { ...losing(3, 0), name: "none", title: "No settings" }));
        expect(verdict).to.deep.equal({
            tone: "good",
            sentence: "This service lost none of 1,000 requests, 10 of them long, through 1 event (No settings: 3).",
        });
    });

    it("is good where no more was lost than an event may lose", () => {
        expect(verdictOf(reportOf(losing(1, 1)))).to.deep.equal({
            tone: "good",
            sentence: "This service lost 1 of 1,000 requests, through 1 event, no more than they may lose.",
        });
    });

    it("is bad where more was lost, and stays so in doubt", () => {
        expect(verdictOf({ ...reportOf(losing(2, 1)), doubts: ["A doubt."] }).tone).to.equal("bad");
    });

    it("is bad where something was lost without an event, or nobody knows in which", () => {
        const steady = { ...losing(1, 1), lostRequests: [{ ...lost, events: ["steady"] }] };
        expect(verdictOf(reportOf(steady))).to.deep.equal({
            tone: "bad",
            sentence: "This service lost 1 of 1,000 requests, through 1 event, 1 while no event went on.",
        });
        expect(verdictOf(reportOf({ ...losing(1, 1), lostRequests: [] })).tone).to.equal("bad");
    });

    it("is in doubt where the drill proves nothing", () => {
        expect(verdictOf({ ...reportOf(losing(0, 0)), doubts: ["A doubt."] }).tone).to.equal("doubtful");
        expect(verdictOf(reportOf()).tone).to.equal("doubtful");
    });
});

describe("tools/drill/report: every form of it", () => {
    const forms = (report: Report) => [html(report), terminal(report), markdown(report)];

    it("says how much load there was, and where that is less than a full drill's", () => {
        const { load } = plausible;
        for (const text of forms(plausible)) {
            expect(text).to.match(/50 requests\/s/);
            expect(text).not.to.include("less load");
        }
        const less = { ...plausible, load: { ...load, requestsPerSecond: 10, stepRequestsPerSecond: 5 } };
        for (const text of forms(less)) {
            expect(text).to.include(
                "With less load than a full drill, 10 of 50 requests/s, 5 of 20 requests/s more in scale-out: these figures are " +
                    "not for setting beside a full drill",
            );
        }
        const more = { ...plausible, load: { ...load, requestsPerSecond: 100 } };
        for (const text of forms(more)) expect(text).not.to.include("less load");
    });
});

describe("tools/drill/report: as text", () => {
    it("aligns the tables, and marks what should not have been lost", () => {
        const text = terminal(reportOf({ ...losing(2, 1), startup: { ...idle.startup, scheduledToReadySeconds: 4 } }));
        expect(text).to.equal(
            [
                "This service lost 2 of 1,000 requests, through 1 event, more than they may lose.",
                "With 50 requests/s and 1 long requests/s for each variant.",
                "",
                "Variant       Requests  Lost  Lost of the long ones  Lost of slow clients  Hidden retries   p99  Replica-seconds  Scheduled to first served",
                "This service     1,000     2                 0 of 0                0 of 0               0  0 ms                0                          –",
                "",
                "Lost during  This service  May lose",
                "A rollout             2 !         0",
                "no event              0           0",
                "",
            ].join("\n"),
        );
    });

    it("sends nothing to the terminal that it would obey", () => {
        const text = terminal({ ...reportOf({ ...idle, title: "\u001b[2Jcleared" }), doubts: ["a\u0007b\nc"] });
        expect(text).not.to.match(/[^\P{Cc}\n]/u);
        expect(text).to.include("In doubt: a b c\n");
    });
});

describe("tools/drill/report: as Markdown", () => {
    it("is two tables with the command and the date that made them", () => {
        expect(markdown(reportOf(losing(2, 1)))).to.equal(
            [
                "| Variant | Requests | Lost | Lost of the long ones | Lost of slow clients | Hidden retries | p99 | Replica-seconds | Scheduled to first served |",
                "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
                "| This service | 1,000 | 2 | 0 of 0 | 0 of 0 | 0 | 0 ms | 0 | – |",
                "",
                "| Lost during | This service | May lose |",
                "| --- | ---: | ---: |",
                "| A rollout | 2 of 100 | 0 |",
                "| no event | 0 | 0 |",
                "",
                "(`make drill SEED=1`, 2026-11-24, Kubernetes v1.37.2, 50 requests/s and 1 long requests/s for each variant.)",
                "",
            ].join("\n"),
        );
    });

    it("keeps cells whole", () => {
        const text = markdown({ ...reportOf({ ...idle, title: "a|b\n<i>*c*" }), command: "x `y`" });
        expect(text).to.include("| a\\|b \\<i\\>\\*c\\* | 0 |").and.include("(`` x `y` ``, ");
    });
});
