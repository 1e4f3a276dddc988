import { setTimeout as sleep } from "node:timers/promises";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { gatewayDefaults } from "./defaults";
import { allHosts } from "./hosts";
import type { NamedMetadata } from "./objectMetadata";
import type { Service } from "./service";
import {
    gatewayAnnotations,
    gatewayApiVersion,
    gatewayRedirectSpec,
    gatewayRouteSpec,
    gatewaySpec,
    listenersOfPorts,
    patchPolicyAnnotations,
    policyAnnotations,
    routeAnnotations,
    type GatewayInput,
} from "./specs/gateway";
import {
    backendTrafficPolicySpec,
    clientTrafficPolicySpec,
    envoyGatewayApiVersion,
    envoyPatchPolicySpec,
} from "./specs/envoyPolicies";
import { httpRouteSpec, ingressAnnotations, ingressSpec, type IngressInput, type RouteInput } from "./specs/traffic";

interface IngressStatus {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly hostname?: string; readonly ip?: string }[] };
}

interface GatewayStatus {
    readonly addresses?: readonly { readonly value: string }[];
}

/**
 * Makes what leads to a Service, an Ingress or an HTTPRoute, and returns the URL; undefined while there is no host, and no
 * address yet.
 */
export function route(
    name: string,
    metadata: NamedMetadata,
    web: Service,
    serviceName: pulumi.Output<string>,
    parts: pulumi.CustomResourceOptions,
): pulumi.Output<string | undefined> {
    const leading = { ...parts, ...untilHeardOf(name, web.drain.endpointWithdrawalSeconds) };
    const input: RouteInput = {
        hosts: allHosts(web),
        paths: [web.path, ...web.furtherPaths],
        proxyReadTimeoutSeconds: web.drainBudget.proxyReadTimeoutSeconds,
    };
    const { gatewayOfOthers } = web;
    if (gatewayOfOthers !== undefined) {
        httpRoute(name, metadata, httpRouteSpec({ ...input, gateway: gatewayOfOthers }, serviceName), leading);
        return pulumi.output(`http://${web.host ?? gatewayOfOthers.name}${web.path}`);
    }
    const address =
        web.gateway === undefined
            ? ingress(name, metadata, web, input, serviceName, leading)
            : gateway(name, metadata, web, input, serviceName, parts, leading);
    const scheme = web.tls === undefined ? "http" : "https";
    if (web.host !== undefined) return pulumi.output(`${scheme}://${web.host}${web.path}`);
    return address.apply((host) => (host === undefined ? undefined : `${scheme}://${host}${web.path}`));
}

/**
 * Waits, where it is new, for as long as controllers get to hear that a pod ends: what led requests here before is removed after that.
 * A controller says that it has taken a route before it serves it, and each of its pods takes its own time.
 */
function untilHeardOf(name: string, seconds: number): pulumi.CustomResourceOptions {
    // Where tools/render/ stands for the engine, nothing calls it.
    if (!pulumi.runtime.hasEngine()) return {};
    const hook = new pulumi.ResourceHook(`${name}-is-heard-of`, async () => {
        if (!pulumi.runtime.isDryRun()) await sleep(seconds * 1000);
    });
    return { hooks: { afterCreate: [hook] } };
}

