import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { expect } from "chai";

import { withPage } from "../../../tools/html/chromium";
import { main } from "../../../tools/tuner/cli";
import { usage } from "../../../tools/tuner/options";
import { officeHours } from "../../../tools/tuner/example";
import { needs } from "../../helpers/needs";
import { startPrometheus } from "./traffic/realPrometheus";

const stackFile = `config:
  php-web-service:web:
    host: www.example.com # ours
    phpFpm: { maxChildren: 8 }
    autoscaling:
      # three zones
      minReplicas: 3
      maxReplicas: 24
`;

interface Result {
    readonly code: number;
    readonly out: string;
    readonly err: string;
}

describe("npm run tune", function () {
    this.timeout(180_000);
    let root: string;

    beforeEach(() => {
        root = mkdtempSync(join(tmpdir(), "tuner-"));
        writeFileSync(join(root, "Pulumi.prod.yaml"), stackFile);
        // The hours around the morning's climb: a whole day takes longer to search and shows no more.
        const { requestsPerSecond, startSeconds } = officeHours();
        const rows = [...requestsPerSecond.subarray(6 * 240, 10 * 240)].map(
            (rate, i) => `${startSeconds + (6 * 240 + i) * 15},${rate.toFixed(2)}`,
        );
        writeFileSync(join(root, "traffic.csv"), `time,requests_per_second\n${rows.join("\n")}\n`);
    });

    afterEach(() => {
        rmSync(root, { recursive: true });
    });

    async function tune(
        args: readonly string[],
        signal?: AbortSignal,
        onProgress: () => void = () => undefined,
    ): Promise<Result> {
        let out = "";
        let err = "";
        const streams = {
            out: (text: string) => void (out += text),
            err: (text: string) => {
                err += text;
                onProgress();
            },
            isTerminal: false,
        };
        const code = await main([...args, "--threads", "1"], root, streams, signal);
        return { code, out, err };
    }

    const traffic = () => ["--stack", "prod", "--trace", join(root, "traffic.csv")];
    // At random: that many pods need not be played in turn.
    const service = ["--cpu-seconds-per-request", "0.02", "--request-seconds", "0.1", "--spread", "random"];
    const tuned = `${stackFile.replace("minReplicas: 3", "minReplicas: 2")}      targetCPUUtilizationPercentage: 53\n`;
    const stackText = () => readFileSync(join(root, "Pulumi.prod.yaml"), "utf8");

    it("prints what is, what would be better, why and whether it holds, and changes nothing", async () => {
        const { code, out } = await tune([...traffic(), ...service, "--price-per-replica-hour", "0.1 EUR"]);
        expect(code).to.equal(0);
        expect(out).to.match(/^today +3\.\.24 @ 60 % +12 +219 EUR a month/m);
        expect(out).to.match(/^recommended +2\.\.24 @ 53 % +10.2 +/m);
        // The answer comes first: what to change, and what that costs.
        expect(out.replace(/\s+/g, " ")).to.match(
            /^Change stack prod to 2\.\.24 @ 53 %: p99 wait 171 ms, no request lost\. It costs 14\.8 % less: 12 -> 10\.2 replica hours \(219 EUR a month -> 187 EUR a month\)\./,
        );
        for (const sentence of [
            "- minReplicas 3 -> 2: with 3 it would be p99 wait 164 ms, no request lost, for 25.4 % more.",
            "- maxReplicas 24 stays: traffic x 1.5 would use 6, and what is not used costs nothing.",
            "- A pod serves at most 48.5 requests/s, with 97 % of its CPU request.",
            "- With 2 replicas, one that fails takes half of the service with it: no trace shows that.",
            "- traffic x 1.5: holds (p99 wait 198 ms, no request lost, peak 6 of 24 replicas).",
            "- start-up twice as slow: holds (p99 wait 171 ms",
            "- On this trace alone 2..24 @ 57 % would do, for 3.5 % less.",
            "500 ms 2..24 @ 81 % 159 EUR a month 88.5 %",
            "Requests are sent at random; pods' shares differ by 10 %.",
            "so it follows from the request's own time: p99 wait under 200 ms.",
            "-      minReplicas: 3\n+      minReplicas: 2\n       maxReplicas: 24\n+      targetCPUUtilizationPercentage: 53\n",
            "Nothing is changed yet: --apply does it.",
            "The trace covers 4 h only",
        ]) {
            // Sentences are broken into lines; a diff is not.
            expect(sentence.includes("\n") ? out : out.replace(/\s+/g, " ")).to.include(sentence);
        }
        expect(stackText()).to.equal(stackFile);
    });

    it("--apply changes the stack file and nothing else in it; then there is nothing to change", async () => {
        const first = await tune([...traffic(), ...service, "--apply"]);
        expect(first.code).to.equal(0);
        expect(first.out).to.include("Pulumi.prod.yaml is changed. Next: npm run preview -- --stack prod");
        expect(stackText()).to.equal(tuned);
        const second = await tune([...traffic(), ...service, "--apply"]);
        expect(second.out).to.include("Keep stack prod as it is");
        expect(second.out).not.to.include("@@");
        expect(stackText()).to.equal(tuned);
    });

    it("--apply does not write over what somebody else has changed meanwhile", async () => {
        const theirs = stackFile.replace("maxReplicas: 24", "maxReplicas: 30");
        const { code, err } = await tune([...traffic(), ...service, "--apply"], undefined, () => {
            writeFileSync(join(root, "Pulumi.prod.yaml"), theirs);
        });
        expect(code).to.equal(1);
        expect(err).to.include("Pulumi.prod.yaml has changed meanwhile. Run it again.");
        expect(stackText()).to.equal(theirs);
    });

    it("takes the traffic times --scale", async () => {
        const { out } = await tune([...traffic(), ...service, "--scale", "2"]);
        expect(out.replace(/\s+/g, " ")).to.include(
            " x 2: 4 h from 2026-11-24 06:00:00, mean 79.4 and peak 198 requests/s.",
        );
    });

    it("writes a page that needs nothing else, and JSON", async () => {
        const [htmlPath, jsonPath] = [join(root, "tuning.html"), join(root, "tuning.json")];
        const { code } = await tune([...traffic(), ...service, "--html", htmlPath, "--json", jsonPath]);
        expect(code).to.equal(0);
        const html = readFileSync(htmlPath, "utf8");
        expect(html).to.match(/^<!doctype html>/);
        expect(html.match(/(?:src|href)="(?!#)[^"]*"|url\(|@import|https?:\/\/(?!www\.w3\.org)/g)).to.equal(null);
        expect(html).to.include("color-scheme");
        expect(html).to.include("Content-Security-Policy");
        for (const text of [
            "Traffic, requests/s",
            "Replicas",
            "p99 wait, ms",
            "Cost against waiting",
            "2..24 @ 60 %",
        ]) {
            expect(html).to.include(text);
        }
        // Times of day and dates, not seconds since the trace began.
        expect(html)
            .to.include(">09:00</text>")
            .and.include(`"midnight":${Date.UTC(2026, 10, 24) / 1000}`);
        const json = JSON.parse(readFileSync(jsonPath, "utf8")) as {
            readonly formatVersion: number;
            readonly recommendation: { readonly kind: string; readonly changes: unknown };
        };
        expect(json.formatVersion).to.equal(2);
        expect(json.recommendation.kind).to.equal("change");
        expect(json.recommendation.changes).to.deep.equal([
            { key: "minReplicas", from: 3, to: 2 },
            { key: "targetCPUUtilizationPercentage", from: 60, to: 53 },
        ]);
    });

    it("has tables that need no scroll bar at 1,200 pixels", async function () {
        needs("chromium").call(this, () => undefined);
        const htmlPath = join(root, "tuning.html");
        const price = ["--price-per-replica-hour", "0.1 EUR", "--scale", "40"];
        await tune([...traffic(), ...service, ...price, "--html", htmlPath]);
        await withPage(pathToFileURL(htmlPath).href, async (page) => {
            await page.view({ scheme: "light", widthPixels: 1200, heightPixels: 900 });
            const wide = `[...document.querySelectorAll(".scroll")].map((each) => each.scrollWidth - each.clientWidth)`;
            expect(await page.evaluate(wide)).to.deep.equal([0, 0]);
        });
    });

    it("escapes what comes from a trace", async () => {
        writeFileSync(join(root, "<b>.csv"), readFileSync(join(root, "traffic.csv")));
        const htmlPath = join(root, "tuning.html");
        await tune(["--stack", "prod", "--trace", join(root, "<b>.csv"), ...service, "--html", htmlPath]);
        const html = readFileSync(htmlPath, "utf8");
        expect(html).to.include("&lt;b&gt;.csv");
        expect(html).not.to.include("<b>.csv");
    });

    it("fails where no setting meets the objective, and says what would help", async () => {
        const { code, out } = await tune([...traffic(), ...service, "--objective", "p99.9 wait under 1 ms", "--apply"]);
        expect(code).to.equal(1);
        expect(out).to.include('meets "p99.9 wait under 1 ms" on this trace');
        expect(out.replace(/\s+/g, " ")).to.include("a higher CPU limit or cheaper requests can");
        expect(stackText()).to.equal(stackFile);
    });

    it("fails with one message where the trace, the stack or a path is bad", async () => {
        writeFileSync(join(root, "bad.csv"), "time,requests_per_second\n0,x\n");
        writeFileSync(join(root, "zero.csv"), "time,requests_per_second\n0,0\n60,0\n");
        writeFileSync(join(root, "Pulumi.fixed.yaml"), "config:\n  web:\n    replicas: 4\n");
        const trigger =
            "{ type: cron, metadata: { timezone: Etc/UTC, start: 0 8 1 * *, end: 0 9 1 * *, desiredReplicas: '9' } }";
        writeFileSync(join(root, "Pulumi.keda.yaml"), `${stackFile}      kind: keda\n      triggers: [${trigger}]\n`);
        const cases: readonly (readonly [readonly string[], string])[] = [
            [
                ["--stack", "prod", "--trace", join(root, "bad.csv"), ...service],
                `${join(root, "bad.csv")}:2: requests_per_second is "x"`,
            ],
            [["--stack", "prod", "--trace", join(root, "zero.csv"), ...service], "The trace has no request in it."],
            [
                ["--stack", "fixed", ...traffic().slice(2), ...service],
                "Pulumi.fixed.yaml has a fixed number of replicas",
            ],
            [
                ["--stack", "keda", ...traffic().slice(2), ...service],
                "of them only cron triggers of one time zone are that begin and end at a time of the same days of the week.",
            ],
            [
                [...traffic(), ...service, "--json", join(root, "none", "a.json")],
                `${join(root, "none", "a.json")} cannot be written`,
            ],
        ];
        for (const [args, message] of cases) {
            const { code, err } = await tune(args);
            expect([code, err.includes(message)], err).to.deep.equal([1, true]);
        }
    });

    it("tells wrong usage from failures", async () => {
        const cases: readonly (readonly [readonly string[], string])[] = [
            [[], "--stack is missing: which stack?"],
            [["--stack", "prod"], "--trace is missing: which traffic? Or ask --prometheus."],
            [
                ["--stack", "test", ...traffic().slice(2)],
                "--stack test: there is no Pulumi.test.yaml. The stacks here: prod.",
            ],
            [
                ["--stack", "../prod", ...traffic().slice(2)],
                "--stack ../prod: a stack's name has letters, digits, _, . and - only.",
            ],
            [traffic(), "--cpu-seconds-per-request is missing, and the trace does not have it."],
            [[...traffic(), "--scale", "0"], "--scale 0: a number from 0.000001 to 1000000 is needed."],
            [[...traffic(), "--scale", ""], "--scale : a number from"],
            [[...traffic(), "--seed", "1.5"], "--seed 1.5: a whole number from 0 to 2147483647 is needed."],
            [[...traffic(), "--objective", "fast"], '--objective: "fast" is no objective.'],
            [
                [...traffic(), "--prometheus", "http://localhost"],
                "--trace and --prometheus: traffic comes from one of them.",
            ],
            [[...traffic(), "--query", "x"], "--query belongs to --prometheus, and there is --trace."],
            [["--stack", "prod", "--prometheus", "localhost:9090"], "--prometheus localhost:9090: a URL is needed"],
            [
                [
                    "--stack",
                    "prod",
                    "--prometheus",
                    "http://localhost",
                    "--query",
                    "x",
                    "--from",
                    "yesterday",
                    "--to",
                    "now",
                ],
                "--from yesterday: a time with its zone is needed, such as 2026-11-24T09:00:00Z.",
            ],
            [
                [
                    "--stack",
                    "prod",
                    "--prometheus",
                    "http://localhost",
                    "--from",
                    "2026-11-24T09:00:00Z",
                    "--to",
                    "2026-11-24T09:00:00Z",
                ],
                "--to is not after --from.",
            ],
            [
                [...traffic(), "--cpu-seconds-per-request", "0.1", "--request-seconds", "0.05"],
                "--request-seconds 0.05 is less than the CPU time",
            ],
            [[...traffic(), "--spread", "even"], '--spread even: "round robin by N", "least requests" or random'],
            [[...traffic(), "--price-per-replica-hour", "cheap"], "--price-per-replica-hour cheap: a number from 0"],
            [
                [...traffic(), "--time-zone", "Berlin"],
                "--time-zone Berlin: a time zone such as Europe/Berlin or Etc/UTC is",
            ],
            [[...traffic(), "--fast"], "Unknown option '--fast'"],
        ];
        for (const [args, message] of cases) {
            const { code, err } = await tune(args);
            expect([code, err.startsWith(message), err.endsWith(`\n\n${usage}\n`)], err).to.deep.equal([2, true, true]);
        }
        expect(await tune(["--help"])).to.deep.equal({ code: 0, out: `${usage}\n`, err: "" });
    });

    it("needs no more than the address of a Prometheus that has what is usual", async function () {
        needs("prometheus", "promtool").call(this, () => undefined);
        const startSeconds = Date.UTC(2026, 10, 23) / 1000;
        const pods = 'namespace="web",pod="web-5d9-abcde"';
        const container = `{${pods},container="php-fpm"}`;
        // From hour to hour 10 and 50 requests a second, of 20 ms CPU in 100 ms.
        const rateAt = (seconds: number) => ((seconds / 3600) % 2 < 1 ? 10 : 50);
        const counted = (seconds: number) => 60 * Math.floor(seconds / 7200) * 3600 + lastHours(seconds % 7200);
        const lastHours = (seconds: number) => (seconds < 3600 ? 10 * seconds : 36_000 + 50 * (seconds - 3600));
        const prometheus = await startPrometheus(
            [
                { name: `phpfpm_accepted_connections{${pods}}`, valueAt: counted },
                { name: `phpfpm_active_processes{${pods}}`, valueAt: (seconds) => rateAt(seconds) / 10 },
                { name: `container_cpu_usage_seconds_total${container}`, valueAt: (at) => counted(at) * 0.02 },
                { name: `container_memory_working_set_bytes${container}`, valueAt: (at) => 3e8 + rateAt(at) * 1e6 },
            ],
            startSeconds,
            25,
        );
        try {
            const asked = ["--stack", "prod", "--prometheus", prometheus.url];
            const range = ["--from", "2026-11-23T00:00:00Z", "--to", "2026-11-24T01:00:00Z"];
            const [htmlPath, jsonPath] = [join(root, "tuning.html"), join(root, "tuning.json")];
            const files = ["--html", htmlPath, "--json", jsonPath];
            const { code, out } = await tune([...asked, ...range, "--spread", "random", ...files]);
            expect(code).to.equal(0);
            const text = out.replace(/\s+/g, " ");
            for (const sentence of [
                "Trace php-fpm's own count: 25 h from 2026-11-23 00:01:00",
                "A request takes 100 ms on an idle pod, 20 ms of it CPU.",
                "- Requests per second are php-fpm's own count: sum(max by (pod) (rate(",
                "By Prometheus a request takes 0.1 s in a pod, what it waited there included;",
                "What a pod should ask for - CPU request 1000m stays: the busiest pod used up to 1000m",
                "--apply does not write these lines, which roll all pods: phpFpm:",
            ]) {
                expect(text).to.include(sentence);
            }
            const [lines] = /^ {4}phpFpm:\n(?: {6}.*\n)* {6}workerMemory: \d+Mi$/m.exec(out) ?? [""];
            expect(lines).not.to.equal("");
            const html = readFileSync(htmlPath, "utf8");
            expect(html).to.include(lines).and.include("What a pod should ask for");
            const json = JSON.parse(readFileSync(jsonPath, "utf8")) as {
                readonly sizing: { readonly lines: Readonly<Record<string, unknown>> };
            };
            expect(json.sizing.lines).to.have.property("phpFpm.workerMemory");
            const before = ["--from", "2026-11-20T00:00:00Z", "--to", "2026-11-21T00:00:00Z"];
            const { code: none, err } = await tune([...asked, ...before]);
            expect([none, err.split("\n")[0]]).to.deep.equal([
                1,
                "Prometheus knows of no request of this service between 2026-11-20 00:00:00 and 2026-11-21 00:00:00. Tried:",
            ]);
        } finally {
            await prometheus.end();
        }
    });

    it("says where workers run out before the HPA sees it", async () => {
        const { out } = await tune([
            ...traffic(),
            ...["--cpu-seconds-per-request", "0.01", "--request-seconds", "0.2", "--spread", "random"],
        ]);
        expect(out.replace(/\s+/g, " ")).to.include(
            "With today's target of 60 % the HPA never scales out: it acts above 66 %, and a pod that is full does not get there.",
        );
        expect(out).to.match(/^recommended +\d+\.\.24 @ (?:[12]\d|3[0-5]) %/m);
    });

    it("says what a target of busy workers would do, and writes one where the stack has what it takes", async () => {
        const pages = ["--cpu-seconds-per-request", "0.01", "--request-seconds", "0.2", "--spread", "random"];
        const [htmlPath, jsonPath] = [join(root, "tuning.html"), join(root, "tuning.json")];
        const args = [...traffic(), ...pages, "--apply"];
        const { out } = await tune([...args, "--html", htmlPath, "--json", jsonPath]);
        expect(out.replace(/\s+/g, " ")).to.match(
            /With a target of busy workers, 2\.\.24 @ 60 % CPU, \d+ % busy: p99 wait \d+ ms, no request lost, for .* CPU alone has p99 wait .* s, [\d,]+ requests lost\. It takes, below web in Pulumi\.prod\.yaml:/,
        );
        const [lines, percent] = /^ {4}autoscaling:\n {6}kind: keda\n {6}busyWorkersTargetPercent: (\d+)\n {4}monitoring: \{\}$/m.exec(out)!; // prettier-ignore
        expect(readFileSync(htmlPath, "utf8")).to.include(`<pre>${lines}</pre>`);
        const json = JSON.parse(readFileSync(jsonPath, "utf8")) as {
            readonly busyWorkers: { readonly because: string };
        };
        expect(json.busyWorkers.because).to.equal("sturdier");
        // CPU's own advice is what was written.
        expect(stackText()).not.to.include("busyWorkersTargetPercent");

        const withKeda = `${stackFile}      kind: keda\n    monitoring: {}\n`;
        writeFileSync(join(root, "Pulumi.prod.yaml"), withKeda);
        const second = await tune(args);
        expect(second.out.replace(/\s+/g, " ")).to.match(
            /- Busy workers rule, .* of the time in which more than 2 replicas/,
        );
        expect(second.out).not.to.include("It takes, below web");
        expect(stackText()).to.equal(
            withKeda
                .replace("minReplicas: 3", "minReplicas: 2")
                .replace("kind: keda\n", `kind: keda\n      busyWorkersTargetPercent: ${percent}\n`),
        );
    });

    it("advises a larger CPU request where the target is far above it", async () => {
        const text = stackFile.replace(
            "maxChildren: 8 }",
            "maxChildren: 8, resources: { requests: { cpu: 60m }, limits: { cpu: 500m } } }",
        );
        writeFileSync(join(root, "Pulumi.prod.yaml"), text);
        const { code, out } = await tune([...traffic(), ...service, "--apply"]);
        expect(code).to.equal(0);
        expect(Number(/targetCPUUtilizationPercentage: (\d+)/.exec(stackText())?.[1])).to.be.above(120);
        expect(out.replace(/\s+/g, " ")).to.match(
            /is more than php-fpm's CPU request of 60m.* With a request of \d+m the same target is 60 %/,
        );
    });

    it("says in which row a counter went wrong, and does not begin to search", async () => {
        const path = join(root, "spike.csv");
        writeFileSync(path, readFileSync(join(root, "traffic.csv"), "utf8").replace(/^(\d+),.*$/m, "$1,900000"));
        const { code, err } = await tune(["--stack", "prod", "--trace", path, ...service]);
        expect(code).to.equal(1);
        expect(err).to.match(/^2026-11-24 06:00:00: 900000 requests\/s, \d+ times the trace's median\. \d+ full pods/);
    });

    it("takes a request's CPU from the trace, but not from both", async () => {
        const path = join(root, "cpu.csv");
        const rows = readFileSync(join(root, "traffic.csv"), "utf8").trim().split("\n");
        writeFileSync(path, rows.map((row, i) => `${row},${i === 0 ? "cpu_seconds_per_request" : "0.02"}`).join("\n"));
        const args = ["--stack", "prod", "--trace", path];
        const { out } = await tune([...args, "--request-seconds", "0.1", "--spread", "random"]);
        expect(out).to.include("Change stack prod to 2..24 @ 53 %");
        expect(await tune([...args, ...service])).to.include({ code: 2 });
        expect((await tune(args)).out.replace(/\s+/g, " ")).to.include(
            "Requests are taken to use CPU from their beginning",
        );
    });

    it("ends clean when it is interrupted", async () => {
        const interruption = new AbortController();
        interruption.abort(new Error("interrupted"));
        const { code, err } = await tune([...traffic(), ...service, "--apply"], interruption.signal);
        expect([code, err]).to.deep.equal([130, "\nInterrupted. Nothing was changed.\n"]);
        expect(stackText()).to.equal(stackFile);
    });
});
