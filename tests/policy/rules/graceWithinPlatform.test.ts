import { expect } from "chai";

import { unknownValue } from "../../../policy/manifest";
import { graceWithinPlatform } from "../../../policy/rules/graceWithinPlatform";
import { podSpec, verdict, webStack, webStackWith, without, type Path } from "../stack";

const grace: Path = [...podSpec, "terminationGracePeriodSeconds"];

const violations = (graceSeconds: number | undefined, config = {}): readonly string[] =>
    verdict(graceWithinPlatform, webStackWith("Deployment", grace, graceSeconds), config).violations;

describe("grace-within-platform", () => {
    it("advises, and no more: only the cluster knows what it gives", () => {
        expect(graceWithinPlatform.enforcementLevel).to.equal("advisory");
    });

    it("passes up to what cluster-autoscaler gives by default", () => {
        expect(violations(undefined)).to.deep.equal([]);
        expect(violations(600)).to.deep.equal([]);
    });

    it("says by how much a grace period is above it", () => {
        expect(violations(615)).to.deep.equal([
            "Deployment shop/web: terminationGracePeriodSeconds is 615, and the cluster gives 600 s at most " +
                "(platformGraceSeconds of this policy; cluster-autoscaler's --max-graceful-termination-sec is 600 by " +
                "default): where that ends a pod, it kills requests 15 s before their time is over. Promise shorter " +
                "requests, or let the cluster give more and say so here.",
        ]);
    });

    it("takes what the configuration says of the cluster", () => {
        expect(violations(60, { platformGraceSeconds: 25 })[0]).to.include("the cluster gives 25 s at most");
        expect(violations(3600, { platformGraceSeconds: 3600 })).to.deep.equal([]);
    });

    it("has no say about what serves nobody, and cannot tell what is not known", () => {
        const alone = without(webStackWith("Deployment", grace, 900), "Ingress");
        expect(verdict(graceWithinPlatform, alone).violations).to.deep.equal([]);
        expect(verdict(graceWithinPlatform, webStackWith("Deployment", grace, unknownValue)).violations).to.deep.equal(
            [],
        );
        expect(verdict(graceWithinPlatform, webStack()).violations).to.deep.equal([]);
    });
});
