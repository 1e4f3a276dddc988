/** What a stack had of the class of its ingress controller, and what it has. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { IngressClass, IngressNginx } from "../../../components";
import { owned } from "../../../components/objectMetadata";

/** As it was called when it was Traefik's alone. */
class TraefikIngressClass extends pulumi.ComponentResource {
    constructor(name: string) {
        super("php-web-service:index:TraefikIngressClass", name);
        const spec = { controller: "k8s.io/ingress-nginx" };
        new k8s.networking.v1.IngressClass(name, { metadata: owned({ name: "nginx" }), spec }, { parent: this });
    }
}

const { kind, isBefore, repository } = new pulumi.Config("php-web-service").requireObject<{
    readonly kind: "ingress-nginx" | "traefik";
    readonly isBefore: boolean;
    readonly repository: string;
}>("class");

const dependsOn = !isBefore
    ? [new IngressClass("ingress-class")]
    : kind === "traefik"
      ? [new TraefikIngressClass("traefik")]
      : [];
if (kind === "ingress-nginx") {
    new IngressNginx("ingress-nginx", { chart: { repository }, ingressClass: isBefore }, { dependsOn });
}
