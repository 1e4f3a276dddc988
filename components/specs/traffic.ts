/** What leads requests to the pods: Ingress or HTTPRoute, and who may reach them at all. */
import type * as k8s from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";
import {
    commandComponents,
    componentLabel,
    exporterPorts,
    httpPort,
    httpPortName,
    servicePort,
    nameLabel,
} from "./names";

export interface RouteInput {
    /** Each of them leads to the pods; every host where empty. */
    readonly hosts: readonly string[];
    /** Path prefixes. */
    readonly paths: readonly string[];
    /** How long the proxy waits for the pod; longer than the pod may take. */
    readonly proxyReadTimeoutSeconds: number;
}

export interface IngressInput extends RouteInput {
    readonly ingressClassName: string;
    /** As nginx writes sizes: "8m". */
    readonly clientMaxBodySize: string;
    /** Likewise, what the headers of an answer may have: "16k". */
    readonly headerSize: string;
    readonly awaitAddress: boolean;
    readonly tls: CertificateInput | undefined;
}

export interface CertificateInput {
    readonly secretName: string;
    readonly certManagerIssuer?: string | undefined;
    readonly certManagerIssuerKind: "ClusterIssuer" | "Issuer";
}

const nginxAnnotation = (name: string) => `nginx.ingress.kubernetes.io/${name}`;

/**
 * Annotations of ingress-nginx; Traefik's kubernetesIngressNGINX provider reads the same. Nothing is rewritten: a prefix is cut
 * off by the pod's nginx, which does so behind every proxy. Which ones a stack may add: furtherAnnotations.ts.
 */
export function ingressAnnotations(input: IngressInput): Record<string, string> {
    return {
        [nginxAnnotation("proxy-read-timeout")]: String(input.proxyReadTimeoutSeconds),
        [nginxAnnotation("proxy-send-timeout")]: String(input.proxyReadTimeoutSeconds),
        [nginxAnnotation("proxy-body-size")]: input.clientMaxBodySize,
        // The controller sends a request when it has all of it, whatever its ConfigMap says: a slow upload holds no pod.
        [nginxAnnotation("proxy-request-buffering")]: "on",
        // The controller takes an answer as fast as the pod gives it, and has the longer time to hand it on: a slow client
        // holds no pod that ends. What an application streams, it says: X-Accel-Buffering: no.
        [nginxAnnotation("proxy-buffering")]: "on",
        // All headers of an answer have to fit; the controller's own 4k is a 502 for a few cookies.
        [nginxAnnotation("proxy-buffer-size")]: input.headerSize,
        ...issuerAnnotations(input.tls),
        ...(input.awaitAddress ? {} : { "pulumi.com/skipAwait": "true" }),
    };
}

/** cert-manager reads them on an Ingress as on a Gateway. */
export function issuerAnnotations(tls: CertificateInput | undefined): Record<string, string> {
    if (tls?.certManagerIssuer === undefined) return {};
    const name = tls.certManagerIssuerKind === "Issuer" ? "cert-manager.io/issuer" : "cert-manager.io/cluster-issuer";
    return { [name]: tls.certManagerIssuer };
}

export function ingressSpec(
    input: IngressInput,
    serviceName: Input<string>,
): k8s.types.input.networking.v1.IngressSpec {
    const http = {
        paths: input.paths.map((path) => ({
            path,
            pathType: "Prefix",
            backend: { service: { name: serviceName, port: { name: httpPortName } } },
        })),
    };
    return {
        ingressClassName: input.ingressClassName,
        ...(input.tls === undefined
            ? {}
            : {
                  tls: [
                      {
                          secretName: input.tls.secretName,
                          ...(input.hosts.length === 0 ? {} : { hosts: [...input.hosts] }),
                      },
                  ],
              }),
        rules: input.hosts.length === 0 ? [{ http }] : input.hosts.map((host) => ({ host, http })),
    };
}

/** gateway.networking.k8s.io/v1 HTTPRoute; no typed class for it, so plain data. */
export function httpRouteSpec(
    input: RouteInput & {
        readonly gateway: {
            readonly name: string;
            readonly namespace: string;
            readonly sectionName?: string | undefined;
        };
    },
    serviceName: Input<string>,
) {
    const { name, namespace, sectionName } = input.gateway;
    return {
        parentRefs: [{ name, namespace, ...(sectionName === undefined ? {} : { sectionName }) }],
        ...(input.hosts.length === 0 ? {} : { hostnames: [...input.hosts] }),
        rules: httpRouteRules(input, serviceName),
    };
}

