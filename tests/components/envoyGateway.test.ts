/** Envoy Gateway's objects, and what a service behind it has. What Envoy makes of them is in tests/programs/envoy.test.ts. */
import { expect } from "chai";
import { parse } from "yaml";

import { EnvoyGateway, type EnvoyGatewayArgs, PhpWebService, type PhpWebServiceArgs } from "../../components";
import { checkManifests } from "../../policy/check";
import { render } from "../../tools/render/render";
import { recordingOfProgram, recordingOfText, resource } from "../helpers/stacks";

interface WorkloadPatch {
    readonly spec: {
        readonly minReadySeconds: number;
        readonly template: {
            readonly spec: {
                readonly terminationGracePeriodSeconds: number;
                readonly containers: readonly [
                    {
                        readonly name: string;
                        readonly ports?: readonly { readonly containerPort: number; readonly hostPort: number }[];
                        readonly readinessProbe: { readonly failureThreshold: number };
                        readonly livenessProbe: object;
                    },
                ];
            };
        };
    };
}

interface Workload {
    readonly replicas?: number;
    readonly strategy: object;
    readonly pod: { readonly topologySpreadConstraints?: readonly object[]; readonly securityContext: object };
    readonly container: { readonly image: string };
    readonly patch: { readonly type: string; readonly value: WorkloadPatch };
}

interface EnvoyProxySpec {
    readonly provider: {
        readonly kubernetes: {
            readonly envoyDeployment?: Workload;
            readonly envoyDaemonSet?: Workload;
            readonly envoyPDB?: object;
            readonly envoyService: object;
        };
    };
    readonly shutdown: object;
}

const recordingWith = (args: EnvoyGatewayArgs = {}) =>
    recordingOfProgram(() => {
        new EnvoyGateway("edge", args);
        return {};
    });

const ofEnvoyGateway = (kind: string) => `kubernetes:gateway.envoyproxy.io/v1alpha1:${kind}`;

async function proxyWith(args: EnvoyGatewayArgs = {}) {
    const recording = await recordingWith(args);
    const { provider, ...spec } = resource(recording, ofEnvoyGateway("EnvoyProxy")).inputs["spec"] as EnvoyProxySpec;
    const { kubernetes } = provider;
    const workload = kubernetes.envoyDeployment ?? kubernetes.envoyDaemonSet ?? expect.fail("no workload");
    const patch = workload.patch.value.spec;
    return { recording, spec, kubernetes, workload, patch, pod: patch.template.spec };
}

