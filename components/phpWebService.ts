import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { DrainBudget } from "./drain";
import { autoscaler, type ReplicaScalingArgs } from "./autoscaler";
import { monitor, type MonitoringArgs } from "./monitor";
import { owned, type ObjectMetadata } from "./objectMetadata";
import { route } from "./route";
import { nginxConf } from "./specs/nginxConf";
import { phpFpmConf, phpIni } from "./specs/phpFpmConf";
import { podTemplate, type ContainerInput } from "./specs/podTemplate";
import { httpPortName } from "./specs/probes";
import { rolloutSpec, rolloutTimeoutSeconds, type RolloutInput, type StartInput } from "./specs/rollout";
import { networkPolicySpec, servicePort, type IngressInput, type TrafficSource } from "./specs/traffic";

/**
 * What a {@link PhpWebService} takes. Defaults are those of `settings/` (docs/settings.md lists them): `settings.web` of a
 * parsed stack fits as it is. What decides the shape of objects or enters the drain arithmetic is plain, so that a
 * preview knows it; the rest may be an Output.
 */
export interface PhpWebServiceArgs {
    /** Namespace, made by the component; Pod Security `restricted` is enforced in it. Default "web". */
    readonly namespace: string;
    /** Host name; every host where undefined. */
    readonly host?: string | undefined;
    /** Path prefix without a slash at its end. Default "/". */
    readonly path: string;
    /** Cut the prefix off before PHP sees the request. Default false; not with path "/". */
    readonly stripPathPrefix: boolean;
    /** The promise, in seconds: a request on which PHP works so long is never cut by scaling or deploying. Default 40. */
    readonly longestRequestSeconds: number;
    /**
     * The shutdown timeline, all in seconds: `drainBudget()` of components/drain.ts computes it from the longest request.
     * Default: 10 s withdrawal + 10 s queue + 40 s + 5 s php-fpm + 5 s slack = 70 s.
     */
    readonly drain: DrainBudget;
    /** Official-style nginx image: `nginx` in PATH, STOPSIGNAL SIGQUIT. Default docker.io/library/nginx. */
    readonly nginx: ContainerInput & {
        /** Number by number; decides which directives are used. Undefined: only those of every maintained version. */
        readonly version: readonly number[] | undefined;
        /** Default 2: `auto` would count the node's cores. */
        readonly workerProcesses: number;
        /** Requests to php-fpm at once; more get a 503. Default from the memory limit: components/nginxMemory.ts. */
        readonly requestsAtOnce: number;
        /** As nginx writes sizes. Default "8m". */
        readonly clientMaxBodySize: string;
        /** How long an idle connection stays open, in seconds; longer than the proxy in front keeps it. Default 75. */
        readonly keepaliveSeconds: number;
        /** Listen on IPv6 beside IPv4. Default true; not where the nodes' kernel has no IPv6. */
        readonly ipv6: boolean;
    };
    /** Official-style php-fpm image: `php-fpm` in PATH, STOPSIGNAL SIGQUIT. Default docker.io/library/php, fpm. */
    readonly phpFpm: ContainerInput & {
        /** Workers (pm = static). Default from CPU and memory: components/workers.ts, which has the memory they take, too. */
        readonly maxChildren: number;
        /** PHP's memory_limit, a quantity in whole MiB. Default "128Mi". */
        readonly memoryLimit: string;
        /** Opcache's shared memory, a quantity in whole MiB. Default "128Mi". */
        readonly opcacheMemory: string;
        /** A worker is renewed after so many requests; 0 never. Default 1000. */
        readonly maxRequests: number;
        /** php.ini settings. */
        readonly ini: Readonly<Record<string, string | number | boolean>>;
        /** Environment in plain text. */
        readonly env: Readonly<Record<string, pulumi.Input<string>>>;
    };
    /** Environment of php-fpm that is secret; goes through a Secret, and a change of it is a rolling update. */
    readonly secrets?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
    readonly app: {
        /** The same in both containers. Default "/var/www/html". */
        readonly documentRoot: string;
        /** PHP file that answers what is no file. Default "index.php". */
        readonly frontController: string;
        /** Answered by the application; readiness asks it. Default "/healthz". */
        readonly healthPath: string;
        /** Files of the document root, by name. Undefined where both images have the application. */
        readonly files?: Readonly<Record<string, string>> | undefined;
    };
    readonly scaling: ReplicaScalingArgs;
    readonly rollout: RolloutInput & StartInput;
    /** IngressClass. Default "nginx". */
    readonly ingressClassName: string;
    /** Wait for the Ingress's address. Default true. */
    readonly awaitAddress: boolean;
    /** HTTPS from a Secret, filled by a cert-manager issuer where one is named. */
    readonly tls?: IngressInput["tls"];
    /** An HTTPRoute on this Gateway instead of an Ingress. */
    readonly gateway?:
        { readonly name: string; readonly namespace: string; readonly sectionName?: string | undefined } | undefined;
    /** Exporters and a monitor object. */
    readonly monitoring?: MonitoringArgs | undefined;
    /** Told, before the update ends, that the Deployment was waited for in vain. */
    readonly deploymentHooks?: pulumi.ResourceHookBinding | undefined;
    /** Names of registry Secrets in the namespace. */
    readonly imagePullSecrets: readonly string[];
    /** Pods that may reach nginx: the ingress controller's or the Gateway's. */
    readonly trafficSources: readonly TrafficSource[];
}

