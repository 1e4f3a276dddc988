import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { PhpWebServiceArgs } from "./args";
import { autoscaler } from "./autoscaler";
import { assetsJobSeconds, keptSeconds } from "./drain";
import { egressRules } from "./egress";
import { monitor } from "./monitor";
import { owned, type ObjectMetadata } from "./objectMetadata";
import { problemsOfService } from "./problems";
import { jobOfRelease, releaseJob } from "./release";
import { route } from "./route";
import { sampleApplication } from "./sampleApplication";
import { cronJobs } from "./schedules";
import { resolveService, type Service } from "./service";
import { assetsJobSpec } from "./specs/assetsJob";
import { nginxFiles, phpFpmFiles } from "./specs/configuration";
import { literal } from "./specs/literal";
import { podTemplate, type PodTemplateInput } from "./specs/podTemplate";
import { rolloutSpec, rolloutTimeoutSeconds } from "./specs/rollout";
import { commandsPolicySpec, networkPolicySpec } from "./specs/traffic";
import { componentLabel, httpPortName, nameLabel, servicePort } from "./specs/names";
import { workerDeployments } from "./workerDeployments";

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
    /** Name of the HorizontalPodAutoscaler, which is KEDA's where there is a ScaledObject. */
    readonly autoscalerName: pulumi.Output<string>;

    /** @throws RunError where the arguments contradict each other, before anything is registered */
    constructor(name: string, args: PhpWebServiceArgs = {}, opts?: pulumi.ComponentResourceOptions) {
        const web = checkedService(name, args);
        super("php-web-service:index:PhpWebService", name, {}, opts);

        // Fixed for the life of the service: a Deployment whose selector changes is replaced.
        const podLabels = { [nameLabel]: name, [componentLabel]: "php-web-service" };
        const child: pulumi.CustomResourceOptions = { parent: this };

        const namespace = namespaceOf(name, web, child);
        const unnamed = owned({ namespace: namespace.metadata.name, labels: podLabels });
        const metadata = { ...unnamed, name };

        // Immutable and named by Pulumi: a change is a new object with a new name, and so a rolling update. The old one
        // stays until that is through, for pods that restart meanwhile.
        const configMap = (suffix: string, data: Record<string, string>) =>
            new k8s.core.v1.ConfigMap(`${name}-${suffix}`, { metadata: unnamed, data, immutable: true }, child).metadata
                .name;

        const { keptAssets } = web;
        const template = podTemplate({
            labels: podLabels,
            longestRequestSeconds: web.longestRequestSeconds,
            startupSeconds: web.rollout.startupSeconds,
            host: web.host,
            documentRoot: web.app.documentRoot,
            writablePaths: web.app.writablePaths,
            volumes: web.app.volumes,
            keptAssets,
            drainBudget: web.drainBudget,
            nginx: web.nginx,
            phpFpm: web.phpFpm,
            // Of a Secret Kubernetes expands nothing. A text arrives the same from both.
            env: Object.fromEntries(
                Object.entries(web.phpFpm.env).map(([key, value]) => [
                    key,
                    typeof value === "string" ? literal(value) : pulumi.output(value).apply(literal),
                ]),
            ),
            envFrom: web.phpFpm.envFrom,
            envSecretName: this.secretName(`${name}-env`, unnamed, web.secrets, child),
            nginxConfigName: configMap("nginx", nginxFiles(web)),
            phpFpmConfigName: configMap("php-fpm", phpFpmFiles(web)),
            application: applicationOf(web.app.source, (files) => configMap("app", files)),
            imagePullSecrets: web.imagePullSecrets,
            pod: web.pod,
            exporters: web.monitoring,
        });

        const egress = web.egress === undefined ? undefined : egressRules(web.egress);
        // Nothing of a release that fails reaches what serves, so that all of it waits for the Job.
        const rolled = { ...child, dependsOn: this.released(name, unnamed, web, { template, egress }, child) };

        const deployment = new k8s.apps.v1.Deployment(
            name,
            {
                metadata,
                // Without replicas: the autoscaler owns their number, also where it is fixed.
                spec: {
                    ...rolloutSpec(web.rollout),
                    selector: { matchLabels: podLabels },
                    template,
                },
            },
            {
                ...rolled,
                ...(web.deploymentHooks === undefined ? {} : { hooks: web.deploymentHooks }),
                customTimeouts: timeouts(rolloutTimeoutSeconds(web.rollout, web.scaling.maxReplicas)),
            },
        );

        if (keptAssets !== undefined) {
            const seconds = keptSeconds(keptAssets.pageSeconds, web.drainBudget);
            jobOfRelease(
                `${name}-assets`,
                unnamed,
                assetsJobSpec(name, template, web.app.documentRoot, keptAssets, seconds),
                assetsJobSeconds,
                { ...child, dependsOn: [...rolled.dependsOn, deployment] },
                // One that has failed is made anew by the next update, which would wait for it in vain.
                { "pulumi.com/replaceUnready": "true" },
            );
        }
        workerDeployments(name, unnamed, template, web, rolled);
        cronJobs(name, unnamed, template, web.schedules, rolled);

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
            rolled,
        );

        new k8s.networking.v1.NetworkPolicy(
            name,
            {
                metadata,
                spec: networkPolicySpec({
                    podLabels,
                    sources: web.trafficSources,
                    egress,
                    monitoringNamespace: web.monitoring?.namespace,
                }),
            },
            rolled,
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
            rolled,
        );

        this.namespace = namespace.metadata.name;
        this.deploymentName = deployment.metadata.name;
        this.autoscalerName = autoscaler(name, metadata, web, deployment.metadata.name, rolled);
        this.url = route(name, metadata, web, service.metadata.name, rolled);
        if (web.monitoring !== undefined) monitor(name, metadata, podLabels, web.monitoring, rolled);

        this.registerOutputs({
            url: this.url,
            namespace: this.namespace,
            deploymentName: this.deploymentName,
            autoscalerName: this.autoscalerName,
        });
    }

    /** What a release does before it is rolled out; nothing where it has no command. */
    private released(
        name: string,
        metadata: ObjectMetadata,
        web: Service,
        {
            template,
            egress,
        }: {
            readonly template: k8s.types.input.core.v1.PodTemplateSpec;
            readonly egress: k8s.types.input.networking.v1.NetworkPolicyEgressRule[] | undefined;
        },
        child: pulumi.CustomResourceOptions,
    ): pulumi.Resource[] {
        const isWithCommands = Object.keys({ ...web.workers, ...web.schedules }).length > 0;
        if (web.release === undefined && web.keptAssets === undefined && !isWithCommands) return [];
        const commands = new k8s.networking.v1.NetworkPolicy(
            `${name}-commands`,
            { metadata: { ...metadata, name: `${name}-commands` }, spec: commandsPolicySpec(name, egress) },
            child,
        );
        if (web.release === undefined) return [commands];
        const hooks = web.releaseHooks === undefined ? {} : { hooks: web.releaseHooks };
        return [releaseJob(name, metadata, template, web.release, { ...child, ...hooks, dependsOn: commands })];
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

/**
 * Made, or looked for where it is not the stack's. Under the same name in Pulumi: an engine that had made it lets go of it then,
 * and does not delete it with everything in it.
 */
function namespaceOf(name: string, web: Service, child: pulumi.CustomResourceOptions): k8s.core.v1.Namespace {
    if (!web.createNamespace) return k8s.core.v1.Namespace.get(name, web.namespace, child);
    const labels = {
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/warn": "restricted",
    };
    return new k8s.core.v1.Namespace(name, { metadata: owned({ name: web.namespace, labels }) }, child);
}

function timeouts(seconds: number): pulumi.CustomTimeouts {
    return { create: `${seconds}s`, update: `${seconds}s` };
}

function checkedService(name: string, args: PhpWebServiceArgs): Service {
    const service = resolveService(name, args);
    const problems = problemsOfService(service);
    if (problems.length === 0) return service;
    const lines = problems.map(({ path, message }) => `  - ${path}: ${message}`);
    throw new pulumi.RunError([`PhpWebService ${name}:`, ...lines].join("\n"));
}

function applicationOf(
    source: Service["app"]["source"],
    configMap: (files: Record<string, string>) => pulumi.Input<string>,
): PodTemplateInput["application"] {
    if (source === "image") return "images";
    if (source === "phpFpmImage") return source;
    return { configMapName: configMap(source === "sample" ? sampleApplication() : source) };
}