describe("Envoy Gateway", () => {
    it("has objects of fixed names, but for what is replaced, with one field manager", async () => {
        const { resources } = await recordingWith();
        const objects = resources.filter(({ type }) => type.startsWith("kubernetes:"));
        const unnamed = ["kubernetes:core/v1:ConfigMap", "kubernetes:batch/v1:Job"];
        for (const { type, inputs } of objects) {
            const metadata = inputs["metadata"] as { readonly name?: string; readonly annotations: object };
            if (unnamed.includes(type)) expect(metadata.name, type).to.equal(undefined);
            else expect(metadata.name, type).to.match(/^envoy-gateway(-certificates)?$/);
            expect(metadata.annotations).to.have.property("pulumi.com/patchFieldManager");
        }
        expect(new Set(objects.map(({ type }) => type.split(":").at(-1)))).to.include.all.keys(
            ...["Namespace", "Job", "Deployment", "Service", "PodDisruptionBudget", "EnvoyProxy", "GatewayClass"],
        );
    });

    it("has two Envoys for each Gateway, of which one may go, and none goes before the next is there", async () => {
        const { kubernetes, workload, patch } = await proxyWith();
        expect(kubernetes.envoyDeployment?.replicas).to.equal(2);
        expect(kubernetes.envoyPDB).to.deep.equal({ maxUnavailable: 1 });
        expect(workload.strategy).to.deep.include({ rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } });
        expect(workload.pod.topologySpreadConstraints).to.have.length(2);
        expect(patch.minReadySeconds).to.equal(15);
        expect((await proxyWith({ replicas: 1 })).kubernetes).to.not.have.property("envoyPDB");
    });

    it("on each node: the next one comes first, unless it needs the node's port", async () => {
        const { kubernetes, workload } = await proxyWith({ workload: "DaemonSet" });
        expect(kubernetes).to.not.have.any.keys("envoyDeployment", "envoyPDB");
        expect(workload).to.not.have.property("replicas");
        expect(workload.pod).to.not.have.property("topologySpreadConstraints");
        expect(workload.strategy).to.deep.include({ rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } });
        const onHost = await proxyWith({ workload: "DaemonSet", hostPorts: { http: 81, https: 444 } });
        expect(onHost.workload.strategy).to.deep.include({ rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } });
        expect(
            onHost.pod.containers[0].ports?.map(({ containerPort, hostPort }) => [containerPort, hostPort]),
        ).to.deep.equal([
            [10080, 81],
            [10443, 444],
        ]);
        const metadata = resource(onHost.recording, "kubernetes:core/v1:Namespace").inputs["metadata"];
        expect(metadata).to.have.deep.nested.property("labels.pod-security\\.kubernetes\\.io/enforce", "privileged");
    });

    it("gets as long to end as it takes: it accepts, and finishes what it has accepted", async () => {
        const { spec, pod } = await proxyWith({ shutdownGraceSeconds: 20, proxyReadTimeoutSeconds: 80 });
        expect(spec.shutdown).to.deep.equal({ minDrainDuration: "20s", drainTimeout: "100s" });
        expect(pod.terminationGracePeriodSeconds).to.equal(20 + 80 + 15);
    });

    it("is not ended while it is busy, and is ready for its node's sake while it goes on accepting", async () => {
        const [container] = (await proxyWith()).pod.containers;
        expect(container.name).to.equal("envoy");
        expect(container.livenessProbe).to.deep.include({ timeoutSeconds: 5, failureThreshold: 6 });
        expect(container.readinessProbe.failureThreshold).to.equal(3);
        const local = await proxyWith({
            service: { annotations: { a: "b" }, externalTrafficPolicy: "Local" },
            shutdownGraceSeconds: 30,
        });
        expect(local.pod.containers[0].readinessProbe.failureThreshold).to.equal(31);
        expect(local.kubernetes.envoyService).to.deep.equal({
            type: "LoadBalancer",
            annotations: { a: "b" },
            externalTrafficPolicy: "Local",
        });
        // By itself it is Local.
        expect((await proxyWith()).kubernetes.envoyService).to.include({ externalTrafficPolicy: "Cluster" });
    });

    it("runs the images that it is given, its shutdown manager too", async () => {
        const { recording, workload } = await proxyWith({ image: "r/gateway:v1.9.2", proxyImage: "r/envoy:v1.39.2" });
        expect(workload.container.image).to.equal("r/envoy:v1.39.2");
        const { data } = resource(recording, "kubernetes:core/v1:ConfigMap").inputs as {
            readonly data: Readonly<Record<string, string>>;
        };
        const configuration = parse(data["envoy-gateway.yaml"] ?? "") as object;
        expect(configuration).to.have.nested.property("provider.kubernetes.shutdownManager.image", "r/gateway:v1.9.2");
        expect(configuration).to.have.nested.property("provider.kubernetes.proxyTopologyInjector.disabled", true);
        for (const kind of ["apps/v1:Deployment", "batch/v1:Job"]) {
            expect(resource(recording, `kubernetes:${kind}`).inputs).to.have.nested.property(
                "spec.template.spec.containers[0].image",
                "r/gateway:v1.9.2",
            );
        }
    });

    it("has two control planes, without which Envoys would not hear of pods that go", async () => {
        const recording = await recordingWith();
        const spec = resource(recording, "kubernetes:apps/v1:Deployment").inputs["spec"];
        expect(spec).to.deep.include({
            replicas: 2,
            strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        });
        const budget = resource(recording, "kubernetes:policy/v1:PodDisruptionBudget").inputs["spec"];
        expect(budget).to.deep.include({
            maxUnavailable: 1,
            selector: (spec as { readonly selector: object }).selector,
        });
    });
});

