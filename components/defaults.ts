/**
 * Each default of a component, stated once: settings/schema.ts takes its own from here. What a default follows from other
 * values is computed where they are known (service.ts).
 */
import type {
    GatewayArgs,
    KeptAssetsArgs,
    MonitoringArgs,
    PhpWebServiceArgs,
    ReleaseArgs,
    ScheduleArgs,
    TlsArgs,
    WorkerArgs,
} from "./args";

export const serviceDefaults = {
    createNamespace: true,
    furtherHosts: [],
    redirectedHosts: [],
    path: "/",
    furtherPaths: [],
    stripPathPrefix: false,
    longestRequestSeconds: 40,
    drain: { endpointWithdrawalSeconds: 10, queueSeconds: 10, phpFpmStopSeconds: 5, slackSeconds: 5 },
    nginx: {
        image: "docker.io/library/nginx:1.30.4",
        runAsUser: 101,
        resources: { requests: { cpu: "100m", memory: "90Mi" }, limits: { cpu: null, memory: "512Mi" } },
        workerProcesses: 2,
        clientMaxBodySize: "8m",
        headerSize: "16k",
        trustedProxies: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "fc00::/7"],
        proxiesInChain: false,
        gzip: true,
        staticMaxAgeSeconds: 600,
        ipv6: true,
        directives: { http: [], server: [] },
    },
    phpFpm: {
        image: "docker.io/library/php:8.4.24-fpm",
        runAsUser: 33,
        resources: { requests: { cpu: "1000m" }, limits: { cpu: "1000m" } },
        workersPerCpu: 16,
        memoryLimit: "128Mi",
        workerMemory: "48Mi",
        opcacheMemory: "128Mi",
        maxRequests: 1000,
        ini: {},
        env: {},
        envFrom: { configMaps: [], secrets: [] },
    },
    app: {
        source: "sample",
        documentRoot: "/var/www/html",
        frontController: "index.php",
        phpFiles: "any",
        missingAssets: "notFound",
        writablePaths: [],
        volumes: [],
        healthPath: "/healthz",
    },
    workers: {},
    schedules: {},
    scaling: {
        kind: "hpa",
        minReplicas: 3,
        maxReplicas: 24,
        targetCPUUtilizationPercentage: 60,
        scaleUp: { stabilizationWindowSeconds: 0, percent: 100, pods: 4, periodSeconds: 15 },
        scaleDown: { stabilizationWindowSeconds: 300, percent: 25, pods: null, periodSeconds: 60 },
        triggers: [],
    },
    rollout: { maxSurge: "25%", startupSeconds: 60, minReadySeconds: 5, progressDeadlineSeconds: 300 },
    ingressClassName: "nginx",
    ingressAnnotations: {},
    awaitAddress: true,
    ingressController: { kind: "ingress-nginx", config: {}, trustedIPs: [] },
    imagePullSecrets: [],
    pod: { labels: {}, annotations: {}, nodeSelector: {}, tolerations: [], hostAliases: [] },
} satisfies PhpWebServiceArgs;

/** Where a service has a Gateway. */
export const gatewayDefaults = { create: false, allowedRoutes: "Same" } satisfies GatewayArgs;

/** Where a service has HTTPS. */
export const tlsDefaults = { certManagerIssuerKind: "ClusterIssuer" } satisfies Partial<TlsArgs>;

/** Where a service keeps files of releases before. */
export const keptAssetsDefaults = { pageSeconds: 86_400 } satisfies Partial<KeptAssetsArgs>;

/** Where a service has a release's command. */
export const releaseDefaults = { longestSeconds: 600 } satisfies Partial<ReleaseArgs>;

/** Of a worker that no triggers scale. */
export const workerTargetCPUUtilizationPercentage = 80;

/** Of each worker. */
export const workerDefaults = {
    scaling: { minReplicas: 1, maxReplicas: 1, triggers: [] },
    longestJobSeconds: 60,
    resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { cpu: null, memory: "512Mi" } },
} satisfies Partial<WorkerArgs>;

/** Of each schedule. */
export const scheduleDefaults = {
    timeZone: "Etc/UTC",
    concurrencyPolicy: "Forbid",
    startingDeadlineSeconds: 3600,
    longestSeconds: 3600,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 3,
    resources: workerDefaults.resources,
} satisfies Partial<ScheduleArgs>;

/** How often Prometheus asks, where nothing is scaled by what it finds, and where that is all that scaling knows. Seconds. */
export const scrapeIntervalSeconds = { usual: 30, forScaling: 5 } as const;

/** Where a service has monitoring. */
export const monitoringDefaults = {
    kind: "PodMonitor",
    namespace: "monitoring",
    labels: {},
    nginxExporterImage: "docker.io/nginx/nginx-prometheus-exporter:1.5.1",
} satisfies MonitoringArgs;

export const ingressNginxDefaults = {
    namespace: serviceDefaults.ingressController.kind,
    ingressClassName: serviceDefaults.ingressClassName,
    ingressClass: true,
    publishAddress: true,
    replicas: 2,
    workload: "Deployment",
    chart: { version: "4.15.1" },
    serviceType: "LoadBalancer",
    service: { annotations: {} },
    shutdownGraceSeconds: 15,
    headerSize: serviceDefaults.nginx.headerSize,
    admissionWebhooks: true,
    mimalloc: true,
    resources: { requests: { cpu: "100m", memory: "90Mi" }, limits: { cpu: null, memory: "512Mi" } },
    config: serviceDefaults.ingressController.config,
} as const;

export const traefikDefaults = {
    namespace: "traefik",
    replicas: ingressNginxDefaults.replicas,
    workload: ingressNginxDefaults.workload,
    image: "docker.io/library/traefik:v3.7.15",
    publishAddress: ingressNginxDefaults.publishAddress,
    serviceType: ingressNginxDefaults.serviceType,
    service: ingressNginxDefaults.service,
    shutdownGraceSeconds: ingressNginxDefaults.shutdownGraceSeconds,
    proxyReadTimeoutSeconds: 55,
    trustedIPs: serviceDefaults.ingressController.trustedIPs,
    gateway: false,
    clientMaxBodySize: serviceDefaults.nginx.clientMaxBodySize,
    resources: ingressNginxDefaults.resources,
} as const;

export const envoyGatewayDefaults = {
    namespace: "envoy-gateway",
    replicas: ingressNginxDefaults.replicas,
    workload: ingressNginxDefaults.workload,
    image: "docker.io/envoyproxy/gateway:v1.9.1",
    proxyImage: "docker.io/envoyproxy/envoy:distroless-v1.39.1",
    serviceType: ingressNginxDefaults.serviceType,
    service: ingressNginxDefaults.service,
    shutdownGraceSeconds: ingressNginxDefaults.shutdownGraceSeconds,
    proxyReadTimeoutSeconds: 115,
    resources: ingressNginxDefaults.resources,
} as const;

export const metricsServerDefaults = {
    image: "registry.k8s.io/metrics-server/metrics-server:v0.9.0",
    kubeletInsecureTls: true,
    replicas: 1,
    metricResolutionSeconds: 15,
    hostNetwork: false,
} as const;
