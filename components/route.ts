import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { NamedMetadata } from "./objectMetadata";
import { httpRouteSpec, ingressAnnotations, ingressSpec, type IngressInput } from "./specs/traffic";

interface IngressStatus {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly hostname?: string; readonly ip?: string }[] };
}

/** What of a service's arguments decides its route. */
interface RouteArgs extends Pick<IngressInput, "path" | "ingressClassName" | "awaitAddress"> {
    readonly host?: string | undefined;
    readonly tls?: IngressInput["tls"];
    readonly gateway?: Parameters<typeof httpRouteSpec>[0]["gateway"] | undefined;
    readonly drain: Pick<IngressInput, "proxyReadTimeoutSeconds">;
    readonly nginx: Pick<IngressInput, "clientMaxBodySize" | "headerSize">;
}

/** Makes the Ingress or HTTPRoute that leads to a Service, and returns the URL; undefined while the Ingress has no address. */
export function route(
    name: string,
    metadata: NamedMetadata,
    args: RouteArgs,
    serviceName: pulumi.Output<string>,
    child: pulumi.CustomResourceOptions,
): pulumi.Output<string | undefined> {
    const proxyReadTimeoutSeconds = args.drain.proxyReadTimeoutSeconds;
    if (args.gateway !== undefined) {
        new k8s.apiextensions.CustomResource(
            name,
            {
                apiVersion: "gateway.networking.k8s.io/v1",
                kind: "HTTPRoute",
                metadata,
                spec: httpRouteSpec(
                    {
                        host: args.host,
                        path: args.path,
                        proxyReadTimeoutSeconds,
                        gateway: args.gateway,
                    },
                    serviceName,
                ),
            },
            child,
        );
        return pulumi.output(`http://${args.host ?? args.gateway.name}${args.path}`);
    }
    const input: IngressInput = {
        host: args.host,
        path: args.path,
        proxyReadTimeoutSeconds,
        ingressClassName: args.ingressClassName,
        clientMaxBodySize: args.nginx.clientMaxBodySize,
        headerSize: args.nginx.headerSize,
        awaitAddress: args.awaitAddress,
        tls: args.tls,
    };
    const ingress = new k8s.networking.v1.Ingress(
        name,
        {
            metadata: { ...metadata, annotations: { ...metadata.annotations, ...ingressAnnotations(input) } },
            spec: ingressSpec(input, serviceName),
        },
        child,
    );
    const scheme = args.tls === undefined ? "http" : "https";
    if (args.host !== undefined) return pulumi.output(`${scheme}://${args.host}${args.path}`);
    // The declared type promises more than a preview knows, and than an Ingress has before its controller has written.
    const status: pulumi.Output<IngressStatus | undefined> = ingress.status;
    return status.apply((known) => {
        const [address] = known?.loadBalancer?.ingress ?? [];
        const host = address?.hostname ?? address?.ip;
        return host === undefined ? undefined : `${scheme}://${host}${args.path}`;
    });
}
