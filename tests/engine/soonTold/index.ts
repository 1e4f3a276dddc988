/** Stands for a provider that takes an old event of its watch for the rollout's end. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { rolloutHooks } from "../../../tools/why/hook";

const { image, progressDeadlineSeconds } = new pulumi.Config("php-web-service").requireObject<{
    readonly image: string;
    readonly progressDeadlineSeconds: number;
}>("web");

const labels = { "app.kubernetes.io/component": "php-web-service" };
new k8s.apps.v1.Deployment(
    "web",
    {
        metadata: { name: "web", namespace: "default", labels, annotations: { "pulumi.com/skipAwait": "true" } },
        spec: {
            progressDeadlineSeconds,
            selector: { matchLabels: labels },
            strategy: { rollingUpdate: { maxUnavailable: 0 } },
            template: { metadata: { labels }, spec: { containers: [{ name: "nginx", image }] } },
        },
    },
    { hooks: rolloutHooks(undefined) },
);
