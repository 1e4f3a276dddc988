/** Traefik's pods. */
import type * as k8s from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";

import { localReadinessFailures } from "../drain";
import { parseMemoryBytes } from "../units/quantity";
import { quantities, restricted, spreadOverNodesAndZones, type ResourceQuantities } from "./podTemplate";
import {
    loadedPath,
    traefikArguments,
    traefikCommand,
    traefikPaths,
    traefikPingPath,
    traefikPorts,
    traefikPreStop,
    type TraefikArgumentsInput,
} from "./traefikConfiguration";

export interface TraefikPodInput extends TraefikArgumentsInput {
    readonly labels: Readonly<Record<string, string>>;
    readonly workload: "Deployment" | "DaemonSet";
    readonly image: Input<string>;
    readonly shutdownGraceSeconds: number;
    /** Of its Service. */
    readonly externalTrafficPolicy: "Cluster" | "Local" | undefined;
    readonly hostPorts?: { readonly http: number; readonly https: number } | undefined;
    readonly resources: ResourceQuantities;
    readonly serviceAccountName: Input<string>;
    readonly configMapName: Input<string>;
}

export const traefikContainerName = "traefik";

/** Any will do: the official image names none, and so would be root. */
const userId = 65532;

/** What Go's garbage collector keeps below, as a share of the limit: above that the kernel ends all requests. */
const collectedShare = 0.9;

const readinessPeriodSeconds = 1;

export function traefikPodTemplate(input: TraefikPodInput): k8s.types.input.core.v1.PodTemplateSpec {
    return {
        metadata: { labels: input.labels },
        spec: {
            serviceAccountName: input.serviceAccountName,
            terminationGracePeriodSeconds: input.lifeCycle.terminationGracePeriodSeconds,
            securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
            ...(input.workload === "DaemonSet"
                ? {}
                : { topologySpreadConstraints: spreadOverNodesAndZones(input.labels) }),
            containers: [container(input)],
            volumes: [
                { name: "configuration", configMap: { name: input.configMapName } },
                { name: "state", emptyDir: {} },
                // Requests and answers that are too large for its buffers.
                { name: "temporary", emptyDir: {} },
            ],
        },
    };
}

function container(input: TraefikPodInput): k8s.types.input.core.v1.Container {
    const memoryBytes = parseMemoryBytes(input.resources.limits.memory);
    const port = (name: keyof typeof traefikPorts, hostPort?: number) => ({
        name,
        containerPort: traefikPorts[name],
        protocol: "TCP",
        ...(hostPort === undefined ? {} : { hostPort }),
    });
    return {
        name: traefikContainerName,
        image: input.image,
        command: [...traefikCommand],
        args: [...traefikArguments(input)],
        ...(memoryBytes === undefined
            ? {}
            : { env: [{ name: "GOMEMLIMIT", value: String(Math.floor(memoryBytes * collectedShare)) }] }),
        ports: [port("web", input.hostPorts?.http), port("websecure", input.hostPorts?.https), port("ping")],
        resources: quantities(input.resources),
        // Not ready before it has read the cluster's Ingresses: until then it answers with 404.
        startupProbe: { ...asks(loadedPath), periodSeconds: 1, failureThreshold: 120 },
        readinessProbe: {
            ...asks(traefikPingPath),
            periodSeconds: readinessPeriodSeconds,
            failureThreshold:
                input.externalTrafficPolicy === "Local"
                    ? localReadinessFailures(input.shutdownGraceSeconds, readinessPeriodSeconds)
                    : 3,
        },
        livenessProbe: { ...asks(traefikPingPath), periodSeconds: 10, failureThreshold: 6 },
        lifecycle: { preStop: { exec: { command: [...traefikPreStop] } } },
        securityContext: restricted(userId),
        volumeMounts: [
            { name: "configuration", mountPath: traefikPaths.configuration, readOnly: true },
            { name: "state", mountPath: traefikPaths.state },
            { name: "temporary", mountPath: "/tmp" },
        ],
    };
}

const asks = (path: string) => ({ httpGet: { path, port: "ping" }, timeoutSeconds: 5 });
