/** Commands of the application beside the pods that serve: the release's Job. */
import type * as k8s from "@pulumi/kubernetes";
import { expect } from "chai";

import { checkManifests } from "../../policy/check";
import { render } from "../../tools/render/render";
import type { Recording } from "../../tools/render/record";
import { recordingOfGolden } from "../golden/golden";
import { identities, recordingOfText, resource } from "../helpers/stacks";
import { webObjects } from "../helpers/webObjects";

const jobType = "kubernetes:batch/v1:Job";

const web = (yaml: string) => `config:\n  php-web-service:web:\n${yaml.replace(/^/gm, "    ")}\n`;

type Job = k8s.types.output.batch.v1.JobSpec;

const jobOf = (recording: Recording) => {
    const { inputs, options } = resource(recording, jobType);
    return { name: (inputs["metadata"] as { name: string }).name, spec: inputs["spec"] as Job, options };
};

describe("a release's command", () => {
    let recording: Recording;

    before(async () => {
        recording = await recordingOfGolden("releases");
    });

    it("has the image, user, environment and folders of php-fpm, and nothing that serves", () => {
        const { spec } = jobOf(recording).spec.template;
        const { phpFpm } = webObjects(recording);
        const [container, ...others] = spec.containers;
        expect(others).to.deep.equal([]);
        expect(spec).to.not.have.property("initContainers");
        for (const field of ["image", "env", "envFrom", "volumeMounts", "resources", "securityContext"] as const) {
            expect(container?.[field], field).to.deep.equal(phpFpm[field]).and.not.equal(undefined);
        }
        for (const field of ["ports", "livenessProbe", "restartPolicy"]) expect(container).to.not.have.property(field);
        expect(spec.volumes.map(({ name }) => name).sort()).to.deep.equal(
            phpFpm.volumeMounts.map(({ name }) => name).sort(),
        );
        expect(spec).to.include({ automountServiceAccountToken: false, restartPolicy: "Never" });
    });

    it("gets its words as they stand, though Kubernetes would expand them", () => {
        const [container] = jobOf(recording).spec.template.spec.containers;
        expect(container?.command).to.deep.equal(["sh", "-ec", "php artisan migrate --force && echo $$APP_ENV"]);
    });

    it("has no label by which Service, Deployment, budget or policy of the service would take its pod for theirs", () => {
        const { labels } = jobOf(recording).spec.template.metadata;
        const { service, deployment, disruptionBudget } = webObjects(recording);
        for (const selector of [
            service.selector,
            deployment.selector.matchLabels,
            disruptionBudget.selector.matchLabels,
        ]) {
            expect(Object.entries(selector).every(([key, value]) => labels[key] === value)).to.equal(false);
        }
        expect(labels).to.include({ team: "shop" });
    });

    it("connects to what the service's pods connect to, and nobody connects to it", () => {
        const policy = (name: string) =>
            resource(recording, "kubernetes:networking.k8s.io/v1:NetworkPolicy", name).inputs[
                "spec"
            ] as k8s.types.output.networking.v1.NetworkPolicySpec;
        const { podSelector, policyTypes, egress, ingress } = policy("web-commands");
        expect(policyTypes).to.deep.equal(["Ingress", "Egress"]);
        expect(ingress).to.equal(undefined);
        expect(egress).to.deep.equal(policy("web").egress);
        const { labels } = jobOf(recording).spec.template.metadata;
        for (const [key, value] of Object.entries(podSelector.matchLabels)) expect(labels[key]).to.equal(value);
        for (const { key, values } of podSelector.matchExpressions) expect(values).to.include(labels[key]);
    });

    it("runs once, in one pod at a time, to its end, and is never forgotten", () => {
        const { spec } = jobOf(recording);
        expect(spec.backoffLimit).to.equal(0);
        expect(spec.podReplacementPolicy).to.equal("Failed");
        expect(spec.podFailurePolicy.rules.map(({ action }) => action)).to.deep.equal(["Ignore"]);
        expect(spec).to.not.have.property("ttlSecondsAfterFinished");
        // The Job's own would go by while it waits for another release.
        expect(spec).to.not.have.property("activeDeadlineSeconds");
        const pod = spec.template.spec;
        expect(pod.activeDeadlineSeconds).to.equal(900);
        expect(pod.terminationGracePeriodSeconds).to.equal(615);
        const [term, ...others] = pod.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution;
        expect(others).to.deep.equal([]);
        expect(term?.topologyKey).to.equal("kubernetes.io/os");
        const { labels } = spec.template.metadata;
        for (const [key, value] of Object.entries(term?.labelSelector.matchLabels ?? {})) {
            expect(labels[key]).to.equal(value);
        }
    });

    it("is over before anything of the release reaches what serves", () => {
        const waiting = recording.resources
            .filter(({ options }) => JSON.stringify(names(options.dependsOn)) === '["web-release"]')
            .map(({ type, name }) => `${type.split(":").at(-1) ?? ""} ${name}`);
        expect(waiting).to.have.members([
            "CronJob web-nightly",
            "Deployment web",
            "Deployment web-images",
            "Deployment web-mail",
            "HorizontalPodAutoscaler web",
            "HorizontalPodAutoscaler web-images",
            "HorizontalPodAutoscaler web-mail",
            "Ingress web",
            "NetworkPolicy web",
            "PodDisruptionBudget web",
            "Service web",
        ]);
        expect(names(jobOf(recording).options.dependsOn)).to.deep.equal(["web-commands"]);
    });

    const names = (dependsOn: unknown): readonly string[] =>
        [dependsOn ?? []].flat().map((each) => (each as { readonly __name: string }).__name);

    it("is another one for another image, command, environment or configuration, and the same for the same", async () => {
        const release = "release: { command: [migrate] }";
        const nameFor = async (yaml: string) => jobOf(await recordingOfText(web(yaml))).name;
        const first = await nameFor(release);
        expect(first).to.match(/^web-release-[0-9a-f]{8}$/);
        expect(await nameFor(release)).to.equal(first);
        expect(await nameFor(`${release}\nhost: www.example.com\nreplicas: 7`)).to.equal(first);
        const others = [
            "release: { command: [migrate, --force] }",
            "release: { command: [migrate], longestSeconds: 601 }",
            `${release}\nphpFpm: { image: "registry.example.com/app:2.0.1" }`,
            `${release}\nphpFpm: { env: { A: b } }`,
            `${release}\nphpFpm: { ini: { date.timezone: Europe/Berlin } }`,
        ];
        const all = [first];
        for (const other of others) all.push(await nameFor(other));
        expect(new Set(all)).to.have.length(all.length);
    });

    it("adds nothing where there is none", async () => {
        const without = identities(await recordingOfText(web("host: www.example.com")));
        const added = identities(
            await recordingOfText(web("host: www.example.com\nrelease: { command: [migrate] }")),
        ).filter((each) => !without.includes(each));
        expect(added).to.deep.equal([
            `${jobType} web-release`,
            "kubernetes:core/v1:ConfigMap web-release",
            "kubernetes:networking.k8s.io/v1:NetworkPolicy web-commands",
        ]);
    });

    it("breaks no policy", () => {
        expect(checkManifests(render(recording))).to.deep.equal([]);
    });
});
