/** The pod that a command runs in: php-fpm's image, user, environment, folders and limits, and none of the traffic. Pure. */
import { phpFpmContainerName } from "../../components/specs/names";

interface Container {
    readonly name: string;
    readonly [field: string]: unknown;
}

interface PodSpec {
    readonly initContainers?: readonly Container[];
    readonly containers: readonly Container[];
    readonly [field: string]: unknown;
}

/** A Deployment, as far as it is read. */
export interface ServiceDeployment {
    readonly metadata: { readonly name: string; readonly namespace: string };
    readonly spec: { readonly template: { readonly spec: PodSpec } };
}

/** Longer than anybody works by hand. What a killed command leaves behind ends then. */
export const longestSeconds = 12 * 3600;

/** Of a container: what belongs to php-fpm as a server. */
const ofServer = ["restartPolicy", "args", "ports", "livenessProbe", "readinessProbe", "lifecycle"];

/** Of a pod: what belongs to the service's pods together. */
const ofService = ["topologySpreadConstraints", "initContainers"];

const without = (fields: Readonly<Record<string, unknown>>, names: readonly string[]) =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));

/**
 * It waits for commands, and has no label by which the Service, the budget or the Deployment would take it for theirs.
 *
 * @param name of the pod, in the Deployment's namespace
 */
export function podBeside({ metadata, spec }: ServiceDeployment, name: string): object {
    const { spec: podSpec } = spec.template;
    const phpFpm = [...(podSpec.initContainers ?? []), ...podSpec.containers].find(
        (container) => container.name === phpFpmContainerName,
    );
    if (phpFpm === undefined) throw new Error(`Deployment ${metadata.name} has no container ${phpFpmContainerName}.`);
    return {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace: metadata.namespace, labels: { "app.kubernetes.io/managed-by": "npm-run-exec" } },
        spec: {
            ...without(podSpec, ofService),
            restartPolicy: "Never",
            activeDeadlineSeconds: longestSeconds,
            terminationGracePeriodSeconds: 1,
            containers: [{ ...without(phpFpm, ofServer), command: ["sleep", String(longestSeconds)] }],
        },
    };
}
