import { expect } from "chai";

import { gather } from "../../policy/known";
import { kubeObject, unknownValue, type KubeObject, type PolicyObject } from "../../policy/manifest";
import { trafficTo } from "../../policy/traffic";
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

    it("comes by Traefik's IngressRoute, and by a load balancer's web port", () => {
        const ingressRoute: PolicyObject = {
            apiVersion: "traefik.io/v1alpha1",
            kind: "IngressRoute",
            metadata: { name: "web", namespace: "shop" },
            spec: { routes: [{ services: [{ name: "web", port: 80 }] }] },
        };
        expect(waysIn(withRoute(ingressRoute))).to.deep.equal(["IngressRoute shop/web -> Service shop/web -> http"]);
        const open = without(webStackWith("Service", ["spec", "type"], "LoadBalancer"), "Ingress");
        expect(waysIn(open)).to.deep.equal(["Service shop/web -> Service shop/web -> http"]);
        const database = [{ name: "mysql", port: 3306, targetPort: "http" }];
        expect(waysIn(change(open, "Service", ["spec", "ports"], database))).to.deep.equal([]);
    });

    it("comes to php-fpm in pods of its own by a Service of that port", () => {
        const alone = change(without(webStack(), "Ingress"), "Deployment", ["spec", "template", "spec"], {
            containers: [{ name: "php-fpm", ports: [{ containerPort: 9000 }] }],
        });
        expect(waysIn(change(alone, "Service", ["spec", "ports"], [{ port: 9000 }]))).to.have.length(1);
        expect(waysIn(change(alone, "Service", ["spec", "ports"], [{ port: 9253 }]))).to.deep.equal([]);
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
