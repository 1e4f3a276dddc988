/** What is off by default, each a few lines in a stack file. */
import { expect } from "chai";

import { droppedTolerance } from "../../components/specs/autoscaling";
import { identities, recordingOf, recordingOfText, resource } from "../helpers/stacks";
import {
    controllerOf,
    directive,
    hpaOf,
    ingressOf,
    secondsOf,
    webObjects,
    type Deployment,
} from "../helpers/webObjects";
import { failures } from "../promises/mutations";

interface GatewayObject {
    readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
    readonly spec: {
        readonly listeners: readonly {
            readonly name: string;
            readonly protocol: string;
            readonly port: number;
            readonly hostname?: string;
            readonly tls?: object;
        }[];
        readonly hostnames: readonly string[];
        readonly parentRefs: readonly { readonly sectionName: string }[];
        readonly rules: readonly object[];
    };
}

const web = (yaml: string) => `config:\n  php-web-service:web:\n${yaml.replace(/^/gm, "    ")}\n`;

/** What matters of metrics-server where its pod is in the nodes' network. */
const serverOf = ({ strategy, template }: Deployment) => ({
    hostNetwork: template.spec.hostNetwork,
    maxUnavailable: strategy.rollingUpdate.maxUnavailable,
    ports: template.spec.containers[0]?.ports.map(({ containerPort }) => containerPort),
    args: template.spec.containers[0]?.args,
});

/** Names of the resources that a stack file adds to the default ones, and of those that it does away with. */
async function difference(text: string) {
    const before = identities(await recordingOfText("config: {}"));
    const after = identities(await recordingOfText(text));
    return {
        added: after.filter((each) => !before.includes(each)),
        gone: before.filter((each) => !after.includes(each)),
    };
}

