/** What a review tells of a release: its steps, and what it takes away from pods that run. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { repositoryRoot } from "../../../tools/common/paths";
import { toMarkdown } from "../../../tools/preview/markdown";
import { review, type ReviewOptions } from "../../../tools/preview/review";
import type { Manifest } from "../../../tools/render/manifests";
import { render } from "../../../tools/render/render";
import { recordingOfText } from "../../helpers/stacks";
import { ofKind } from "./objects";

const stackFile = `${readFileSync(join(repositoryRoot, "tests/golden/stacks/releases.yaml"), "utf8").trimEnd()}\n`;

type Edit = readonly [from: string, to: string];

/** A stack file with some of its texts replaced, each of which it has. */
function edited(text: string, ...edits: readonly Edit[]): string {
    return edits.reduce((current, [from, to]) => {
        if (!current.includes(from)) throw new Error(`the stack file has no ${from}`);
        return current.replace(from, () => to);
    }, text);
}

const between = (from: string, to: string) => stackFile.slice(stackFile.indexOf(from), stackFile.indexOf(to));

const newImage: Edit = ["app:2026.11.3", "app:2026.11.4"];
const command = stackFile.slice(stackFile.indexOf("    release:\n"));
const mail = between("      mail:\n", "      images:\n");

const rendered = async (text: string) => render(await recordingOfText(text));

async function reviewOf(before: string, after: string, options?: ReviewOptions) {
    return review(await rendered(before), await rendered(after), options);
}

/** Of the whole text the one section. */
function section(text: string, title: string): string {
    return new RegExp(`## ${title}\n\n[^]*?(?=\n## |$)`).exec(text)?.[0].trimEnd() ?? "";
}

const released = async (...edits: readonly Edit[]) => await reviewOf(stackFile, edited(stackFile, ...edits));

const stepsOf = ({ releases }: Awaited<ReturnType<typeof reviewOf>>) =>
    releases.flatMap(({ steps }) => steps.map(({ text }) => text));

const factsOf = ({ releases }: Awaited<ReturnType<typeof reviewOf>>) =>
    releases.flatMap(({ steps }) => steps.flatMap(({ facts }) => facts));

