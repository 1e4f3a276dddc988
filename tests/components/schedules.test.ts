/** Commands of the application beside the pods that serve: what runs when it is time. */
import type * as k8s from "@pulumi/kubernetes";
import { expect } from "chai";

import { PhpWebService } from "../../components";
import type { Recording } from "../../tools/render/record";
import { recordingOfGolden } from "../golden/golden";
import { recordingOfProgram, recordingOfText, resource } from "../helpers/stacks";
import { webObjects } from "../helpers/webObjects";

const cronJobOf = (recording: Recording, name: string) => {
    const { inputs, options } = resource(recording, "kubernetes:batch/v1:CronJob", name);
    return { spec: inputs["spec"] as k8s.types.output.batch.v1.CronJobSpec, options };
};

describe("a schedule", () => {
    let recording: Recording;

    before(async () => {
        recording = await recordingOfGolden("releases");
    });

    it("is a CronJob with everything said that a cluster would decide otherwise", async () => {
        const text =
            "config:\n  php-web-service:web:\n    schedules: { nightly: { schedule: 0 3 * * *, command: [report] } }\n";
        const { jobTemplate: _, ...spec } = cronJobOf(await recordingOfText(text), "web-nightly").spec;
        expect(spec).to.deep.equal({
            schedule: "0 3 * * *",
            timeZone: "Etc/UTC",
            concurrencyPolicy: "Forbid",
            startingDeadlineSeconds: 3600,
            successfulJobsHistoryLimit: 3,
            failedJobsHistoryLimit: 3,
        });
    });

    it("runs php-fpm's image, user, environment and folders, with resources of its own", () => {
        const { spec } = cronJobOf(recording, "web-nightly").spec.jobTemplate.spec.template;
        const { phpFpm } = webObjects(recording);
        const [container, ...others] = spec.containers;
        expect(others).to.deep.equal([]);
        for (const field of ["image", "env", "envFrom", "volumeMounts", "securityContext"] as const) {
            expect(container?.[field], field).to.deep.equal(phpFpm[field]).and.not.equal(undefined);
        }
        expect(container?.command).to.deep.equal(["php", "/srv/app/artisan", "report:send"]);
        expect(container?.resources.requests).to.deep.equal({ cpu: "100m", memory: "128Mi" });
    });

    it("runs once each time, to its end, in one pod after the other", () => {
        const job = cronJobOf(recording, "web-nightly").spec.jobTemplate.spec;
        expect(job).to.include({ backoffLimit: 0, podReplacementPolicy: "Failed" });
        expect(job.template.spec).to.include({
            restartPolicy: "Never",
            activeDeadlineSeconds: 7500,
            terminationGracePeriodSeconds: 7215,
        });
    });

    it("gets no traffic, and is the service's after the release's command", () => {
        const { spec, options } = cronJobOf(recording, "web-nightly");
        const { labels } = spec.jobTemplate.spec.template.metadata;
        const { selector } = webObjects(recording).service;
        expect(Object.entries(selector).every(([key, value]) => labels[key] === value)).to.equal(false);
        expect([options.dependsOn].flat().map((each) => (each as { __name?: string }).__name)).to.deep.equal([
            "web-release",
        ]);
    });

    it("is refused in another program too where no cluster would take it", async () => {
        const program = (schedule: string) =>
            recordingOfProgram(() => {
                new PhpWebService("shop", { schedules: { nightly: { schedule, command: ["report"] } } });
                return {};
            });
        await program("0 3 * * *");
        const error: unknown = await program("0 25 * * *").catch((reason: unknown) => reason);
        expect(String(error)).to.include(
            'schedules.nightly.schedule: found "0 25 * * *", which has "25" for its hour: allowed is from 0 to 23.',
        );
    });
});
