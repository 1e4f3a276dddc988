import { expect } from "chai";

import { judge } from "../../../policy/check";
import { kubeObject, unknownValue } from "../../../policy/manifest";
import { noRemovedApiVersions, removals } from "../../../policy/rules/noRemovedApiVersions";
import { verdict, webStack } from "../stack";

const messages = (apiVersion: string, kind: string, type?: string): readonly string[] => {
    const object = kubeObject({ apiVersion, kind }, type === undefined ? {} : { type });
    return judge(noRemovedApiVersions, object, [object]).messages;
};

describe("no-removed-api-versions", () => {
    it("passes what Kubernetes serves", () => {
        expect(verdict(noRemovedApiVersions, webStack()).violations).to.deep.equal([]);
    });

    it("names the version that removed it, and what to use", () => {
        expect(messages("autoscaling/v2beta1", "HorizontalPodAutoscaler")).to.deep.equal([
            "apiVersion is autoscaling/v2beta1, which Kubernetes 1.25 removed for HorizontalPodAutoscaler. " +
                "Use autoscaling/v2.",
        ]);
        expect(messages("extensions/v1beta1", "Ingress")[0]).to.include("1.22").and.include("networking.k8s.io/v1");
        expect(messages("extensions/v1beta1", "Deployment")[0]).to.include("1.16").and.include("apps/v1");
    });

    it("knows every entry of its table", () => {
        for (const { apiVersion, kinds } of removals) {
            for (const kind of kinds.length === 0 ? ["Anything"] : kinds) {
                expect(messages(apiVersion, kind), `${apiVersion} ${kind}`).to.have.length(1);
            }
        }
    });

    it("passes kinds that came to the same API version later", () => {
        expect(messages("networking.k8s.io/v1beta1", "IPAddress")).to.deep.equal([]);
        expect(messages("storage.k8s.io/v1beta1", "VolumeAttributesClass")).to.deep.equal([]);
        expect(messages("admissionregistration.k8s.io/v1beta1", "ValidatingAdmissionPolicy")).to.deep.equal([]);
    });

    it("sees lists, and goes by Pulumi's type token too", () => {
        expect(messages("policy/v1beta1", "PodDisruptionBudgetList")).to.have.length(1);
        const type = "kubernetes:extensions/v1beta1:Ingress";
        expect(messages("networking.k8s.io/v1", "Ingress", type)[0]).to.include(`the resource type is ${type}`);
        expect(messages("extensions/v1beta1", "Ingress", type)).to.have.length(1);
        expect(messages("v1", "Service", "kubernetes:core/v1:Service")).to.deep.equal([]);
    });

    it("needs nothing that may be unknown", () => {
        const object = { apiVersion: "batch/v1beta1", kind: "CronJob", metadata: unknownValue, spec: unknownValue };
        const { violations, undecided } = verdict(noRemovedApiVersions, [object]);
        expect(violations).to.have.length(1);
        expect(undecided).to.deep.equal([]);
    });
});
