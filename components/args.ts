/**
 * What a {@link PhpWebService} takes. Everything but its name has a default (defaults.ts). What decides the shape of objects
 * or enters the arithmetic of drain and memory is plain, so that a preview knows it; the rest may be an Output.
 */
import type * as pulumi from "@pulumi/pulumi";

import type { EgressTarget } from "./egress";
import type { KedaTrigger, ScalingRules } from "./specs/autoscaling";
import type { ControllerKind, TrafficSource } from "./specs/traffic";

export interface PhpWebServiceArgs {
    /**
     * Namespace of all objects.
     * @default the component's name
     */
    readonly namespace?: string | undefined;
    /**
     * Make the namespace, enforce Pod Security `restricted` in it, and remove it in the end. false: it is there before, and
     * nothing of it is changed.
     * @default true
     */
    readonly createNamespace?: boolean | undefined;
    /**
     * Host name; the first where there are several.
     * @default every host
     */
    readonly host?: string | undefined;
    /**
     * Hosts that are served beside `host`.
     * @default []
     */
    readonly furtherHosts?: readonly string[] | undefined;
    /**
     * Hosts that send their visitors to `host`, for good, with path and query.
     * @default []
     */
    readonly redirectedHosts?: readonly string[] | undefined;
    /**
     * Path prefix without a slash at its end.
     * @default "/"
     */
    readonly path?: string | undefined;
    /**
     * Path prefixes that lead to the service beside `path`.
     * @default []
     */
    readonly furtherPaths?: readonly string[] | undefined;
    /**
     * Cut the prefix off before PHP sees the request; not with path "/", and not with `furtherPaths`.
     * @default false
     */
    readonly stripPathPrefix?: boolean | undefined;
    /**
     * The promise, in seconds: a request on which PHP works so long is never cut by scaling or deploying.
     * @default 40
     */
    readonly longestRequestSeconds?: number | undefined;
    /** The other parts of a pod's shutdown, from which every second in the objects follows: drain.ts adds them up. */
    readonly drain?: DrainArgs | undefined;
    readonly nginx?: NginxArgs | undefined;
    readonly phpFpm?: PhpFpmArgs | undefined;
    /**
     * Environment of php-fpm that is secret; goes through a Secret, and a change of it is a rolling update.
     * @default none
     */
    readonly secrets?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
    readonly app?: AppArgs | undefined;
    /**
     * What a new release does once, before it is rolled out.
     * @default none
     */
    readonly release?: ReleaseArgs | undefined;
    /**
     * What takes jobs from queues, by names.
     * @default {}
     */
    readonly workers?: Readonly<Record<string, WorkerArgs>> | undefined;
    /**
     * What runs when it is time, by names.
     * @default {}
     */
    readonly schedules?: Readonly<Record<string, ScheduleArgs>> | undefined;
    readonly scaling?: ScalingArgs | undefined;
    readonly rollout?: RolloutArgs | undefined;
    /**
     * IngressClass.
     * @default "nginx"
     */
    readonly ingressClassName?: string | undefined;
    /**
     * Annotations of the Ingress beside the component's own, of which none is replaced (furtherAnnotations.ts).
     * @default {}
     */
    readonly ingressAnnotations?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
    /**
     * Wait for the Ingress's address.
     * @default true
     */
    readonly awaitAddress?: boolean | undefined;
    /**
     * HTTPS.
     * @default none
     */
    readonly tls?: TlsArgs | undefined;
    /**
     * An HTTPRoute instead of an Ingress, on this Gateway or on one that is made with it.
     * @default none
     */
    readonly gateway?: GatewayArgs | undefined;
    /** The controller that serves the Ingress; what an {@link IngressNginx} was made with fits as it is. */
    readonly ingressController?: ControllerInFront | undefined;
    /**
     * Pods that may reach nginx.
     * @default those of the ingress controller, or the Gateway's namespace
     */
    readonly trafficSources?: readonly TrafficSource[] | undefined;
    /**
     * Where the pods may connect to, beside DNS.
     * @default everywhere
     */
    readonly egress?: readonly EgressTarget[] | undefined;
    /**
     * Exporters and a monitor object.
     * @default none
     */
    readonly monitoring?: MonitoringArgs | undefined;
    /**
     * Told, before the update ends, that the Deployment was waited for in vain.
     * @default none
     */
    readonly deploymentHooks?: pulumi.ResourceHookBinding | undefined;
    /**
     * Told before the release's Job is begun, and that it has failed.
     * @default none
     */
    readonly releaseHooks?: pulumi.ResourceHookBinding | undefined;
    /**
     * Names of registry Secrets in the namespace.
     * @default []
     */
    readonly imagePullSecrets?: readonly string[] | undefined;
    /** What else the pods are to be. */
    readonly pod?: PodArgs | undefined;
}

