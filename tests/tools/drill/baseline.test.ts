import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { gatewaySpec } from "../../../components/specs/gateway";
import type {
    Container,
    Deployment,
    Gateway,
    KubernetesObject,
    PodSpec,
    Service,
} from "../../../tools/common/kubernetes/objects";
import {
    allBaselines,
    baselineObjects,
    withoutShutdownDirectives,
    type Ours,
} from "../../../tools/drill/variants/baseline";
import { fromYaml } from "../../../tools/render/manifests";

const golden = fromYaml(readFileSync(join(__dirname, "../../golden/lab.yaml"), "utf8"));
const ofKind = (kind: string) => golden.filter((manifest) => manifest.kind === kind);
const inWeb = (kind: string) => ofKind(kind).filter(({ metadata }) => metadata?.namespace === "web");

/** Stack lab, as the cluster has it. */
const ours = {
    deployment: inWeb("Deployment")[0],
    autoscaler: inWeb("HorizontalPodAutoscaler")[0],
    service: inWeb("Service")[0],
    route: inWeb("Ingress")[0],
    configMaps: inWeb("ConfigMap"),
    targetCPUUtilizationPercentage: 60,
} as unknown as Ours;

const objectsOf = (name: string) => {
    const baseline = allBaselines.find((each) => each.name === name)!;
    const objects = baselineObjects(baseline, ours, "drill-x", "x.drill.test");
    const { spec } = objects.deployment as Deployment;
    return { objects, spec, pod: spec.template.spec };
};
const container = (pod: PodSpec, name: string): Container => pod.containers.find((each) => each.name === name)!;
const own = (name: string) =>
    [
        ...(ours.deployment.spec.template.spec.initContainers ?? []),
        ...ours.deployment.spec.template.spec.containers,
    ].find((each) => each.name === name)!;