describe("options of the service", () => {
    it("a stack file without values is prod with the defaults", async () => {
        const recording = await recordingOfText("config: {}");
        expect(hpaOf(recording)).to.deep.equal(hpaOf(await recordingOf("prod")));
        expect(ingressOf(recording).spec.rules[0]).to.not.have.property("host");
        expect(recording.outputs["url"]).to.equal("unknown: no host is set, and the Ingress has no address yet");
    });

    it("TLS from a Secret", async () => {
        const recording = await recordingOfText(web("host: shop.example.com\ntls:\n  secretName: shop-tls"));
        const { spec, annotations } = ingressOf(recording);
        expect(spec.tls).to.deep.equal([{ secretName: "shop-tls", hosts: ["shop.example.com"] }]);
        expect(Object.keys(annotations).filter((name) => name.startsWith("cert-manager.io"))).to.be.empty;
        expect(recording.outputs["url"]).to.equal("https://shop.example.com/");
    });

    it("several hosts, all of them in the Ingress and its certificate, of which some lead to the first", async () => {
        const text =
            "host: www.example.com\nfurtherHosts: [shop.example.com, '*.example.net']\nredirectedHosts: [example.com]";
        const recording = await recordingOfText(web(`${text}\ntls:\n  secretName: tls`));
        const all = ["www.example.com", "shop.example.com", "*.example.net", "example.com"];
        const { spec } = ingressOf(recording);
        expect(spec.rules.map(({ host }) => host)).to.deep.equal(all);
        expect(new Set(spec.rules.map(({ http }) => JSON.stringify(http)))).to.have.length(1);
        expect(spec.tls).to.deep.equal([{ secretName: "tls", hosts: all }]);
        expect(recording.outputs["url"]).to.equal("https://www.example.com/");
        const { nginxConf } = webObjects(recording);
        expect(directive(nginxConf, "server_name")).to.deep.equal([
            "www.example.com shop.example.com *.example.net",
            "example.com",
        ]);
        expect(failures(recording)).to.deep.equal({ promises: [], policies: [] });

        const onGateway = await recordingOfText(web(`${text}\ngateway: { name: public, namespace: gateways }`));
        const { spec: route } = resource(onGateway, "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute").inputs as {
            readonly spec: { readonly hostnames: readonly string[] };
        };
        expect(route.hostnames).to.deep.equal(all);
        expect(webObjects(onGateway).nginxConf).to.equal(
            nginxConf
                .replace(/(worker_shutdown_timeout) 50s/, "$1 110s")
                .replaceAll(/(keepalive_timeout|client_header_timeout) 75s/g, "$1 3615s"),
        );
    });

    for (const [kind, annotation] of [
        ["ClusterIssuer", "cert-manager.io/cluster-issuer"],
        ["Issuer", "cert-manager.io/issuer"],
    ] as const) {
        it(`TLS from cert-manager's ${kind}`, async () => {
            const recording = await recordingOfText(
                web(
                    `host: shop.example.com\ntls:\n  secretName: shop-tls\n  certManagerIssuer: letsencrypt\n  certManagerIssuerKind: ${kind}`,
                ),
            );
            expect(ingressOf(recording).annotations[annotation]).to.equal("letsencrypt");
        });
    }

    it("a path prefix is kept, and cut off only where the stack file says so, by the pod's nginx", async () => {
        for (const [more, isCut] of [
            ["", false],
            ["\nstripPathPrefix: true", true],
        ] as const) {
            const recording = await recordingOfText(web(`path: /shop${more}`));
            const { annotations, spec } = ingressOf(recording);
            expect(spec.rules[0]?.http.paths[0]).to.deep.include({ path: "/shop", pathType: "Prefix" });
            expect(annotations).to.not.have.property("nginx.ingress.kubernetes.io/rewrite-target");
            const { nginxConf } = webObjects(recording);
            expect(nginxConf.includes("rewrite ^/shop(/.*)$ $1;")).to.equal(isCut);
            expect(nginxConf.includes("HTTP_X_FORWARDED_PREFIX /shop;")).to.equal(isCut);
        }
    });

    it("annotations of the Ingress beside those of the stack", async () => {
        const further = { "example.com/team": "shop", "nginx.ingress.kubernetes.io/limit-rps": "9" };
        const { annotations } = ingressOf(await recordingOfText("config: {}"));
        const text = web(`ingressAnnotations: ${JSON.stringify(further)}`);
        expect(ingressOf(await recordingOfText(text)).annotations).to.deep.equal({ ...annotations, ...further });
    });

    it("several paths, of each host", async () => {
        const text = "host: a.example.com\nfurtherHosts: [b.example.com]\npath: /shop\nfurtherPaths: [/account]";
        const { spec } = ingressOf(await recordingOfText(web(text)));
        for (const { http } of spec.rules) {
            expect(http.paths.map(({ path }) => path)).to.deep.equal(["/shop", "/account"]);
            expect(new Set(http.paths.map(({ backend }) => JSON.stringify(backend)))).to.have.length(1);
        }
        const gateway = "gateway: { name: public, namespace: gateways }";
        const { inputs } = resource(
            await recordingOfText(web(`${text}\n${gateway}`)),
            "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",
        );
        expect(inputs).to.have.deep.nested.property("spec.rules[0].matches", [
            { path: { type: "PathPrefix", value: "/shop" } },
            { path: { type: "PathPrefix", value: "/account" } },
        ]);
    });

    it("one size of headers and one of uploads, at every hop", async () => {
        const recording = await recordingOfText(web("nginx:\n  headerSize: 24k\n  clientMaxBodySize: 64m"));
        const { annotations } = ingressOf(recording);
        const annotation = (name: string) => annotations[`nginx.ingress.kubernetes.io/${name}`];
        expect([annotation("proxy-buffer-size"), annotation("proxy-body-size")]).to.deep.equal(["24k", "64m"]);
        const { nginxConf, phpIni } = webObjects(recording);
        expect(nginxConf).to.include("large_client_header_buffers 2 24k;").and.include("client_max_body_size 64m;");
        expect(phpIni).to.include('upload_max_filesize = "64m"').and.include('post_max_size = "64m"');
        const { controller } = resource(recording, "kubernetes-ingress-nginx:index:IngressController").inputs as {
            readonly controller: { readonly config: Readonly<Record<string, string>> };
        };
        expect(controller.config["large-client-header-buffers"]).to.equal("4 24k");
    });

    it("an HTTPRoute on a Gateway instead of an Ingress, and the Gateway's namespace is let in", async () => {
        const text = web(
            "host: shop.example.com\npath: /shop\nstripPathPrefix: true\ngateway:\n  name: public\n  namespace: gateways\n  sectionName: https",
        );
        expect(await difference(text)).to.deep.equal({
            added: ["kubernetes:gateway.networking.k8s.io/v1:HTTPRoute web"],
            gone: ["kubernetes:networking.k8s.io/v1:Ingress web"],
        });
        const recording = await recordingOfText(text);
        const { spec } = resource(recording, "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute").inputs as {
            spec: Record<string, unknown>;
        };
        expect(spec["parentRefs"]).to.deep.equal([{ name: "public", namespace: "gateways", sectionName: "https" }]);
        expect(spec["hostnames"]).to.deep.equal(["shop.example.com"]);
        const [rule] = spec["rules"] as Record<string, unknown>[];
        expect(rule?.["matches"]).to.deep.equal([{ path: { type: "PathPrefix", value: "/shop" } }]);
        expect(rule).to.not.have.property("filters");
        expect(webObjects(recording).nginxConf).to.include("rewrite ^/shop(/.*)$ $1;");
        expect(secondsOf((rule?.["timeouts"] as { request: string }).request)).to.equal(60 + 10 + 40 + 5);
        expect(webObjects(recording).nginxConf).to.include("worker_shutdown_timeout 110s;");
        expect(rule?.["backendRefs"]).to.have.length(1);
        expect(webObjects(recording).networkPolicy.ingress[0]?.from).to.deep.equal([
            { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "gateways" } } },
        ]);
    });

    it("a Gateway of the stack's own behind its Traefik, and the pods are those behind the Ingress", async () => {
        const controller = "  php-web-service:ingressController: { kind: traefik, install: true";
        const behindIngress = await recordingOfText(`config:\n${controller} }`);
        const text = `${web("gateway: { create: true }")}${controller}, gateway: true }`;
        const recording = await recordingOfText(text);
        const before = identities(behindIngress);
        const after = identities(recording);
        expect(before.filter((each) => !after.includes(each))).to.deep.equal([
            "kubernetes:networking.k8s.io/v1:Ingress web",
        ]);
        const ofApi = "kubernetes:gateway.networking.k8s.io/v1:";
        expect(after.filter((each) => !before.includes(each))).to.deep.equal(
            ["Gateway traefik", "Gateway web", "GatewayClass traefik", "HTTPRoute traefik", "HTTPRoute web"].map(
                (each) => `${ofApi}${each}`,
            ),
        );
        const podsOf = (from: typeof recording) => resource(from, "kubernetes:apps/v1:Deployment", "web").inputs;
        expect(podsOf(recording)).to.deep.equal(podsOf(behindIngress));
        const policyOf = (from: typeof recording) => webObjects(from).networkPolicy.ingress[0]?.from;
        expect(policyOf(recording)).to.deep.equal(policyOf(behindIngress));
        expect(recording.outputs["url"]).to.equal("unknown: no host is set, and the Gateway has no address yet");

        const { metadata, spec } = resource(recording, `${ofApi}Gateway`, "web").inputs as unknown as GatewayObject;
        expect(spec).to.deep.equal({
            gatewayClassName: "traefik",
            listeners: [
                { name: "http", protocol: "HTTP", port: 8000, allowedRoutes: { namespaces: { from: "Same" } } },
            ],
        });
        expect(JSON.parse(metadata.annotations["pulumi.com/waitFor"] ?? "")).to.deep.equal([
            "condition=Programmed",
            "jsonpath={.status.addresses[0].value}",
        ]);
        const route = resource(recording, `${ofApi}HTTPRoute`, "web").inputs["spec"];
        expect(route).to.deep.include({ parentRefs: [{ name: "web", sectionName: "http" }] });
        expect(route).to.not.have.property("hostnames");
        expect(recording.outputs["url"]).to.match(/^unknown/);
        expect(failures(recording).policies).to.deep.equal([]);
    });

    it("HTTPS on such a Gateway: a listener for each host, as cert-manager wants them, and HTTP is sent there", async () => {
        const hosts = "host: www.example.com\nfurtherHosts: ['*.example.net']\nredirectedHosts: [example.com]";
        const tls = "tls: { secretName: tls, certManagerIssuer: letsencrypt }";
        const recording = await recordingOfText(
            web(`${hosts}\n${tls}\nawaitAddress: false\npath: /shop\ngateway: { create: true }`) +
                "  php-web-service:ingressController: { kind: traefik, install: true, gateway: true }",
        );
        const inputsOf = (kind: string, name: string) =>
            resource(recording, `kubernetes:gateway.networking.k8s.io/v1:${kind}`, name)
                .inputs as unknown as GatewayObject;
        const { metadata, spec } = inputsOf("Gateway", "web");
        expect(metadata.annotations).to.include({
            "cert-manager.io/cluster-issuer": "letsencrypt",
            "pulumi.com/waitFor": '["condition=Programmed"]',
        });
        const all = ["www.example.com", "*.example.net", "example.com"];
        const secure = spec.listeners.filter(({ protocol }) => protocol === "HTTPS");
        expect(secure.map(({ hostname }) => hostname)).to.deep.equal(all);
        expect(new Set(secure.map(({ port, tls }) => JSON.stringify([port, tls])))).to.deep.equal(
            new Set([
                JSON.stringify([
                    8443,
                    { certificateRefs: [{ group: "", kind: "Secret", name: "tls" }], mode: "Terminate" },
                ]),
            ]),
        );
        const route = inputsOf("HTTPRoute", "web").spec;
        expect(route.hostnames).to.deep.equal(all);
        expect(route.parentRefs.map(({ sectionName }) => sectionName)).to.deep.equal(secure.map(({ name }) => name));
        const redirect = inputsOf("HTTPRoute", "web-redirect").spec;
        expect(redirect.hostnames).to.deep.equal(all);
        expect(redirect.parentRefs).to.deep.equal([{ name: "web", sectionName: "http" }]);
        expect(redirect.rules).to.deep.equal([
            {
                matches: [{ path: { type: "PathPrefix", value: "/shop" } }],
                filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 308 } }],
            },
        ]);
        expect(recording.outputs["url"]).to.equal("https://www.example.com/shop");
    });

    it("another way to choose a pod, of ingress-nginx", async () => {
        const configOf = async (text: string) => controllerOf(await recordingOfText(text)).controller["config"];
        expect(await configOf("config: {}")).to.not.have.property("load-balance");
        expect(await configOf("config:\n  php-web-service:ingressController: { loadBalance: ewma }")).to.include({
            "load-balance": "ewma",
        });
    });

    it("KEDA instead of the HPA: same bounds, same container's CPU, same behavior, further triggers", async () => {
        const text = web(
            "autoscaling:\n  kind: keda\n  minReplicas: 4\n  triggers:\n    - type: cron\n      metadata: { timezone: UTC, start: 0 8 * * *, end: 0 18 * * *, desiredReplicas: '10' }",
        );
        expect(await difference(text)).to.deep.equal({
            added: ["kubernetes:keda.sh/v1alpha1:ScaledObject web"],
            gone: ["kubernetes:autoscaling/v2:HorizontalPodAutoscaler web"],
        });
        const recording = await recordingOfText(text);
        const { spec } = resource(recording, "kubernetes:keda.sh/v1alpha1:ScaledObject").inputs as {
            spec: Record<string, unknown>;
        };
        expect(spec).to.deep.include({ minReplicaCount: 4, maxReplicaCount: 24 });
        expect(spec["triggers"]).to.deep.equal([
            { type: "cpu", metricType: "Utilization", metadata: { containerName: "php-fpm", value: "60" } },
            {
                type: "cron",
                metadata: { timezone: "UTC", start: "0 8 * * *", end: "0 18 * * *", desiredReplicas: "10" },
            },
        ]);
        const { behavior } = hpaOf(await recordingOf("prod"));
        expect(spec["advanced"]).to.deep.equal({ horizontalPodAutoscalerConfig: { name: "keda-hpa-web", behavior } });
        expect(webObjects(recording).deployment).to.not.have.property("replicas");
        expect(recording.outputs["autoscalerName"]).to.equal("keda-hpa-web");
    });

    it("what a trigger of KEDA's compares, and who has its credentials", async () => {
        const trigger = {
            type: "prometheus",
            name: "orders",
            metricType: "Value",
            metadata: { serverAddress: "http://thanos.metrics:9090", query: "sum(orders)", threshold: "100" },
            authenticationRef: { name: "thanos", kind: "ClusterTriggerAuthentication" },
        };
        const recording = await recordingOfText(
            web(`autoscaling: ${JSON.stringify({ kind: "keda", triggers: [trigger] })}`),
        );
        const { spec } = resource(recording, "kubernetes:keda.sh/v1alpha1:ScaledObject").inputs as {
            spec: { triggers: readonly object[] };
        };
        expect(spec.triggers.slice(1)).to.deep.equal([trigger]);
    });

    describe("busy workers beside CPU", () => {
        interface ScaledObject {
            readonly spec: { readonly triggers: readonly { readonly metadata: Readonly<Record<string, string>> }[] };
        }
        const triggersOf = async (text: string) =>
            (
                resource(await recordingOfText(web(text)), "kubernetes:keda.sh/v1alpha1:ScaledObject")
                    .inputs as unknown as ScaledObject
            ).spec.triggers;
        const busy = "autoscaling: { kind: keda, busyWorkersTargetPercent: 60 }\nphpFpm: { maxChildren: 16 }\n";

        it("are a trigger of KEDA's, whose sum over all pods is for so many pods that each has its share", async () => {
            expect(await triggersOf(`${busy}monitoring: {}`)).to.deep.equal([
                { type: "cpu", metricType: "Utilization", metadata: { containerName: "php-fpm", value: "60" } },
                {
                    type: "prometheus",
                    name: "busy-workers",
                    metadata: {
                        serverAddress: "http://prometheus-operated.monitoring.svc:9090",
                        query:
                            'sum(avg_over_time(phpfpm_active_processes{namespace="web",pod=~"web-[a-z0-9]+-[a-z0-9]+"}[15s])' +
                            ' + avg_over_time(phpfpm_listen_queue{namespace="web",pod=~"web-[a-z0-9]+-[a-z0-9]+"}[15s]))',
                        threshold: "9.6",
                        ignoreNullValues: "false",
                    },
                },
            ]);
        });

        it("are asked for where Prometheus is, over three of its scrapes", async () => {
            const [, trigger] = await triggersOf(
                `${busy}namespace: shop\nmonitoring: { serverAddress: "http://thanos.metrics:9090", intervalSeconds: 10 }`,
            );
            expect(trigger?.metadata["serverAddress"]).to.equal("http://thanos.metrics:9090");
            expect(trigger?.metadata["query"]).to.include('namespace="shop"').and.include("[30s]");
            const [, ofOperator] = await triggersOf(`${busy}monitoring: { namespace: observability }`);
            expect(ofOperator?.metadata["serverAddress"]).to.equal("http://prometheus-operated.observability.svc:9090");
        });

        it("are scraped more often than figures that nothing hangs on", async () => {
            const recording = await recordingOfText(web(`${busy}monitoring: {}`));
            const { spec } = resource(recording, "kubernetes:monitoring.coreos.com/v1:PodMonitor").inputs as {
                spec: { podMetricsEndpoints: readonly { interval: string }[] };
            };
            expect(spec.podMetricsEndpoints.map(({ interval }) => interval)).to.deep.equal(["5s", "5s"]);
            expect(failures(recording).policies).to.be.empty;
        });
    });

    it("tolerances of the HPA, as Kubernetes stores them", async () => {
        const toleranceOf = async (value: string) => {
            const { behavior } = hpaOf(
                await recordingOfText(web(`autoscaling:\n  scaleUp: { tolerance: ${value} }`)),
            ) as unknown as { behavior: Record<"scaleUp" | "scaleDown", object> };
            expect(behavior.scaleDown).to.not.have.property("tolerance");
            return (behavior.scaleUp as { tolerance: string }).tolerance;
        };
        expect(await toleranceOf("0.05")).to.equal("50m");
        expect(await toleranceOf("0.057")).to.equal("57m");
        expect(await toleranceOf("0")).to.equal("0");
        expect(hpaOf(await recordingOfText("config: {}"))).to.not.have.nested.property("behavior.scaleUp.tolerance");
    });

    it("a tolerance that the cluster drops is an error", () => {
        const rules = { stabilizationWindowSeconds: 0, percent: 100, pods: null, periodSeconds: 15 };
        const input = {
            minReplicas: 3,
            maxReplicas: 24,
            targetCPUUtilizationPercentage: 60,
            scaleUp: { ...rules, tolerance: 0 },
            scaleDown: rules,
        };
        expect(droppedTolerance(input, { behavior: { scaleUp: { tolerance: "0" } } })).to.equal(undefined);
        expect(droppedTolerance({ ...input, scaleUp: rules }, {})).to.equal(undefined);
        expect(droppedTolerance(input, { behavior: { scaleUp: {}, scaleDown: {} } })).to.equal(
            "The cluster has dropped autoscaling.scaleUp.tolerance: the HorizontalPodAutoscaler goes by the cluster's own " +
                "tolerance instead. Kubernetes has the field from 1.35 on (feature gate HPAConfigurableTolerance). Remove it, " +
                "or upgrade the cluster.",
        );
        expect(droppedTolerance({ ...input, scaleDown: input.scaleUp }, {})).to.include(
            "autoscaling.scaleUp.tolerance and autoscaling.scaleDown.tolerance",
        );
    });

    it("a fixed number of pods is both bounds of the autoscaler, which keeps it", async () => {
        const text = web("replicas: 4");
        expect(await difference(text)).to.deep.equal({ added: [], gone: [] });
        const recording = await recordingOfText(text);
        expect(hpaOf(recording)).to.deep.include({ minReplicas: 4, maxReplicas: 4 });
        expect(failures(recording)).to.deep.equal({ promises: [], policies: [] });
    });

    for (const [kind, added] of [
        ["PodMonitor", ["kubernetes:monitoring.coreos.com/v1:PodMonitor web"]],
        [
            "ServiceMonitor",
            ["kubernetes:core/v1:Service web-metrics", "kubernetes:monitoring.coreos.com/v1:ServiceMonitor web"],
        ],
    ] as const) {
        it(`monitoring by ${kind}: nginx's exporter as a sidecar, let in from Prometheus' namespace only`, async () => {
            const text = web(`monitoring:\n  kind: ${kind}\n  namespace: observability\n  labels: { release: main }`);
            expect(await difference(text)).to.deep.equal({ added, gone: [] });
            const recording = await recordingOfText(text);
            const { pod, containers, nginxConf, networkPolicy } = webObjects(recording);
            expect(pod.initContainers.map(({ name }) => name)).to.deep.equal(["php-fpm", "nginx-exporter"]);
            for (const { name, restartPolicy } of pod.initContainers) expect(restartPolicy, name).to.equal("Always");
            expect(containers.flatMap(({ ports }) => ports.map((each) => each.containerPort))).to.have.members([
                9000, 9113, 8080, 9253,
            ]);
            expect(nginxConf).to.include("listen 127.0.0.1:8081;").and.include("stub_status;");
            expect(nginxConf).to.include("listen 9253;").and.include("listen [::]:9253;");
            expect(networkPolicy.ingress[1]).to.deep.equal({
                from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "observability" } } }],
                ports: [
                    { protocol: "TCP", port: 9113 },
                    { protocol: "TCP", port: 9253 },
                ],
            });
            const monitor = resource(recording, `kubernetes:monitoring.coreos.com/v1:${kind}`).inputs as {
                metadata: { labels: Record<string, string> };
                spec: Record<string, { port: string; interval: string }[]>;
            };
            expect(monitor.metadata.labels["release"]).to.equal("main");
            const endpoints = monitor.spec[kind === "PodMonitor" ? "podMetricsEndpoints" : "endpoints"];
            expect(endpoints).to.deep.equal([
                { port: "nginx-metrics", interval: "30s" },
                { port: "fpm-metrics", interval: "30s" },
            ]);
            expect(failures(recording).policies).to.be.empty;
        });
    }

    it("an application that is baked into the images: no ConfigMap for it, no mount", async () => {
        const text = web(
            "app:\n  source: image\n  documentRoot: /srv/app/public\n  frontController: app.php\n  healthPath: /up",
        );
        expect((await difference(text)).gone).to.deep.equal(["kubernetes:core/v1:ConfigMap web-app"]);
        const { nginx, nginxConf, containers } = webObjects(await recordingOfText(text));
        for (const { volumeMounts } of containers) {
            expect(volumeMounts.map(({ mountPath }) => mountPath)).to.not.include("/srv/app/public");
        }
        expect(nginx.readinessProbe.httpGet.path).to.equal("/-/ready");
        expect(nginxConf).to.include("root /srv/app/public;").and.include("set $script /app.php;");
    });

    it("a namespace that is there already: it is looked for, and everything is in it as before", async () => {
        const text = web("namespace: shop\ncreateNamespace: false");
        expect(await difference(text)).to.deep.equal({ added: [], gone: ["kubernetes:core/v1:Namespace web"] });
        const recording = await recordingOfText(text);
        const namespaces = recording.resources
            .filter(({ type, parent }) => type.startsWith("kubernetes:") && parent?.name === "web")
            .map(({ inputs }) => (inputs["metadata"] as { namespace?: string }).namespace);
        expect(namespaces).to.have.length.above(5);
        expect(new Set(namespaces)).to.deep.equal(new Set(["shop"]));
        expect(recording.outputs["namespace"]).to.equal("shop");
        expect(failures(recording)).to.deep.equal({
            promises: ["the namespace enforces Pod Security restricted"],
            policies: [],
        });
        // Where the stack makes it, it would be removed again, and so is refused: "default", and the Gateway's own.
        for (const namespace of ["default", "gateways"]) {
            const beside = `createNamespace: false\nnamespace: ${namespace}\ngateway: { name: public, namespace: gateways }`;
            expect((await recordingOfText(web(beside))).outputs["namespace"]).to.equal(namespace);
        }
        // Nor does the stack make the namespace of a Traefik of one's own.
        for (const [namespace, ofTraefik] of [
            ["traefik", "traefik"],
            ["shop", "kube-system"],
        ] as const) {
            const beside = `${web(`namespace: ${namespace}\ncreateNamespace: false`)}  php-web-service:ingressController: { kind: traefik, install: ingressClass, namespace: ${ofTraefik} }`;
            expect((await recordingOfText(beside)).outputs["namespace"]).to.equal(namespace);
        }
    });

    it("what pods may connect to, beside DNS; who reaches them stays as it is", async () => {
        const policyOf = async (yaml: string) => webObjects(await recordingOfText(web(yaml))).networkPolicy;
        const open = await policyOf("host: shop.example.com");
        expect(open).to.not.have.property("egress");
        const dns = {
            ports: [
                { protocol: "UDP", port: 53 },
                { protocol: "TCP", port: 53 },
            ],
        };
        const all = { ...open, policyTypes: ["Ingress", "Egress"] };
        expect(await policyOf("egress: []")).to.deep.equal({ ...all, egress: [dns] });
        expect(
            await policyOf("egress: [{ cidr: 10.1.0.0/16, ports: [3306, 6379] }, { namespace: search }]"),
        ).to.deep.equal({
            ...all,
            egress: [
                dns,
                {
                    to: [{ ipBlock: { cidr: "10.1.0.0/16" } }],
                    ports: [
                        { protocol: "TCP", port: 3306 },
                        { protocol: "TCP", port: 6379 },
                    ],
                },
                { to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "search" } } }] },
            ],
        });
    });

    it("registry Secrets and php.ini settings arrive", async () => {
        const recording = await recordingOfText(
            web("imagePullSecrets: [registry]\nphpFpm:\n  ini: { date.timezone: Europe/Berlin, max_input_vars: 2000 }"),
        );
        const { pod, phpIni } = webObjects(recording);
        expect(pod.imagePullSecrets).to.deep.equal([{ name: "registry" }]);
        expect(phpIni).to.include('date.timezone = "Europe/Berlin"').and.include("max_input_vars = 2000");
    });

    it("memory settings arrive in php-fpm.conf, php.ini and the container's request and limit", async () => {
        const recording = await recordingOfText(
            web(
                "phpFpm: { maxChildren: 10, memoryLimit: 256Mi, workerMemory: 64Mi, opcacheMemory: 192Mi," +
                    " ini: { opcache.jit: tracing, opcache.jit_buffer_size: 64M } }",
            ),
        );
        const { phpFpm, phpFpmConf, phpIni } = webObjects(recording);
        expect(directive(phpFpmConf, "php_admin_value[memory_limit]")).to.deep.equal(["256M", "256M"]);
        expect(directive(phpIni, "opcache.memory_consumption")).to.deep.equal(["192"]);
        expect(directive(phpIni, "opcache.jit_buffer_size")).to.deep.equal(['"64M"']);
        expect(phpFpm.resources.requests).to.deep.include({ memory: "1056Mi" });
        expect(phpFpm.resources.limits).to.deep.include({ memory: "3344Mi" });
        expect(failures(recording)).to.deep.equal({ promises: [], policies: [] });
    });

    it("a longer promise moves every second that hangs on it", async () => {
        const recording = await recordingOfText(web("longestRequestSeconds: 120"));
        const { pod, nginxConf, phpFpmConf } = webObjects(recording);
        expect(pod.terminationGracePeriodSeconds).to.equal(150);
        expect(nginxConf).to.include("worker_shutdown_timeout 130s;").and.include("fastcgi_read_timeout 130s;");
        expect(phpFpmConf).to.include("request_terminate_timeout = 120s");
        expect(failures(recording)).to.deep.equal({ promises: [], policies: [] });
    });

    it("a grace period that a platform dictates gives php-fpm what is left", async () => {
        const recording = await recordingOfText(web("drain:\n  terminationGracePeriodSeconds: 90"));
        const { pod, phpFpmConf } = webObjects(recording);
        expect(pod.terminationGracePeriodSeconds).to.equal(90);
        expect(phpFpmConf).to.include("process_control_timeout = 25s");
    });
});

