import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { allHosts } from "./hosts";
import type { NamedMetadata } from "./objectMetadata";
import type { Service } from "./service";
import { httpRouteSpec, ingressAnnotations, ingressSpec, type IngressInput, type RouteInput } from "./specs/traffic";

interface IngressStatus {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly hostname?: string; readonly ip?: string }[] };
}

/** Makes the Ingress or HTTPRoute that leads to a Service, and returns the URL; undefined while the Ingress has no address. */
export function route(
    name: string,
    metadata: NamedMetadata,
    web: Service,
    serviceName: pulumi.Output<string>,
    child: pulumi.CustomResourceOptions,
): pulumi.Output<string | undefined> {
    const input: RouteInput = {
        hosts: allHosts(web),
        paths: [web.path, ...web.furtherPaths],
        proxyReadTimeoutSeconds: web.drainBudget.proxyReadTimeoutSeconds,
    };
    if (web.gateway !== undefined) {
        new k8s.apiextensions.CustomResource(
            name,
            {
                apiVersion: "gateway.networking.k8s.io/v1",
                kind: "HTTPRoute",
                metadata,
                spec: httpRouteSpec({ ...input, gateway: web.gateway }, serviceName),
            },
            child,
        );
        return pulumi.output(`http://${web.host ?? web.gateway.name}${web.path}`);
    }
    const ofIngress: IngressInput = {
        ...input,
        ingressClassName: web.ingressClassName,
        clientMaxBodySize: web.nginx.clientMaxBodySize,
        headerSize: web.nginx.headerSize,
        awaitAddress: web.awaitAddress,
        tls: web.tls,
    };
    const ingress = new k8s.networking.v1.Ingress(
        name,
        {
            metadata: {
                ...metadata,
                annotations: { ...web.ingressAnnotations, ...metadata.annotations, ...ingressAnnotations(ofIngress) },
            },
            spec: ingressSpec(ofIngress, serviceName),
        },
        child,
    );
    const scheme = web.tls === undefined ? "http" : "https";
    if (web.host !== undefined) return pulumi.output(`${scheme}://${web.host}${web.path}`);
    // The declared type promises more than a preview knows, and than an Ingress has before its controller has written.
    const status: pulumi.Output<IngressStatus | undefined> = ingress.status;
    return status.apply((known) => {
        const [address] = known?.loadBalancer?.ingress ?? [];
        const host = address?.hostname ?? address?.ip;
        return host === undefined ? undefined : `${scheme}://${host}${web.path}`;
    });
}
