/** The CRDs of Gateway API: the cluster's, and not a stack's, since with them go the routes of everybody. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** As Traefik 3.7 needs it: without one of the kinds that it watches its provider brings no routes at all. */
const leastRelease = "1.5";
/** The last kind that became what Traefik watches; what has it has the others. */
const lastDefinition = "tlsroutes.gateway.networking.k8s.io";
const lastVersion = "v1";

interface Definition {
    readonly versions?: readonly { readonly name: string; readonly served: boolean }[];
}

/**
 * Looks for the CRDs, in a preview too. The name is what Pulumi tells of where they are missing.
 *
 * @returns what follows from them being there; fails where they are too old
 */
export function readGatewayApi(name: string, child: pulumi.CustomResourceOptions): pulumi.Output<void> {
    const { spec } = k8s.apiextensions.v1.CustomResourceDefinition.get(
        `${name}-needs-gateway-api-${leastRelease}`,
        lastDefinition,
        child,
    );
    // Without an engine nothing is read.
    return (spec as pulumi.Output<Definition | undefined>).apply((definition) => {
        const { versions } = definition ?? {};
        if (versions === undefined || versions.some((one) => one.name === lastVersion && one.served)) return;
        throw new pulumi.RunError(
            `Traefik ${name}: gateway: found CRDs of Gateway API with ${lastDefinition} in ` +
                `${versions.map((one) => one.name).join(", ")}. Allowed: ${lastVersion}, which release ${leastRelease} and newer ` +
                "have in their standard channel (standard-install.yaml): without it Traefik serves no Gateway.",
        );
    });
}