const ingressNginx = [
    "kubernetes-ingress-nginx:index:IngressController ingress-nginx",
    "kubernetes:core/v1:Namespace ingress-nginx",
    "php-web-service:index:IngressNginx ingress-nginx",
];

/** Whom the NetworkPolicy lets in. */
const traefiksPods = [
    {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "traefik" } },
        podSelector: { matchLabels: { "app.kubernetes.io/name": "traefik" } },
    },
];

/** From one controller to the other: what the stack file has for each step of docs/operations.md. */
const steps = {
    "ingress-nginx alone": "{}",
    "Traefik beside it": "{ alongside: { kind: traefik, install: true } }",
    "Traefik first": "{ kind: traefik, install: true, alongside: { kind: ingress-nginx } }",
    "ingress-nginx gone, and still let in":
        "{ kind: traefik, install: true, alongside: { kind: ingress-nginx, install: false } }",
    "Traefik alone": "{ kind: traefik, install: true }",
} as const;

describe("from one ingress controller to the other", () => {
    const recordings = Object.fromEntries(
        Object.entries(steps).map(([step, settings]) => [
            step,
            recordingOfText(`config:\n  php-web-service:ingressController: ${settings}`),
        ]),
    ) as Readonly<Record<keyof typeof steps, ReturnType<typeof recordingOfText>>>;
    const inEach = async <T>(look: (recording: Awaited<ReturnType<typeof recordingOfText>>) => T) =>
        Promise.all(Object.values(recordings).map(async (recording) => look(await recording)));

    it("both are there in between, and both are let in for as long as either has requests", async () => {
        const installed = await inEach(({ resources }) =>
            ["IngressNginx", "Traefik"].filter((name) =>
                resources.some(({ type }) => type === `php-web-service:index:${name}`),
            ),
        );
        const both = ["IngressNginx", "Traefik"];
        expect(installed).to.deep.equal([["IngressNginx"], both, both, ["Traefik"], ["Traefik"]]);
        const letIn = await inEach((recording) =>
            webObjects(recording)
                .networkPolicy.ingress[0]!.from.map(({ namespaceSelector }) =>
                    Object.values(namespaceSelector.matchLabels),
                )
                .flat()
                .sort(),
        );
        const policies = [["ingress-nginx"], ...[1, 2, 3].map(() => ["ingress-nginx", "traefik"]), ["traefik"]];
        expect(letIn).to.deep.equal(policies);
    });

    it("Ingress and IngressClass are one object each, the same all the way, and the chart brings no class", async () => {
        const [first, ...others] = await inEach((recording) => ({
            ingress: ingressOf(recording),
            ingressClass: resource(recording, "kubernetes:networking.k8s.io/v1:IngressClass", "ingress-class").inputs,
        }));
        for (const other of others) expect(other).to.deep.equal(first);
        const { controller } = controllerOf(await recordings["Traefik first"]);
        expect(controller["ingressClassResource"]).to.deep.equal({ name: "nginx", enabled: false });
    });

    it("one of them writes the Ingress's address: the first, so that DNS that follows it moves with a step", async () => {
        const published = (text: string) => text.includes("publishService");
        const ofTraefik = async (step: keyof typeof steps) =>
            published(
                JSON.stringify(resource(await recordings[step], "kubernetes:apps/v1:Deployment", "traefik").inputs),
            );
        expect(await ofTraefik("Traefik beside it")).to.equal(false);
        expect(await ofTraefik("Traefik first")).to.equal(true);
        const ofNginx = async (step: keyof typeof steps) =>
            (controllerOf(await recordings[step]).controller["extraArgs"] as Record<string, string>)["update-status"];
        expect(await ofNginx("Traefik beside it")).to.equal(undefined);
        expect(await ofNginx("Traefik first")).to.equal("false");
    });

    it("the pods keep idle connections for longer than either does, and end as behind the one that streams", async () => {
        const keepalive = await inEach((recording) =>
            Number(/^\s*keepalive_timeout (\d+)s/m.exec(webObjects(recording).nginxConf)?.[1]),
        );
        expect(keepalive).to.deep.equal([75, 105, 105, 105, 105]);
        const graceOf = async (settings: string) =>
            webObjects(await recordingOfText(`config:\n  php-web-service:ingressController: ${settings}`)).pod
                .terminationGracePeriodSeconds;
        expect(await graceOf(steps["Traefik first"])).to.equal(70);
        expect(await graceOf("{ alongside: { kind: traefik, install: ingressClass } }")).to.equal(130);
    });
});

