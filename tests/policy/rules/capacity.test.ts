import { expect } from "chai";

import { unknownValue, type PolicyObject } from "../../../policy/manifest";
import { disruptionBudgetPresent, replicaFloor } from "../../../policy/rules/capacity";
import { change, verdict, webStack, webStackWith, without } from "../stack";

const hpa = "HorizontalPodAutoscaler";
const pdb = "PodDisruptionBudget";

/** The web stack with a fixed number of pods. */
const fixed = (replicas: number | undefined): readonly PolicyObject[] =>
    change(without(webStack(), hpa), "Deployment", ["spec", "replicas"], replicas);

describe("disruption-budget-present", () => {
    const violations = (objects: readonly PolicyObject[]) => verdict(disruptionBudgetPresent, objects).violations;
    const withBudget = (spec: object, objects = webStack()) =>
        violations(change(objects, pdb, ["spec"], { selector: { matchLabels: { app: "web" } }, ...spec }));

    it("passes a budget that lets pods go", () => {
        expect(violations(webStack())).to.deep.equal([]);
        expect(withBudget({ maxUnavailable: "1%" })).to.deep.equal([]);
        expect(withBudget({ minAvailable: 2 })).to.deep.equal([]);
        expect(withBudget({ minAvailable: "50%" })).to.deep.equal([]);
    });

    it("demands a budget for what may have several pods", () => {
        expect(violations(without(webStack(), pdb))).to.deep.equal([
            "Deployment shop/web: No PodDisruptionBudget selects its pods, and there are up to 24 of them " +
                "(HorizontalPodAutoscaler shop/web): a drain of nodes may end all of them at once. Add one with the " +
                "pods' labels and maxUnavailable: 1.",
        ]);
        expect(violations(without(fixed(3), pdb))[0]).to.include("up to 3 of them (spec.replicas)");
    });

    it("demands none for a single pod", () => {
        expect(violations(without(fixed(undefined), pdb))).to.deep.equal([]);
        expect(violations(without(fixed(1), pdb))).to.deep.equal([]);
    });

    it("refuses a budget that blocks drains", () => {
        expect(withBudget({ maxUnavailable: 0 })[0]).to.include("has maxUnavailable 0, and 1 or more is needed");
        expect(withBudget({ maxUnavailable: "0%" })).to.have.length(1);
        expect(withBudget({})[0]).to.include("neither maxUnavailable nor minAvailable");
        expect(withBudget({ minAvailable: "100%" })[0]).to.include("minAvailable 100%, which is 3 of 3 pods");
    });

    it("refuses a budget that lets all go", () => {
        expect(withBudget({ minAvailable: 0 })[0]).to.include("minAvailable 0, which lets all of them go");
        expect(withBudget({ maxUnavailable: "100%" })[0]).to.include("lets all of 3 pods go");
        expect(withBudget({ maxUnavailable: 3 })[0]).to.include("lets all of 3 pods go");
        expect(withBudget({ maxUnavailable: 2 })).to.deep.equal([]);
        // One pod has to go when its node does.
        expect(withBudget({ maxUnavailable: 1 }, webStackWith(hpa, ["spec", "minReplicas"], 1))).to.deep.equal([]);
    });

    it("measures minAvailable by the fewest pods that there may be", () => {
        expect(withBudget({ minAvailable: 3 })[0]).to.include(
            "minAvailable 3, and there may be no more than 3 (HorizontalPodAutoscaler shop/web)",
        );
        expect(withBudget({ minAvailable: 3 }, fixed(4))).to.deep.equal([]);
        expect(withBudget({ minAvailable: "67%" })[0]).to.include("which is 3 of 3 pods");
        const low = webStackWith(hpa, ["spec", "minReplicas"], undefined);
        expect(withBudget({ minAvailable: 1 }, low)).to.have.length(1);
    });

    it("refuses a second budget for the same pods", () => {
        const second = change(webStack(), pdb, ["metadata", "name"], "second").filter(({ kind }) => kind === pdb);
        expect(violations([...webStack(), ...second])[0]).to.include("2 PodDisruptionBudgets select its pods");
    });

    it("is undecided over a budget's unknown selector, and over its unknown number", () => {
        expect(verdict(disruptionBudgetPresent, webStackWith(pdb, ["spec", "selector"], unknownValue))).to.deep.equal({
            violations: [],
            undecided: ["Deployment shop/web: spec.selector of PodDisruptionBudget shop/web"],
        });
        expect(
            verdict(disruptionBudgetPresent, webStackWith(pdb, ["spec", "maxUnavailable"], unknownValue)),
        ).to.deep.equal({
            violations: [],
            undecided: ["Deployment shop/web: spec.maxUnavailable of PodDisruptionBudget shop/web"],
        });
    });
});

describe("replica-floor", () => {
    const violations = (objects: readonly PolicyObject[]) => verdict(replicaFloor, objects).violations;

    it("is advisory", () => {
        expect(replicaFloor.enforcementLevel).to.equal("advisory");
    });

    it("passes two pods, fixed or as an autoscaler's least", () => {
        expect(violations(webStack())).to.deep.equal([]);
        expect(violations(fixed(2))).to.deep.equal([]);
    });

    it("reports fewer, and who says so", () => {
        expect(violations(fixed(1))[0]).to.include("only 1 (spec.replicas), and 2 are needed");
        expect(violations(fixed(undefined))[0]).to.include(
            "only 1 (no spec.replicas, which means 1, and no autoscaler)",
        );
        expect(violations(webStackWith(hpa, ["spec", "minReplicas"], 1))[0]).to.include(
            "only 1 (HorizontalPodAutoscaler shop/web)",
        );
    });

    it("goes by the autoscaler where ignored replicas say otherwise", () => {
        expect(violations(webStackWith("Deployment", ["spec", "replicas"], 1))).to.deep.equal([]);
    });

    it("is undecided over an unknown minimum", () => {
        expect(verdict(replicaFloor, webStackWith(hpa, ["spec", "minReplicas"], unknownValue))).to.deep.equal({
            violations: [],
            undecided: ["Deployment shop/web: spec.minReplicas of HorizontalPodAutoscaler shop/web"],
        });
    });
});
