import { expect } from "chai";

import { controllerOfKind } from "../../../tools/drill/cluster/controllers";
import type { Scene } from "../../../tools/drill/events/event";
import { ingressPodDeletion, ingressRollout } from "../../../tools/drill/events/faults";

describe("the controller before a drilled stack", () => {
    it("is ingress-nginx where its file names none", () => {
        expect(controllerOfKind(undefined)).to.equal(controllerOfKind("ingress-nginx"));
        expect(controllerOfKind("ingress-nginx").selector).to.equal(
            "app.kubernetes.io/name=ingress-nginx,app.kubernetes.io/component=controller",
        );
    });

    for (const kind of ["ingress-nginx", "traefik"]) {
        it(`is rolled out, and loses a pod, in its own namespace: ${kind}`, async () => {
            const commands: string[] = [];
            const controller = controllerOfKind(kind);
            /** Of a cluster that has both. */
            const kubectl = (...args: readonly string[]) => {
                commands.push(args.join(" "));
                if (!args.includes(`--selector=${controller.selector}`)) return Promise.resolve("");
                return Promise.resolve(
                    args[1] === "pods" ? `pod/${kind}-1\npod/${kind}-2\n` : `DaemonSet/${kind} ${kind}\n`,
                );
            };
            const scene = { controller, kubectl, pause: () => Promise.resolve() } as unknown as Scene;
            await ingressRollout.run(scene);
            await ingressPodDeletion.run(scene);
            expect(commands).to.include(`rollout restart daemonset/${kind} --namespace=${kind}`);
            expect(commands).to.include(`delete pod/${kind}-1 --namespace=${kind} --wait=true --timeout=300s`);
        });
    }
});
