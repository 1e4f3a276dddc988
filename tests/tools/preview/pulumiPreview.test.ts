import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { toMarkdown } from "../../../tools/preview/markdown";
import { readPreview, type Preview } from "../../../tools/preview/pulumiPreview";
import { review } from "../../../tools/preview/review";
import { signatureKey } from "../../../tools/common/wireValues";
import { ofKind } from "./objects";

const digest = readFileSync(join(__dirname, "fixtures", "digest.json"), "utf8");

interface DigestStep {
    readonly op: string;
    readonly urn: string;
    readonly oldState?: object;
    readonly newState?: object;
    readonly detailedDiff: Readonly<Record<string, { readonly kind: string; readonly inputDiff: boolean }>> | null;
}

/** The digest as the stream of events that the engine writes instead. */
function eventsOf(text: string, more: readonly object[] = []): string {
    const { steps, diagnostics } = JSON.parse(text) as { steps: readonly DigestStep[]; diagnostics: readonly object[] };
    const events = [
        { preludeEvent: { config: {} } },
        ...steps.map((step) => ({
            resourcePreEvent: {
                metadata: {
                    op: step.op,
                    urn: step.urn,
                    type: "",
                    old: step.oldState ?? null,
                    new: step.newState ?? null,
                    detailedDiff:
                        step.detailedDiff &&
                        Object.fromEntries(
                            Object.entries(step.detailedDiff).map(([path, { kind, inputDiff }]) => [
                                path,
                                { diffKind: kind, inputDiff },
                            ]),
                        ),
                    provider: "",
                },
                planning: true,
            },
        })),
        ...diagnostics.map((diagnosticEvent) => ({ diagnosticEvent })),
        ...more,
    ];
    return events.map((event, sequence) => JSON.stringify({ sequence, timestamp: 1, ...event })).join("\n");
}

function read(text: string): Preview {
    const preview = readPreview(text);
    if (preview === undefined) throw new Error("neither a digest nor events");
    return preview;
}

function textOf(preview: Preview): string {
    return toMarkdown(review(preview.before, preview.after, { replaced: preview.replaced }));
}

