import { expect } from "chai";

import { autoscalersOf, budgetsOf, scaleOf, selectorTakes, targetsOf, trafficTo } from "../../policy/cluster";
import { gather } from "../../policy/known";
import { Field, kubeObject, unknownValue, type KubeObject, type PolicyObject } from "../../policy/manifest";
import { change, firstBackend, webStack, webStackWith, without, type Path } from "./stack";

const ofKind = (cluster: readonly KubeObject[], kind: string): KubeObject =>
    cluster.find((object) => object.kind === kind)!;

const clusterOf = (objects: readonly PolicyObject[]): readonly KubeObject[] =>
    objects.map((object) => kubeObject(object));

/** The ways in to the stack's Deployment, as "Ingress shop/web -> Service shop/web -> http". */
function waysIn(objects: readonly PolicyObject[]): readonly string[] {
    const cluster = clusterOf(objects);
    return [...trafficTo(ofKind(cluster, "Deployment"), cluster)].map(
        (path) => `${path.route.label} -> ${path.service.label} -> ${path.targetPort() ?? "?"}`,
    );
}

const httpRoute = (backendRef: object, namespace = "shop"): PolicyObject => ({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: "web", namespace },
    spec: { rules: [{ backendRefs: [backendRef] }] },
});

const withRoute = (route: PolicyObject): readonly PolicyObject[] => [...without(webStack(), "Ingress"), route];

describe("Traffic", () => {
    it("comes from an Ingress by way of a Service", () => {
        expect(waysIn(webStack())).to.deep.equal(["Ingress shop/web -> Service shop/web -> http"]);
    });

    it("comes by an Ingress's default backend, and by the fields of old API versions", () => {
        const backend = { service: { name: "web", port: { number: 80 } } };
        expect(waysIn(webStackWith("Ingress", ["spec"], { defaultBackend: backend }))).to.have.length(1);
        const oldBackend = { serviceName: "web", servicePort: 80 };
        expect(waysIn(webStackWith("Ingress", ["spec"], { backend: oldBackend }))).to.have.length(1);
        expect(waysIn(webStackWith("Ingress", firstBackend, oldBackend))).to.have.length(1);
    });

    it("comes from an HTTPRoute, from another namespace too", () => {
        expect(waysIn(withRoute(httpRoute({ name: "web", port: 80 })))).to.deep.equal([
            "HTTPRoute shop/web -> Service shop/web -> http",
        ]);
        const reference = { name: "web", namespace: "shop", port: 80 };
        expect(waysIn(withRoute(httpRoute(reference, "edge")))).to.have.length(1);
        expect(waysIn(withRoute(httpRoute({ name: "web", port: 80 }, "edge")))).to.have.length(0);
    });

    it("comes from a GRPCRoute too", () => {
        const route = { ...httpRoute({ name: "web", port: 80 }), kind: "GRPCRoute" };
        expect(waysIn(withRoute(route))).to.have.length(1);
        expect(waysIn(withRoute({ ...route, apiVersion: "example.com/v1" }))).to.have.length(0);
    });

    it("goes to the pods' port behind the Service's port that is meant", () => {
        const ports = [
            { name: "metrics", port: 9100, targetPort: "metrics" },
            { name: "http", port: 80, targetPort: 8080 },
            { name: "plain", port: 81 },
        ];
        const to = (port: object) =>
            waysIn(
                change(
                    webStackWith("Service", ["spec", "ports"], ports),
                    "Ingress",
                    [...firstBackend, "service", "port"],
                    port,
                ),
            );
        expect(to({ name: "http" })[0]).to.match(/-> 8080$/);
        expect(to({ number: 9100 })[0]).to.match(/-> metrics$/);
        expect(to({ number: 81 })[0]).to.match(/-> 81$/);
        expect(to({ number: 82 })[0]).to.match(/-> \?$/);
    });

    it("of an HTTPRoute to something else than a Service is not ours", () => {
        expect(waysIn(withRoute(httpRoute({ kind: "ServiceImport", name: "web" })))).to.have.length(0);
        expect(waysIn(withRoute(httpRoute({ group: "example.com", name: "web" })))).to.have.length(0);
    });

    it("does not reach pods that the Service does not select", () => {
        const broken: readonly (readonly [string, Path, unknown])[] = [
            ["Service", ["spec", "selector"], { app: "other" }],
            ["Service", ["spec", "selector"], {}],
            ["Service", ["spec", "selector"], undefined],
            ["Service", ["metadata", "namespace"], "other"],
            ["Service", ["metadata", "name"], "other"],
            ["Deployment", ["metadata", "namespace"], undefined],
            ["Service", ["apiVersion"], "serving.knative.dev/v1"],
        ];
        for (const [kind, path, value] of broken) expect(waysIn(webStackWith(kind, path, value))).to.deep.equal([]);
    });

    it("takes an absent namespace for the default one", () => {
        const place: Path = ["metadata", "namespace"];
        const inDefault = ["Deployment", "Service", "Ingress"].reduce(
            (objects, kind) => change(objects, kind, place, kind === "Service" ? "default" : undefined),
            webStack(),
        );
        expect(waysIn(inDefault)).to.have.length(1);
    });

    it("is certain by one path where another is unknown", () => {
        const objects = [...webStack(), httpRoute({ name: unknownValue })];
        const cluster = clusterOf(objects);
        const found = gather(trafficTo(ofKind(cluster, "Deployment"), cluster));
        expect(found.known).to.have.length(1);
        expect(found.unknown?.field).to.equal("spec.rules[0].backendRefs[0].name of HTTPRoute shop/web");
    });

    it("is out of the question where something known rules it out", () => {
        const objects = change(withRoute(httpRoute({ name: unknownValue })), "Service", ["spec", "selector"], {
            a: "b",
        });
        const cluster = clusterOf(objects);
        expect(gather(trafficTo(ofKind(cluster, "Deployment"), cluster))).to.deep.equal({
            known: [],
            unknown: undefined,
        });
    });
});

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
