/** The programs under examples/, judged by the policy pack and by what they register. */
import { readdirSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { checkManifests } from "../../policy/check";
import { render } from "../../tools/render/render";
import { repositoryRoot } from "../../tools/common/paths";
import { identities, recordingOfExample } from "../helpers/stacks";

const examples = readdirSync(join(repositoryRoot, "examples"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

describe("examples", () => {
    for (const example of examples) {
        it(`${example} keeps every policy`, async () => {
            const manifests = render(await recordingOfExample(example));
            expect(manifests.filter(({ kind }) => kind === "Deployment")).to.not.be.empty;
            expect(checkManifests(manifests)).to.deep.equal([]);
        });
    }

    it("one service is all that a service needs, in a namespace of its own, under its host", async () => {
        const recording = await recordingOfExample("one-service");
        expect(identities(recording)).to.deep.equal([
            "kubernetes:apps/v1:Deployment shop",
            "kubernetes:autoscaling/v2:HorizontalPodAutoscaler shop",
            "kubernetes:core/v1:ConfigMap shop-app",
            "kubernetes:core/v1:ConfigMap shop-nginx",
            "kubernetes:core/v1:ConfigMap shop-php-fpm",
            "kubernetes:core/v1:Namespace shop",
            "kubernetes:core/v1:Service shop",
            "kubernetes:networking.k8s.io/v1:Ingress shop",
            "kubernetes:networking.k8s.io/v1:NetworkPolicy shop",
            "kubernetes:policy/v1:PodDisruptionBudget shop",
            "php-web-service:index:PhpWebService shop",
        ]);
        expect(recording.outputs).to.deep.equal({ url: "http://www.example.com/" });
        const namespaces = render(recording).map(({ kind, metadata }) =>
            kind === "Namespace" ? metadata?.name : metadata?.namespace,
        );
        expect(new Set(namespaces)).to.deep.equal(new Set(["shop"]));
    });

    it("two services share no object, and each has its own promise", async () => {
        const recording = await recordingOfExample("two-services");
        const manifests = render(recording);
        const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata?.namespace} ${metadata?.name}`);
        expect(new Set(names).size).to.equal(names.length);
        expect(recording.outputs).to.deep.equal({
            shopUrl: "http://www.example.com/",
            reportsUrl: "http://reports.example.com/",
        });
        const deploymentOf = (name: string) =>
            manifests.find(({ kind, metadata }) => kind === "Deployment" && metadata?.name === name);
        expect(deploymentOf("shop")).to.have.nested.property("spec.template.spec.terminationGracePeriodSeconds", 70);
        expect(deploymentOf("reports")).to.have.nested.property(
            "spec.template.spec.terminationGracePeriodSeconds",
            150,
        );
    });
});
