/**
 * How an ingress-nginx controller that ends gets rid of its clients' connections without losing a request.
 *
 * When nginx ends, it closes idle connections at once. A request that a client sends on one of them in that moment gets no
 * answer, and a POST must not be sent again. So from the preStop hook on, for as long as the controller goes on accepting
 * (`shutdown-grace-period`), every answer says that it is its connection's last: when nginx ends, whoever still has a
 * connection has not used it for that long. docs/decisions/0010-a-controller-that-ends-closes-connections.md
 */
import type * as k8s from "@pulumi/kubernetes";

/** Made when the controller is told to end. In the container's own file system, so that a new one begins without. */
const closingMark = "/tmp/closing";

/** In place of the chart's hook, which is `/wait-shutdown` alone: it ends the controller and returns when nginx has ended. */
export const closingLifecycle: k8s.types.input.core.v1.Lifecycle = {
    preStop: { exec: { command: ["/bin/sh", "-c", `: >${closingMark}; exec /wait-shutdown`] } },
};

/** HTTP/2 forbids the header, and has a message of its own for this (GOAWAY), which nginx sends. */
const httpSnippet = `map $http2 $connection_of_closing {
    "" close;
    default "";
}`;

/** The file is looked for at every request: one system call. An empty value leaves the header out. */
const serverSnippet = `set $connection_of_answer "";
if (-f ${closingMark}) {
    set $connection_of_answer $connection_of_closing;
}
add_header Connection $connection_of_answer always;`;

/**
 * Entries of the controller's ConfigMap.
 *
 * @param further snippets of the stack's own; they follow
 */
export function closingSnippets(
    further: Readonly<Record<string, string>>,
): Readonly<Record<"http-snippet" | "server-snippet", string>> {
    const withFurther = (own: string, key: string) => (further[key] === undefined ? own : `${own}\n${further[key]}`);
    return {
        "http-snippet": withFurther(httpSnippet, "http-snippet"),
        "server-snippet": withFurther(serverSnippet, "server-snippet"),
    };
}
