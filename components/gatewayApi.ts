/** The CRDs of Gateway API: the cluster's, and not a stack's, since with them go the routes of everybody. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/**
 * As Traefik 3.7 needs it: without one of the kinds that it watches, its provider brings no routes at all. The least that Envoy Gateway
 * 1.9 was tried with.
 */
const leastRelease = "1.5";

/** One that it watches in a version that came with that release. */
const watched = "tlsroutes";
/** One that this release was the first to have: with it the other is not of an older one. */
const newest = "listenersets";

/**
 * Looks for the CRDs, in a preview too, one after the other: the name of the one that is missing is what Pulumi tells.
 *
 * @returns what is there once both are
 */
export function readGatewayApi(name: string, child: pulumi.CustomResourceOptions): pulumi.Resource {
    const read = (kind: string, opts: pulumi.CustomResourceOptions) =>
        k8s.apiextensions.v1.CustomResourceDefinition.get(
            `${name}-needs-gateway-api-${leastRelease}-${kind}`,
            `${kind}.gateway.networking.k8s.io`,
            opts,
        );
    return read(newest, { ...child, dependsOn: read(watched, child) });
}

/**
 * Likewise for Envoy Gateway's own, of which the stack makes objects: they hold its settings, and are the cluster's for the same reason.
 */
export function readEnvoyGatewayApi(name: string, child: pulumi.CustomResourceOptions): pulumi.Resource {
    return k8s.apiextensions.v1.CustomResourceDefinition.get(
        `${name}-needs-crds-of-envoy-gateway`,
        "backendtrafficpolicies.gateway.envoyproxy.io",
        { ...child, dependsOn: readGatewayApi(name, child) },
    );
}
