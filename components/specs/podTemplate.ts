/** The pod: php-fpm as a native sidecar, nginx as the main container, and what both may do. */
import type * as k8s from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";

import type { PodArgs, SharedVolume } from "../args";
import type { serviceDefaults } from "../defaults";
import type { DrainBudget } from "../drain";
import type { Filled } from "../withDefaults";
import { withinDocumentRoot, writtenFolders } from "../writtenFolders";
import { keepCommand, keptAssetsPath, type KeptAssets } from "./keptAssets";
import { temporaryPath } from "./nginxConf";
import { nginxProbes, phpFpmProbes } from "./probes";
import {
    assetsContainerName,
    exporterPorts,
    fastcgiPort,
    fastcgiPortName,
    httpPort,
    httpPortName,
    longestRequestAnnotation,
    nginxContainerName,
    phpFpmContainerName,
    queueAnnotation,
    stubStatusPath,
    stubStatusPort,
    transferAnnotation,
} from "./names";

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
}

export interface PodTemplateInput {
    readonly labels: Readonly<Record<string, string>>;
    readonly longestRequestSeconds: number;
    /** How long php-fpm may take to start. */
    readonly startupSeconds: number;
    /** What visitors ask for; every host where undefined. */
    readonly host?: string | undefined;
    readonly documentRoot: string;
    /** Folders of the application that php-fpm may write to. */
    readonly writablePaths: readonly string[];
    /** Folders of the application that all pods share. */
    readonly volumes: readonly SharedVolume[];
    /** Files of the releases before, where they are kept. */
    readonly keptAssets: KeptAssets | undefined;
    readonly drainBudget: DrainBudget;
    readonly nginx: ContainerInput;
    readonly phpFpm: ContainerInput;
    /** Plain environment of php-fpm. */
    readonly env: Readonly<Record<string, Input<string>>>;
    /** ConfigMaps and Secrets of others, whose entries are environment variables of php-fpm. */
    readonly envFrom: { readonly configMaps: readonly string[]; readonly secrets: readonly string[] };
    /** Secret whose entries are environment variables of php-fpm. */
    readonly envSecretName: Input<string> | undefined;
    /** ConfigMap with nginx.conf. */
    readonly nginxConfigName: Input<string>;
    /** ConfigMap with php-fpm.conf and php.ini. */
    readonly phpFpmConfigName: Input<string>;
    /** Where the application is: in both images, in php-fpm's alone, or in a ConfigMap of this name. */
    readonly application: "images" | "phpFpmImage" | { readonly configMapName: Input<string> };
    readonly imagePullSecrets: readonly string[];
    readonly exporters: ExporterImages | undefined;
    readonly pod: Filled<PodArgs, (typeof serviceDefaults)["pod"]>;
}

const [nginxMetrics, phpFpmMetrics] = exporterPorts;

const configPath = "/etc/php-web-service";
/** Where the copy is made, as a folder of its own: the volume itself is root's, and its times cannot be set. */
const copyPath = "/run/application";
const copyName = "root";
/** A second try finds what the first one has left. */
const copyScript =
    'from=$1 to=$2; shift 2; rm -rf "$to"; cp -RpP "$from" "$to"; for folder in "$@"; do mkdir -p "$to/$folder"; done';

