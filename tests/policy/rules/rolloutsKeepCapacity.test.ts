import { expect } from "chai";

import { unknownValue } from "../../../policy/manifest";
import { rolloutsKeepCapacity } from "../../../policy/rules/rolloutsKeepCapacity";
import { change, verdict, webStack, webStackWith, without, type Path } from "../stack";

const hpa = "HorizontalPodAutoscaler";

describe("rollouts-keep-capacity", () => {
    const strategy: Path = ["spec", "strategy"];
    const broken = (value: unknown) =>
        verdict(rolloutsKeepCapacity, webStackWith("Deployment", strategy, value)).violations;

    it("passes maxUnavailable 0, as a number or in percent", () => {
        for (const maxUnavailable of [0, "0%", "0"]) {
            expect(broken({ rollingUpdate: { maxUnavailable } })).to.deep.equal([]);
        }
    });

    it("counts the pods that a rollout may take away", () => {
        expect(broken({ rollingUpdate: { maxUnavailable: "25%" } })).to.deep.equal([
            "Deployment shop/web: strategy.rollingUpdate.maxUnavailable is 25%: a rollout may take away 6 of 24 pods at " +
                "once, and none may go. Set it to 0; maxSurge pods then start first.",
        ]);
        expect(broken({ rollingUpdate: { maxUnavailable: 1 } })[0]).to.include("1 of 24 pods");
        // 2.4 pods, which a rollout rounds down.
        expect(broken({ rollingUpdate: { maxUnavailable: "10%" } })[0]).to.include("2 of 24 pods");
    });

    it("refuses Kubernetes' default", () => {
        for (const value of [undefined, {}, { type: "RollingUpdate" }, { rollingUpdate: { maxSurge: 1 } }]) {
            expect(broken(value)[0]).to.include("maxUnavailable is 25% (the default, as the Deployment names none)");
        }
    });

    it("refuses Recreate", () => {
        const [message, ...others] = broken({ type: "Recreate" });
        expect(others).to.deep.equal([]);
        expect(message).to.include("ends every pod before it starts a new one");
    });

    it("leaves a Deployment alone that serves nobody", () => {
        const alone = without(webStackWith("Deployment", strategy, undefined), "Ingress");
        expect(verdict(rolloutsKeepCapacity, alone).violations).to.deep.equal([]);
    });

    it("is in doubt over an unknown Ingress only where the Deployment has a fault", () => {
        const objects = webStackWith("Ingress", ["spec", "rules"], unknownValue);
        expect(verdict(rolloutsKeepCapacity, objects)).to.deep.equal({ violations: [], undecided: [] });
        expect(verdict(rolloutsKeepCapacity, change(objects, "Deployment", strategy, undefined))).to.deep.equal({
            violations: [],
            undecided: ["Deployment shop/web: spec.rules of Ingress shop/web"],
        });
    });

    it("is undecided over an unknown strategy, and over the scale that a share is of", () => {
        expect(verdict(rolloutsKeepCapacity, webStackWith("Deployment", strategy, unknownValue))).to.deep.equal({
            violations: [],
            undecided: ["Deployment shop/web: spec.strategy of Deployment shop/web"],
        });
        const unknownScale = change(webStackWith("Deployment", strategy, undefined), hpa, ["spec"], unknownValue);
        expect(verdict(rolloutsKeepCapacity, unknownScale)).to.deep.equal({
            violations: [],
            undecided: ["Deployment shop/web: spec of HorizontalPodAutoscaler shop/web"],
        });
    });

    it("passes a share that is no pod, unless nothing surges either", () => {
        const of = (maxReplicas: number, rollingUpdate: object) =>
            verdict(
                rolloutsKeepCapacity,
                change(
                    webStackWith("Deployment", strategy, { rollingUpdate }),
                    hpa,
                    ["spec", "maxReplicas"],
                    maxReplicas,
                ),
            ).violations;
        expect(of(3, { maxUnavailable: "25%" })).to.deep.equal([]);
        expect(of(4, { maxUnavailable: "25%" })[0]).to.include("1 of 4 pods");
        expect(of(3, { maxUnavailable: "25%", maxSurge: 0 })[0]).to.include("1 of 3 pods");
    });

    /** The web stack as another kind of workload. */
    const as = (kind: string, spec: object, apiVersion = "apps/v1"): readonly string[] => {
        const objects = webStack().map((object) =>
            object.kind === "Deployment"
                ? { ...object, apiVersion, kind, spec: { ...(object["spec"] as object), strategy: undefined, ...spec } }
                : object,
        );
        const target: Path = ["spec", "scaleTargetRef"];
        return verdict(rolloutsKeepCapacity, change(objects, hpa, target, { apiVersion, kind, name: "web" }))
            .violations;
    };

    it("lets a StatefulSet go one by one, and no more", () => {
        expect(as("StatefulSet", {})).to.deep.equal([]);
        expect(as("StatefulSet", { updateStrategy: { rollingUpdate: { maxUnavailable: 2 } } })[0]).to.include(
            "2 of 24 pods",
        );
        const single = without(webStack(), hpa).map((object) =>
            object.kind === "Deployment" ? { ...object, kind: "StatefulSet" } : object,
        );
        expect(verdict(rolloutsKeepCapacity, single).violations[0]).to.include("there may be only 1");
    });

    it("wants a DaemonSet to surge", () => {
        expect(as("DaemonSet", {})[0]).to.include("maxUnavailable is 1 (Kubernetes' default");
        expect(as("DaemonSet", { updateStrategy: { type: "OnDelete" } })).to.deep.equal([]);
        const surge = { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } };
        expect(as("DaemonSet", { updateStrategy: surge })).to.deep.equal([]);
    });

    it("knows Argo's strategies", () => {
        const argo = (spec: object) => as("Rollout", { strategy: spec }, "argoproj.io/v1alpha1");
        expect(argo({ canary: {} })[0]).to.include("strategy.canary.maxUnavailable is 25%");
        expect(argo({ canary: { maxUnavailable: 0 } })).to.deep.equal([]);
        expect(argo({ canary: { trafficRouting: { nginx: {} } } })).to.deep.equal([]);
        expect(argo({ blueGreen: { activeService: "web" } })).to.deep.equal([]);
    });
});
