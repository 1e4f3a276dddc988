import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import type { NamedMetadata } from "./objectMetadata";
import type { Service } from "./service";
import { exporterPorts } from "./specs/names";

/** Makes the object by which the Prometheus operator finds the exporters of the pods. */
export function monitor(
    name: string,
    metadata: NamedMetadata,
    podLabels: Readonly<Record<string, string>>,
    monitoring: NonNullable<Service["monitoring"]>,
    child: pulumi.CustomResourceOptions,
): void {
    const interval = `${monitoring.intervalSeconds}s`;
    const endpoints = exporterPorts.map(({ name: port }) => ({ port, interval }));
    const labels = { ...metadata.labels, ...monitoring.labels };
    const apiVersion = "monitoring.coreos.com/v1";
    if (monitoring.kind === "PodMonitor") {
        new k8s.apiextensions.CustomResource(
            name,
            {
                apiVersion,
                kind: "PodMonitor",
                metadata: { ...metadata, labels },
                spec: { selector: { matchLabels: podLabels }, podMetricsEndpoints: endpoints },
            },
            child,
        );
        return;
    }
    // A Service of its own: the one for requests has no business with the exporters.
    const metricsLabels = { ...metadata.labels, "app.kubernetes.io/component": "metrics" };
    new k8s.core.v1.Service(
        `${name}-metrics`,
        {
            metadata: { ...metadata, name: `${name}-metrics`, labels: metricsLabels },
            spec: {
                clusterIP: "None",
                selector: podLabels,
                ports: exporterPorts.map(({ name: port, port: number }) => ({
                    name: port,
                    port: number,
                    targetPort: number,
                    protocol: "TCP",
                })),
            },
        },
        child,
    );
    new k8s.apiextensions.CustomResource(
        name,
        {
            apiVersion,
            kind: "ServiceMonitor",
            metadata: { ...metadata, labels },
            spec: { selector: { matchLabels: metricsLabels }, endpoints },
        },
        child,
    );
}
