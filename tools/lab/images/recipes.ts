/** What the lab's images are made of. */
import type { ToolName } from "../toolchain/catalogue";

/** What a container of the image runs, as the official images state it. */
export interface ImageConfig {
    /** Numeric, so that the kubelet can tell that it is not root. */
    readonly user: string;
    readonly entrypoint?: readonly string[];
    readonly cmd?: readonly string[];
    readonly stopSignal?: string;
    readonly workingDirectory?: string;
}

export interface ImageRecipe {
    readonly name: string;
    /**
     * Scripts that complete the unpacked packages, one after the other, by their paths below the repository; each is in a folder
     * of its own with all that it reads.
     */
    readonly finish: readonly string[];
    /** Packages of Debian, with all that they depend on. */
    readonly packages: readonly string[];
    /** Debian's release that they are from. Default {@link debianRelease}. */
    readonly release?: string;
    /** A version that is ours to state, or the package whose version the tags tell. */
    readonly version: { readonly fixed: string } | { readonly ofPackage: string };
    /** Programs and folders that the toolchain made, by their path in the image. */
    readonly from: Readonly<Record<string, ToolName>>;
    readonly config: ImageConfig;
}

export const debianRelease = "trixie";

/** The next one. It has the nginx that is maintained today. */
const nextDebianRelease = "forky";

/** Registry part of every reference. No such host exists: an image that is not on the node cannot be pulled by mistake. */
export const registry = "lab.local";

/** What every unpacked root file system needs: the links /bin, /lib, ..., and the files that accounts are made from. */
export const basePackages = ["base-files", "base-passwd"] as const;

const nginx: ImageRecipe = {
    name: "nginx",
    finish: ["tools/lab/images/nginx/finish.sh"],
    packages: [...basePackages, "nginx"],
    version: { ofPackage: "nginx" },
    from: {},
    config: { user: "101:101", cmd: ["nginx", "-g", "daemon off;"], stopSignal: "SIGQUIT" },
};

/** For images of applications too: they add packages and a script. */
export const phpFpm: ImageRecipe = {
    name: "php-fpm",
    finish: ["tools/lab/images/php-fpm/finish.sh"],
    packages: [
        ...basePackages,
        "php8.4-fpm",
        "php8.4-opcache",
        // Its small part, so that the whole of systemd does not come along.
        "systemd-standalone-tmpfiles",
        // A shell and its commands, which the official image has: npm run exec, and the copy of app.source phpFpmImage.
        "dash",
        "coreutils",
    ],
    version: { ofPackage: "php8.4-fpm" },
    from: {},
    config: {
        user: "33:33",
        cmd: ["php-fpm"],
        stopSignal: "SIGQUIT",
        workingDirectory: "/var/www/html",
    },
};

const coreDnsVersion = "v1.14.4";

export const recipes: readonly ImageRecipe[] = [
    { ...nginx, release: nextDebianRelease },
    // What the drill upgrades from, and back to.
    nginx,
    phpFpm,
    {
        name: "ingress-nginx",
        finish: ["tools/lab/images/ingress-nginx/finish.sh"],
        packages: [
            ...basePackages,
            "nginx",
            "libnginx-mod-http-lua",
            "libnginx-mod-http-headers-more-filter",
            "libnginx-mod-stream",
            "lua-resty-core",
            "lua-resty-lrucache",
            "lua-nginx-cookie",
            "lua-nginx-dns",
            "lua-cjson",
            "luajit",
            // The controller runs diff to log what changes.
            "diffutils",
            "dumb-init",
            // As the official image, for hooks.
            "dash",
        ],
        version: { fixed: "v1.11.0" },
        from: {
            "/etc/nginx": "ingress-nginx-rootfs",
            "/nginx-ingress-controller": "ingress-nginx-controller",
            "/wait-shutdown": "wait-shutdown",
            "/dbg": "dbg",
        },
        config: {
            user: "101:101",
            entrypoint: ["/usr/bin/dumb-init", "--"],
            cmd: ["/nginx-ingress-controller"],
            workingDirectory: "/etc/nginx",
        },
    },
    {
        name: "traefik",
        finish: ["tools/lab/images/traefik/finish.sh"],
        // As the official image, for the component's command and hook.
        packages: [...basePackages, "busybox-static"],
        version: { fixed: "v3.7.15" },
        from: { "/usr/local/bin/traefik": "traefik" },
        config: { user: "65532:65532", entrypoint: ["traefik"] },
    },
    {
        name: "envoy",
        finish: ["tools/lab/images/envoy/finish.sh"],
        packages: [...basePackages, "libc6"],
        version: { fixed: "v1.40.0" },
        from: { "/usr/local/bin/envoy": "envoy" },
        config: { user: "65532:65532", entrypoint: ["envoy"] },
    },
    {
        name: "envoy-gateway",
        finish: [],
        packages: [],
        version: { fixed: "v1.9.1" },
        from: { "/usr/local/bin/envoy-gateway": "envoy-gateway" },
        config: { user: "65532:65532", entrypoint: ["envoy-gateway"] },
    },
    {
        name: "metrics-server",
        finish: [],
        packages: [],
        version: { fixed: "v0.9.0" },
        from: { "/metrics-server": "metrics-server" },
        config: { user: "65534:65534", entrypoint: ["/metrics-server"] },
    },
    {
        name: "coredns",
        finish: [],
        packages: [],
        version: { fixed: coreDnsVersion },
        from: { "/coredns": "coredns" },
        config: { user: "65534:65534", entrypoint: ["/coredns"] },
    },
    {
        // Debian's catatonit is static and can do what Kubernetes' pause does: hold a pod's namespaces, reap its zombies.
        name: "pause",
        finish: ["tools/lab/images/pause/finish.sh"],
        packages: ["catatonit"],
        version: { ofPackage: "catatonit" },
        from: {},
        config: { user: "65535:65535", entrypoint: ["/pause", "-P"] },
    },
];