/** Names in the service's namespace. What both kinds have comes from the Secret, and `env` goes before either. */
export interface EnvFromArgs {
    /** @default [] */
    readonly configMaps?: readonly string[] | undefined;
    /** @default [] */
    readonly secrets?: readonly string[] | undefined;
}

export interface PodArgs {
    /**
     * Labels beside the component's own, by which nothing of it selects.
     * @default {}
     */
    readonly labels?: Readonly<Record<string, string>> | undefined;
    /** @default {} */
    readonly annotations?: Readonly<Record<string, string>> | undefined;
    /**
     * For a cloud's workload identity; the pods get no token of Kubernetes.
     * @default the namespace's own
     */
    readonly serviceAccountName?: string | undefined;
    /** @default {} */
    readonly nodeSelector?: Readonly<Record<string, string>> | undefined;
    /** @default [] */
    readonly tolerations?: readonly Toleration[] | undefined;
    /**
     * A class that is there.
     * @default the cluster's own
     */
    readonly priorityClassName?: string | undefined;
    /**
     * Of all containers. With "Always" no pod starts while the registry is away.
     * @default Kubernetes' own, "IfNotPresent" for a pinned image
     */
    readonly imagePullPolicy?: "IfNotPresent" | "Always" | "Never" | undefined;
    /**
     * Names beside those of DNS, each address once.
     * @default []
     */
    readonly hostAliases?: readonly HostAlias[] | undefined;
}

/** As Kubernetes has it. */
export interface HostAlias {
    readonly ip: string;
    readonly hostnames: readonly string[];
}

/** As Kubernetes has it, for taints that keep pods away; those that end pods are not waited out. */
export interface Toleration {
    /** Every taint where absent, with operator "Exists". */
    readonly key?: string | undefined;
    /** @default "Equal" */
    readonly operator?: "Equal" | "Exists" | undefined;
    readonly value?: string | undefined;
    /** Every effect where absent. */
    readonly effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute" | undefined;
}

/** All in seconds, and whole. */
export interface DrainArgs {
    /**
     * How long after a pod's deletion proxies may still send to it, 5 or more.
     * @default 10
     */
    readonly endpointWithdrawalSeconds?: number | undefined;
    /**
     * How long a request may wait for a free worker of php-fpm.
     * @default 10
     */
    readonly queueSeconds?: number | undefined;
    /**
     * How long a request may be on its way through the pod, upload and download together.
     * @default 0 behind ingress-nginx and the component Traefik, which buffer both; 60 behind what streams them
     */
    readonly transferSeconds?: number | undefined;
    /**
     * The least that php-fpm gets between its SIGQUIT and its end.
     * @default 5
     */
    readonly phpFpmStopSeconds?: number | undefined;
    /**
     * For the kubelet, which notices that nginx has ended and then signals php-fpm.
     * @default 5
     */
    readonly slackSeconds?: number | undefined;
    /**
     * Only where a platform dictates it; refused below the sum of the parts.
     * @default the sum
     */
    readonly terminationGracePeriodSeconds?: number | undefined;
}

/** CPU and memory quantities. */
export interface QuantitiesArgs {
    /** null leaves it out. */
    readonly cpu?: string | null | undefined;
    readonly memory?: string | undefined;
}

export interface ResourcesArgs {
    readonly requests?: QuantitiesArgs | undefined;
    readonly limits?: QuantitiesArgs | undefined;
}