describe("options of the cluster's parts", () => {
    it("a cluster that has its ingress controller and metrics-server gets neither", async () => {
        const text =
            "config:\n  php-web-service:ingressController: { install: false, namespace: edge }\n  php-web-service:metricsServer: { install: false }";
        const { added, gone } = await difference(text);
        expect(added).to.be.empty;
        expect(gone.every((each) => / (ingress-nginx|ingress-class|metrics-server)/.test(each))).to.equal(true);
        expect(gone).to.have.length(15);
        const [rule] = webObjects(await recordingOfText(text)).networkPolicy.ingress;
        expect(JSON.stringify(rule)).to.include('"kubernetes.io/metadata.name":"edge"');
    });

    it("a Traefik of one's own behind the same Ingress: the IngressClass stays, and Traefik is let in", async () => {
        const text = "config:\n  php-web-service:ingressController: { kind: traefik, install: ingressClass }";
        expect(await difference(text)).to.deep.equal({
            added: [],
            gone: ingressNginx,
        });
        const recording = await recordingOfText(text);
        expect(resource(recording, "kubernetes:networking.k8s.io/v1:IngressClass").inputs).to.deep.include({
            spec: { controller: "k8s.io/ingress-nginx" },
        });
        // It may stream an upload for up to 60 s. Beside what that adds, the Ingress is the same.
        const { annotations, spec } = ingressOf(recording);
        const installed = ingressOf(await recordingOfText("config: {}"));
        expect(spec).to.deep.equal(installed.spec);
        expect(annotations).to.deep.equal({
            ...installed.annotations,
            "nginx.ingress.kubernetes.io/proxy-read-timeout": "115",
            "nginx.ingress.kubernetes.io/proxy-send-timeout": "115",
        });
        expect(webObjects(recording).nginxConf).to.include("worker_shutdown_timeout 110s;");
        expect(webObjects(recording).pod.terminationGracePeriodSeconds).to.equal(130);
        expect(webObjects(recording).networkPolicy.ingress[0]?.from).to.deep.equal(traefiksPods);
    });

    it("Traefik installed behind the same Ingress, which is as it was, as the pods' end is", async () => {
        const text = "config:\n  php-web-service:ingressController: { kind: traefik, install: true }";
        expect(await difference(text)).to.deep.equal({
            added: [
                "kubernetes:apps/v1:Deployment traefik",
                "kubernetes:core/v1:ConfigMap traefik",
                "kubernetes:core/v1:Namespace traefik",
                "kubernetes:core/v1:Service traefik",
                "kubernetes:core/v1:ServiceAccount traefik",
                "kubernetes:policy/v1:PodDisruptionBudget traefik",
                "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole traefik",
                "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding traefik",
                "php-web-service:index:Traefik traefik",
            ],
            gone: ingressNginx,
        });
        const recording = await recordingOfText(text);
        expect(ingressOf(recording)).to.deep.equal(ingressOf(await recordingOfText("config: {}")));
        expect(webObjects(recording).pod.terminationGracePeriodSeconds).to.equal(70);
        expect(webObjects(recording).networkPolicy.ingress[0]?.from).to.deep.equal(traefiksPods);
        const service = recording.resources.find(({ type }) => type === "php-web-service:index:PhpWebService");
        expect(service?.options.dependsOn, "metrics-server, class and Traefik").to.have.length(3);
    });

    it("Traefik as the stack file has it: its image, its ports and proxies, and an end that follows from the promise", async () => {
        const recording = await recordingOfText(
            `config:
  php-web-service:web: { longestRequestSeconds: 600, ingressClassName: shop, awaitAddress: false }
  php-web-service:ingressController:
    kind: traefik
    install: true
    namespace: edge
    workload: DaemonSet
    serviceType: ClusterIP
    hostPorts: { http: 80, https: 443 }
    image: { repository: registry.example.com/traefik, tag: v3.8.0 }
    trustedIPs: [10.0.0.0/8, "fd00::/8"]
    shutdownGraceSeconds: 20
    service: { annotations: { example.com/scheme: internal } }`,
        );
        const spec = resource(recording, "kubernetes:apps/v1:DaemonSet").inputs["spec"];
        const text = JSON.stringify(spec);
        expect(text).to.include('"image":"registry.example.com/traefik:v3.8.0"');
        expect(text).to.include('"containerPort":8000,"hostPort":80,"name":"web"');
        expect(text).to.include("--entryPoints.web.forwardedHeaders.trustedIPs=10.0.0.0/8,fd00::/8");
        expect(text).to.not.include("publishService");
        // 10 s queue + 600 s + 5 s margin, 220 s for clients, 20 s of accepting and 10 s for itself.
        expect(text).to.include('"terminationGracePeriodSeconds":865');
        const namesOf = (type: string) => resource(recording, `kubernetes:${type}`, "traefik").inputs["metadata"];
        expect(namesOf("core/v1:Namespace")).to.deep.include({ name: "edge" });
        const [madeClass] = ["kubernetes:networking.k8s.io/v1:IngressClass"].map((type) => resource(recording, type));
        expect(madeClass?.inputs["metadata"]).to.deep.include({ name: "shop" });
        expect(JSON.stringify(namesOf("core/v1:Service"))).to.include('"example.com/scheme":"internal"');
    });

    it("metrics-server in two replicas: apart from each other, with a disruption budget", async () => {
        const text = "config:\n  php-web-service:metricsServer: { replicas: 2, kubeletInsecureTls: false }";
        expect((await difference(text)).added).to.deep.equal([
            "kubernetes:policy/v1:PodDisruptionBudget metrics-server",
        ]);
        const recording = await recordingOfText(text);
        const spec = resource(recording, "kubernetes:apps/v1:Deployment", "metrics-server").inputs["spec"];
        expect(spec).to.deep.include({ replicas: 2 });
        expect(JSON.stringify(spec)).to.include("requiredDuringSchedulingIgnoredDuringExecution");
        expect(JSON.stringify(spec)).to.not.include("--kubelet-insecure-tls");
    });

    it("metrics-server in the nodes' network, on another port than the kubelet's", async () => {
        const specOf = async (text: string) =>
            serverOf(
                resource(await recordingOfText(text), "kubernetes:apps/v1:Deployment", "metrics-server").inputs[
                    "spec"
                ] as Deployment,
            );
        const plain = await specOf("config: {}");
        expect(plain).to.deep.include({ hostNetwork: undefined, maxUnavailable: 0, ports: [10250] });
        expect(plain.args).to.include("--secure-port=10250");
        const onNodes = await specOf("config:\n  php-web-service:metricsServer: { hostNetwork: true }");
        expect(onNodes).to.deep.include({ hostNetwork: true, maxUnavailable: 1, ports: [4443] });
        expect(onNodes.args).to.include("--secure-port=4443").and.not.include("--secure-port=10250");
    });

    it("the chart from a mirror or an OCI registry", async () => {
        const options = async (chart: string) =>
            controllerOf(await recordingOfText(`config:\n  php-web-service:ingressController: { chart: ${chart} }`))
                .helmOptions;
        expect(await options("{ repository: https://charts.example.com }")).to.deep.equal({
            name: "ingress-nginx",
            namespace: "ingress-nginx",
            version: "4.15.1",
            repositoryOpts: { repo: "https://charts.example.com" },
        });
        expect(
            await options("{ oci: oci://registry.example.com/charts/ingress-nginx, version: 4.14.0 }"),
        ).to.deep.equal({
            name: "ingress-nginx",
            namespace: "ingress-nginx",
            version: "4.14.0",
            chart: "oci://registry.example.com/charts/ingress-nginx",
        });
    });

    it("annotations of the controller's Service, and visitors' addresses kept, with time to leave a node", async () => {
        const { controller: plain } = controllerOf(await recordingOfText("config: {}"));
        expect(plain["service"]).to.deep.equal({ type: "LoadBalancer" });
        expect(plain).to.not.have.property("readinessProbe");
        const service = { annotations: { "example.com/scheme": "internal" }, externalTrafficPolicy: "Local" };
        for (const [grace, failureThreshold] of [
            [30, 4],
            [45, 6],
        ] as const) {
            const values = JSON.stringify({ service, shutdownGraceSeconds: grace });
            const { controller } = controllerOf(
                await recordingOfText(`config:\n  php-web-service:ingressController: ${values}`),
            );
            expect(controller["service"]).to.deep.equal({ type: "LoadBalancer", ...service });
            // The chart asks every 10 s, and the first failed check may be at once.
            expect(10 * (failureThreshold - 1)).to.be.at.least(grace);
            expect(controller["readinessProbe"]).to.deep.equal({ failureThreshold });
        }
    });

    it("a DaemonSet on the nodes' own ports, as in stack lab", async () => {
        const { controller } = controllerOf(await recordingOf("lab"));
        expect(controller).to.deep.include({
            kind: "DaemonSet",
            hostPort: { enabled: true, ports: { http: 80, https: 443 } },
            service: { type: "ClusterIP" },
            publishService: { enabled: false },
            admissionWebhooks: { enabled: false },
            enableMimalloc: false,
        });
        expect(controller).to.not.have.any.keys("replicaCount", "minAvailable");
    });
});