describe("a service behind Envoy Gateway", () => {
    const web = (args: PhpWebServiceArgs = {}) =>
        recordingOfProgram(() => {
            new PhpWebService("web", {
                gateway: { create: true },
                ingressController: { kind: "envoy-gateway", install: true },
                ...args,
            });
            return {};
        });
    const specOf = async (type: string, args?: PhpWebServiceArgs) =>
        resource(await web(args), `kubernetes:${type}`).inputs["spec"] as object;

    it("has a Gateway of its class, at the ports of its Service, and who may put routes on it", async () => {
        const gateway = await specOf("gateway.networking.k8s.io/v1:Gateway", { tls: { secretName: "t" }, host: "a.b" });
        expect(gateway).to.have.property("gatewayClassName", "envoy-gateway");
        for (const [i, port] of [80, 443].entries()) {
            expect(gateway).to.have.nested.property(`listeners[${i}].port`, port);
            expect(gateway).to.have.nested.property(`listeners[${i}].allowedRoutes.namespaces.from`, "Same");
        }
        const shared = await specOf("gateway.networking.k8s.io/v1:Gateway", {
            gateway: { create: true, allowedRoutes: "All" },
        });
        expect(shared).to.have.nested.property("listeners[0].allowedRoutes.namespaces.from", "All");
    });

    it("is waited for as long as its pods may take, streams included, however many requests there are", async () => {
        const policy = await specOf("gateway.envoyproxy.io/v1alpha1:BackendTrafficPolicy");
        expect(policy).to.have.deep.nested.property("timeout.http", {
            requestTimeout: "115s",
            maxStreamDuration: "115s",
            connectionIdleTimeout: "60s",
        });
        expect(policy).to.have.deep.property("loadBalancer", { type: "LeastRequest" });
        // POSTs are not done twice: nothing of them has been sent.
        expect(policy).to.have.deep.nested.property("retry.retryOn", { triggers: ["connect-failure"] });
        for (const bound of ["maxConnections", "maxPendingRequests", "maxParallelRequests", "maxParallelRetries"]) {
            expect(policy).to.have.nested.property(`circuitBreaker.${bound}`, 4_294_967_295);
        }
    });

    it("has uploads that are refused at any time where a pod that ends would cut them", async () => {
        const type = "gateway.envoyproxy.io/v1alpha1:ClientTrafficPolicy";
        expect(await specOf(type)).to.have.deep.nested.property("timeout.http", {
            idleTimeout: "620s",
            requestReceivedTimeout: "60s",
        });
        expect(await specOf(type, { drain: { transferSeconds: 30 } })).to.have.nested.property(
            "timeout.http.requestReceivedTimeout",
            "30s",
        );
        const trusting = { kind: "envoy-gateway", install: true, trustedIPs: ["10.0.0.0/8"] } as const;
        expect(await specOf(type, { ingressController: trusting })).to.have.deep.property("clientIPDetection", {
            xForwardedFor: { trustedCIDRs: ["10.0.0.0/8"] },
        });
        expect(await specOf(type)).to.not.have.property("clientIPDetection");
    });

    it("has pods that keep a connection for longer than Envoy does, and the time to end of what streams", async () => {
        const deployment = await specOf("apps/v1:Deployment");
        expect(deployment).to.have.nested.property("template.spec.terminationGracePeriodSeconds", 130);
        const { resources } = await web();
        const nginx = resources.find(({ name }) => name === "web-nginx")?.inputs as { readonly data: object };
        expect(JSON.stringify(nginx.data)).to.include("keepalive_timeout 75s");
    });

    it("lets its Envoys in, and nobody else", async () => {
        const policy = await specOf("networking.k8s.io/v1:NetworkPolicy");
        expect(policy).to.have.deep.nested.property("ingress[0].from", [
            {
                namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "envoy-gateway" } },
                podSelector: {
                    matchLabels: { "app.kubernetes.io/name": "envoy", "app.kubernetes.io/component": "proxy" },
                },
            },
        ]);
    });

    it("breaks no rule of the policy pack", async () => {
        const text =
            "config:\n  php-web-service:web: { host: a.example.com, gateway: { create: true } }\n" +
            "  php-web-service:ingressController: { kind: envoy-gateway, install: true }\n";
        const objects = render(await recordingOfText(text), true);
        expect(checkManifests(objects).map(({ policy, message }) => `${policy}: ${message}`)).to.deep.equal([]);
    });
});