export interface NginxArgs {
    /**
     * Official-style image: `nginx` in PATH, STOPSIGNAL SIGQUIT.
     * @default "docker.io/library/nginx:1.30.4"
     */
    readonly image?: pulumi.Input<string> | undefined;
    /**
     * Numeric user id.
     * @default 101
     */
    readonly runAsUser?: number | undefined;
    /**
     * The memory limit decides how many requests to php-fpm there are at once (nginxMemory.ts).
     * @default {"requests":{"cpu":"100m","memory":"90Mi"},"limits":{"cpu":null,"memory":"512Mi"}}
     */
    readonly resources?: ResourcesArgs | undefined;
    /**
     * nginx's version, such as "1.30.4"; decides which directives are used.
     * @default as the image's tag starts; where that tells nothing, only the directives of every maintained version
     */
    readonly version?: string | undefined;
    /**
     * worker_processes; `auto` would count the node's cores.
     * @default 2
     */
    readonly workerProcesses?: number | undefined;
    /**
     * The largest upload, for nginx, the Ingress and PHP; as nginx writes sizes.
     * @default "8m"
     */
    readonly clientMaxBodySize?: string | undefined;
    /**
     * What a line of a request's headers, and all of an answer's, may have, from 4k to 24k; as nginx writes sizes.
     * @default "16k"
     */
    readonly headerSize?: string | undefined;
    /**
     * Networks of the proxies in front, as CIDR: what they say of the visitor is believed.
     * @default ["10.0.0.0/8","172.16.0.0/12","192.168.0.0/16","100.64.0.0/10","127.0.0.0/8","fc00::/7"]
     */
    readonly trustedProxies?: readonly string[] | undefined;
    /**
     * Several proxies, one behind the other, all of them among `trustedProxies`.
     * @default false
     */
    readonly proxiesInChain?: boolean | undefined;
    /**
     * Compress text.
     * @default true
     */
    readonly gzip?: boolean | undefined;
    /**
     * How long browsers may keep a file without asking again, in seconds; for a year where its name has a hash.
     * @default 600
     */
    readonly staticMaxAgeSeconds?: number | undefined;
    /**
     * How long an idle connection stays open, in seconds.
     * @default 15 longer than the proxy in front keeps it (keepalive.ts)
     */
    readonly keepaliveSeconds?: number | undefined;
    /**
     * Listen on IPv6 beside IPv4; not where the nodes' kernel has none.
     * @default true
     */
    readonly ipv6?: boolean | undefined;
    /** Further directives, each without its semicolon; by name those that leave alone what is set here (allowedDirectives.ts). */
    readonly directives?: DirectivesArgs | undefined;
}

/** In nginx's contexts of these names. */
export interface DirectivesArgs {
    /** @default [] */
    readonly http?: readonly string[] | undefined;
    /** @default [] */
    readonly server?: readonly string[] | undefined;
}

export interface PhpFpmArgs {
    /**
     * Official-style image: `php-fpm` in PATH, STOPSIGNAL SIGQUIT.
     * @default "docker.io/library/php:8.4.24-fpm"
     */
    readonly image?: pulumi.Input<string> | undefined;
    /**
     * Numeric user id.
     * @default 33
     */
    readonly runAsUser?: number | undefined;
    /**
     * Memory follows from the workers where it is not given: what they use usually, and at the worst (workers.ts).
     * @default {"requests":{"cpu":"1000m"},"limits":{"cpu":"1000m"}}
     */
    readonly resources?: ResourcesArgs | undefined;
    /**
     * Workers (pm = static).
     * @default from CPU, and from the memory limit where there is one (workers.ts)
     */
    readonly maxChildren?: number | undefined;
    /**
     * Workers for each core, where maxChildren is computed.
     * @default 16
     */
    readonly workersPerCpu?: number | undefined;
    /**
     * PHP's memory_limit, a quantity in whole MiB.
     * @default "128Mi"
     */
    readonly memoryLimit?: string | undefined;
    /**
     * What a worker uses usually, a quantity.
     * @default "48Mi"
     */
    readonly workerMemory?: string | undefined;
    /**
     * Opcache's shared memory, a quantity in whole MiB.
     * @default "128Mi"
     */
    readonly opcacheMemory?: string | undefined;
    /**
     * A worker is renewed after so many requests; 0 never.
     * @default 1000
     */
    readonly maxRequests?: number | undefined;
    /**
     * php.ini settings.
     * @default {}
     */
    readonly ini?: Readonly<Record<string, string | number | boolean>> | undefined;
    /**
     * Environment in plain text.
     * @default {}
     */
    readonly env?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
    /** Environment from Secrets and ConfigMaps of others, all entries of each. A change of one rolls no pods. */
    readonly envFrom?: EnvFromArgs | undefined;
}

