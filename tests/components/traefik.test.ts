/** Traefik's objects. What the program itself makes of its arguments is in tests/programs/traefik.test.ts. */
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";

import { Traefik, type TraefikArgs } from "../../components";
import { checkManifests } from "../../policy/check";
import { render } from "../../tools/render/render";
import { recordingOfProgram, resource } from "../helpers/stacks";

interface PodSpec {
    readonly terminationGracePeriodSeconds: number;
    readonly topologySpreadConstraints?: readonly object[];
    readonly securityContext: object;
    readonly containers: readonly {
        readonly args: readonly string[];
        readonly env?: readonly object[];
        readonly ports: readonly {
            readonly name: string;
            readonly containerPort: number;
            readonly hostPort?: number;
        }[];
        readonly readinessProbe: object;
        readonly startupProbe: object;
        readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
        readonly securityContext: object;
    }[];
}

interface WorkloadSpec {
    readonly replicas?: number;
    readonly minReadySeconds: number;
    readonly strategy?: object;
    readonly updateStrategy?: object;
    readonly selector: { readonly matchLabels: object };
    readonly template: { readonly metadata: { readonly labels: object }; readonly spec: PodSpec };
}

const recordingWith = (args: TraefikArgs = {}) =>
    recordingOfProgram(() => {
        new Traefik("edge", args);
        return {};
    });

async function workloadWith(args: TraefikArgs = {}, kind = "Deployment") {
    const recording = await recordingWith(args);
    const spec = resource(recording, `kubernetes:apps/v1:${kind}`).inputs["spec"] as WorkloadSpec;
    const pod = spec.template.spec;
    return { recording, spec, pod, container: pod.containers[0] ?? expect.fail("no container") };
}

const startupPathOf = ({ startupProbe }: { readonly startupProbe: object }) =>
    (startupProbe as { readonly httpGet: { readonly path: string } }).httpGet.path;

