import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { expect } from "chai";

import { UsageError } from "../../../tools/common/commandLine";
import type { Deployment } from "../../../tools/common/kubernetes/objects";
import { readReleasesArguments } from "../../../tools/releases/arguments";
import { check, type Verdict } from "../../../tools/releases/check";
import { judged, plannedRequest, untilServed } from "../../../tools/releases/load";
import { planOf } from "../../../tools/releases/plan";
import { isProven, markdown } from "../../../tools/releases/report";
import { withEntrypoint } from "../../../tools/releases/usual";

describe("a drill of releases", () => {
    const lab = ["--url", "http://127.0.0.1/", "--stack", "lab", "--stack-file", "Pulumi.lab.yaml"];

    it("is of 50 releases, or of as many as are asked for", () => {
        expect(readReleasesArguments(lab)).to.include({ releases: 50, rate: 10, outFolder: "out/releases" });
        expect(readReleasesArguments([...lab, "--releases", "3"])).to.include({ releases: 3 });
        expect(readReleasesArguments(["--history", "history.ndjson"])).to.deep.equal({ historyPath: "history.ndjson" });
    });

    for (const [args, message] of [
        [["--stack", "lab"], "--url is missing"],
        [[...lab, "--releases", "0"], "--releases 0: a whole number from 1 to 1000."],
        [[...lab, "--rate", "1.5"], "--rate 1.5: a whole number from 1 to 100."],
        [["--history", "a", "--rate", "1"], "--history drills nothing: without --rate."],
    ] as const) {
        it(`refuses ${args.slice(-2).join(" ")}`, () => {
            expect(() => readReleasesArguments(args)).to.throw(UsageError, message);
        });
    }

    it("has each trouble in the first three, and never two failures one after the other", () => {
        expect(planOf(3)).to.have.members(["killed", "migration-fails", "node-drained"]);
        const plan = planOf(50);
        expect(plan).to.have.length(50);
        expect(plan.some((trouble, i) => trouble === "migration-fails" && plan[i + 1] === trouble)).to.equal(false);
    });

    it("places orders of which some are long, and reads pages, of which some wait", () => {
        const all = Array.from({ length: 200 }, (_, i) => plannedRequest("ours", i + 1));
        const ofOrders = all.filter(({ method }) => method === "POST");
        expect(ofOrders).to.have.length(100);
        expect(ofOrders.filter(({ path }) => path.includes("job_ms=6000"))).to.have.length(5);
        expect(all.filter(({ path }) => path.includes("wait_ms=5000"))).to.have.length(4);
        expect(new Set(all.map(({ id }) => id)).size).to.equal(200);
    });

    it("takes for right what has its id, and who answered", () => {
        const sent = { id: "ours-000002", method: "POST" } as const;
        const body = JSON.stringify({ id: sent.id, release: 4, servedAtMs: 1 });
        expect(judged(sent, { status: 200, body })).to.include({ isRight: true, release: 4, servedAtMs: 1 });
        expect(judged(sent, { status: 500, body }).isRight).to.equal(false);
        for (const wrong of ["", "<b>Fatal error</b>", "null", '{"id":"ours-000002"}', body.replace("2", "3")]) {
            expect(judged(sent, { status: 200, body: wrong }).isRight, wrong).to.equal(false);
        }
    });

    it("begins when every way in has served its page, ten times in a row", async () => {
        let asked = 0;
        const server = createServer(({ url = "", headers }, response) => {
            asked += 1;
            // One of two ways in has not heard of the pods yet.
            response.statusCode = asked < 6 && asked % 2 === 0 ? 503 : 200;
            const id = new URL(url, "http://shop").searchParams.get("id");
            response.end(JSON.stringify({ id, release: headers.host === "shop.test" ? 0 : undefined, servedAtMs: 1 }));
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        try {
            const { port } = server.address() as AddressInfo;
            const target = { variant: "usual", host: "shop.test" } as const;
            await untilServed(`http://127.0.0.1:${port}/`, target, new AbortController().signal);
            expect(asked).to.equal(4 + 10);
        } finally {
            server.close();
        }
    });

    it("has the usual way's migration in the entrypoint, before php-fpm", () => {
        const spec = { containers: [{ name: "php-fpm", image: "shop:1", command: ["php-fpm", "--nodaemonize"] }] };
        const env = [{ name: "RELEASE", value: "4" }];
        const made = withEntrypoint({ spec: { template: { spec } } } as unknown as Deployment, env) as Deployment;
        expect(made.spec.template.spec.containers).to.deep.equal([
            {
                name: "php-fpm",
                image: "shop:1",
                env,
                command: [
                    ...["sh", "-ec", 'php /srv/shop/migrate.php; exec "$@"', "entrypoint"],
                    ...["php-fpm", "--nodaemonize"],
                ],
            },
        ]);
    });

    describe("its report", () => {
        const nothing: Verdict = { ...check([], "ours"), releases: 3, requests: 3000, jobs: 1500, runsDue: 3 };
        const lost: Verdict = {
            ...nothing,
            variant: "usual",
            breaches: [{ rule: "job-lost", text: "usual-000002 was begun", reason: "killed" }],
        };
        const broken: Verdict = { ...nothing, breaches: [{ rule: "request-lost", text: "POST ours-000002: 502" }] };

        it("says what was proven, and how surely", () => {
            expect(isProven(nothing, lost)).to.equal(true);
            const text = markdown(nothing, lost, "make drill-releases");
            expect(text)
                .to.include("In 3 releases this project lost 0 of 3,000 requests and 0 of 1,500 jobs, the usual way")
                .and.include("exactly once")
                .and.include("below 1 in 1,000 requests and 1 in 500 jobs")
                .and.include("The usual way: 1 job lost, each because its worker was killed");
        });

        it("says what was broken", () => {
            expect(isProven(broken, lost)).to.equal(false);
            expect(markdown(broken, lost, "make drill-releases"))
                .to.include("The promise is broken.")
                .and.include("a request without the right answer: POST ours-000002: 502");
        });

        it("doubts what the usual way stands as well, and where nothing was asked", () => {
            expect(isProven(nothing, nothing)).to.equal(false);
            expect(isProven({ ...nothing, requests: 0 }, lost)).to.equal(false);
            expect(markdown(nothing, { ...nothing, variant: "usual" }, "make drill-releases")).to.include("In doubt");
        });
    });
});