export interface AppArgs {
    /**
     * "image": both images have the application. "phpFpmImage": php-fpm's has it, and each new pod copies its document root
     * for nginx. "sample": this project's app/, for trying it out. Or files of the document root by name, which go into a
     * ConfigMap.
     * @default "sample"
     */
    readonly source?: "sample" | "image" | "phpFpmImage" | Readonly<Record<string, string>> | undefined;
    /**
     * The same in both containers.
     * @default "/var/www/html"
     */
    readonly documentRoot?: string | undefined;
    /**
     * PHP file that answers what is no file.
     * @default "index.php"
     */
    readonly frontController?: string | undefined;
    /**
     * Which PHP files may be asked for: any below the document root, or the front controller alone.
     * @default "any"
     */
    readonly phpFiles?: "any" | "frontController" | undefined;
    /**
     * Who answers what looks like a style sheet or an image and is no file: nginx with a 404, or PHP.
     * @default "notFound"
     */
    readonly missingAssets?: "notFound" | "application" | undefined;
    /**
     * Folders that PHP may write to beside /tmp, each empty in a new pod.
     * @default []
     */
    readonly writablePaths?: readonly string[] | undefined;
    /**
     * Folders that all pods share.
     * @default []
     */
    readonly volumes?: readonly SharedVolume[] | undefined;
    /**
     * Files of the releases before, for pages that ask for them still; for an application that is in an image.
     * @default none
     */
    readonly keptAssets?: KeptAssetsArgs | undefined;
    /**
     * Answered by the application; readiness asks it.
     * @default "/healthz"
     */
    readonly healthPath?: string | undefined;
}

/** What of each release outlives it, until no page of it is in a browser any more. */
export interface KeptAssetsArgs {
    /** Name of a PersistentVolumeClaim (ReadWriteMany) in the service's namespace, which nothing else uses. */
    readonly claim: string;
    /** Folders within the document root whose files have a hash in their names, such as "build". */
    readonly paths: readonly string[];
    /**
     * How long a page lives in a browser after it was delivered. Seconds.
     * @default 86400
     */
    readonly pageSeconds?: number | undefined;
}

/** A command of php-fpm's image, in a pod with its environment and folders. */
export interface ReleaseArgs {
    /** Word by word: no shell reads it. */
    readonly command: readonly string[];
    /**
     * What works for up to so long is not cut. Seconds.
     * @default 600
     */
    readonly longestSeconds?: number | undefined;
}

/** Pods that run a command of php-fpm's image until they are told to end, with its environment and folders. */
export interface WorkerArgs {
    /** Word by word: no shell reads it. */
    readonly command: readonly string[];
    /** A fixed number of pods is one whose bounds are the same. */
    readonly scaling?: WorkerScalingArgs | undefined;
    /**
     * The promise, in seconds: a job that takes so long is never cut by scaling or deploying.
     * @default 60
     */
    readonly longestJobSeconds?: number | undefined;
    /**
     * What tells the command to end after the job that it has.
     * @default the image's own, SIGQUIT of the official ones
     */
    readonly stopSignal?: StopSignal | undefined;
    /**
     * Or what runs beside it for that. The image's signal follows.
     * @default none
     */
    readonly stopCommand?: readonly string[] | undefined;
    /**
     * Of one pod.
     * @default {"requests":{"cpu":"100m","memory":"128Mi"},"limits":{"cpu":null,"memory":"512Mi"}}
     */
    readonly resources?: ResourcesArgs | undefined;
}

export type StopSignal = "SIGTERM" | "SIGINT" | "SIGQUIT" | "SIGHUP" | "SIGUSR1" | "SIGUSR2";