describe("review of a release", function () {
    this.timeout(30_000);

    it("tells its steps in their order, with their seconds and what becomes of one that fails", async () => {
        expect(section(toMarkdown(await released(newImage)), "Release")).to.equal(`## Release

### Deployment web/web

1. Job web/web-release-xxxxxxxx runs once, while the old pods serve, for 600 s at most and 300 s for its pod's start: \`sh -ec 'php artisan migrate --force && echo $APP_ENV'\`
   - Where it fails, nothing is rolled out: pods, workers and schedules stay as they are, and the next pulumi up runs it again.
2. Deployment web/web is rolled: 3 pods in 3 steps, 15 s and 3 starts or more; 24 pods in 4 steps, 20 s and 4 starts or more.
   - Without progress for 300 s it has failed: the old pods serve on, and what the command has done stays.
3. Workers are rolled at the same time, and do not wait for the pods.
   - Deployment web/web-images: 1 pod in 1 step, 5 s and 1 start or more; 8 pods in 4 steps, 20 s and 4 starts or more; each old pod has 75 s for its end, 60 s for its job and 15 s more.
   - Deployment web/web-mail: 2 pods in 2 steps, 10 s and 2 starts or more; each old pod has 135 s for its end, 120 s for its job and 15 s more.
   - Where one fails, its old pods work on, beside what is new.
4. Schedules: what they begin from then on is this release's.
   - CronJob web/web-nightly: a run that goes on has 7500 s from its start.
5. At most 135 s after that the last old pod has ended. What old code needs goes then at the earliest, with another release.`);
    });

    it("warns of nothing where something is added or has another value", async () => {
        const found = await released(
            newImage,
            ["APP_ENV: production", "APP_ENV: staging, NEW: one"],
            [
                "envFrom: { secrets: [app] }",
                "envFrom: { secrets: [app, mail] }\n      ini: { date.timezone: Europe/Berlin }",
            ],
            ["egress: [{ namespace: data }]", "egress: [{ namespace: data }, { namespace: cache }]"],
            ["longestSeconds: 7200", "longestSeconds: 7300"],
        );
        expect(found.warnings).to.deep.equal([]);
        expect(factsOf(found).join("\n")).to.not.include("New pods are without");
    });

    it("tells of a first one that nothing serves yet", async () => {
        const found = review([], await rendered(stackFile));
        expect(stepsOf(found)[0]).to.include("runs once, before anything serves, for 600 s");
        expect(stepsOf(found)[1]).to.equal("Deployment web/web is created with 3 to 24 pods");
        expect(factsOf(found)).to.include("Deployment web/web-mail is created with 2 pods.");
    });

    it("says where a rollout is none of php-fpm's, and the command does not run", async () => {
        const found = await released(["    phpFpm:\n", "    nginx: { runAsUser: 102 }\n    phpFpm:\n"]);
        expect(stepsOf(found).slice(0, 2)).to.deep.equal([
            "Job web/web-release-xxxxxxxx has done its work: the command does not run again",
            "Deployment web/web is rolled: 3 pods in 3 steps, 15 s and 3 starts or more; 24 pods in 4 steps, 20 s and 4 starts or more",
        ]);
        expect(factsOf(found).join("\n")).to.not.include("what the command has done");
    });

    it("says of a command that the engine has not seen succeed that it is waited for, or runs again", async () => {
        const after = await rendered(stackFile);
        const unfinished = new Set([ofKind(after, "Job")]);
        const [step, next] = stepsOf(review(await rendered(stackFile), after, { unfinished }));
        expect(step).to.match(
            /^Job \S+ has not succeeded yet: where it runs still it is waited for, otherwise it runs again,/,
        );
        expect(next).to.equal("Deployment web/web is not rolled: its pods stay");
    });

    it("says of a command that comes alone that it runs, and that no pods are rolled", async () => {
        const found = await reviewOf(edited(stackFile, [command, ""]), stackFile);
        expect(stepsOf(found)).to.have.length(2);
        expect(stepsOf(found)[0]).to.include("runs once, while the old pods serve");
        expect(stepsOf(found)[1]).to.equal("Deployment web/web is not rolled: its pods stay");
        expect(found.warnings).to.deep.equal([]);
    });

    it("says of one that goes while there are workers that releases are without it from now on", async () => {
        const found = await released(newImage, [command, ""]);
        expect(stepsOf(found)[0]).to.equal(
            "Job web/web-release-xxxxxxxx goes: no command runs before pods, workers and schedules are rolled, now and in releases to come",
        );
        expect(found.warnings).to.deep.equal([
            "Job web/web-release-xxxxxxxx is deleted: releases are rolled out without a command before them, this one included.",
        ]);
        expect(factsOf(found).join("\n")).to.not.include("what the command has done");
    });

    it("is told where there are only workers, and not where there is neither", async () => {
        const workersOnly = edited(stackFile, [command, ""]);
        const found = await reviewOf(workersOnly, edited(workersOnly, newImage));
        expect(stepsOf(found)[0]).to.match(/^Deployment web\/web is rolled/);
        const nothing = edited(workersOnly, [between("    workers:\n", "    release:\n"), ""]);
        expect((await reviewOf(nothing, edited(nothing, newImage))).releases).to.deep.equal([]);
    });

    describe("where files of releases before are kept", () => {
        const kept = readFileSync(join(repositoryRoot, "tests/golden/stacks/assets.yaml"), "utf8");
        const setting = "      keptAssets: { claim: assets, paths: [build, dist/assets] }\n";

        it("tells of the Job after the pods, how long they stay, and what becomes of it where it fails", async () => {
            const found = await reviewOf(kept, edited(kept, newImage));
            expect(stepsOf(found)).to.deep.equal([
                "Deployment web/web is rolled: 3 pods in 3 steps, 15 s and 3 starts or more; 24 pods in 4 steps, 20 s and 4 starts or more",
                "Job web/web-assets-xxxxxxxx runs after the pods, for 600 s at most: files of releases before stay for 86470 s from when " +
                    "another one has come, and those go whose time is over",
                "At most 70 s after that the last old pod has ended. What old code needs goes then at the earliest, with another release",
            ]);
            expect(factsOf(found)).to.include(
                "Where it fails, the release serves all the same, no file is gone, and the next pulumi up runs it again.",
            );
            expect(found.warnings).to.deep.equal([]);
        });

        it("tells of one that runs alone, as with another time, and of none where nothing changes", async () => {
            const found = await reviewOf(kept, edited(kept, ["assets] }", "assets], pageSeconds: 3600 }"]));
            expect(stepsOf(found)).to.have.length(2);
            expect(stepsOf(found)[0]).to.equal("Deployment web/web is not rolled: its pods stay");
            expect(stepsOf(found)[1]).to.match(
                /-xxxxxxxx runs, for 600 s at most: files of releases before stay for 3670 s /,
            );
            expect((await reviewOf(kept, kept)).releases).to.deep.equal([]);
        });

        it("warns where they are kept no longer", async () => {
            const { warnings } = await reviewOf(kept, edited(kept, [setting, ""]));
            expect(warnings).to.include(
                "Job web/web-assets-xxxxxxxx is deleted: files of releases before are kept no longer, and a page asks in vain for those " +
                    "that new pods have not.",
            );
        });
    });

    describe("that takes something away", () => {
        const advice =
            "That is safe only where the code that runs now does without already: otherwise it takes two releases, first such code, " +
            "then the removal.";

        it("does not warn of variables, secrets and php.ini, which old pods keep, and says what has to stay elsewhere", async () => {
            const before = edited(stackFile, [
                "      envFrom:",
                "      ini: { date.timezone: Europe/Berlin, apc.enabled: true }\n      envFrom:",
            ]);
            const after = edited(
                before,
                newImage,
                [", PRICE: $5", ""],
                [", apc.enabled: true", ""],
                ["envFrom: { secrets: [app] }", "envFrom: {}"],
            );
            const found = await reviewOf(before, after);
            expect(found.warnings).to.deep.equal([]);
            expect(factsOf(found).at(-1)).to.equal(
                "New pods are without variable PRICE, php.ini's apc.enabled and Secret app. Old pods keep that to their " +
                    "end. What it stands for elsewhere, an account, a queue, a bucket, has to be there until then.",
            );
        });

        it("does not claim that a variable is missing which a Secret has that nobody can read here", async () => {
            const text = factsOf(await released(newImage, [", PRICE: $5", ""])).at(-1);
            expect(text).to.match(/^New pods are without variable PRICE \(unless Secret app has what is missing\)\./);
            const secrets = "  php-web-service:secrets: { PRICE: { secure: v1:aaaa } }\n";
            const moved = edited(stackFile, [", PRICE: $5", ""], ["envFrom: { secrets: [app] }", "envFrom: {}"]).concat(
                secrets,
            );
            expect(factsOf(await reviewOf(stackFile, moved)).at(-1)).to.match(
                /^New pods are without variable PRICE and Secret app \(unless Secret web-env-xxxxxxxx has what is missing\)\./,
            );
        });

        it("warns of a way out that is closed under old pods, workers and pods alike", async () => {
            const before = edited(stackFile, [
                "[{ namespace: data }]",
                "[{ namespace: data }, { cidr: 192.0.2.0/25, ports: [5432, 6379] }]",
            ]);
            const after = (egress: string) =>
                edited(before, newImage, ["{ cidr: 192.0.2.0/25, ports: [5432, 6379] }", egress]);
            expect((await reviewOf(before, after("{ cidr: 192.0.2.0/25, ports: [5432] }"))).warnings).to.deep.equal([
                "Deployment web/web, Deployment web/web-images and Deployment web/web-mail: NetworkPolicies close 192.0.2.0/25 (TCP " +
                    `6379) for old pods, too, while they serve and work. ${advice}`,
            ]);
            for (const wider of ["{ cidr: 192.0.2.0/24 }", "{ cidr: 192.0.2.0/25, ports: [5432, 6379, 80] }"]) {
                expect((await reviewOf(before, after(wider))).warnings, wider).to.deep.equal([]);
            }
        });

        it("warns of the first rules about ways out, which close all others", async () => {
            const before = edited(stackFile, ["    egress: [{ namespace: data }]\n", ""]);
            const { warnings } = await reviewOf(before, edited(stackFile, newImage));
            expect(warnings).to.have.length(1);
            expect(warnings[0]).to.include(
                "close every way out but any address (UDP 53), any address (TCP 53) and namespace data for old pods, too",
            );
        });

        it("does not warn of a way out that is closed alone: then it is the second release", async () => {
            expect((await released(["[{ namespace: data }]", "[]"])).warnings).to.deep.equal([]);
        });

        it("warns of a worker that goes, since nobody takes what old pods put into its queue", async () => {
            const worker = "Deployment web/web-mail is deleted: its pods end, each after the job that it has";
            expect((await released(newImage, [mail, ""])).warnings).to.deep.equal([
                `${worker}, and nobody takes what is in its queue then. ${advice}`,
            ]);
            // Alone it may be the second release.
            expect((await released([mail, ""])).warnings).to.deep.equal([
                `${worker}, and nobody takes what is in its queue then.`,
            ]);
            expect((await released(newImage, ["      mail:\n", "      letters:\n"])).warnings).to.deep.equal([
                `${worker}. Deployment web/web-letters is created: is that a rename?`,
            ]);
        });

        it("warns of keys that go in place, from under old pods that read them", async () => {
            const source = (kind: string, data: object): Manifest => ({
                apiVersion: "v1",
                kind,
                metadata: { name: "app", namespace: "web" },
                ...(kind === "Secret" ? { stringData: data } : { data }),
            });
            const old = await rendered(stackFile);
            const next = await rendered(edited(stackFile, newImage));
            const found = (kind: string, after: object, manifests = next) =>
                review([...old, source(kind, { A: "1", B: "2" })], [...manifests, source(kind, after)]);
            const warnings = (...change: Parameters<typeof found>) => found(...change).warnings;
            expect(warnings("Secret", { A: "1" })).to.deep.equal([
                "Secret web/app loses B at once, though old pods of Deployment web/web, Deployment web/web-images and Deployment " +
                    `web/web-mail read it: one that starts again before its turn finds no such key. ${advice}`,
            ]);
            expect(factsOf(found("Secret", { A: "1" })).at(-1)).to.match(/^New pods are without variable B\. /);
            expect(warnings("Secret", { A: "3", B: "2", C: "4" })).to.deep.equal([]);
            expect(warnings("Secret", { A: "1" }, old)).to.deep.equal([]);
            // They read a Secret of that name, and no ConfigMap.
            expect(warnings("ConfigMap", { A: "1" })).to.deep.equal([]);
        });
    });
});