/**
 * nginx and php-fpm in one pod, behind an Ingress, scaled by an autoscaler, so that scaling out, scaling in and deploying
 * never lose a request. docs/architecture.md tells how the parts keep that promise.
 *
 * Needs Kubernetes 1.30 or newer: native sidecars, the preStop sleep and ContainerResource metrics.
 */
export class PhpWebService extends pulumi.ComponentResource {
    /** Where the service answers; undefined without a host, while the Ingress has no address. */
    readonly url: pulumi.Output<string | undefined>;
    readonly namespace: pulumi.Output<string>;
    readonly deploymentName: pulumi.Output<string>;
    /** Name of the HorizontalPodAutoscaler or ScaledObject. */
    readonly autoscalerName: pulumi.Output<string>;

    constructor(name: string, args: PhpWebServiceArgs, opts?: pulumi.ComponentResourceOptions) {
        super("php-web-service:index:PhpWebService", name, {}, opts);

        // Fixed for the life of the service: a Deployment whose selector changes is replaced.
        const podLabels = { "app.kubernetes.io/name": name, "app.kubernetes.io/component": "php-web-service" };
        const child: pulumi.CustomResourceOptions = { parent: this };

        const namespace = new k8s.core.v1.Namespace(
            name,
            {
                metadata: owned({
                    name: args.namespace,
                    labels: {
                        "pod-security.kubernetes.io/enforce": "restricted",
                        "pod-security.kubernetes.io/warn": "restricted",
                    },
                }),
            },
            child,
        );
        const unnamed = owned({ namespace: namespace.metadata.name, labels: podLabels });
        const metadata = { ...unnamed, name };

        // Immutable and named by Pulumi: a change is a new object with a new name, and so a rolling update. The old one
        // stays until that is through, for pods that restart meanwhile.
        const configMap = (suffix: string, data: Record<string, string>) =>
            new k8s.core.v1.ConfigMap(`${name}-${suffix}`, { metadata: unnamed, data, immutable: true }, child).metadata
                .name;

        const template = podTemplate({
            ...args,
            labels: podLabels,
            startupSeconds: args.rollout.startupSeconds,
            healthPath: args.app.healthPath,
            documentRoot: args.app.documentRoot,
            env: Object.fromEntries(
                Object.entries(args.phpFpm.env).map(([key, value]) => [
                    key,
                    typeof value === "string" ? literal(value) : pulumi.output(value).apply(literal),
                ]),
            ),
            envSecretName: this.secretName(`${name}-env`, unnamed, args.secrets, child),
            nginxConfigName: configMap("nginx", {
                "nginx.conf": nginxConf({
                    ...args.nginx,
                    ...args.drain,
                    ...args.app,
                    stubStatus: args.monitoring !== undefined,
                }),
            }),
            phpFpmConfigName: configMap("php-fpm", {
                "php-fpm.conf": phpFpmConf({ ...args.phpFpm, ...args.drain }),
                "php.ini": phpIni({ ...args.phpFpm, longestRequestSeconds: args.longestRequestSeconds }),
            }),
            applicationConfigName: args.app.files === undefined ? undefined : configMap("app", args.app.files),
            exporters: args.monitoring,
        });

        const deployment = new k8s.apps.v1.Deployment(
            name,
            {
                metadata,
                // Without replicas: the autoscaler owns their number, also where it is fixed.
                spec: {
                    ...rolloutSpec(args.rollout),
                    selector: { matchLabels: podLabels },
                    template,
                },
            },
            {
                ...child,
                ...(args.deploymentHooks === undefined ? {} : { hooks: args.deploymentHooks }),
                customTimeouts: timeouts(rolloutTimeoutSeconds(args.rollout, args.scaling.maxReplicas)),
            },
        );

        // Bounds drains of nodes only; rollouts and scale-in have their own limits.
        new k8s.policy.v1.PodDisruptionBudget(
            name,
            {
                metadata,
                spec: {
                    maxUnavailable: 1,
                    selector: { matchLabels: podLabels },
                    // Pods that are not ready serve nobody, and must not block a drain.
                    unhealthyPodEvictionPolicy: "AlwaysAllow",
                },
            },
            child,
        );

        new k8s.networking.v1.NetworkPolicy(
            name,
            {
                metadata,
                spec: networkPolicySpec({
                    podLabels,
                    sources: args.trafficSources,
                    monitoringNamespace: args.monitoring?.namespace,
                }),
            },
            child,
        );

        const service = new k8s.core.v1.Service(
            name,
            {
                metadata,
                spec: {
                    type: "ClusterIP",
                    selector: podLabels,
                    ports: [{ name: httpPortName, port: servicePort, targetPort: httpPortName, protocol: "TCP" }],
                },
            },
            child,
        );

        this.namespace = namespace.metadata.name;
        this.deploymentName = deployment.metadata.name;
        this.autoscalerName = autoscaler(name, metadata, args.scaling, deployment.metadata.name, child);
        this.url = route(name, metadata, args, service.metadata.name, child);
        if (args.monitoring !== undefined) monitor(name, metadata, podLabels, args.monitoring, child);

        this.registerOutputs({
            url: this.url,
            namespace: this.namespace,
            deploymentName: this.deploymentName,
            autoscalerName: this.autoscalerName,
        });
    }

    /** Immutable and named by Pulumi, as the ConfigMaps are: a new value is a rolling update. */
    private secretName(
        name: string,
        metadata: ObjectMetadata,
        secrets: PhpWebServiceArgs["secrets"],
        child: pulumi.CustomResourceOptions,
    ): pulumi.Output<string> | undefined {
        if (secrets === undefined || Object.keys(secrets).length === 0) return undefined;
        return new k8s.core.v1.Secret(
            name,
            { metadata, stringData: pulumi.secret(secrets), immutable: true },
            { ...child, additionalSecretOutputs: ["data", "stringData"] },
        ).metadata.name;
    }
}

/** Kubernetes expands $(NAME) and $$ in an environment, and not in a Secret. A text arrives the same from both. */
function literal(value: string): string {
    return value.replaceAll("$", "$$$$");
}

function timeouts(seconds: number): pulumi.CustomTimeouts {
    return { create: `${seconds}s`, update: `${seconds}s` };
}