describe("Traefik", () => {
    it("has objects of fixed names, but for what is replaced, with one field manager", async () => {
        const { resources } = await recordingWith();
        const objects = resources.filter(({ type }) => type.startsWith("kubernetes:"));
        expect(objects).to.have.length(8);
        for (const { type, name, inputs } of objects) {
            const metadata = inputs["metadata"] as { readonly name?: string; readonly annotations: object };
            expect(name).to.equal("edge");
            expect(metadata.name, type).to.equal(type === "kubernetes:core/v1:ConfigMap" ? undefined : "traefik");
            expect(metadata.annotations).to.have.property("pulumi.com/patchFieldManager");
        }
    });

    it("has two pods, of which one may go, apart from each other, and none goes before the next is there", async () => {
        const { recording, spec, pod } = await workloadWith();
        expect(spec).to.deep.include({
            replicas: 2,
            minReadySeconds: 15,
            strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        });
        expect(pod.topologySpreadConstraints).to.have.length(2);
        const budget = resource(recording, "kubernetes:policy/v1:PodDisruptionBudget").inputs["spec"];
        expect(budget).to.deep.equal({ maxUnavailable: 1, selector: spec.selector });
        const service = resource(recording, "kubernetes:core/v1:Service").inputs["spec"];
        expect(service).to.deep.include({ type: "LoadBalancer", selector: spec.selector.matchLabels });
        expect(spec.template.metadata.labels).to.deep.equal(spec.selector.matchLabels);
    });

    it("has no budget for one pod, which nobody could drain", async () => {
        const { resources } = await recordingWith({ replicas: 1 });
        expect(resources.filter(({ type }) => type.includes("PodDisruptionBudget"))).to.be.empty;
    });

    it("on each node: the next one comes first, unless it needs the node's port", async () => {
        const { spec, pod } = await workloadWith({ workload: "DaemonSet" }, "DaemonSet");
        expect(spec).to.not.have.property("replicas");
        expect(pod).to.not.have.property("topologySpreadConstraints");
        expect(spec.updateStrategy).to.deep.include({ rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } });
        const hostPorts = { http: 80, https: 443 };
        const onHost = await workloadWith({ workload: "DaemonSet", hostPorts }, "DaemonSet");
        expect(onHost.spec.updateStrategy).to.deep.include({ rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } });
        expect(onHost.container.ports.map(({ containerPort, hostPort }) => [containerPort, hostPort])).to.deep.equal([
            [8000, 80],
            [8443, 443],
            [8080, undefined],
        ]);
    });

    it("is not root, in a namespace that enforces it where no host port is asked for", async () => {
        const { recording, pod, container } = await workloadWith();
        const labelsOf = (from: typeof recording) =>
            (resource(from, "kubernetes:core/v1:Namespace").inputs["metadata"] as { readonly labels: object }).labels;
        expect(labelsOf(recording)).to.deep.include({ "pod-security.kubernetes.io/enforce": "restricted" });
        expect(pod.securityContext).to.deep.equal({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
        expect(container.securityContext).to.deep.include({
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
        });
        for (const { containerPort } of container.ports) expect(containerPort).to.be.at.least(1024);
        const onHost = await recordingWith({ hostPorts: { http: 80, https: 443 } });
        expect(labelsOf(onHost)).to.deep.include({ "pod-security.kubernetes.io/enforce": "privileged" });
    });

    it("gets as long to end as it takes: it accepts, finishes what it has accepted, and ends itself", async () => {
        const { pod, container } = await workloadWith({ shutdownGraceSeconds: 20, proxyReadTimeoutSeconds: 80 });
        expect(pod.terminationGracePeriodSeconds).to.equal(20 + 300 + 10);
        for (const entryPoint of ["web", "websecure", "ping"]) {
            expect(container.args).to.include.members([
                `--entryPoints.${entryPoint}.transport.lifeCycle.requestAcceptGraceTimeout=20s`,
                `--entryPoints.${entryPoint}.transport.lifeCycle.graceTimeOut=300s`,
                `--entryPoints.${entryPoint}.transport.respondingTimeouts.readTimeout=220s`,
            ]);
        }
        expect(container.lifecycle.preStop.exec.command).to.deep.equal([
            "ln",
            "-sfn",
            "/configuration/closing.yaml",
            "/state/current.yaml",
        ]);
    });

    it("is ready when it has read the cluster's Ingresses, and no longer when it is told to end", async () => {
        const { container } = await workloadWith();
        expect(container.startupProbe).to.deep.include({
            httpGet: { path: "/api/http/services/unavailable-service@kubernetesingressnginx", port: "ping" },
            periodSeconds: 1,
        });
        expect(container.readinessProbe).to.deep.include({
            httpGet: { path: "/ping", port: "ping" },
            periodSeconds: 1,
        });
    });

    it("has a Service as a cloud's load balancer wants it, and stays ready while nodes send to their own pods alone", async () => {
        const serviceOf = async (args: TraefikArgs) =>
            resource(await recordingWith(args), "kubernetes:core/v1:Service").inputs as {
                readonly metadata: { readonly annotations: object };
                readonly spec: object;
            };
        const plain = await serviceOf({});
        expect(plain.spec).to.not.have.property("externalTrafficPolicy");
        expect(Object.keys(plain.metadata.annotations)).to.deep.equal(["pulumi.com/patchFieldManager"]);
        const annotations = { "example.com/scheme": "internal" };
        const service = { annotations, externalTrafficPolicy: "Local" } as const;
        const local = await serviceOf({ service });
        expect(local.spec).to.deep.include({ type: "LoadBalancer", externalTrafficPolicy: "Local" });
        expect(local.metadata.annotations).to.deep.equal({ ...plain.metadata.annotations, ...annotations });

        const failuresWith = async (args: TraefikArgs) =>
            ((await workloadWith(args)).container.readinessProbe as { readonly failureThreshold: number })
                .failureThreshold;
        // It is asked once a second, and the first failed answer may be at once.
        expect(await failuresWith({ service, shutdownGraceSeconds: 40 })).to.equal(41);
        for (const externalTrafficPolicy of [undefined, "Cluster"] as const) {
            expect(await failuresWith({ service: { externalTrafficPolicy }, shutdownGraceSeconds: 40 })).to.equal(3);
        }
    });

    it("gives Ingresses the address of its load balancer, where it has one", async () => {
        const published = "--providers.kubernetesIngressNGINX.publishService=edge/traefik";
        expect((await workloadWith({ namespace: "edge" })).container.args).to.include(published);
        for (const serviceType of ["ClusterIP", "NodePort"] as const) {
            const { container } = await workloadWith({ serviceType });
            expect(container.args.filter((arg) => arg.includes("publishService"))).to.be.empty;
        }
    });

    it("serves Gateways where it is told to: a class, its own route for the startup probe, and limits that no route can say", async () => {
        const { recording, container } = await workloadWith({
            gateway: true,
            namespace: "edge",
            proxyReadTimeoutSeconds: 80,
            clientMaxBodySize: "64m",
        });
        const ofApi = "kubernetes:gateway.networking.k8s.io/v1:";
        expect(resource(recording, `${ofApi}GatewayClass`).inputs["spec"]).to.deep.equal({
            controllerName: "traefik.io/gateway-controller",
        });
        const { listeners } = resource(recording, `${ofApi}Gateway`).inputs["spec"] as { listeners: readonly object[] };
        // Nobody else's routes: without allowedRoutes those of its namespace alone.
        expect(listeners).to.deep.equal([{ name: "probes", protocol: "HTTP", port: 8080 }]);
        const { rules } = resource(recording, `${ofApi}HTTPRoute`).inputs["spec"] as { rules: readonly object[] };
        expect(rules).to.deep.equal([
            {
                matches: [{ path: { type: "Exact", value: startupPathOf(container) } }],
                backendRefs: [{ group: "traefik.io", kind: "TraefikService", name: "api@internal" }],
            },
        ]);
        expect(container.args).to.include.members([
            "--entryPoints.web.http.middlewares=closing@file,buffering@file,retry@file",
            "--entryPoints.websecure.http.middlewares=closing@file,buffering@file,retry@file",
            "--providers.kubernetesGateway=true",
            "--providers.kubernetesGateway.crossProviderNamespaces=edge",
            "--providers.kubernetesGateway.statusAddress.service.namespace=edge",
            "--providers.kubernetesGateway.statusAddress.service.name=traefik",
            "--serversTransport.forwardingTimeouts.responseHeaderTimeout=80s",
        ]);
        const { data } = resource(recording, "kubernetes:core/v1:ConfigMap").inputs as {
            data: Readonly<Record<string, string>>;
        };
        for (const [file, connection] of [
            ["open.yaml", ""],
            ["closing.yaml", "close"],
        ] as const) {
            const { http } = JSON.parse(data[file] ?? "") as { http: { middlewares: object; routers?: object } };
            expect(http, file).to.not.have.property("routers");
            expect(http.middlewares).to.deep.include({
                closing: { headers: { customResponseHeaders: { Connection: connection } } },
            });
            expect(http.middlewares).to.have.deep.nested.property(
                "buffering.buffering.maxRequestBodyBytes",
                64 * 2 ** 20,
            );
        }
        const objects = render(recording, true);
        expect(checkManifests(objects).map(({ policy, message }) => `${policy}: ${message}`)).to.deep.equal([]);
    });

    it("has no Gateway's address without a load balancer, and nothing of Gateways where it is not told to serve them", async () => {
        const withoutAddress = await workloadWith({ gateway: true, serviceType: "ClusterIP" });
        expect(withoutAddress.container.args.filter((arg) => arg.includes("statusAddress"))).to.be.empty;
        const { recording } = await workloadWith();
        expect(JSON.stringify(recording.resources.map(({ type, inputs }) => [type, inputs]))).to.not.match(/gateway/i);
    });

    it("breaks no rule of the policy pack, as an open Deployment or on each node", async () => {
        for (const workload of ["Deployment", "DaemonSet"] as const) {
            const objects = render(await recordingWith({ workload }), true);
            expect(checkManifests(objects).map(({ policy, message }) => `${policy}: ${message}`)).to.deep.equal([]);
        }
        // The rules do see it: without an end of its own that waits, it is refused.
        const objects = render(await recordingWith({ shutdownGraceSeconds: 0 }), true);
        expect(checkManifests(objects).map(({ policy }) => policy)).to.include("grace-covers-drain");
    });

    it("collects garbage below its memory limit", async () => {
        const { container } = await workloadWith({ resources: { limits: { memory: "1000Mi" } } });
        expect(container.env).to.deep.equal([{ name: "GOMEMLIMIT", value: String(900 * 2 ** 20) }]);
    });

    it("is refused in a version that sends to pods that end, and in one that nobody can tell", async () => {
        const refusal = (image: string) => recordingWith({ image }).then(() => "accepted", (error: unknown) => String(error)); // prettier-ignore
        expect(await refusal("traefik:v3.7.4")).to.match(
            /3\.7\.5 or newer; this one sends requests to pods that end\.$/,
        );
        expect(await refusal("traefik:v3")).to.match(/has a tag that does not begin with Traefik's version\.$/);
        for (const tag of ["3.7.5", "v3.10.0", "v4.0.1"]) expect(await refusal(`traefik:${tag}`)).to.equal("accepted");
        const unknown = await recordingWith({ image: pulumi.output("traefik:v3.7.15") });
        expect(JSON.stringify(unknown.resources)).to.include("traefik:v3.7.15");
    });
});
