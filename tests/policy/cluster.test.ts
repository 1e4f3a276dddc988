import { expect } from "chai";

import { autoscalersOf, budgetsOf, scaleOf, selectorTakes, targetsOf } from "../../policy/cluster";
import { Field, kubeObject, type KubeObject, type PolicyObject } from "../../policy/manifest";
import { change, webStack, webStackWith, without } from "./stack";

const ofKind = (cluster: readonly KubeObject[], kind: string): KubeObject =>
    cluster.find((object) => object.kind === kind)!;

const clusterOf = (objects: readonly PolicyObject[]): readonly KubeObject[] =>
    objects.map((object) => kubeObject(object));

describe("A label selector", () => {
    const labels = new Field({ app: "web", tier: "front" }, "Pod a");
    const cases: readonly (readonly [object, boolean])[] = [
        [{}, true],
        [{ matchLabels: { app: "web" } }, true],
        [{ matchLabels: { app: "web", tier: "back" } }, false],
        [{ matchExpressions: [{ key: "app", operator: "In", values: ["web", "api"] }] }, true],
        [{ matchExpressions: [{ key: "app", operator: "In", values: ["api"] }] }, false],
        [{ matchExpressions: [{ key: "zone", operator: "In", values: ["a"] }] }, false],
        [{ matchExpressions: [{ key: "app", operator: "NotIn", values: ["api"] }] }, true],
        [{ matchExpressions: [{ key: "zone", operator: "NotIn", values: ["a"] }] }, true],
        [{ matchExpressions: [{ key: "app", operator: "NotIn", values: ["web"] }] }, false],
        [{ matchExpressions: [{ key: "tier", operator: "Exists" }] }, true],
        [{ matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] }, false],
        [{ matchExpressions: [{ key: "zone", operator: "DoesNotExist" }] }, true],
    ];
    for (const [selector, taken] of cases) {
        it(`${JSON.stringify(selector)} ${taken ? "takes" : "leaves"} the pod`, () => {
            expect(selectorTakes(new Field(selector, "PodDisruptionBudget a"), labels)).to.equal(taken);
        });
    }
});

describe("An autoscaler", () => {
    const scaledObject: PolicyObject = {
        apiVersion: "keda.sh/v1alpha1",
        kind: "ScaledObject",
        metadata: { name: "web", namespace: "shop" },
        spec: { scaleTargetRef: { name: "web" }, minReplicaCount: 2, maxReplicaCount: 9 },
    };
    const scaleIn = (objects: readonly PolicyObject[]) => {
        const cluster = clusterOf(objects);
        const { minReplicas, maxReplicas } = scaleOf(ofKind(cluster, "Deployment"), cluster);
        return [minReplicas, maxReplicas];
    };

    it("finds its target, and is found", () => {
        const cluster = clusterOf(webStack());
        const autoscaler = ofKind(cluster, "HorizontalPodAutoscaler");
        const deployment = ofKind(cluster, "Deployment");
        expect([...targetsOf(autoscaler, cluster)]).to.deep.equal([deployment]);
        expect([...autoscalersOf(deployment, cluster)]).to.deep.equal([autoscaler]);
    });

    it("has no target of another kind, name or namespace", () => {
        for (const [path, value] of [
            [["spec", "scaleTargetRef", "kind"], "StatefulSet"],
            [["spec", "scaleTargetRef", "name"], "other"],
            [["metadata", "namespace"], "other"],
        ] as const) {
            const cluster = clusterOf(webStackWith("HorizontalPodAutoscaler", path, value));
            expect([...targetsOf(ofKind(cluster, "HorizontalPodAutoscaler"), cluster)]).to.deep.equal([]);
        }
    });

    it("gives a workload its scale", () => {
        expect(scaleIn(webStack())).to.deep.equal([3, 24]);
        expect(scaleIn(webStackWith("HorizontalPodAutoscaler", ["spec", "minReplicas"], undefined))).to.deep.equal([
            1, 24,
        ]);
        expect(scaleIn([...without(webStack(), "HorizontalPodAutoscaler"), scaledObject])).to.deep.equal([2, 9]);
    });

    it("has KEDA's own bounds where a ScaledObject names none", () => {
        const unbounded = { ...scaledObject, spec: { scaleTargetRef: { name: "web" } } };
        expect(scaleIn([...without(webStack(), "HorizontalPodAutoscaler"), unbounded])).to.deep.equal([0, 100]);
    });

    it("is not a custom resource of the same kind", () => {
        const others = [
            ...webStackWith("HorizontalPodAutoscaler", ["apiVersion"], "example.com/v1"),
            { ...scaledObject, apiVersion: "example.com/v1" },
        ];
        expect(scaleIn(others)).to.deep.equal([1, 1]);
    });

    it("may be absent: then spec.replicas counts, and 1 where there is none", () => {
        const fixed = without(webStack(), "HorizontalPodAutoscaler");
        expect(scaleIn(change(fixed, "Deployment", ["spec", "replicas"], 4))).to.deep.equal([4, 4]);
        expect(scaleIn(fixed)).to.deep.equal([1, 1]);
    });
});

describe("A disruption budget", () => {
    const found = (objects: readonly PolicyObject[]): number => {
        const cluster = clusterOf(objects);
        return [...budgetsOf(ofKind(cluster, "Deployment"), cluster)].length;
    };

    it("selects pods of its own namespace by their labels", () => {
        expect(found(webStack())).to.equal(1);
        expect(found(webStackWith("PodDisruptionBudget", ["metadata", "namespace"], "other"))).to.equal(0);
        expect(found(webStackWith("PodDisruptionBudget", ["spec", "selector", "matchLabels"], { app: "x" }))).to.equal(
            0,
        );
    });

    it("selects every pod by an empty selector, and none without one", () => {
        expect(found(webStackWith("PodDisruptionBudget", ["spec", "selector"], {}))).to.equal(1);
        expect(found(webStackWith("PodDisruptionBudget", ["spec", "selector"], undefined))).to.equal(0);
    });
});
