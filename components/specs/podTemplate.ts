/** The pod: php-fpm as a native sidecar, nginx as the main container, and what both may do. */
import type * as k8s from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";

import type { DrainBudget } from "../drain";
import { httpPort, stubStatusPort, temporaryPath } from "./nginxConf";
import { fastcgiPort, phpFpmStatusPort } from "./phpFpmConf";
import { fastcgiPortName, httpPortName, nginxProbes, phpFpmProbes } from "./probes";

type PodTemplate = k8s.types.input.core.v1.PodTemplateSpec;
type Container = k8s.types.input.core.v1.Container;
type Volume = k8s.types.input.core.v1.Volume;
type VolumeMount = k8s.types.input.core.v1.VolumeMount;

/** CPU and memory quantities; null leaves one out. */
export interface ResourceQuantities {
    readonly requests: { readonly cpu: string | null; readonly memory: string };
    readonly limits: { readonly cpu: string | null; readonly memory: string };
}

/** Image, user and resources of one of the two containers. */
export interface ContainerInput {
    readonly image: Input<string>;
    readonly runAsUser: number;
    readonly resources: ResourceQuantities;
}

export interface ExporterImages {
    readonly nginxExporterImage: Input<string>;
    readonly phpFpmExporterImage: Input<string>;
}

export interface PodTemplateInput {
    readonly labels: Readonly<Record<string, string>>;
    readonly longestRequestSeconds: number;
    /** How long php-fpm may take to start. */
    readonly startupSeconds: number;
    readonly healthPath: string;
    /** What visitors ask for; every host where undefined. */
    readonly host?: string | undefined;
    readonly documentRoot: string;
    /** Folders of the application that php-fpm may write to. */
    readonly writablePaths: readonly string[];
    readonly drainBudget: DrainBudget;
    readonly nginx: ContainerInput;
    readonly phpFpm: ContainerInput;
    /** Plain environment of php-fpm. */
    readonly env: Readonly<Record<string, Input<string>>>;
    /** Secret whose entries are environment variables of php-fpm. */
    readonly envSecretName: Input<string> | undefined;
    /** ConfigMap with nginx.conf. */
    readonly nginxConfigName: Input<string>;
    /** ConfigMap with php-fpm.conf and php.ini. */
    readonly phpFpmConfigName: Input<string>;
    /** ConfigMap with the application; undefined where the images have it. */
    readonly applicationConfigName: Input<string> | undefined;
    readonly imagePullSecrets: readonly string[];
    readonly exporters: ExporterImages | undefined;
}

export const nginxContainerName = "nginx";
export const phpFpmContainerName = "php-fpm";

/** Read by the policy pack and by reviewers: the promise of this workload, in seconds. */
export const longestRequestAnnotation = "php-web-service/longest-request-seconds";

/** Likewise, what a request may take beside PHP's work: for a free worker, and for its way through nginx. In seconds. */
export const queueAnnotation = "php-web-service/queue-seconds";
export const transferAnnotation = "php-web-service/transfer-seconds";

/** Ports of the exporters, by name. */
export const exporterPorts = [
    { name: "nginx-metrics", port: 9113 },
    { name: "fpm-metrics", port: 9253 },
] as const;

const configPath = "/etc/php-web-service";

export function podTemplate(input: PodTemplateInput): PodTemplate {
    const application: readonly VolumeMount[] =
        input.applicationConfigName === undefined
            ? []
            : [{ name: "application", mountPath: input.documentRoot, readOnly: true }];
    const written = input.writablePaths.map((mountPath, i): VolumeMount => ({ name: writtenName(i), mountPath }));
    return {
        metadata: {
            labels: input.labels,
            annotations: {
                [longestRequestAnnotation]: String(input.longestRequestSeconds),
                [queueAnnotation]: String(input.drainBudget.queueSeconds),
                [transferAnnotation]: String(input.drainBudget.transferSeconds),
            },
        },
        spec: {
            terminationGracePeriodSeconds: input.drainBudget.terminationGracePeriodSeconds,
            automountServiceAccountToken: false,
            // Old Services' addresses as environment variables could collide with php-fpm's own.
            enableServiceLinks: false,
            securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
            ...(input.imagePullSecrets.length === 0
                ? {}
                : { imagePullSecrets: input.imagePullSecrets.map((name) => ({ name })) }),
            topologySpreadConstraints: spreadOverNodesAndZones(input.labels),
            // A native sidecar starts before the main container and stops after it: no request inside nginx ever meets
            // a php-fpm that is no longer there. That it is there already, readiness knows.
            initContainers: [
                phpFpmContainer(input, [...application, ...written]),
                ...exporterContainers(input.exporters),
            ],
            containers: [
                nginxContainer(input, [...application, ...written.map((mount) => ({ ...mount, readOnly: true }))]),
            ],
            volumes: volumes(input),
        },
    };
}

/** A container that fails says why in its pod's state, and so in the error of `pulumi up`. */
const terminationMessagePolicy = "FallbackToLogsOnError";

