import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { serviceDefaults } from "./defaults";
import { owned } from "./objectMetadata";

export interface TraefikIngressClassArgs {
    /**
     * Name of the class, as Ingresses have it.
     * @default "nginx"
     */
    readonly ingressClassName?: string | undefined;
}

/**
 * The class that used to come with ingress-nginx's chart: Traefik with its kubernetesIngressNGINX provider serves Ingresses of
 * a class whose controller is ingress-nginx's, annotations included. For the component `Traefik` as for a Traefik of your own,
 * and so a component by itself: who goes from the one to the other keeps the object.
 */
export class TraefikIngressClass extends pulumi.ComponentResource {
    constructor(name: string, args: TraefikIngressClassArgs = {}, opts?: pulumi.ComponentResourceOptions) {
        super("php-web-service:index:TraefikIngressClass", name, {}, opts);
        const className = args.ingressClassName ?? serviceDefaults.ingressClassName;
        new k8s.networking.v1.IngressClass(
            name,
            { metadata: owned({ name: className }), spec: { controller: "k8s.io/ingress-nginx" } },
            { parent: this },
        );
        this.registerOutputs({});
    }
}