describe("readPreview", () => {
    const preview = read(digest);
    const text = textOf(preview);

    it("makes objects of Kubernetes resources and of the ingress controller, and of nothing else", () => {
        expect(preview.after.map(({ kind }) => kind)).to.deep.equal([
            "Deployment",
            "ConfigMap",
            "Secret",
            "HorizontalPodAutoscaler",
            "IngressController",
            "Service",
        ]);
        expect(preview.before.map(({ kind }) => kind)).to.include("PodDisruptionBudget");
    });

    it("gives the review that the objects deserve", () => {
        const found = review(preview.before, preview.after, { replaced: preview.replaced });
        expect(found.changes.map(({ object, action }) => [object, action])).to.deep.equal([
            ["Deployment web/shop", "updated"],
            ["ConfigMap web/shop-nginx-xxxxxxxx", "renewed"],
            ["Secret web/shop-env-xxxxxxxx", "renewed"],
            ["IngressController ingress-nginx", "updated"],
            ["PodDisruptionBudget web/shop", "deleted"],
        ]);
        expect(found.warnings).to.deep.equal([
            "PodDisruptionBudget web/shop is deleted: a node drain may now take all pods at once.",
        ]);
        // The bounds are those of an autoscaler that stays the same.
        expect(found.rollouts[0]!.sizes.map(({ pods }) => pods)).to.deep.equal([3, 24]);
        expect(found.rollouts[0]!.causes.at(-1)).to.equal("a new ConfigMap web/shop-nginx-xxxxxxxx (nginx.conf)");
    });

    it("tells which secret values change, as the engine's list of fields says, and shows none", () => {
        expect(text).to.include(
            "`spec.template.spec.containers[nginx].env[TOKEN].value`: `[secret]` -> `[secret, new value]`",
        );
        expect(text).to.include("`stringData.DATABASE_PASSWORD`: `[secret]` -> `[secret, new value]`");
        expect(text).not.to.match(/env\[SAME\]|API_KEY/);
    });

    it("leaves what the engine lets go of as it was", () => {
        const inputs = { apiVersion: "v1", kind: "Namespace", metadata: { name: "web" } };
        const urn = "urn:pulumi:prod::php-web-service::kubernetes:core/v1:Namespace::web";
        const step = { op: "read", urn, oldState: { inputs }, newState: { inputs: {} } };
        const { before, after } = read(JSON.stringify({ steps: [step] }));
        expect(before.map(({ kind }) => kind)).to.deep.equal(["Namespace"]);
        expect(review(before, after)).to.deep.include({ changes: [], warnings: [], unchanged: 1 });
    });

    it("shows no auto-generated name and no mark of an unknown value", () => {
        expect(text).not.to.match(/0a1b2c3d|4e5f6a7b|11111111|22222222|04da6b54/);
    });

    it("notes what the engine changes although the program says what it said", () => {
        expect(preview.notes).to.deep.equal([
            'kubernetes:core/v1:Service metrics-server: the engine does "update", though the program says what it said: ' +
                "spec.ports[0].port.",
        ]);
    });

    it("tells what the engine goes on with, and takes a name that is not known yet for another one", () => {
        const job = (name: string, image: string) => ({
            apiVersion: "batch/v1",
            kind: "Job",
            metadata: { name, namespace: "web" },
            spec: { template: { metadata: { labels: { "app.kubernetes.io/component": "release" } }, spec: { image } } },
        });
        const urn = "urn:pulumi:prod::php-web-service::kubernetes:batch/v1:Job::web-release";
        const step = (op: string, before: object, after: object) =>
            read(JSON.stringify({ steps: [{ op, urn, oldState: { inputs: before }, newState: { inputs: after } }] }));
        const done = job("web-release-0a1b2c3d", "app:1");
        const again = step("update", done, done);
        expect([...again.unfinished]).to.deep.equal(again.after);
        expect([...step("same", done, done).unfinished]).to.deep.equal([]);
        const left = { op: "delete-replaced", urn, oldState: { inputs: job("web-release-99999999", "app:0") } };
        const both = read(
            JSON.stringify({
                steps: [{ op: "update", urn, oldState: { inputs: done }, newState: { inputs: done } }, left],
            }),
        );
        expect([...both.unfinished]).to.deep.equal(both.after);
        expect(review(both.before, both.after, both)).to.deep.include({ changes: [], warnings: [] });
        const next = step("replace", done, job("04da6b54-80e4-46f7-96ec-b56ff0331ba9", "app:2"));
        expect(
            review(next.before, next.after, next).changes.map(({ object, action }) => [object, action]),
        ).to.deep.equal([["Job web/web-release-xxxxxxxx", "renewed"]]);
    });

    it("keeps warnings and errors with their resource, and no other message", () => {
        expect(preview.problems).to.deep.equal([
            {
                severity: "warning",
                message: "warning: spec.template.spec.containers[0] has no memory limit",
                resource: "kubernetes:apps/v1:Deployment shop",
            },
        ]);
    });

    it("reads the stream of events as the same preview", () => {
        const streamed = read(eventsOf(digest));
        expect(streamed.before).to.deep.equal(preview.before);
        expect(streamed.after).to.deep.equal(preview.after);
        expect(streamed.problems).to.deep.equal(preview.problems);
        expect(textOf(streamed)).to.equal(text);
    });

    it("finds policy violations and the engine's own errors in the stream", () => {
        const violation = (enforcementLevel: string, message: string) => ({
            policyEvent: {
                resourceUrn: "urn:pulumi:prod::php-web-service::kubernetes:apps/v1:Deployment::shop",
                message: `<{%fg 13%}>${message}<{%reset%}>\n`,
                color: "raw",
                policyName: "drain-budget",
                policyPackName: "no-lost-request",
                policyPackVersion: "1.0.0",
                enforcementLevel,
            },
        });
        const { problems } = read(
            eventsOf(digest, [
                violation("mandatory", "The grace period is too short."),
                violation("advisory", "Two replicas would be better."),
                { errorEvent: { error: "the engine stumbled" } },
            ]),
        );
        expect(problems.slice(1)).to.deep.equal([
            {
                severity: "error",
                message: "The grace period is too short.",
                resource: "kubernetes:apps/v1:Deployment shop",
                policy: "no-lost-request/drain-budget",
            },
            {
                severity: "warning",
                message: "Two replicas would be better.",
                resource: "kubernetes:apps/v1:Deployment shop",
                policy: "no-lost-request/drain-budget",
            },
            { severity: "error", message: "the engine stumbled" },
        ]);
    });

    it("takes the steps of one replacement together", () => {
        const urn = "urn:pulumi:prod::php-web-service::kubernetes:apps/v1:Deployment::shop";
        const state = (label: string) => ({
            inputs: {
                apiVersion: "apps/v1",
                kind: "Deployment",
                metadata: { name: "shop", namespace: "web" },
                spec: { replicas: 4, selector: { matchLabels: { app: label } } },
            },
        });
        const steps = [
            { op: "delete-replaced", urn, oldState: state("a"), detailedDiff: null },
            { op: "replace", urn, oldState: state("a"), newState: state("b"), detailedDiff: null },
            { op: "create-replacement", urn, oldState: state("a"), newState: state("b"), detailedDiff: null },
        ];
        const replaced = read(JSON.stringify({ steps }));
        expect(replaced.before).to.have.length(1);
        expect(replaced.after).to.have.length(1);
        expect(replaced.replaced.has(ofKind(replaced.after, "Deployment"))).to.equal(true);
        expect(textOf(replaced)).to.include("That is downtime. All 4 pods end first.");
    });

    it("takes a Helm release, a provider and another package's resource for objects, without their secrets", () => {
        const step = (type: string, inputs: object) => ({
            op: "create",
            urn: `urn:pulumi:prod::php-web-service::${type}::thing`,
            newState: { inputs },
            detailedDiff: null,
        });
        const secret = { [signatureKey]: "1b47061264138c4ac30d75fd1eb44270", plaintext: '"hunter2"' };
        const found = read(
            JSON.stringify({
                steps: [
                    step("kubernetes:helm.sh/v3:Release", {
                        name: "ingress",
                        namespace: "x",
                        values: { password: secret },
                    }),
                    step("pulumi:providers:kubernetes", { kubeconfig: "client-key-data: hunter2", context: "prod" }),
                    step("random:index/randomPassword:RandomPassword", { length: 12, seed: secret }),
                ],
            }),
        );
        expect(found.after.map(({ kind, apiVersion }) => `${apiVersion} ${kind}`)).to.deep.equal([
            "helm.sh/v3 Release",
            "pulumi Provider",
            "random/index/randomPassword RandomPassword",
        ]);
        expect(textOf(found)).not.to.include("hunter2");
    });

    it("says of a text that is neither form that it is neither", () => {
        expect(readPreview("")).to.equal(undefined);
        expect(readPreview("error: no stack named 'prod' found")).to.equal(undefined);
        expect(readPreview('{"unrelated": true}')).to.equal(undefined);
    });
});
