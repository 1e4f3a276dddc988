import * as k8s from "@pulumi/kubernetes";
import * as nginx from "@pulumi/kubernetes-ingress-nginx";
import * as pulumi from "@pulumi/pulumi";

import type { ResourcesArgs } from "./args";
import { ingressNginxDefaults } from "./defaults";
import { controllerWorkerShutdownTimeoutSeconds, localReadinessFailures } from "./drain";
import { clientIdleSeconds } from "./keepalive";
import { owned } from "./objectMetadata";
import { closingLifecycle, closingSnippets } from "./specs/closingConnections";
import { quantities, spreadOverNodesAndZones } from "./specs/podTemplate";
import { controllerPodLabels } from "./specs/traffic";
import { withDefaults, type Filled } from "./withDefaults";

type ControllerValues = nginx.types.input.ControllerArgs;

/**
 * Values of the chart that this component does not set itself. Left out, so that the compiler refuses them, is what the
 * package (0.1.3) or the chart (4.15.1) would silently drop:
 * - `terminateGracePeriodSeconds`, `heathCheckHost`: misspelt, the chart knows `terminationGracePeriodSeconds` and
 *   `healthCheckHost`, which the package has not;
 * - `tolerations`: one object where the chart takes a list;
 * - `existingPsp`: PodSecurityPolicy is gone from Kubernetes.
 */
export type FurtherControllerValues = Omit<
    ControllerValues,
    "terminateGracePeriodSeconds" | "heathCheckHost" | "tolerations" | "existingPsp" | keyof OwnedControllerValues
>;

/** What the component decides; the drain depends on most of it. */
type OwnedControllerValues = Required<
    Pick<
        ControllerValues,
        | "admissionWebhooks"
        | "config"
        | "enableMimalloc"
        | "extraArgs"
        | "hostPort"
        | "image"
        | "ingressClassResource"
        | "kind"
        | "lifecycle"
        | "minAvailable"
        | "publishService"
        | "replicaCount"
        | "resources"
        | "service"
        | "topologySpreadConstraints"
        | "updateStrategy"
    >
>;

/** Everything has a default. */
export interface IngressNginxArgs {
    /**
     * Namespace, made by the component.
     * @default "ingress-nginx"
     */
    readonly namespace?: string | undefined;
    /**
     * IngressClass.
     * @default "nginx"
     */
    readonly ingressClassName?: string | undefined;
    /**
     * Bring that class with the chart; not where an {@link IngressClass} stands beside it, which outlives the controller.
     * @default true
     */
    readonly ingressClass?: boolean | undefined;
    /**
     * Write its address into the Ingresses that it serves; not where another controller does.
     * @default true
     */
    readonly publishAddress?: boolean | undefined;
    /**
     * Pods; not used with workload DaemonSet.
     * @default 2
     */
    readonly replicas?: number | undefined;
    /** @default "Deployment" */
    readonly workload?: "Deployment" | "DaemonSet" | undefined;
    readonly chart?: ChartArgs | undefined;
    /**
     * Another image than the chart's.
     * @default the chart's
     */
    readonly image?: { readonly repository: string; readonly tag: string; readonly digest: string } | undefined;
    /** @default "LoadBalancer" */
    readonly serviceType?: "LoadBalancer" | "NodePort" | "ClusterIP" | undefined;
    readonly service?: ControllerServiceArgs | undefined;
    /**
     * Ports on the nodes.
     * @default none
     */
    readonly hostPorts?: { readonly http: number; readonly https: number } | undefined;
    /**
     * How long a pod that ends goes on accepting, in seconds. Requests of up to 270 s, with their waits, survive the
     * controller's own rollout with 15: `timeBehindControllerSeconds()` of drain.ts.
     * @default 15
     */
    readonly shutdownGraceSeconds?: number | undefined;
    /**
     * What a line of a request's headers may have, as nginx writes sizes; the services behind it have the same.
     * @default "16k"
     */
    readonly headerSize?: string | undefined;
    /**
     * Which pod it asks: each in turn, or, of two that it picks at random, the one that has answered faster lately.
     * @default ingress-nginx' own, "round_robin"
     */
    readonly loadBalance?: "round_robin" | "ewma" | undefined;
    /**
     * Check Ingresses on admission.
     * @default true
     */
    readonly admissionWebhooks?: boolean | undefined;
    /**
     * Preload mimalloc, which the official image has.
     * @default true
     */
    readonly mimalloc?: boolean | undefined;
    /** @default {"requests":{"cpu":"100m","memory":"90Mi"},"limits":{"cpu":null,"memory":"512Mi"}} */
    readonly resources?: ResourcesArgs | undefined;
    /**
     * Further entries of the controller's ConfigMap.
     * @default {}
     */
    readonly config?: Readonly<Record<string, string>> | undefined;
    /**
     * Further values of the chart, plain and known: the package refuses Outputs in them.
     * @default none
     */
    readonly controller?: FurtherControllerValues | undefined;
}