export interface WorkerScalingArgs {
    /**
     * 0 with `triggers`: no pod while there is nothing to do.
     * @default 1
     */
    readonly minReplicas?: number | undefined;
    /** @default 1 */
    readonly maxReplicas?: number | undefined;
    /**
     * CPU use in percent of the request. Beside `triggers` it is one of them.
     * @default 80, or not by CPU with `triggers`
     */
    readonly targetCPUUtilizationPercentage?: number | undefined;
    /**
     * KEDA's, such as a queue's length: a ScaledObject instead of a HorizontalPodAutoscaler.
     * @default []
     */
    readonly triggers?: readonly KedaTrigger[] | undefined;
}

/** A command of php-fpm's image that runs when it is time, in a pod with its environment and folders. */
export interface ScheduleArgs {
    /** As a CronJob has it: "0 3 * * *", "@hourly". */
    readonly schedule: string;
    /** Word by word: no shell reads it. */
    readonly command: readonly string[];
    /**
     * What hours and days are counted in.
     * @default "Etc/UTC"
     */
    readonly timeZone?: string | undefined;
    /**
     * What becomes of a run whose time comes while the one before runs still: it is left out, runs beside it, or ends it.
     * @default "Forbid"
     */
    readonly concurrencyPolicy?: "Forbid" | "Allow" | "Replace" | undefined;
    /**
     * A run that cannot begin for so long is left out. Seconds.
     * @default 3600
     */
    readonly startingDeadlineSeconds?: number | undefined;
    /**
     * A run of so long is not cut. Seconds.
     * @default 3600
     */
    readonly longestSeconds?: number | undefined;
    /**
     * So many Jobs that have succeeded stay to be looked at.
     * @default 3
     */
    readonly successfulJobsHistoryLimit?: number | undefined;
    /**
     * Likewise of those that have failed.
     * @default 3
     */
    readonly failedJobsHistoryLimit?: number | undefined;
    /** @default {"requests":{"cpu":"100m","memory":"128Mi"},"limits":{"cpu":null,"memory":"512Mi"}} */
    readonly resources?: ResourcesArgs | undefined;
}

/** A folder of a PersistentVolumeClaim that is there already: the stack does not make what must outlive it. */
export interface SharedVolume {
    /** Name of the claim, in the service's namespace. */
    readonly claim: string;
    /** Where both containers have it; nginx only reads. */
    readonly path: string;
    /**
     * Folder within the volume.
     * @default all of it
     */
    readonly subPath?: string | undefined;
    /**
     * What the claim allows; with "ReadOnlyMany" PHP cannot write.
     * @default "ReadWriteMany"
     */
    readonly accessMode?: "ReadWriteMany" | "ReadOnlyMany" | undefined;
}

/** An autoscaler between two bounds. A fixed number of pods is one whose bounds are the same. */
export interface ScalingArgs {
    /**
     * "keda": a ScaledObject instead of a HorizontalPodAutoscaler.
     * @default "hpa"
     */
    readonly kind?: "hpa" | "keda" | undefined;
    /** @default 3 */
    readonly minReplicas?: number | undefined;
    /** @default 24 */
    readonly maxReplicas?: number | undefined;
    /**
     * php-fpm's CPU use in percent of its request.
     * @default 60
     */
    readonly targetCPUUtilizationPercentage?: number | undefined;
    /**
     * Beside CPU: the workers of php-fpm that are busy, and the requests that wait for one, in percent of all workers. The larger
     * recommendation counts. With kind "keda" and `monitoring`.
     * @default CPU alone
     */
    readonly busyWorkersTargetPercent?: number | undefined;
    /** @default {"stabilizationWindowSeconds":0,"percent":100,"pods":4,"periodSeconds":15} */
    readonly scaleUp?: Partial<ScalingRules> | undefined;
    /** @default {"stabilizationWindowSeconds":300,"percent":25,"pods":null,"periodSeconds":60} */
    readonly scaleDown?: Partial<ScalingRules> | undefined;
    /**
     * Further ones beside CPU, for KEDA.
     * @default []
     */
    readonly triggers?: readonly KedaTrigger[] | undefined;
}

