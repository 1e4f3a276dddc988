import { expect } from "chai";

import { unknownValue, type PolicyObject } from "../../../policy/manifest";
import { imagesPinned } from "../../../policy/rules/imagesPinned";
import { nginx, phpFpm, verdict, webStack, webStackWith } from "../stack";

const violations = (objects: readonly PolicyObject[]) => verdict(imagesPinned, objects).violations;

describe("images-pinned", () => {
    it("passes where every image names a version", () => {
        expect(violations(webStack())).to.deep.equal([]);
    });

    it("refuses an image that moves, in init containers too", () => {
        expect(violations(webStackWith("Deployment", [...nginx, "image"], "nginx:latest"))).to.deep.equal([
            "Deployment shop/web: The image of container nginx, nginx:latest, has the tag latest, which moves. " +
                "Name a version, as repository:1.2.3, or a digest.",
        ]);
        expect(violations(webStackWith("Deployment", [...phpFpm, "image"], "php"))[0]).to.include("has no tag");
    });

    it("takes a digest alone, and a registry's host in upper case", () => {
        for (const image of [`nginx@sha256:${"0".repeat(64)}`, "Registry.Example.COM/shop/nginx:1.30.4"]) {
            expect(violations(webStackWith("Deployment", [...nginx, "image"], image))).to.deep.equal([]);
        }
    });

    it("looks into every kind of workload but those that end by themselves", () => {
        const spec = { containers: [{ name: "a", image: "a" }] };
        const objects: readonly PolicyObject[] = [
            { apiVersion: "v1", kind: "Pod", spec },
            { apiVersion: "v1", kind: "ReplicationController", spec: { template: { spec } } },
            { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", spec: { template: { spec } } },
        ];
        expect(violations(objects)).to.have.length(objects.length);
        const ending: readonly PolicyObject[] = [
            { apiVersion: "batch/v1", kind: "Job", spec: { template: { spec } } },
            { apiVersion: "batch/v1", kind: "CronJob", spec: { jobTemplate: { spec: { template: { spec } } } } },
        ];
        expect(violations(ending)).to.deep.equal([]);
    });

    it("is undecided over an unknown image, and still finds another one's fault", () => {
        const objects = webStackWith("Deployment", [...nginx, "image"], unknownValue);
        expect(verdict(imagesPinned, objects)).to.deep.equal({
            violations: [],
            undecided: ["Deployment shop/web: spec.template.spec.containers[0].image of Deployment shop/web"],
        });
        const broken = verdict(imagesPinned, [
            ...objects,
            {
                apiVersion: "v1",
                kind: "Pod",
                metadata: { name: "b" },
                spec: { containers: [{ name: "b", image: "b" }] },
            },
        ]);
        expect(broken.violations).to.have.length(1);
        expect(broken.undecided).to.have.length(1);
    });
});