export interface ControllerServiceArgs {
    /**
     * Read by a cloud's load balancer. ingress-nginx's chart takes `{{` in a value for the start of a template.
     * @default {}
     */
    readonly annotations?: Readonly<Record<string, string>> | undefined;
    /**
     * "Local" keeps the visitor's address, and wants a `shutdownGraceSeconds` in which the load balancer leaves a node.
     * @default the cluster's own, which is "Cluster"
     */
    readonly externalTrafficPolicy?: "Cluster" | "Local" | undefined;
}

export interface ChartArgs {
    /**
     * Exact version; the package pins none.
     * @default "4.15.1"
     */
    readonly version?: string | undefined;
    /**
     * A mirror of the chart repository.
     * @default the chart's own
     */
    readonly repository?: string | undefined;
    /**
     * oci:// address of the chart, instead of a repository.
     * @default none
     */
    readonly oci?: string | undefined;
}

type Controller = Filled<IngressNginxArgs, typeof ingressNginxDefaults>;

/**
 * ingress-nginx by its Helm chart through `@pulumi/kubernetes-ingress-nginx`, mended where that package or the chart would
 * lose requests: a pinned chart, at least two pods with a disruption budget and spread, a listener that outlives its
 * endpoint, and workers that may finish their requests. docs/decisions/0004-ingress-nginx-through-its-package.md has the reasons.
 *
 * Retired upstream in March 2026: the way on is `Traefik`, or a Gateway.
 */
export class IngressNginx extends pulumi.ComponentResource {
    constructor(name: string, args: IngressNginxArgs = {}, opts?: pulumi.ComponentResourceOptions) {
        super("php-web-service:index:IngressNginx", name, {}, opts);

        const controller = withDefaults(args, ingressNginxDefaults);
        const metadata = owned({ name: controller.namespace });
        const namespace = new k8s.core.v1.Namespace(name, { metadata }, { parent: this });
        new nginx.IngressController(
            name,
            { controller: controllerValues(controller), helmOptions: helmOptions(controller) },
            { parent: this, dependsOn: [namespace] },
        );

        this.registerOutputs({});
    }
}

/** How often the chart's readiness probe asks. */
const readinessPeriodSeconds = 10;

function controllerValues(args: Controller): ControllerValues {
    const daemonSet = args.workload === "DaemonSet";
    const { annotations, externalTrafficPolicy } = args.service;
    return {
        ...(externalTrafficPolicy === "Local"
            ? {
                  readinessProbe: {
                      failureThreshold: localReadinessFailures(args.shutdownGraceSeconds, readinessPeriodSeconds),
                  },
              }
            : {}),
        ...args.controller,
        kind: args.workload,
        // The chart makes a disruption budget for more than one replica; as minAvailable only, which must leave one to
        // drain.
        ...(daemonSet ? {} : { replicaCount: args.replicas, minAvailable: Math.max(1, args.replicas - 1) }),
        updateStrategy: {
            type: "RollingUpdate",
            // Two pods cannot share a host port, so there one goes before the next comes, node by node.
            rollingUpdate: { maxUnavailable: args.hostPorts !== undefined || daemonSet ? 1 : 0 },
        },
        extraArgs: {
            "shutdown-grace-period": String(args.shutdownGraceSeconds),
            // Once a second, and not once in 3.3 s: a new pod gets its requests sooner, and one that ends is rid of them.
            "sync-rate-limit": "1",
            ...(args.publishAddress ? {} : { "update-status": "false" }),
        },
        lifecycle: closingLifecycle,
        config: {
            "keep-alive": String(clientIdleSeconds),
            ...args.config,
            ...closingSnippets(args.config),
            ...(args.loadBalance === undefined ? {} : { "load-balance": args.loadBalance }),
            "worker-shutdown-timeout": `${controllerWorkerShutdownTimeoutSeconds(args.shutdownGraceSeconds)}s`,
            "large-client-header-buffers": `4 ${args.headerSize}`,
        },
        topologySpreadConstraints: spreadOverNodesAndZones(controllerPodLabels["ingress-nginx"]),
        ...(args.image === undefined ? {} : { image: args.image }),
        ingressClassResource: { name: args.ingressClassName, enabled: args.ingressClass },
        service: {
            type: args.serviceType,
            ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
            ...(externalTrafficPolicy === undefined ? {} : { externalTrafficPolicy }),
        },
        // Without a load balancer there is no Service address to publish: the nodes' addresses are.
        publishService: { enabled: args.serviceType === "LoadBalancer" },
        ...(args.hostPorts === undefined ? {} : { hostPort: { enabled: true, ports: args.hostPorts } }),
        admissionWebhooks: { enabled: args.admissionWebhooks },
        enableMimalloc: args.mimalloc,
        resources: quantities(args.resources),
    };
}

function helmOptions({ namespace, chart }: Controller): nginx.types.input.ReleaseArgs {
    return {
        // Left to the provider it would be another one at each preview, and no plan of it could be applied.
        name: namespace,
        namespace,
        version: chart.version,
        ...(chart.oci === undefined ? {} : { chart: chart.oci }),
        ...(chart.repository === undefined ? {} : { repositoryOpts: { repo: chart.repository } }),
    };
}