export interface RolloutArgs {
    /**
     * Pods above the wanted number while a rollout runs: a percentage or a number.
     * @default "25%"
     */
    readonly maxSurge?: string | number | undefined;
    /**
     * How long php-fpm may take to start, in seconds: its liveness is asked only after that.
     * @default 60
     */
    readonly startupSeconds?: number | undefined;
    /**
     * How long a new pod must stay ready to count. Seconds.
     * @default 5
     */
    readonly minReadySeconds?: number | undefined;
    /**
     * A rollout without progress for so long has failed. Seconds.
     * @default 300
     */
    readonly progressDeadlineSeconds?: number | undefined;
}

export interface TlsArgs {
    /** Secret of type kubernetes.io/tls in the service's namespace. */
    readonly secretName: string;
    /**
     * cert-manager issuer that fills that Secret.
     * @default none
     */
    readonly certManagerIssuer?: string | undefined;
    /** @default "ClusterIssuer" */
    readonly certManagerIssuerKind?: "ClusterIssuer" | "Issuer" | undefined;
}

/** A Gateway that is there, by its names; or one that the service makes. */
export interface GatewayArgs {
    /**
     * Make it, of the class of the component `Traefik` with `gateway`, or of `EnvoyGateway`, in the service's namespace and of its name.
     * @default false
     */
    readonly create?: boolean | undefined;
    /**
     * Of one that is made: whose routes its listeners take, those of its namespace or everybody's.
     * @default "Same"
     */
    readonly allowedRoutes?: "Same" | "All" | undefined;
    /**
     * Of one that is there.
     * @default needed without `create`
     */
    readonly name?: string | undefined;
    /**
     * Of one that is there.
     * @default needed without `create`
     */
    readonly namespace?: string | undefined;
    /**
     * Its listener.
     * @default every one
     */
    readonly sectionName?: string | undefined;
}

/** What leads requests to the pods, as far as they depend on it. */
export interface ControllerInFront {
    /** @default "ingress-nginx" */
    readonly kind?: ControllerKind | undefined;
    /**
     * True where it is the component of its kind: `Traefik`, which buffers uploads and answers as ingress-nginx does, or `EnvoyGateway`.
     * @default not known
     */
    readonly install?: boolean | "ingressClass" | undefined;
    /**
     * True where it is the component `Traefik` with its own argument of this name, and serves Gateways.
     * @default not known
     */
    readonly gateway?: boolean | undefined;
    /**
     * Namespace of its pods.
     * @default the kind
     */
    readonly namespace?: string | undefined;
    /**
     * Entries of ingress-nginx's ConfigMap; `upstream-keepalive-timeout` is what counts here.
     * @default {}
     */
    readonly config?: Readonly<Record<string, string>> | undefined;
    /**
     * Another one that serves the same Ingress, while a service moves from one to the other.
     * @default none
     */
    readonly alongside?: Omit<ControllerInFront, "alongside"> | undefined;
    /**
     * Networks of the proxies before Envoy, whose X-Forwarded headers are believed. The component `Traefik` has an argument of its own.
     * @default []
     */
    readonly trustedIPs?: readonly string[] | undefined;
}

export interface MonitoringArgs {
    /**
     * Object of the Prometheus operator.
     * @default "PodMonitor"
     */
    readonly kind?: "PodMonitor" | "ServiceMonitor" | undefined;
    /**
     * Where Prometheus runs.
     * @default "monitoring"
     */
    readonly namespace?: string | undefined;
    /**
     * Labels that Prometheus selects monitors by.
     * @default {}
     */
    readonly labels?: Readonly<Record<string, string>> | undefined;
    /**
     * Seconds.
     * @default 30, or 5 with `scaling.busyWorkersTargetPercent`
     */
    readonly intervalSeconds?: number | undefined;
    /**
     * Where KEDA asks Prometheus.
     * @default of the Prometheus operator in that namespace: "http://prometheus-operated.monitoring.svc:9090"
     */
    readonly serverAddress?: string | undefined;
    /** @default "docker.io/nginx/nginx-prometheus-exporter:1.5.1" */
    readonly nginxExporterImage?: pulumi.Input<string> | undefined;
}