describe("volumes that pods share", () => {
    const stack = web(
        [
            "app:",
            "  source: image",
            "  documentRoot: /srv/app/public",
            "  volumes:",
            "    - { claim: files, path: /srv/app/public/uploads, subPath: uploads }",
            "    - { claim: files, path: /srv/app/var, subPath: var }",
            "    - { claim: archive, path: /srv/app/archive, accessMode: ReadOnlyMany }",
        ].join("\n"),
    );

    it("are mounted in both containers, nginx only reads, and the promise holds", async () => {
        const recording = await recordingOfText(stack);
        const objects = webObjects(recording);
        const { pod, nginxConf } = objects;
        const mountsOf = (name: string) =>
            objects.container(name).volumeMounts.filter(({ mountPath }) => mountPath.startsWith("/srv"));
        const shared = [
            { name: "shared-1", mountPath: "/srv/app/public/uploads", subPath: "uploads" },
            { name: "shared-1", mountPath: "/srv/app/var", subPath: "var" },
            { name: "shared-2", mountPath: "/srv/app/archive", readOnly: true },
        ];
        expect(mountsOf("php-fpm")).to.deep.equal(shared);
        expect(mountsOf("nginx")).to.deep.equal(shared.map((each) => ({ ...each, readOnly: true })));
        expect(pod.volumes.slice(-2)).to.deep.equal([
            { name: "shared-1", persistentVolumeClaim: { claimName: "files" } },
            { name: "shared-2", persistentVolumeClaim: { claimName: "archive" } },
        ]);
        expect(pod.securityContext).to.deep.include({ fsGroup: 33, fsGroupChangePolicy: "OnRootMismatch" });
        // What visitors may have left there is never run.
        expect(nginxConf).to.match(/uploads/);
        expect(failures(recording)).to.deep.equal({ promises: [], policies: [] });
    });
});

