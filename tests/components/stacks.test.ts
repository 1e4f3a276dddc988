import { expect } from "chai";

import { stackNames } from "../../tools/common/stackFiles";
import { identities, recordingOf } from "../helpers/stacks";

const usual = [
    "kubernetes-ingress-nginx:index:IngressController ingress-nginx",
    "kubernetes:apiregistration.k8s.io/v1:APIService metrics-server",
    "kubernetes:apps/v1:Deployment metrics-server",
    "kubernetes:apps/v1:Deployment web",
    "kubernetes:autoscaling/v2:HorizontalPodAutoscaler web",
    "kubernetes:core/v1:ConfigMap web-app",
    "kubernetes:core/v1:ConfigMap web-nginx",
    "kubernetes:core/v1:ConfigMap web-php-fpm",
    "kubernetes:core/v1:Namespace ingress-nginx",
    "kubernetes:core/v1:Namespace web",
    "kubernetes:core/v1:Service metrics-server",
    "kubernetes:core/v1:Service web",
    "kubernetes:core/v1:ServiceAccount metrics-server",
    "kubernetes:networking.k8s.io/v1:Ingress web",
    "kubernetes:networking.k8s.io/v1:IngressClass ingress-class",
    "kubernetes:networking.k8s.io/v1:NetworkPolicy web",
    "kubernetes:policy/v1:PodDisruptionBudget web",
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole metrics-server-aggregated-reader",
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole metrics-server-reader",
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding metrics-server-auth-delegator",
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding metrics-server-reader",
    "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding metrics-server-auth-reader",
    "php-web-service:index:IngressClass ingress-class",
    "php-web-service:index:IngressNginx ingress-nginx",
    "php-web-service:index:MetricsServer metrics-server",
    "php-web-service:index:PhpWebService web",
    "pulumi:providers:kubernetes cluster",
];

describe("the stacks", () => {
    it("prod registers exactly these resources", async () => {
        expect(identities(await recordingOf("prod"))).to.deep.equal(usual);
    });

    for (const stack of stackNames()) {
        it(`${stack}: every object has a component as its parent, and only components and the provider have none`, async () => {
            for (const { type, name, parent } of (await recordingOf(stack)).resources) {
                const isTop = type.startsWith("php-web-service:") || type.startsWith("pulumi:providers:");
                expect(parent === undefined, `${type} ${name}`).to.equal(isTop);
                if (parent !== undefined) {
                    expect(parent.type).to.match(/^php-web-service:index:/);
                    // A child's name follows from its component's.
                    expect(name === parent.name || name.startsWith(`${parent.name}-`), `${type} ${name}`).to.equal(
                        true,
                    );
                }
            }
        });
    }

    it("prod has few outputs: where it answers and what to look at", async () => {
        const { outputs } = await recordingOf("prod");
        expect(outputs).to.have.all.keys("url", "namespace", "deploymentName", "autoscalerName");
        expect(outputs["url"]).to.equal("http://www.example.com/");
        expect(outputs["namespace"]).to.equal("web");
        expect(outputs["deploymentName"]).to.equal("web");
        expect(outputs["autoscalerName"]).to.equal("web");
    });

    it("the service waits for metrics-server, the IngressClass and the ingress controller", async () => {
        const { resources } = await recordingOf("prod");
        const service = resources.find(({ type }) => type === "php-web-service:index:PhpWebService");
        expect(service?.options.dependsOn).to.be.an("array").with.length(3);
    });

    it("prod scales from 3 to 24 pods at 60 %", async () => {
        const { resources } = await recordingOf("prod");
        const hpa = resources.find(({ type }) => type === "kubernetes:autoscaling/v2:HorizontalPodAutoscaler");
        expect(hpa?.inputs["spec"]).to.deep.include({ minReplicas: 3, maxReplicas: 24 });
        expect(JSON.stringify(hpa?.inputs["spec"])).to.include('"averageUtilization":60');
    });
});