export function podTemplate(input: PodTemplateInput): PodTemplate {
    const { pod } = input;
    const isCopied = input.application === "phpFpmImage";
    const pulled = (container: Container): Container =>
        pod.imagePullPolicy === undefined ? container : { ...container, imagePullPolicy: pod.imagePullPolicy };
    const application: readonly VolumeMount[] =
        input.application === "images"
            ? []
            : [
                  {
                      name: "application",
                      mountPath: input.documentRoot,
                      readOnly: true,
                      ...(isCopied ? { subPath: copyName } : {}),
                  },
              ];
    const written = [
        ...input.writablePaths.map((mountPath, i): VolumeMount => ({ name: writtenName(i), mountPath })),
        ...input.volumes.map(({ claim, path, subPath, accessMode }): VolumeMount => ({
            name: sharedName(input.volumes, claim),
            mountPath: path,
            ...(subPath === undefined ? {} : { subPath }),
            ...(accessMode === "ReadOnlyMany" ? { readOnly: true } : {}),
        })),
    ];
    return {
        metadata: {
            labels: { ...pod.labels, ...input.labels },
            annotations: {
                ...pod.annotations,
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
            securityContext: {
                runAsNonRoot: true,
                seccompProfile: { type: "RuntimeDefault" },
                // Else a new volume is root's alone. Only where it is not so yet: a large one would be walked through.
                ...(input.volumes.length === 0 && input.keptAssets === undefined
                    ? {}
                    : { fsGroup: input.phpFpm.runAsUser, fsGroupChangePolicy: "OnRootMismatch" }),
            },
            ...(input.imagePullSecrets.length === 0
                ? {}
                : { imagePullSecrets: input.imagePullSecrets.map((name) => ({ name })) }),
            ...(pod.serviceAccountName === undefined ? {} : { serviceAccountName: pod.serviceAccountName }),
            ...(pod.priorityClassName === undefined ? {} : { priorityClassName: pod.priorityClassName }),
            ...(Object.keys(pod.nodeSelector).length === 0 ? {} : { nodeSelector: pod.nodeSelector }),
            ...(pod.tolerations.length === 0 ? {} : { tolerations: [...pod.tolerations] }),
            ...(pod.hostAliases.length === 0
                ? {}
                : { hostAliases: pod.hostAliases.map(({ ip, hostnames }) => ({ ip, hostnames: [...hostnames] })) }),
            topologySpreadConstraints: spreadOverNodesAndZones(input.labels),
            // A native sidecar starts before the main container and stops after it: no request inside nginx ever meets
            // a php-fpm that is no longer there. That it is there already, readiness knows.
            initContainers: [
                ...(isCopied ? [copyContainer(input)] : []),
                ...(input.keptAssets === undefined ? [] : [assetsContainer(input, input.keptAssets)]),
                phpFpmContainer(input, [...(isCopied ? [] : application), ...written]),
                ...exporterContainers(input.exporters),
            ].map(pulled),
            containers: [
                nginxContainer(input, [
                    ...application,
                    ...written.map((mount) => ({ ...mount, readOnly: true })),
                    ...(input.keptAssets === undefined ? [] : [{ ...keptAssetsMount, readOnly: true }]),
                ]),
            ].map(pulled),
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
        ports: [
            { name: httpPortName, containerPort: httpPort, protocol: "TCP" },
            ...(input.exporters === undefined
                ? []
                : [{ name: phpFpmMetrics.name, containerPort: phpFpmMetrics.port, protocol: "TCP" }]),
        ],
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
    // Of two with the same entry the later one counts.
    const envSources = [
        ...input.envFrom.configMaps.map((name) => ({ configMapRef: { name } })),
        ...[...input.envFrom.secrets, ...(input.envSecretName === undefined ? [] : [input.envSecretName])].map(
            (name) => ({ secretRef: { name } }),
        ),
    ];
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
        ...(envSources.length === 0 ? {} : { envFrom: envSources }),
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
 * Copies the document root out of php-fpm's image, times included: nginx makes its ETags of them, and pods must have the same.
 * Links stay links. nginx's mount is read-only, so that folders to mount into it have to be there.
 */
function copyContainer(input: PodTemplateInput): Container {
    return {
        name: "application",
        image: input.phpFpm.image,
        command: ["sh", "-ec", copyScript, "copy"],
        args: [input.documentRoot, copyName, ...withinDocumentRoot(input.documentRoot, writtenFolders(input))],
        workingDir: copyPath,
        resources: quantities(input.phpFpm.resources),
        terminationMessagePolicy,
        securityContext: restricted(input.phpFpm.runAsUser),
        volumeMounts: [{ name: "application", mountPath: copyPath }],
    };
}

const keptAssetsMount: VolumeMount = { name: "kept-assets", mountPath: keptAssetsPath };

/** Puts this release's files beside those of the others, before anybody can get a page of it. PHP does not get at them. */
function assetsContainer(input: PodTemplateInput, keptAssets: KeptAssets): Container {
    return {
        name: assetsContainerName,
        image: input.phpFpm.image,
        command: keepCommand(input.documentRoot, keptAssets),
        resources: quantities(input.phpFpm.resources),
        terminationMessagePolicy,
        securityContext: restricted(input.phpFpm.runAsUser),
        volumeMounts: [keptAssetsMount],
    };
}

/**
 * nginx's: a sidecar too, so that it does not decide when the pod ends. A sidecar that keeps crashing makes its pod unready, as
 * any container does.
 */
function exporterContainers(images: ExporterImages | undefined): readonly Container[] {
    if (images === undefined) return [];
    return [
        {
            name: "nginx-exporter",
            image: images.nginxExporterImage,
            args: [`--nginx.scrape-uri=http://127.0.0.1:${stubStatusPort}${stubStatusPath}`],
            ports: [{ name: nginxMetrics.name, containerPort: nginxMetrics.port, protocol: "TCP" }],
            restartPolicy: "Always",
            resources: { requests: { cpu: "10m", memory: "24Mi" }, limits: { memory: "64Mi" } },
            // A Go program without a user of its own to keep.
            securityContext: restricted(65532),
        },
    ];
}

const writtenName = (index: number) => `written-${index + 1}`;

/** Names of claims may be longer than those of volumes. A claim is one volume, however many folders of it are mounted. */
const claimsOf = (volumes: readonly SharedVolume[]) => [...new Set(volumes.map(({ claim }) => claim))];
const sharedName = (volumes: readonly SharedVolume[], claim: string) =>
    `shared-${claimsOf(volumes).indexOf(claim) + 1}`;

function volumes(input: PodTemplateInput): Volume[] {
    const fromConfigMap = (name: string, configMapName: Input<string>): Volume => ({
        name,
        configMap: { name: configMapName },
    });
    return [
        fromConfigMap("nginx-config", input.nginxConfigName),
        fromConfigMap("php-fpm-config", input.phpFpmConfigName),
        ...(input.application === "images"
            ? []
            : input.application === "phpFpmImage"
              ? [{ name: "application", emptyDir: {} }]
              : [fromConfigMap("application", input.application.configMapName)]),
        // Without a size limit: a pod above it is evicted, and its requests with it.
        { name: "nginx-temporary", emptyDir: {} },
        { name: "php-fpm-temporary", emptyDir: {} },
        ...input.writablePaths.map((_, i): Volume => ({ name: writtenName(i), emptyDir: {} })),
        ...claimsOf(input.volumes).map((claim): Volume => ({
            name: sharedName(input.volumes, claim),
            persistentVolumeClaim: { claimName: claim },
        })),
        ...(input.keptAssets === undefined
            ? []
            : [{ name: keptAssetsMount.name, persistentVolumeClaim: { claimName: input.keptAssets.claim } }]),
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