describe("what a stack adds to its pods", () => {
    const stack = web(
        [
            "phpFpm:",
            "  envFrom: { configMaps: [shop], secrets: [shop, queue] }",
            "pod:",
            "  labels: { team: shop }",
            "  annotations: { example.com/scan: daily }",
            "  serviceAccountName: shop",
            "  priorityClassName: high",
            "  imagePullPolicy: Always",
            "  hostAliases: [{ ip: 10.0.0.5, hostnames: [db.internal, cache.internal] }]",
            "  nodeSelector: { disk: ssd }",
            "  tolerations: [{ key: spot, operator: Exists, effect: NoSchedule }]",
        ].join("\n"),
    );

    it("reaches them, and nothing selects by it", async () => {
        const recording = await recordingOfText(stack);
        const { deployment, pod, phpFpm, containers } = webObjects(recording);
        for (const { name, imagePullPolicy } of containers) expect(imagePullPolicy, name).to.equal("Always");
        expect(deployment.template.metadata.labels).to.deep.include({ team: "shop" });
        expect(deployment.selector.matchLabels).to.not.have.property("team");
        expect(deployment.template.metadata.annotations).to.deep.include({ "example.com/scan": "daily" });
        expect(pod).to.deep.include({
            serviceAccountName: "shop",
            automountServiceAccountToken: false,
            priorityClassName: "high",
            hostAliases: [{ ip: "10.0.0.5", hostnames: ["db.internal", "cache.internal"] }],
            nodeSelector: { disk: "ssd" },
            tolerations: [{ key: "spot", operator: "Exists", effect: "NoSchedule" }],
        });
        expect(phpFpm.envFrom).to.deep.equal([
            { configMapRef: { name: "shop" } },
            { secretRef: { name: "shop" } },
            { secretRef: { name: "queue" } },
        ]);
        expect(failures(recording)).to.deep.equal({ promises: [], policies: [] });
    });
});
