/** Releases with a command, by the real engine: once each, one after the other, and nothing of one that fails. */
import { once } from "node:events";

import { expect } from "chai";

import { sleep } from "../../tools/common/commands";
import { reportOn } from "../../tools/preview/report";
import { Engine, summaryOf, until, type LiveObject, type Stack } from "./engine";

interface Live extends LiveObject {
    readonly metadata: LiveObject["metadata"] & { readonly generation?: number; readonly uid?: string };
}

describe("a release's command", function () {
    this.timeout(120_000);
    let engine: Engine;
    let stack: Stack;
    let atFirst: readonly string[];

    before(async function () {
        this.timeout(900_000);
        engine = await Engine.start();
        stack = await engine.stack("release", settings("1"));
        atFirst = await engine.everything();
    });

    after(() => engine.stop());

    const settings = (release: string, web: object = {}) => ({
        web: {
            awaitAddress: false,
            replicas: 2,
            rollout: { minReadySeconds: 0 },
            phpFpm: { env: { RELEASE: release } },
            release: { command: ["sh", "-ec", "migrate $RELEASE"] },
            ...web,
        },
        metricsServer: { install: false },
        ingressController: { install: false },
    });

    const jobs = async () => (await engine.objects("jobs")) as readonly Live[];
    const deploymentOf = async () => await engine.object("deployment");

    /** Commands that are begun while something happens. */
    const begunDuring = async (work: () => Promise<unknown>) => {
        const before = engine.kubelet.begun.length;
        await work();
        return engine.kubelet.begun.slice(before);
    };

    const hold = () => {
        engine.kubelet.commandsEnd = undefined;
    };
    const succeed = () => {
        engine.kubelet.commandsEnd = { exitCode: 0, lastWords: "" };
    };

    it("runs in a namespace that has nothing of the service yet but its configuration", async () => {
        hold();
        const update = stack.startUpdate();
        await until(() => engine.kubelet.begun.length === 1, 60);
        await sleep(1);
        expect(await engine.objects("deployment,service,ingress,hpa,poddisruptionbudget")).to.deep.equal([]);
        succeed();
        await once(update, "exit");
        expect((await deploymentOf()).metadata.name).to.equal("web");
        const [job, ...others] = await jobs();
        expect(others).to.deep.equal([]);
        expect(job?.metadata.name).to.match(/^web-release-[0-9a-f]{8}$/);
    });

    it("runs once for a release", async () => {
        const begun = await begunDuring(async () => {
            expect(summaryOf(await stack.up())).to.have.all.keys("unchanged");
            expect(summaryOf(await stack.succeed("refresh", "--yes", "--skip-preview"))).to.have.all.keys("unchanged");
            expect(await stack.preview()).to.deep.equal([]);
        });
        expect(begun).to.deep.equal([]);
    });

    it("runs for each other release: environment, secret, command, image; and its Job takes the old one's place", async () => {
        const another = async (change: () => Promise<void> | void) => {
            const before = (await jobs())[0]?.metadata.name;
            await change();
            const begun = await begunDuring(() => stack.up());
            expect(begun).to.have.length(1);
            const after = await jobs();
            expect(after).to.have.length(1);
            expect(after[0]?.metadata.name).to.not.equal(before);
        };
        await another(() => {
            stack.configure(settings("2"));
        });
        await another(() => stack.setSecret("DB_PASSWORD", "of a test"));
        await another(() => {
            stack.configure(settings("2", { release: { command: ["migrate", "--all"] } }));
        });
        await another(() => {
            stack.configure(settings("2", { phpFpm: { image: "registry.example.com/app:2.0.1" } }));
        });
    });

    it("is shown by the preview as the one Job that is replaced by another", async () => {
        stack.configure(settings("3"));
        const steps = await stack.preview();
        expect(steps.filter(({ resource }) => resource.includes("Job"))).to.have.length(1);
        expect(steps.find(({ resource }) => resource.includes("Job"))).to.deep.include({
            op: "replace",
            resource: "kubernetes:batch/v1:Job web-release",
        });
        const { text, hasFailed } = await reportOn("release", undefined, stack.reviewContext);
        expect(hasFailed, text).to.equal(false);
        expect(text).to.include(
            "1. Job web/web-release-xxxxxxxx runs once, while the old pods serve, for 600 s at most and 300 s for its pod's start: " +
                "`sh -ec 'migrate $RELEASE'`\n",
        );
        expect(text).to.include("2. Deployment web/web is rolled: 2 pods in 2 steps, 0 s and 2 starts or more.\n");
        expect(text).to.not.include("## Look twice");
    });

    it("leaves what serves as it was where it fails, and tells its last words", async () => {
        stack.configure(settings("4", { longestRequestSeconds: 45, host: "www.example.com" }));
        const kinds = "deployment,service,ingress,hpa,poddisruptionbudget";
        const state = async () =>
            ((await engine.objects(kinds)) as readonly Live[]).map(({ kind, metadata, spec }) => ({
                kind,
                uid: metadata.uid,
                spec,
            }));
        const before = await state();
        expect(before).to.have.length(5);
        engine.kubelet.commandsEnd = { exitCode: 3, lastWords: "SQLSTATE[42S01]: Table 'jobs' already exists\n" };
        let output = "";
        const begun = await begunDuring(async () => {
            output = await stack.fail("up", "--yes", "--skip-preview");
        });
        expect(output).to.match(
            /Job web\/web-release-[0-9a-f]{8}: the release's command has failed, and nothing is rolled out\./,
        );
        expect(output)
            .to.match(/pod web-release-\S+: container release ends by itself \(Error, exit code 3, 0 restarts\)\./)
            .and.include("SQLSTATE[42S01]: Table 'jobs' already exists");
        expect(begun).to.have.length(1);
        expect(await state()).to.deep.equal(before);
        const { text } = await reportOn("release", undefined, stack.reviewContext);
        expect(text).to.include("1. Job web/web-release-xxxxxxxx has not succeeded yet: ");
    });

    it("runs again with the next update of the same release, which is then rolled out", async () => {
        succeed();
        const failed = (await jobs()).map(({ metadata }) => metadata.uid);
        const begun = await begunDuring(() => stack.up());
        expect(begun).to.have.length(1);
        expect(await jobs()).to.have.length(1);
        expect(failed).to.not.include((await jobs())[0]?.metadata.uid);
        expect(summaryOf(await stack.up())).to.have.all.keys("unchanged");
    });

    for (const [how, end] of [
        ["killed", "SIGKILL"],
        ["ended by Ctrl-C", "SIGINT"],
    ] as const) {
        it(`is waited for by the next update, and not begun again, where the first one was ${how}`, async () => {
            stack.configure(settings(end));
            hold();
            const begun = await begunDuring(async () => {
                const update = stack.startUpdate();
                const before = engine.kubelet.begun.length;
                await until(() => engine.kubelet.begun.length > before, 60);
                await sleep(1);
                update.kill(end);
                await once(update, "exit");
                if (end === "SIGKILL") await stack.cancel();
                const next = stack.up();
                await sleep(8);
                succeed();
                await next;
            });
            expect(begun).to.have.length(1);
            expect(JSON.stringify(await deploymentOf())).to.include(`"value":"${end}"`);
            expect(summaryOf(await stack.up())).to.have.all.keys("unchanged");
        });
    }

    it("that failed while no engine looked runs again with the next update", async () => {
        stack.configure(settings("6"));
        hold();
        const update = stack.startUpdate();
        const before = engine.kubelet.begun.length;
        await until(() => engine.kubelet.begun.length > before, 60);
        // The engine has to know that there is something to be gone on with.
        await sleep(1);
        update.kill("SIGKILL");
        await once(update, "exit");
        await stack.cancel();
        engine.kubelet.commandsEnd = { exitCode: 1, lastWords: "" };
        const hasFailed = async () =>
            (await engine.kubectl(["get", "jobs", "--namespace=web", "--output=json"])).includes(
                '"BackoffLimitExceeded"',
            );
        await until(hasFailed);
        succeed();
        const begun = await begunDuring(() => stack.up());
        expect(begun).to.have.length(1);
        expect(summaryOf(await stack.up())).to.have.all.keys("unchanged");
    });

    for (const what of ["command", "rollout"] as const) {
        it(`runs again where the next release's ${what} fails and the release before is taken back, and only then`, async function () {
            this.timeout(300_000);
            const rollout = { startupSeconds: 5, minReadySeconds: 0, progressDeadlineSeconds: 20 };
            const nginx = { image: "docker.io/library/nginx:1.30.4-broken", version: "1.30.4" };
            const before = settings(`before the ${what} that fails`, { rollout });
            stack.configure(before);
            await stack.up();
            const served = (await deploymentOf()).spec;

            if (what === "command") engine.kubelet.commandsEnd = { exitCode: 1, lastWords: "" };
            engine.kubelet.brokenImage = "broken";
            stack.configure(settings(what, { rollout, nginx }));
            const failed = await begunDuring(async () => {
                const output = await stack.fail("up", "--yes", "--skip-preview");
                expect(output).to.include(what === "command" ? "the release's command has failed" : "ErrImagePull");
            });
            expect(failed).to.have.length(1);
            engine.kubelet.brokenImage = undefined;
            succeed();

            stack.configure(before);
            expect(await begunDuring(() => stack.up())).to.have.length(1);
            expect((await deploymentOf()).spec).to.deep.equal(served);
            expect(await jobs()).to.have.length(1);
            const begun = await begunDuring(async () => {
                const refreshed = await stack.succeed("refresh", "--yes", "--skip-preview");
                expect(summaryOf(refreshed)).to.have.all.keys("unchanged");
                expect(summaryOf(await stack.up())).to.have.all.keys("unchanged");
            });
            expect(begun).to.deep.equal([]);
        });
    }

    const commands = {
        workers: {
            mail: { command: ["work", "$(date)"], replicas: 2, stopSignal: "SIGTERM" },
            images: { command: ["work"], autoscaling: { minReplicas: 1, maxReplicas: 4 } },
        },
        schedules: {
            nightly: { schedule: "0 3 * * mon-fri", timeZone: "Europe/Berlin", command: ["report"] },
            hourly: { schedule: "@hourly", command: ["report"], concurrencyPolicy: "Replace" },
        },
    };

    const commandsOf = async () => {
        const found = (await engine.objects("deployments,cronjobs")) as readonly Live[];
        return found.filter(({ metadata }) => metadata.name !== "web");
    };
    const specsOf = (found: readonly Live[]) => found.map(({ metadata, spec }) => ({ name: metadata.name, spec }));

    it("comes before workers and schedules, which the API server takes as they are", async () => {
        stack.configure(settings("7", commands));
        hold();
        const update = stack.startUpdate();
        const before = engine.kubelet.begun.length;
        await until(() => engine.kubelet.begun.length > before, 60);
        await sleep(1);
        expect(await commandsOf()).to.deep.equal([]);
        succeed();
        await once(update, "exit");
        expect((await commandsOf()).map(({ kind, metadata }) => `${kind} ${metadata.name}`)).to.have.members([
            "Deployment web-mail",
            "Deployment web-images",
            "CronJob web-nightly",
            "CronJob web-hourly",
        ]);
        await engine.kubectl([
            ...["wait", "deployment/web-mail", "--namespace=web", "--timeout=60s"],
            "--for=jsonpath={.status.availableReplicas}=2",
        ]);
        expect(summaryOf(await stack.up())).to.have.all.keys("unchanged");
        expect(await stack.succeed("preview", "--policy-pack", "policy")).to.not.match(/\[(mandatory|advisory)\]/);
    });

    it("that fails leaves workers and schedules as they were, and the next release takes them along", async () => {
        const before = specsOf(await commandsOf());
        engine.kubelet.commandsEnd = { exitCode: 1, lastWords: "" };
        stack.configure(settings("8", commands));
        await stack.fail("up", "--yes", "--skip-preview");
        expect(specsOf(await commandsOf())).to.deep.equal(before);
        succeed();
        await stack.up();
        for (const { name, spec } of specsOf(await commandsOf())) {
            expect(JSON.stringify(spec), name).to.include('"name":"RELEASE","value":"8"');
        }
    });

    it("that is configured no more touches no worker and no schedule, and runs at once where it is configured again", async () => {
        const before = specsOf(await commandsOf());
        stack.configure(settings("8", { ...commands, release: undefined }));
        expect(await begunDuring(() => stack.up())).to.deep.equal([]);
        expect(await jobs()).to.deep.equal([]);
        stack.configure(settings("8", commands));
        expect(await begunDuring(() => stack.up())).to.have.length(1);
        expect(specsOf(await commandsOf())).to.deep.equal(before);
    });

    it("leaves nothing at the end", async () => {
        await stack.succeed("destroy", "--yes", "--skip-preview");
        const left = (await engine.everything()).filter((name) => !atFirst.includes(name));
        expect(left).to.deep.equal([]);
    });
});
