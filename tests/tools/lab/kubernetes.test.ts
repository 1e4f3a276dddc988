import { expect } from "chai";

import { kubernetesToRun, noteKubernetes } from "../../../tools/lab/kubernetes";
import { defaultKubernetes, groupOf, type KubernetesMinor } from "../../../tools/lab/toolchain/catalogue";
import { nothingAsked } from "./nothingAsked";

describe("the lab's Kubernetes", () => {
    const inFolder = nothingAsked("KUBERNETES");
    let notePath: string;

    beforeEach(() => {
        notePath = inFolder("lab/kubernetes");
    });

    const toRun = (asked: string, noted?: string) => {
        process.env["KUBERNETES"] = asked;
        if (noted !== undefined) noteKubernetes(noted as KubernetesMinor, notePath);
        return kubernetesToRun(notePath);
    };

    it("is the default in a new lab, and what is asked for", () => {
        expect(toRun("")).to.equal(defaultKubernetes);
        expect(toRun("1.35")).to.equal("1.35");
    });

    it("stays as it is where none is asked for, and where the same is", () => {
        expect(toRun("", "1.35")).to.equal("1.35");
        expect(toRun("1.35", "1.35")).to.equal("1.35");
    });

    it("becomes a newer one, and the default where this checkout does not have it", () => {
        expect(toRun("1.36", "1.35")).to.equal("1.36");
        expect(toRun("", "1.9")).to.equal(defaultKubernetes);
    });

    for (const [asked, noted] of [
        ["1.35", "1.36"],
        ["", "1.100"],
    ] as const) {
        it(`becomes no older one: ${noted}, and then ${asked || "the default"}`, () => {
            expect(() => toRun(asked, noted)).to.throw(
                `The lab runs Kubernetes ${noted}, and ${asked || defaultKubernetes} cannot read all that a newer one has ` +
                    "stored. Run make down first.",
            );
        });
    }

    it("is one that there is", () => {
        for (const unknown of ["1.34", "1.37.2", "v1.37", "toString"]) {
            expect(() => toRun(unknown)).to.throw(`KUBERNETES=${unknown}: the lab can run 1.37, 1.36, 1.35.`);
        }
    });

    it("is built in a folder of its own, and etcd with it", () => {
        expect(groupOf("etcd", "1.35")).to.equal(groupOf("kubelet", "1.35"));
        expect(groupOf("kubelet", "1.35")).to.not.equal(groupOf("kubelet", "1.36"));
        expect(groupOf("kubelet")).to.equal(groupOf("kubelet", "1.37"));
        expect(groupOf("pulumi", "1.35")).to.equal(groupOf("pulumi", "1.37"));
    });
});