/** Returns its address; undefined while it has none. */
function ingress(
    name: string,
    metadata: NamedMetadata,
    web: Service,
    input: RouteInput,
    serviceName: pulumi.Output<string>,
    child: pulumi.CustomResourceOptions,
): pulumi.Output<string | undefined> {
    const ofIngress: IngressInput = {
        ...input,
        ingressClassName: web.ingressClassName,
        clientMaxBodySize: web.nginx.clientMaxBodySize,
        headerSize: web.nginx.headerSize,
        awaitAddress: web.awaitAddress,
        tls: web.tls,
    };
    const made = new k8s.networking.v1.Ingress(
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
    // The declared type promises more than a preview knows, and than an Ingress has before its controller has written.
    const status: pulumi.Output<IngressStatus | undefined> = made.status;
    return status.apply((known) => {
        const [address] = known?.loadBalancer?.ingress ?? [];
        return address?.hostname ?? address?.ip;
    });
}

/**
 * A Gateway with the HTTPRoutes on it. Returns its address; undefined while it has none.
 *
 * @param child of what leads nowhere by itself
 * @param leading of the routes
 */
function gateway(
    name: string,
    metadata: NamedMetadata,
    web: Service,
    input: RouteInput,
    serviceName: pulumi.Output<string>,
    child: pulumi.CustomResourceOptions,
    leading: pulumi.CustomResourceOptions,
): pulumi.Output<string | undefined> {
    const { tls, awaitAddress } = web;
    const allowedRoutes = web.gateway?.allowedRoutes ?? gatewayDefaults.allowedRoutes;
    const ofGateway = { ...input, kind: gatewayKindOf(web), allowedRoutes, tls, awaitAddress };
    const made = new k8s.apiextensions.CustomResource(
        name,
        {
            apiVersion: gatewayApiVersion,
            kind: "Gateway",
            metadata: annotated(metadata, gatewayAnnotations(ofGateway)),
            spec: gatewaySpec(ofGateway),
            // No input: named here, it is an output.
            status: undefined,
        },
        child,
    ) as k8s.apiextensions.CustomResource & { readonly status: pulumi.Output<GatewayStatus | undefined> };
    const policies =
        ofGateway.kind === "envoy-gateway"
            ? envoyPolicies(name, metadata, web, listenersOfPorts(ofGateway), { ...child, dependsOn: made })
            : [];
    const onGateway = { ...leading, dependsOn: [made, ...policies] };
    const routed = annotated(metadata, routeAnnotations);
    httpRoute(name, routed, gatewayRouteSpec(ofGateway, metadata.name, serviceName), onGateway);
    if (tls !== undefined) {
        const redirect = `${name}-redirect`;
        httpRoute(redirect, { ...routed, name: redirect }, gatewayRedirectSpec(input, metadata.name), onGateway);
    }
    return made.status.apply((known) => known?.addresses?.[0]?.value);
}

/** Of the class of the controller that is in front; that there is one is judged before (problemsOfGateway). */
function gatewayKindOf({ ingressController: { kind } }: Service): GatewayInput["kind"] {
    return kind === "envoy-gateway" ? kind : "traefik";
}

/** What an HTTPRoute cannot say of Envoy. */
function envoyPolicies(
    name: string,
    metadata: NamedMetadata,
    { namespace, drain, drainBudget, ingressController }: Service,
    listeners: readonly string[],
    child: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
    const { trustedIPs } = ingressController;
    const client = clientTrafficPolicySpec(metadata.name, { transferSeconds: drain.transferSeconds, trustedIPs });
    const policy = (kind: string, spec: object, annotations: Readonly<Record<string, string>> = policyAnnotations) =>
        new k8s.apiextensions.CustomResource(
            name,
            { apiVersion: envoyGatewayApiVersion, kind, metadata: annotated(metadata, annotations), spec },
            child,
        );
    return [
        policy("BackendTrafficPolicy", backendTrafficPolicySpec(metadata.name, drainBudget.proxyReadTimeoutSeconds)),
        policy("ClientTrafficPolicy", client),
        policy(
            "EnvoyPatchPolicy",
            envoyPatchPolicySpec({ namespace, name: metadata.name }, listeners),
            patchPolicyAnnotations,
        ),
    ];
}

function httpRoute(name: string, metadata: NamedMetadata, spec: object, child: pulumi.CustomResourceOptions): void {
    new k8s.apiextensions.CustomResource(
        name,
        { apiVersion: gatewayApiVersion, kind: "HTTPRoute", metadata, spec },
        child,
    );
}

const annotated = (metadata: NamedMetadata, annotations: Readonly<Record<string, string>>): NamedMetadata => ({
    ...metadata,
    annotations: { ...metadata.annotations, ...annotations },
});
