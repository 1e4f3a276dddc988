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
                "Name a version, as repository:1.2.3, or a tag and a digest.",
        ]);
        expect(violations(webStackWith("Deployment", [...phpFpm, "image"], "php"))[0]).to.include("has no tag");
    });

    it("looks into every kind of workload", () => {
        const spec = { containers: [{ name: "a", image: "a" }] };
        const objects: readonly PolicyObject[] = [
            { apiVersion: "v1", kind: "Pod", spec },
            { apiVersion: "batch/v1", kind: "Job", spec: { template: { spec } } },
            { apiVersion: "batch/v1", kind: "CronJob", spec: { jobTemplate: { spec: { template: { spec } } } } },
            { apiVersion: "v1", kind: "ReplicationController", spec: { template: { spec } } },
        ];
        expect(violations(objects)).to.have.length(objects.length);
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
