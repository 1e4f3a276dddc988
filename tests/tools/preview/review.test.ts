import { expect } from "chai";

import type { Manifest } from "../../../tools/render/manifests";
import { toMarkdown } from "../../../tools/preview/markdown";
import { review } from "../../../tools/preview/review";
import { ingressController, nginxConf, ofKind, service, type Numbers } from "./objects";

const reviewOf = (before: Numbers, after: Numbers) => review(service(before), service(after));
const textOf = (before: Numbers, after: Numbers) => toMarkdown(reviewOf(before, after));

describe("review", () => {
    describe("of equal states", () => {
        it("finds nothing and says how much it has compared", () => {
            const found = reviewOf({}, {});
            expect(found.changes).to.deep.equal([]);
            expect(found.rollouts).to.deep.equal([]);
            expect(found.scaling).to.deep.equal([]);
            expect(found.warnings).to.deep.equal([]);
            expect(found.unchanged).to.equal(6);
            expect(toMarkdown(found)).to.match(/^No object changes \(6 compared\)\.\n/);
        });

        it("does not depend on the order of the objects", () => {
            expect(review(service(), [...service()].reverse()).changes).to.deep.equal([]);
        });

        it("takes another auto-generated suffix of nothing but the name for a new object, and tells no field", () => {
            const found = reviewOf({ secretSuffix: "00000000" }, { secretSuffix: "11111111" });
            expect(found.changes.map(({ object, action }) => [object, action])).to.deep.equal([
                ["Secret web/shop-env-xxxxxxxx", "renewed"],
                ["Deployment web/shop", "updated"],
            ]);
            expect(found.changes[0]!.fields).to.deep.equal([]);
        });
    });

    describe("of a new image", () => {
        const found = reviewOf(
            { image: "docker.io/library/nginx:1.30.3" },
            { image: "docker.io/library/nginx:1.30.4" },
        );

        it("names the field with both values", () => {
            expect(found.changes).to.have.length(1);
            expect(found.changes[0]!.fields).to.deep.equal([
                {
                    path: ["spec", "template", "spec", "containers[nginx]", "image"],
                    before: "docker.io/library/nginx:1.30.3",
                    after: "docker.io/library/nginx:1.30.4",
                },
            ]);
        });

        it("plans the rollout at both bounds of the autoscaler", () => {
            expect(found.rollouts).to.have.length(1);
            expect(found.rollouts[0]!.sizes).to.deep.equal([
                { pods: 3, surge: 1, unavailable: 0, steps: 3, leastSeconds: 15 },
                { pods: 24, surge: 6, unavailable: 0, steps: 4, leastSeconds: 20 },
            ]);
            expect(found.rollouts[0]!.causes).to.deep.equal(found.changes[0]!.fields);
        });

        it("reads as a whole", () => {
            expect(toMarkdown(found)).to.equal(`1 updated, 5 unchanged. 1 rollout. The drain budget stays and holds.

## Rollouts

### Deployment web/shop

Because of:

- \`spec.template.spec.containers[nginx].image\`: \`docker.io/library/nginx:1.30.3\` -> \`docker.io/library/nginx:1.30.4\`

What happens:

- maxSurge 25%, maxUnavailable 0; a step takes a pod's start and 5 s minReadySeconds.
- At the autoscaler's minimum of 3 pods: at least 3 steps of up to 1, so 15 s and 3 starts or more; the cluster needs room for 4 pods.
- At its maximum of 24 pods: at least 4 steps of up to 6, so 20 s and 4 starts or more; the cluster needs room for 30 pods.
- Each old pod ends within 60 s (its terminationGracePeriodSeconds); new pods do not wait for that.
- Without progress for 300 s it has failed (progressDeadlineSeconds); the old pods go on serving.

## Drain budget

### Deployment web/shop

\`\`\`text
unchanged  10 s withdrawal + 40 s longest request + 5 s php-fpm + 5 s slack = 60 s grace
\`\`\`

It holds.

## Changes

### Deployment web/shop: updated

- \`spec.template.spec.containers[nginx].image\`: \`docker.io/library/nginx:1.30.3\` -> \`docker.io/library/nginx:1.30.4\`
`);
        });
    });

    describe("of startup probes", () => {
        const firstFact = (startupProbes: NonNullable<Numbers["startupProbes"]>) =>
            reviewOf({ startupProbes }, { startupProbes, image: "nginx:1.30.5" }).rollouts[0]!.facts[0];

        it("tells how long they let a pod start, where each container has one", () => {
            expect(firstFact(["php-fpm", "nginx"])).to.equal(
                "maxSurge 25%, maxUnavailable 0; a step takes a pod's start (its startup probes allow 120 s) and " +
                    "5 s minReadySeconds.",
            );
        });

        it("gives no bound where a container has none", () => {
            for (const some of [[], ["nginx"], ["php-fpm"]] as const) {
                expect(firstFact(some)).to.equal(
                    "maxSurge 25%, maxUnavailable 0; a step takes a pod's start and 5 s minReadySeconds.",
                );
            }
        });
    });

    describe("of a new text in an immutable ConfigMap", () => {
        const found = reviewOf(
            { nginxSuffix: "0a1b2c3d" },
            { nginxSuffix: "4e5f6a7b", nginxConf: nginxConf.replace("_size 8m", "_size 16m") },
        );
        const text = toMarkdown(found);

        it("is one change of one object, not a deletion and a creation", () => {
            expect(found.changes.map(({ object, action }) => [object, action])).to.deep.equal([
                ["ConfigMap web/shop-nginx-xxxxxxxx", "renewed"],
                ["Deployment web/shop", "updated"],
            ]);
            expect(found.warnings).to.deep.equal([]);
        });

        it("shows the changed line with two lines around it, and no other", () => {
            expect(text).to.include(
                [
                    "```diff",
                    "@@ line 4 @@",
                    " }",
                    " http {",
                    "-    client_max_body_size 8m;",
                    "+    client_max_body_size 16m;",
                    "     keepalive_min_timeout 5s;",
                    "     server {",
                    "```",
                ].join("\n"),
            );
            expect(text).not.to.include("worker_connections");
        });

        it("gives the text as the rollout's cause, and never an auto-generated name", () => {
            expect(found.rollouts.map(({ causes }) => causes)).to.deep.equal([
                ["a new ConfigMap web/shop-nginx-xxxxxxxx (nginx.conf)"],
            ]);
            expect(text).not.to.match(/0a1b2c3d|4e5f6a7b|1a1b1c1d|deadbeef/);
            expect(text).to.include(
                "- `spec.template.spec.volumes[nginx-conf].configMap.name`: " +
                    "`shop-nginx-xxxxxxxx` -> `shop-nginx-xxxxxxxx (new)`",
            );
        });
    });

    it("warns of a ConfigMap that changes under pods that nothing rolls", () => {
        const fixed = (text: string): Manifest => ({
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "shop-nginx-0a1b2c3d", namespace: "web" },
            data: { "nginx.conf": text },
        });
        const others = service().filter(({ metadata }) => metadata?.name !== "shop-nginx-0a1b2c3d");
        const found = review([...others, fixed("a\n")], [...others, fixed("b\n")]);
        expect(found.rollouts).to.deep.equal([]);
        expect(found.warnings).to.deep.equal([
            "ConfigMap web/shop-nginx-xxxxxxxx changes in place: the pods of Deployment web/shop are not rolled by that and " +
                "may run with the old text.",
        ]);
    });

    describe("of the drain budget", () => {
        it("shows the sum before and after, and that it holds", () => {
            const found = reviewOf({ longest: 40, grace: 60 }, { longest: 90, grace: 110 });
            expect(found.drain[0]!.after).to.deep.equal({
                withdrawalSeconds: 10,
                longestRequestSeconds: 90,
                phpFpmSeconds: 5,
                slackSeconds: 5,
                graceSeconds: 110,
                faults: [],
            });
            const text = toMarkdown(found);
            expect(text).to.include(
                "before  10 s withdrawal + 40 s longest request + 5 s php-fpm + 5 s slack = 60 s grace\n" +
                    "after   10 s withdrawal + 90 s longest request + 5 s php-fpm + 5 s slack = 110 s grace\n",
            );
            expect(text).to.include("The drain budget changes and holds.");
            expect(text).to.include("Pods that run now still end by the old numbers");
            expect(text).to.include("Each old pod ends within 60 s");
        });

        it("counts the queue and the transfer where the pods state them, and shows what is not nothing", () => {
            const text = textOf({ queue: 10, transfer: 0, grace: 70 }, { queue: 10, transfer: 60, grace: 130 });
            expect(text).to.include(
                "before  10 s withdrawal + 10 s queue + 40 s longest request + 5 s php-fpm + 5 s slack = 70 s grace\n" +
                    "after   10 s withdrawal + 60 s transfer + 10 s queue + 40 s longest request + 5 s php-fpm + 5 s slack = " +
                    "130 s grace\n",
            );
            expect(text).to.include("The drain budget changes and holds.");
            const short = textOf({}, { queue: 10, transfer: 60, grace: 60 });
            expect(short).to.include("The grace period of 60 s is 65 s shorter than its parts.");
        });

        it("says by how much a grace period is too short", () => {
            const text = textOf({}, { longest: 90 });
            expect(text).to.include(
                "10 s withdrawal + 90 s longest request + 5 s php-fpm + (-45) s slack = 60 s grace",
            );
            expect(text).to.include("It does NOT hold:\n\n- The grace period of 60 s is 45 s shorter than its parts.");
            expect(text).to.include("The drain budget does NOT hold.");
            expect(text.indexOf("## Look twice")).to.be.within(0, text.indexOf("## Rollouts"));
        });

        const faults: readonly (readonly [string, Numbers, RegExp])[] = [
            ["no slack", { grace: 55 }, /No slack is left/],
            ["no withdrawal", { withdrawal: null }, /cannot be added up: nginx has no preStop sleep/],
            ["a php-fpm that drops its workers by default", { processControlTimeout: null }, /default of 0/],
            [
                "a php-fpm that is told to drop its workers",
                { processControlTimeout: "0" },
                /process_control_timeout is 0/,
            ],
        ];
        for (const [name, numbers, expected] of faults) {
            it(`finds ${name}`, () => {
                expect(reviewOf({}, numbers).drain[0]!.after!.faults.join("\n")).to.match(expected);
                expect(reviewOf({}, numbers).warnings.join("\n")).to.match(expected);
            });
        }

        it("reads times in php-fpm's units, and not from a comment", () => {
            const found = reviewOf({}, { processControlTimeout: "1m", grace: 120 });
            expect(found.drain[0]!.after!.phpFpmSeconds).to.equal(60);
            expect(reviewOf({}, {}).drain[0]!.after!.phpFpmSeconds).to.equal(5);
        });

        it("finds php-fpm's ConfigMap although a preview does not know its name yet", () => {
            const after = structuredClone(service()) as unknown as Record<string, never>[];
            const text = JSON.stringify(after).replaceAll(
                '"configMap":{"name":"shop-php-fpm-1a1b1c1d"}',
                '"configMap":{"name":"04da6b54-80e4-46f7-96ec-b56ff0331ba9"}',
            );
            const found = review(service(), JSON.parse(text) as Manifest[]);
            expect(found.drain[0]!.after!.phpFpmSeconds).to.equal(5);
            expect(toMarkdown(found)).to.include(
                "`shop-php-fpm-xxxxxxxx` -> `[known after the update]`".replace("shop", "shop"),
            );
        });
    });

    describe("of an autoscaler", () => {
        const consequences = (before: Numbers, after: Numbers) =>
            reviewOf(before, after).scaling.flatMap((change) => change.consequences);

        it("tells how many pods a raised minimum starts at once", () => {
            expect(consequences({ min: 3 }, { min: 6 })).to.deep.equal([
                "minReplicas 3 -> 6: where fewer than 6 run, up to 3 more pods at once; scaleUp policies do not slow this down.",
            ]);
        });

        it("tells how many pods a lowered maximum ends at once", () => {
            expect(consequences({ max: 24 }, { max: 12 })[0]).to.match(
                /^maxReplicas 24 -> 12: where more than 12 run, up to 12 pods end at once, each by its drain budget/,
            );
        });

        it("tells that a raised maximum and a lowered minimum do nothing at once", () => {
            expect(consequences({ max: 24 }, { max: 48 })[0]).to.include(
                "nothing until the load needs more than 24 pods",
            );
            expect(consequences({ min: 3 }, { min: 2 })[0]).to.include("nothing at once");
        });

        it("computes what a new target does to the number of pods", () => {
            expect(consequences({ target: 60 }, { target: 50 })[0]).to.include(
                "cpu of php-fpm: target 60 -> 50 % of the request: at the same load 1.2 times as many pods, so 10 become 12",
            );
        });

        it("computes what a new request does to it, as utilization is a percent of the request", () => {
            expect(consequences({ cpu: "1000m" }, { cpu: "500m" })[0]).to.include(
                "cpu of php-fpm: request 1000m -> 500m: at the same load 2 times as many pods, so 10 become 20",
            );
        });

        it("says nothing where target and request move against each other by the same factor, but what moves", () => {
            expect(consequences({ cpu: "1000m", target: 60 }, { cpu: "1200m", target: 50 })[0]).to.include(
                "at the same load 1 times as many pods",
            );
        });

        it("takes a fixed number for both bounds, on the way to other ones and back", () => {
            const fixed = { hpa: false, replicas: 4 };
            expect(consequences(fixed, {}).map((each) => each.split(":")[0])).to.deep.equal([
                "minReplicas 4 -> 3",
                "maxReplicas 4 -> 24",
            ]);
            expect(consequences({}, fixed)[1]).to.match(/^maxReplicas 24 -> 4: .* up to 20 pods end at once/);
        });

        it("reads KEDA's ScaledObject the same way", () => {
            const scaledObject = (min: number): Manifest => ({
                apiVersion: "keda.sh/v1alpha1",
                kind: "ScaledObject",
                metadata: { name: "shop", namespace: "web" },
                spec: { scaleTargetRef: { name: "shop" }, minReplicaCount: min, maxReplicaCount: 10, triggers: [] },
            });
            const others = service({ hpa: false });
            const found = review([...others, scaledObject(2)], [...others, scaledObject(5)]);
            expect(found.scaling[0]!.consequences[0]).to.match(/^minReplicas 2 -> 5: .* up to 3 more pods at once/);
        });

        it("tells a fixed number's change", () => {
            expect(consequences({ hpa: false, replicas: 5 }, { hpa: false, replicas: 2 })).to.deep.equal([
                "Fixed number of pods 5 -> 2: 3 pods end at once.",
            ]);
        });
    });

    describe("of what may lose requests", () => {
        it("flags a Deployment whose selector changes as replaced, with downtime", () => {
            const found = reviewOf({ selector: "shop" }, { selector: "store" });
            expect(found.changes.map(({ action }) => action)).to.deep.equal(["replaced"]);
            expect(found.warnings[0]).to.equal(
                "Deployment web/shop is replaced (spec.selector.matchLabels.app.kubernetes.io/name cannot change in place): " +
                    "deleted, then created again under the same name. That is downtime. All 3 to 24 pods end first.",
            );
            expect(found.rollouts).to.deep.equal([]);
            expect(toMarkdown(found)).to.include("### Deployment web/shop: REPLACED");
        });

        it("knows that an auto-named Deployment is created anew before the old one goes", () => {
            const found = review(
                service({ name: "shop-0a0a0a0a", selector: "shop" }),
                service({ name: "shop-0a0a0a0a", selector: "store" }),
            );
            expect(found.warnings).to.deep.equal([
                "Deployment web/shop-xxxxxxxx is replaced (spec.selector.matchLabels.app.kubernetes.io/name cannot change in " +
                    "place): the new one is created under a new name before the old one is deleted. Then the 3 to 24 pods of " +
                    "the old one end at once, each by its drain budget.",
            ]);
        });

        it("believes an engine that says that it replaces an object", () => {
            const after = service({ image: "docker.io/library/nginx:1.30.5" });
            const found = review(service(), after, { replaced: new Set([ofKind(after, "Deployment")]) });
            expect(found.changes.map(({ action }) => action)).to.deep.equal(["replaced"]);
            expect(found.warnings[0]).to.match(/That is downtime/);
        });

        it("flags a renamed Deployment as deleted and asks whether it is a rename", () => {
            const text = toMarkdown(review(service({ name: "shop" }), service({ name: "store" })));
            expect(text).to.include("- Deployment web/shop is deleted: its pods end");
            expect(text).to.include("Deployment web/store is created: is that a rename?");
            expect(text).to.include("### Deployment web/shop: DELETED");
        });

        it("flags a Namespace's deletion", () => {
            const rest = service().filter(({ kind }) => kind !== "Namespace");
            expect(review(service(), rest).warnings).to.deep.equal([
                "Namespace web is deleted: everything in it is deleted, too.",
            ]);
        });

        it("flags pods that a rollout takes away before new ones are there", () => {
            const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } };
            const found = reviewOf({ strategy }, { strategy, image: "docker.io/library/nginx:1.30.5" });
            expect(found.rollouts[0]!.sizes[1]).to.deep.equal({
                pods: 24,
                surge: 6,
                unavailable: 6,
                steps: 2,
                leastSeconds: 10,
            });
            expect(found.warnings).to.deep.equal([
                "Deployment web/shop: maxUnavailable 25% takes 6 of 24 pods away before new ones are there.",
            ]);
        });

        it("flags Recreate as downtime", () => {
            const strategy = { type: "Recreate" };
            const found = reviewOf({ strategy }, { strategy, image: "docker.io/library/nginx:1.30.5" });
            expect(found.warnings[0]).to.match(/strategy Recreate: .* That is downtime/);
        });

        it("does not call a change of the strategy alone a rollout", () => {
            const found = reviewOf({}, { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } });
            expect(found.changes).to.have.length(1);
            expect(found.rollouts).to.deep.equal([]);
        });
    });

    it("tells that a change of the chart's values rolls the ingress controller, and by which numbers", () => {
        const values = (count: number) => ({
            controller: { replicaCount: count, terminationGracePeriodSeconds: 300 },
            helmOptions: { version: "4.15.1" },
        });
        const text = toMarkdown(review([ingressController(values(2))], [ingressController(values(3))]));
        expect(text).to.include("### IngressController ingress-nginx/ingress-nginx");
        expect(text).to.include("- `spec.controller.replicaCount`: `2` -> `3`");
        expect(text).to.include("rolls the ingress controller where it reaches its pods");
        expect(text).to.include("- 3 pods of the controller (controller.replicaCount).");
        expect(text).to.include("within 300 s");
    });

    it("matches the ingress controller across versions of its package", () => {
        const next = { ...ingressController({ controller: {} }), apiVersion: "kubernetes-ingress-nginx/v0.2.0" };
        const found = review([ingressController({ controller: {} })], [next]);
        expect(found.changes.map(({ action }) => action)).to.deep.equal(["updated"]);
    });

    it("rolls a DaemonSet and a StatefulSet by their own rules", () => {
        const workload = (kind: string, image: string): Manifest => ({
            apiVersion: "apps/v1",
            kind,
            metadata: { name: "x", namespace: "web" },
            spec: { replicas: 3, minReadySeconds: 4, template: { spec: { containers: [{ name: "x", image }] } } },
        });
        const found = (kind: string) => review([workload(kind, "a:1")], [workload(kind, "a:2")]);
        expect(found("StatefulSet").rollouts[0]!.sizes).to.deep.equal([
            { pods: 3, surge: 0, unavailable: 1, steps: 3, leastSeconds: 12 },
        ]);
        expect(found("DaemonSet").rollouts[0]!.sizes).to.deep.equal([]);
        expect(found("DaemonSet").rollouts[0]!.facts[0]).to.equal(
            "One pod on each node; maxSurge 0, maxUnavailable 1.",
        );
        expect(found("DaemonSet").warnings[0]).to.match(/nodes are without their pod/);
        expect(found("DaemonSet").drain).to.deep.equal([]);
    });

    it("shows an added container as a block, and an order of init containers as one line", () => {
        const change = (edit: (spec: { initContainers: { name: string }[] }) => void) => {
            const after = structuredClone(service()) as unknown as Manifest[];
            const deployment = ofKind(after, "Deployment") as unknown as {
                spec: { template: { spec: { initContainers: { name: string }[] } } };
            };
            edit(deployment.spec.template.spec);
            return after;
        };
        const two = change((spec) => spec.initContainers.push({ name: "exporter" }));
        expect(toMarkdown(review(service(), two))).to.include(
            '- `spec.template.spec.initContainers[exporter]`: (none) -> `{"name":"exporter"}`',
        );
        const turned = change((spec) => spec.initContainers.unshift({ name: "exporter" }));
        expect(toMarkdown(review(two, turned))).to.include(
            "- `spec.template.spec.initContainers.order`: `php-fpm, exporter` -> `exporter, php-fpm`",
        );
    });

    it("lists the objects of a first deployment without their text, and shows a few new ones in full", () => {
        const many = Array.from({ length: 9 }, (_, i): Manifest => ({
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: `s${i}`, namespace: "web" },
            spec: { clusterIP: "None" },
        }));
        const all = toMarkdown(review([], many));
        expect(all).to.include("Created, 9 objects:\n\n- Service web/s0\n");
        expect(all).not.to.include("clusterIP");
        expect(toMarkdown(review(many.slice(1), many))).to.include("### Service web/s0: created\n\n```yaml\n");
    });
});
