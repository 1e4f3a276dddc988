import { expect } from "chai";

import { secondControllerOf } from "../../../tools/drill/cluster/secondController";
import { cutOver, cutOverGateway } from "../../../tools/drill/events/cutOver";
import type { Scene } from "../../../tools/drill/events/event";

describe("a drill's change of the ingress controller", () => {
    let done: unknown[];

    beforeEach(() => {
        done = [];
    });

    /** What a stack's settings are; each update is noted with them, and where connections are led. */
    const sceneOf = (settings: Record<string, unknown>, second?: Record<string, unknown>): Scene =>
        ({
            stack: {
                get: (key: string, [inner]: readonly string[]) => {
                    const section = settings[key] as Record<string, unknown> | undefined;
                    return inner === undefined ? section : section?.[inner];
                },
                set: (key: string, [inner]: readonly string[], value: unknown) => {
                    settings[key] = inner === undefined ? value : { ...(settings[key] as object), [inner]: value };
                },
                up: () => {
                    done.push(JSON.parse(JSON.stringify(settings)));
                    return Promise.resolve();
                },
            },
            secondController:
                second === undefined
                    ? undefined
                    : {
                          ready: () => Promise.resolve(second),
                          lead: (kind: string) => {
                              done.push(`lead to ${kind}`);
                              return Promise.resolve();
                          },
                      },
            during: <T>(_: string, work: Promise<T>) => work,
            pause: () => Promise.resolve(),
        }) as unknown as Scene;

    const nginx = { kind: "ingress-nginx", install: true, workload: "DaemonSet" };
    const traefik = { kind: "traefik", install: true };

    it("has both before connections are led elsewhere, and one gone before it is let in no more; and back", async () => {
        await cutOver.run(sceneOf({ ingressController: { workload: "DaemonSet" } }, traefik));
        const gone = { install: false };
        expect(done).to.deep.equal([
            { ingressController: { ...nginx, alongside: traefik } },
            "lead to traefik",
            { ingressController: { ...traefik, alongside: nginx } },
            { ingressController: { ...traefik, alongside: { kind: "ingress-nginx", ...gone } } },
            { ingressController: traefik },
            { ingressController: { ...traefik, alongside: nginx } },
            { ingressController: { ...nginx, alongside: traefik } },
            "lead to ingress-nginx",
            { ingressController: { ...nginx, alongside: { kind: "traefik", ...gone } } },
            { ingressController: nginx },
        ]);
    });

    it("needs another controller, and an Ingress", () => {
        expect(cutOver.whyNot?.(sceneOf({}))).to.include("--second-controller");
        expect(cutOver.whyNot?.(sceneOf({ web: { gateway: { create: true } } }, traefik))).to.include("Gateway");
        expect(cutOver.whyNot?.(sceneOf({}, traefik))).to.equal(undefined);
    });

    it("goes to a Gateway in one change and back in two, from either side", async () => {
        const [served, gateway] = [{ ...traefik, gateway: true }, { create: true }];
        await cutOverGateway.run(sceneOf({ ingressController: traefik }));
        expect(done).to.deep.equal([
            { web: { gateway }, ingressController: served },
            { web: {}, ingressController: served },
            { web: {}, ingressController: traefik },
        ]);
        done = [];
        await cutOverGateway.run(sceneOf({ web: { gateway }, ingressController: served }));
        expect(done).to.deep.equal([
            { web: {}, ingressController: served },
            { web: { gateway }, ingressController: served },
            { web: { gateway }, ingressController: served },
        ]);
        expect(cutOverGateway.whyNot?.(sceneOf({}))).to.include("serves no Gateways");
    });

    it("hears of the other controller by commands, the second of which gets a kind", async () => {
        const { ready, lead } = secondControllerOf({
            ready: 'echo \'{"kind":"traefik","install":true}\'',
            lead: "test traefik =",
        });
        expect(await ready()).to.deep.equal(traefik);
        await lead("traefik");
        const failure = await lead("ingress-nginx").then(
            () => "none",
            (error: unknown) => String(error),
        );
        expect(failure).to.not.equal("none");
        const { lead: leadOnly, leadBack } = secondControllerOf({ ready: "true", lead: 'test "$0" = sh && false' });
        await leadBack("ingress-nginx");
        await leadOnly("traefik").catch(() => undefined);
        expect(await leadBack("ingress-nginx").catch(() => "tried")).to.equal("tried");
        const silent = await secondControllerOf({ ready: "echo null", lead: "true" }).ready().catch(String);
        expect(silent).to.include("--second-controller is to print settings");
    });
});