function nginxContainer(input: PodTemplateInput, application: readonly VolumeMount[]): Container {
    return {
        name: nginxContainerName,
        image: input.nginx.image,
        command: ["nginx", "-c", `${configPath}/nginx.conf`],
        ports: [{ name: httpPortName, containerPort: httpPort, protocol: "TCP" }],
        resources: quantities(input.nginx.resources),
        ...nginxProbes(input),
        terminationMessagePolicy,
        // While it sleeps, nginx serves on: proxies that have not heard yet still send.
        lifecycle: { preStop: { sleep: { seconds: input.drainBudget.preStopSleepSeconds } } },
        securityContext: restricted(input.nginx.runAsUser),
        volumeMounts: [
            { name: "nginx-config", mountPath: configPath, readOnly: true },
            { name: "nginx-temporary", mountPath: temporaryPath },
            ...application,
        ],
    };
}

function phpFpmContainer(input: PodTemplateInput, application: readonly VolumeMount[]): Container {
    return {
        name: phpFpmContainerName,
        image: input.phpFpm.image,
        restartPolicy: "Always",
        command: ["php-fpm", "--nodaemonize", "--fpm-config", `${configPath}/php-fpm.conf`],
        // The leading colon stands for the image's own folder.
        env: [
            { name: "PHP_INI_SCAN_DIR", value: `:${configPath}` },
            ...Object.entries(input.env).map(([name, value]) => ({ name, value })),
        ],
        ...(input.envSecretName === undefined ? {} : { envFrom: [{ secretRef: { name: input.envSecretName } }] }),
        ports: [{ name: fastcgiPortName, containerPort: fastcgiPort, protocol: "TCP" }],
        resources: quantities(input.phpFpm.resources),
        ...phpFpmProbes(input),
        terminationMessagePolicy,
        securityContext: restricted(input.phpFpm.runAsUser),
        volumeMounts: [
            { name: "php-fpm-config", mountPath: configPath, readOnly: true },
            { name: "php-fpm-temporary", mountPath: temporaryPath },
            ...application,
        ],
    };
}

/**
 * Sidecars too, so that they do not decide when the pod ends. A sidecar that keeps crashing makes its pod unready, as any
 * container does.
 */
function exporterContainers(images: ExporterImages | undefined): readonly Container[] {
    if (images === undefined) return [];
    const [nginxPort, phpFpmPort] = exporterPorts;
    const common = {
        restartPolicy: "Always",
        resources: { requests: { cpu: "10m", memory: "24Mi" }, limits: { memory: "64Mi" } },
        // Both are Go programs without a user of their own to keep.
        securityContext: restricted(65532),
    };
    return [
        {
            name: "nginx-exporter",
            image: images.nginxExporterImage,
            args: [`--nginx.scrape-uri=http://127.0.0.1:${stubStatusPort}/stub_status`],
            ports: [{ name: nginxPort.name, containerPort: nginxPort.port, protocol: "TCP" }],
            ...common,
        },
        {
            name: "php-fpm-exporter",
            image: images.phpFpmExporterImage,
            env: [{ name: "PHP_FPM_SCRAPE_URI", value: `tcp://127.0.0.1:${phpFpmStatusPort}/status` }],
            ports: [{ name: phpFpmPort.name, containerPort: phpFpmPort.port, protocol: "TCP" }],
            ...common,
        },
    ];
}

const writtenName = (index: number) => `written-${index + 1}`;

function volumes(input: PodTemplateInput): Volume[] {
    const fromConfigMap = (name: string, configMapName: Input<string>): Volume => ({
        name,
        configMap: { name: configMapName },
    });
    return [
        fromConfigMap("nginx-config", input.nginxConfigName),
        fromConfigMap("php-fpm-config", input.phpFpmConfigName),
        ...(input.applicationConfigName === undefined
            ? []
            : [fromConfigMap("application", input.applicationConfigName)]),
        // Without a size limit: a pod above it is evicted, and its requests with it.
        { name: "nginx-temporary", emptyDir: {} },
        { name: "php-fpm-temporary", emptyDir: {} },
        ...input.writablePaths.map((_, i): Volume => ({ name: writtenName(i), emptyDir: {} })),
    ];
}

/** Where there is room: a pod that cannot be spread is better than none. */
export function spreadOverNodesAndZones(matchLabels: Readonly<Record<string, string>>) {
    return ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
        topologyKey,
        maxSkew: 1,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels },
        // Each revision is spread by itself, so that a rollout does not leave its pods where the old ones were.
        matchLabelKeys: ["pod-template-hash"],
    }));
}

/** What Pod Security "restricted" asks of a container, and a read-only root file system on top. */
export function restricted(runAsUser: number): k8s.types.input.core.v1.SecurityContext {
    return {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"] },
        readOnlyRootFilesystem: true,
        runAsGroup: runAsUser,
        runAsNonRoot: true,
        runAsUser,
    };
}

/** Leaves out what is null. */
export function quantities({ requests, limits }: ResourceQuantities): k8s.types.input.core.v1.ResourceRequirements {
    const present = ({ cpu, memory }: ResourceQuantities["requests"]) => ({
        ...(cpu === null ? {} : { cpu }),
        memory,
    });
    return { requests: present(requests), limits: present(limits) };
}
