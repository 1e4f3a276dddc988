/** The pod that a command runs in: php-fpm's image, user, environment, folders and limits, and none of the traffic. Pure. */
import { besidePhpFpm, type BesidePhpFpm } from "../../components/specs/commandPod";

/** A Deployment, as far as it is read. */
export interface ServiceDeployment {
    readonly metadata: { readonly name: string; readonly namespace: string };
    readonly spec: { readonly template: { readonly spec: Readonly<Record<string, unknown>> } };
}

/** Longer than anybody works by hand. What a killed command leaves behind ends then. */
export const longestSeconds = 12 * 3600;

/**
 * It waits for commands, and has no label by which the Service, the budget or the Deployment would take it for theirs.
 *
 * @param name of the pod, in the Deployment's namespace
 */
export function podBeside({ metadata, spec }: ServiceDeployment, name: string): object {
    const { podSpec, container } = beside(metadata.name, spec.template.spec);
    return {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace: metadata.namespace, labels: { "app.kubernetes.io/managed-by": "npm-run-exec" } },
        spec: {
            ...podSpec,
            restartPolicy: "Never",
            activeDeadlineSeconds: longestSeconds,
            terminationGracePeriodSeconds: 1,
            containers: [{ ...container, command: ["sleep", String(longestSeconds)] }],
        },
    };
}

function beside(name: string, podSpec: Readonly<Record<string, unknown>>): BesidePhpFpm {
    try {
        return besidePhpFpm(podSpec);
    } catch (error) {
        throw new Error(`Deployment ${name} has ${error instanceof Error ? error.message : String(error)}.`, {
            cause: error,
        });
    }
}
