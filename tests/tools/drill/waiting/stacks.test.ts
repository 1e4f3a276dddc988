/** The stacks that the drill of requests that wait brings to the cluster. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { WrongInputError } from "../../../../tools/common/commandLine";
import { repositoryRoot } from "../../../../tools/common/paths";
import { signals, type WaitingStack, waitingStack } from "../../../../tools/drill/waiting/stacks";
import { withAddOns } from "../../../../tools/lab/addOns";

const plain = readFileSync(join(repositoryRoot, "Pulumi.lab.yaml"), "utf8");

interface Autoscaler {
    readonly kind: string;
    readonly spec: {
        readonly triggers?: readonly { readonly type: string; readonly metadata: Readonly<Record<string, string>> }[];
    };
}

describe("stacks for requests that wait", function () {
    this.timeout(20_000);
    let stacks: readonly WaitingStack[];

    before(async () => {
        const text = withAddOns(plain, ["monitoring"]);
        const made: WaitingStack[] = [];
        for (const signal of signals) made.push(await waitingStack("lab", text, signal));
        stacks = made;
    });

    it("differ in what their autoscalers count", () => {
        const triggers = stacks.map(({ manifests }) =>
            (manifests as unknown as readonly Autoscaler[])
                .filter(({ kind }) => kind === "ScaledObject" || kind === "HorizontalPodAutoscaler")
                .map(({ kind, spec }) => [kind, ...(spec.triggers ?? []).map(({ type }) => type)].join(" ")),
        );
        expect(triggers).to.deep.equal([
            ["ScaledObject cpu prometheus"],
            ["HorizontalPodAutoscaler"],
            ["ScaledObject prometheus"],
        ]);
        expect(stacks.map(({ autoscalerName }) => autoscalerName)).to.deep.equal([
            "keda-hpa-web",
            "web",
            "keda-hpa-web",
        ]);
    });

    it("are each in a namespace of their own, whose pods alone they count", () => {
        for (const { signal, namespace, manifests } of stacks) {
            expect(namespace).to.equal(`drill-waiting-${signal}`);
            expect(manifests.map(({ metadata }) => metadata?.namespace)).to.satisfy((all: readonly string[]) =>
                all.every((each) => each === namespace),
            );
        }
        const text = JSON.stringify(stacks[0]?.manifests);
        expect(text).to.include(String.raw`namespace=\"drill-waiting-both\"`);
        // 60 % of two workers.
        expect(text).to.include('"threshold":"1.2"');
    });

    it("are refused of a stack that does not scale on busy workers", async () => {
        const refused = await waitingStack("lab", plain, "cpu").catch((error: unknown) => error);
        expect(refused).to.be.instanceOf(WrongInputError);
        expect((refused as Error).message).to.match(/make up WITH=monitoring/);
    });
});