const prometheusOperatorVersion = "v0.85.0";
const kubeStateMetricsVersion = "v2.18.0";
const kedaVersion = "v2.21.0";

/** A program that needs no files beside it. */
const programAlone = (name: string, version: string, tool: ToolName): ImageRecipe => ({
    name,
    finish: [],
    packages: [],
    version: { fixed: version },
    // The Prometheus operator starts the reloader by this path.
    from: { [`/bin/${name}`]: tool },
    config: { user: "65532:65532", entrypoint: [`/bin/${name}`] },
});

/** Of a lab with monitoring. */
export const monitoringRecipes: readonly ImageRecipe[] = [
    {
        name: "prometheus",
        finish: [],
        packages: [...basePackages, "prometheus"],
        // Version 3, which the operator's arguments are for.
        release: nextDebianRelease,
        version: { ofPackage: "prometheus" },
        from: {},
        config: { user: "65534:65534", entrypoint: ["/usr/bin/prometheus"] },
    },
    {
        name: "nginx-prometheus-exporter",
        finish: [],
        packages: [...basePackages, "prometheus-nginx-exporter"],
        release: nextDebianRelease,
        version: { ofPackage: "prometheus-nginx-exporter" },
        from: {},
        config: { user: "65532:65532", entrypoint: ["/usr/bin/prometheus-nginx-exporter"] },
    },
    programAlone("prometheus-operator", prometheusOperatorVersion, "prometheus-operator"),
    programAlone("prometheus-config-reloader", prometheusOperatorVersion, "prometheus-config-reloader"),
    programAlone("kube-state-metrics", kubeStateMetricsVersion, "kube-state-metrics"),
    programAlone("keda", kedaVersion, "keda"),
    programAlone("keda-metrics-apiserver", kedaVersion, "keda-adapter"),
];

/** Of what runs in a lab with monitoring. */
export const monitoringImages = {
    prometheus: `${registry}/prometheus:3.5`,
    nginxExporter: `${registry}/nginx-prometheus-exporter:1.5`,
    prometheusOperator: `${registry}/prometheus-operator:${prometheusOperatorVersion}`,
    configReloader: `${registry}/prometheus-config-reloader:${prometheusOperatorVersion}`,
    kubeStateMetrics: `${registry}/kube-state-metrics:${kubeStateMetricsVersion}`,
    keda: `${registry}/keda:${kedaVersion}`,
    kedaMetricsApiserver: `${registry}/keda-metrics-apiserver:${kedaVersion}`,
} as const;

/** A package file's name without its architecture: what is recorded, and shown to whoever asks what is in an image. */
export interface ResolvedPackage {
    readonly name: string;
    readonly version: string;
}

/** Reads the name of a package file as apt stores it: "nginx_1%3a1.26.3-3_amd64.deb". */
export function parsePackageFileName(fileName: string): ResolvedPackage {
    const [name, version] = fileName.replace(/\.deb$/, "").split("_");
    if (name === undefined || version === undefined) throw new Error(`${fileName} is no package file's name.`);
    return { name, version: decodeURIComponent(version) };
}

/** Debian's version without what Debian added: "1:8.4.27-1~deb13u1" is "8.4.27". */
export function upstreamVersion(debianVersion: string): string {
    return debianVersion
        .replace(/^\d+:/, "")
        .replace(/-[^-]*$/, "")
        .replace(/[+~].*$/, "");
}

/**
 * The references of an image: with the whole version, and for a version of Debian's with its first two numbers too.
 * Debian raises the third from time to time; a stack file that names the first two fits on.
 */
export function references(recipe: ImageRecipe, packages: readonly ResolvedPackage[]): readonly string[] {
    const repository = `${registry}/${recipe.name}`;
    if ("fixed" in recipe.version) return [`${repository}:${recipe.version.fixed}`];
    const { ofPackage } = recipe.version;
    const found = packages.find(({ name }) => name === ofPackage);
    if (found === undefined) {
        throw new Error(`${repository}: ${ofPackage} is not among the packages that apt chose for it.`);
    }
    const whole = upstreamVersion(found.version);
    const series = whole.split(".").slice(0, 2).join(".");
    return [...new Set([whole, series])].map((tag) => `${repository}:${tag}`);
}

/** The image that holds a pod's namespaces, for containerd's `sandbox_image`. */
export const pauseImage = `${registry}/pause:0.2`;

/** Of the cluster's DNS. */
export const coreDnsImage = `${registry}/coredns:${coreDnsVersion}`;