describe("the drill's baselines", () => {
    it("keep what copies an application's files for nginx", () => {
        const { deployment } = ours;
        const { initContainers = [], ...pod } = deployment.spec.template.spec;
        const copying = { name: "application", image: "shop:1" };
        const spec = { ...pod, initContainers: [copying, ...initContainers] };
        const template = { ...deployment.spec.template, spec };
        const changed = { ...ours, deployment: { ...deployment, spec: { ...deployment.spec, template } } };
        const objects = baselineObjects(allBaselines[0]!, changed, "drill-x", "x.drill.test");
        const made = (objects.deployment as Deployment).spec.template.spec;
        expect(made.initContainers).to.deep.equal([copying]);
    });

    for (const { name } of allBaselines) {
        describe(name, () => {
            const { objects, pod } = objectsOf(name);

            it("runs both containers side by side, with the stack's images, resources and configuration", () => {
                expect(pod.initContainers).to.equal(undefined);
                expect(pod.containers.map((each) => each.name)).to.deep.equal(["nginx", "php-fpm"]);
                for (const each of pod.containers) {
                    for (const key of ["image", "command", "env", "resources", "volumeMounts", "securityContext"]) {
                        expect(each[key], key).to.deep.equal(own(each.name)[key]);
                    }
                    expect(each).to.not.have.property("restartPolicy");
                }
                expect(objects.configMaps).to.have.length(3);
            });

            it("has php-fpm's and nginx' own defaults for their ends", () => {
                const texts = objects.configMaps.map((each) => JSON.stringify(each));
                expect(ours.configMaps.flatMap(({ data }) => Object.values(data ?? {})).join()).to.include(
                    "process_control_timeout =",
                );
                expect(texts.join()).to.not.match(/worker_shutdown_timeout|process_control_timeout =/);
            });

            it("is scaled between the stack's bounds, by the CPU of both containers", () => {
                const { spec } = objects.autoscaler as unknown as {
                    spec: { minReplicas: number; metrics: { type: string }[] };
                };
                expect(spec.minReplicas).to.equal(ours.autoscaler.spec.minReplicas);
                expect(spec.metrics.map(({ type }) => type)).to.deep.equal(["Resource"]);
            });

            it("leaves the number of replicas to its autoscaler", () => {
                expect((objects.deployment as Deployment).spec).to.not.have.property("replicas");
            });
        });
    }

    it("none: no probe, no hook, no grace period of its own", () => {
        const { pod, spec } = objectsOf("none");
        expect(JSON.stringify(pod)).to.not.match(/Probe|lifecycle|terminationGracePeriodSeconds/);
        expect(spec).to.not.have.property("strategy");
    });

    it("write-up: each container's probes ask the other one, both sleep 30 s of 60 s", () => {
        const { pod, spec } = objectsOf("write-up");
        const nginx = container(pod, "nginx");
        const phpFpm = container(pod, "php-fpm");
        for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) {
            expect(nginx[probe], probe).to.have.nested.property("tcpSocket.port", 9000);
            expect(phpFpm[probe], probe).to.have.nested.property("httpGet.port", 8080);
        }
        for (const each of [nginx, phpFpm]) {
            expect(each).to.have.nested.property("lifecycle.preStop.sleep.seconds", 30);
        }
        expect(pod.terminationGracePeriodSeconds).to.equal(60);
        expect(spec["strategy"]).to.have.nested.property("rollingUpdate.maxUnavailable", "25%");
    });

    it("gets its requests through an Ingress of the stack's class", () => {
        const { routes, service } = objectsOf("none").objects;
        expect(routes.map(({ kind }) => kind)).to.deep.equal(["Ingress"]);
        expect(routes[0]).to.have.nested.property("spec.ingressClassName", "nginx");
        expect(routes[0]).to.have.nested.property("spec.rules[0].host", "x.drill.test");
        expect(routes[0]).to.have.nested.property(
            "spec.rules[0].http.paths[0].backend.service.name",
            (service as KubernetesObject).metadata.name,
        );
    });

    describe("of a stack with a Gateway", () => {
        const input = {
            kind: "traefik",
            allowedRoutes: "Same",
            hosts: ["shop.example.com"],
            tls: { secretName: "shop-tls" } as never,
            awaitAddress: false,
        } as const;
        const route = { metadata: { name: "web" }, spec: gatewaySpec(input) } as unknown as Gateway;
        const made = baselineObjects(allBaselines[0]!, { ...ours, route }, "drill-x", "x.drill.test");
        const [gateway, httpRoute] = made.routes as readonly [Gateway, KubernetesObject];

        it("get their requests through one of their own, at the same entry point of the same controller", () => {
            expect(made.routes.map(({ kind }) => kind)).to.deep.equal(["Gateway", "HTTPRoute"]);
            expect(gateway.metadata.namespace).to.equal("drill-x");
            expect(gateway.spec).to.deep.equal({
                gatewayClassName: "traefik",
                listeners: route.spec.listeners.slice(0, 1),
            });
            expect(gateway.spec.listeners[0]).to.include({ protocol: "HTTP", port: 8000 });
        });

        it("have a route to their own Service there, by their own host", () => {
            expect(httpRoute).to.have.nested.property("spec.parentRefs[0].name", gateway.metadata.name);
            expect(httpRoute).to.have.nested.property(
                "spec.parentRefs[0].sectionName",
                gateway.spec.listeners[0]?.name,
            );
            expect(httpRoute).to.have.deep.nested.property("spec.hostnames", ["x.drill.test"]);
            const service = made.service as Service;
            expect(httpRoute).to.have.deep.nested.property("spec.rules[0].backendRefs", [
                { name: service.metadata.name, port: (service.spec.ports[0] as { port: number }).port },
            ]);
        });
    });

    it("of a stack whose Gateway takes everybody's routes, get their requests through that", () => {
        const spec = gatewaySpec({
            kind: "envoy-gateway",
            allowedRoutes: "All",
            hosts: [],
            tls: undefined,
            awaitAddress: false,
        });
        const route = { metadata: { name: "web", namespace: "shop" }, spec } as unknown as Gateway;
        const { routes } = baselineObjects(allBaselines[0]!, { ...ours, route }, "drill-x", "x.drill.test");
        expect(routes.map(({ kind }) => kind)).to.deep.equal(["HTTPRoute"]);
        expect(routes[0]?.metadata.namespace).to.equal("drill-x");
        expect(routes[0]).to.have.deep.nested.property("spec.parentRefs", [
            { name: "web", namespace: "shop", sectionName: "http" },
        ]);
    });

    it("takes directives out line by line", () => {
        expect(
            withoutShutdownDirectives("a 1;\n    worker_shutdown_timeout 40s;\nprocess_control_timeout = 5s\nb 2;\n"),
        ).to.equal("a 1;\nb 2;\n");
    });
});
