/** An image that is not pinned, and a number of replicas beside an autoscaler. */
import * as k8s from "@pulumi/kubernetes";

const labels = { app: "server" };

const { metadata } = new k8s.apps.v1.Deployment("server", {
    spec: {
        replicas: 3,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: "server", image: "nginx:latest" }] } },
    },
});

new k8s.autoscaling.v2.HorizontalPodAutoscaler("server", {
    spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: metadata.name },
        minReplicas: 2,
        maxReplicas: 4,
    },
});
