import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { serviceDefaults } from "./defaults";
import { owned } from "./objectMetadata";

export interface IngressClassArgs {
    /**
     * Name of the class, as Ingresses have it.
     * @default "nginx"
     */
    readonly ingressClassName?: string | undefined;
}

/** What a component was called of which this one has the objects. */
const formerly = { type: "php-web-service:index:TraefikIngressClass", name: "traefik" };

/**
 * The class whose Ingresses ingress-nginx serves, and Traefik with its kubernetesIngressNGINX provider, annotations included. A
 * component by itself, and not a part of either controller: who goes from the one to the other, or has both, keeps the object.
 */
export class IngressClass extends pulumi.ComponentResource {
    constructor(name: string, args: IngressClassArgs = {}, opts: pulumi.ComponentResourceOptions = {}) {
        super(
            "php-web-service:index:IngressClass",
            name,
            {},
            { ...opts, aliases: [formerly, ...(opts.aliases ?? [])] },
        );
        const className = args.ingressClassName ?? serviceDefaults.ingressClassName;
        // Helm would delete a class that it has made when its chart is to bring none any more.
        const annotations = { "helm.sh/resource-policy": "keep" };
        new k8s.networking.v1.IngressClass(
            name,
            { metadata: owned({ name: className, annotations }), spec: { controller: "k8s.io/ingress-nginx" } },
            { parent: this },
        );
        this.registerOutputs({});
    }
}
