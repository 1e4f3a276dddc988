/** Stand-in for pulumi-resource-kubernetes-ingress-nginx: the component, and in it the chart's Release. */
import { Release, type ReleaseArgs } from "@pulumi/kubernetes/helm/v3/release";
import { version } from "@pulumi/kubernetes-ingress-nginx/package.json";
import * as pulumi from "@pulumi/pulumi";

import { endWithEngine } from "./endWithEngine";

class IngressController extends pulumi.ComponentResource {
    readonly status: Release["status"];

    constructor(name: string, inputs: pulumi.Inputs, options: pulumi.ComponentResourceOptions) {
        super("kubernetes-ingress-nginx:index:IngressController", name, {}, options);
        const { helmOptions, ...values } = inputs;
        const release = (helmOptions ?? {}) as Partial<ReleaseArgs>;
        const { status } = new Release(
            `${name}-helm`,
            {
                chart: "ingress-nginx",
                repositoryOpts: { repo: "https://kubernetes.github.io/ingress-nginx" },
                ...release,
                values: { ...(release.values as object | undefined), ...values },
            },
            { parent: this },
        );
        this.status = status;
        this.registerOutputs({ status });
    }
}

endWithEngine();
void pulumi.provider.main(
    {
        version,
        construct: (name, _type, inputs, options) => {
            const { urn, status } = new IngressController(name, inputs, options);
            return Promise.resolve({ urn, state: { status } });
        },
    },
    process.argv.slice(2),
);
