/** The Gateway of a service behind the component Traefik or EnvoyGateway: objects of gateway.networking.k8s.io/v1. No typed classes for them. */
import type { Input } from "@pulumi/pulumi";

import {
    httpRouteRules,
    issuerAnnotations,
    type CertificateInput,
    type ControllerKind,
    type RouteInput,
} from "./traffic";
import { traefikPorts } from "./traefikConfiguration";

export const gatewayApiVersion = "gateway.networking.k8s.io/v1";

/** Of the components that serve Gateways; the names are fixed, as all of theirs. */
export const gatewayClasses = {
    traefik: {
        name: "traefik",
        controllerName: "traefik.io/gateway-controller",
        // Those that its pods listen on, since by them it finds the entry point; its Service has 80 and 443.
        ports: { http: traefikPorts.web, https: traefikPorts.websecure },
    },
    "envoy-gateway": {
        name: "envoy-gateway",
        controllerName: "gateway.envoyproxy.io/gatewayclass-controller",
        // Those of the Service that it makes of the Gateway.
        ports: { http: 80, https: 443 },
    },
} as const satisfies Partial<Record<ControllerKind, object>>;

export interface GatewayInput {
    readonly kind: keyof typeof gatewayClasses;
    readonly allowedRoutes: "Same" | "All";
    /** Each of them leads to the pods; every host where empty. */
    readonly hosts: readonly string[];
    readonly tls: CertificateInput | undefined;
    readonly awaitAddress: boolean;
}

/** Listener for plain HTTP. */
const httpListener = "http";

/** One for each host: cert-manager reads from listeners which hosts a certificate is for. */
const httpsListeners = (hosts: readonly string[]) =>
    hosts.map((host, i) => ({ name: i === 0 ? "https" : `https-${i + 1}`, host }));

/** The first listener of each port. */
export function listenersOfPorts({ hosts, tls }: Pick<GatewayInput, "hosts" | "tls">): readonly string[] {
    return [
        httpListener,
        ...(tls === undefined
            ? []
            : httpsListeners(hosts)
                  .slice(0, 1)
                  .map(({ name }) => name)),
    ];
}

export function gatewaySpec({ kind, allowedRoutes, hosts, tls }: GatewayInput) {
    const { name: gatewayClassName, ports } = gatewayClasses[kind];
    const routes = { allowedRoutes: { namespaces: { from: allowedRoutes } } };
    return {
        gatewayClassName,
        listeners: [
            { name: httpListener, protocol: "HTTP", port: ports.http, ...routes },
            ...(tls === undefined
                ? []
                : httpsListeners(hosts).map(({ name, host }) => ({
                      name,
                      protocol: "HTTPS",
                      port: ports.https,
                      ...routes,
                      hostname: host,
                      tls: {
                          mode: "Terminate",
                          certificateRefs: [{ group: "", kind: "Secret", name: tls.secretName }],
                      },
                  }))),
        ],
    };
}

/** cert-manager's are the same as on an Ingress. The update waits until the controller has taken the Gateway. */
export function gatewayAnnotations({ tls, awaitAddress }: GatewayInput): Record<string, string> {
    const awaited = ["condition=Programmed", ...(awaitAddress ? ["jsonpath={.status.addresses[0].value}"] : [])];
    return { ...issuerAnnotations(tls), ...waitFor(...awaited) };
}

/** Until the controller has taken a policy for its Gateway: no route is to be served without. */
export const policyAnnotations = waitForPolicy("Accepted");

/** Likewise, of one that is only found to be wrong later. */
export const patchPolicyAnnotations = waitForPolicy("Programmed");

function waitForPolicy(condition: string) {
    return waitFor(`jsonpath={.status.ancestors[0].conditions[?@.type=="${condition}"].status}=True`);
}

/** Until the first of its listeners has taken it: what served before is removed only then. */
export const routeAnnotations = waitFor('jsonpath={.status.parents[0].conditions[?@.type=="Accepted"].status}=True');

function waitFor(...conditions: readonly string[]) {
    return { "pulumi.com/waitFor": JSON.stringify(conditions) };
}

/** @param gatewayName of the same namespace */
export function gatewayRouteSpec(input: RouteInput & GatewayInput, gatewayName: string, serviceName: Input<string>) {
    const listeners = input.tls === undefined ? [httpListener] : httpsListeners(input.hosts).map(({ name }) => name);
    return {
        parentRefs: listeners.map((sectionName) => ({ name: gatewayName, sectionName })),
        ...hostnames(input),
        rules: httpRouteRules(input, serviceName),
    };
}

/** From HTTP to HTTPS, as both controllers do it for an Ingress with a certificate. */
export function gatewayRedirectSpec(input: RouteInput, gatewayName: string) {
    return {
        parentRefs: [{ name: gatewayName, sectionName: httpListener }],
        ...hostnames(input),
        rules: [
            {
                matches: input.paths.map((value) => ({ path: { type: "PathPrefix", value } })),
                filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 308 } }],
            },
        ],
    };
}

const hostnames = ({ hosts }: { readonly hosts: readonly string[] }) =>
    hosts.length === 0 ? {} : { hostnames: [...hosts] };