export function httpRouteRules({ paths, proxyReadTimeoutSeconds }: RouteInput, serviceName: Input<string>) {
    return [
        {
            matches: paths.map((value) => ({ path: { type: "PathPrefix", value } })),
            timeouts: { request: `${proxyReadTimeoutSeconds}s` },
            backendRefs: [{ name: serviceName, port: servicePort }],
        },
    ];
}

/** Every pod of a namespace, as a NetworkPolicy names its peers. */
export const podsOfNamespace = (namespace: string) => ({
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
});

/** Pods that may reach nginx. */
export interface TrafficSource {
    readonly namespace: string;
    /** Labels of the proxy's pods; every pod of the namespace where empty. */
    readonly podLabels: Readonly<Record<string, string>>;
}

/**
 * Only the proxies reach nginx, and nobody from outside the pod reaches php-fpm: FastCGI runs any code it is sent. The
 * kubelet's probes are always let in.
 */
export function networkPolicySpec(input: {
    readonly podLabels: Readonly<Record<string, string>>;
    readonly sources: readonly TrafficSource[];
    /** What the pods may connect to; everything where undefined. */
    readonly egress: k8s.types.input.networking.v1.NetworkPolicyEgressRule[] | undefined;
    /** Namespace that Prometheus scrapes from; undefined without monitoring. */
    readonly monitoringNamespace: string | undefined;
}): k8s.types.input.networking.v1.NetworkPolicySpec {
    return {
        podSelector: { matchLabels: input.podLabels },
        policyTypes: input.egress === undefined ? ["Ingress"] : ["Ingress", "Egress"],
        ingress: [
            {
                from: input.sources.map(({ namespace, podLabels }) => ({
                    ...podsOfNamespace(namespace),
                    ...(Object.keys(podLabels).length === 0 ? {} : { podSelector: { matchLabels: podLabels } }),
                })),
                // By number: not every network plug-in finds the named ports of sidecars.
                ports: [{ protocol: "TCP", port: httpPort }],
            },
            ...(input.monitoringNamespace === undefined
                ? []
                : [
                      {
                          from: [podsOfNamespace(input.monitoringNamespace)],
                          ports: exporterPorts.map(({ port }) => ({ protocol: "TCP", port })),
                      },
                  ]),
        ],
        ...(input.egress === undefined ? {} : { egress: input.egress }),
    };
}

/** Pods that run a command of the application connect to what the others do, and nobody connects to them. */
export function commandsPolicySpec(
    name: string,
    egress: k8s.types.input.networking.v1.NetworkPolicyEgressRule[] | undefined,
): k8s.types.input.networking.v1.NetworkPolicySpec {
    return {
        podSelector: {
            matchLabels: { [nameLabel]: name },
            matchExpressions: [{ key: componentLabel, operator: "In", values: [...commandComponents] }],
        },
        policyTypes: egress === undefined ? ["Ingress"] : ["Ingress", "Egress"],
        ...(egress === undefined ? {} : { egress }),
    };
}

/** What leads requests to the pods, as `ingressController.kind`. */
export type ControllerKind = "ingress-nginx" | "traefik" | "envoy-gateway";

/** Labels that the controllers' charts give their pods; of Envoy Gateway, those that it gives its proxies. */
export const controllerPodLabels: Readonly<Record<ControllerKind, TrafficSource["podLabels"]>> = {
    "ingress-nginx": { "app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller" },
    traefik: { "app.kubernetes.io/name": "traefik" },
    "envoy-gateway": { "app.kubernetes.io/name": "envoy", "app.kubernetes.io/component": "proxy" },
};

/** Where requests come from: the namespace of somebody else's Gateway where there is one, the controllers' pods otherwise. */
export function trafficSources(input: {
    readonly gatewayOfOthers: { readonly namespace: string } | undefined;
    readonly controllers: readonly {
        readonly kind: ControllerKind;
        readonly namespace?: string | undefined;
    }[];
}): readonly TrafficSource[] {
    return input.gatewayOfOthers === undefined
        ? input.controllers.map(({ kind, namespace = kind }) => ({ namespace, podLabels: controllerPodLabels[kind] }))
        : [{ namespace: input.gatewayOfOthers.namespace, podLabels: {} }];
}
