/** Events that change what leads requests to the pods, by the steps of docs/operations.md, and take it back. */
import { kindOf } from "../cluster/controllers";
import type { ControllerSettings } from "../cluster/secondController";
import { noDoubt, nothing, type DrillEvent, type Scene } from "./event";

/** For requests on connections that go on to the place that they were opened to. */
const betweenSeconds = 5;

export const cutOver: DrillEvent = {
    name: "cut-over",
    title: "Another ingress controller takes over, and gives back",
    mayLose: nothing,
    whyNot: ({ secondController, stack }) =>
        secondController === undefined
            ? "there is no other ingress controller; see --second-controller and --lead-to"
            : stack.get("web", ["gateway"]) !== undefined
              ? "two controllers serve Ingresses alone, and the stack has a Gateway"
              : undefined,
    run: async (scene) => {
        const { secondController } = scene;
        if (secondController === undefined) return;
        const first = firstController(scene);
        const second = await scene.during("another controller to be readied", secondController.ready());
        const lead = async ({ kind }: ControllerSettings) => {
            await scene.during(`connections to be led to ${kind}`, secondController.lead(kind));
            await scene.pause(betweenSeconds);
        };
        await up(scene, { ...first, alongside: second });
        // A load balancer is told first, and the Ingress's address follows.
        await lead(second);
        await up(scene, { ...second, alongside: first });
        await up(scene, { ...second, alongside: onItsWay(first) });
        await up(scene, second);

        await up(scene, { ...second, alongside: first });
        // DNS follows the Ingress's address.
        await up(scene, { ...first, alongside: second });
        await lead(first);
        await up(scene, { ...first, alongside: onItsWay(second) });
        await up(scene, first);
    },
    doubt: noDoubt,
};

export const cutOverGateway: DrillEvent = {
    name: "cut-over-gateway",
    title: "An HTTPRoute takes the Ingress's place, and the other way round",
    mayLose: nothing,
    whyNot: ({ stack }) =>
        stack.get("ingressController", ["kind"]) === "traefik"
            ? undefined
            : "the stack's ingress controller serves no Gateways",
    run: async (scene) => {
        const first = firstController(scene);
        const gateway = scene.stack.get("web", ["gateway"]);
        const goTo = async (next: object | undefined) => {
            scene.stack.set("web", ["gateway"], next);
            await up(scene, { ...first, gateway: true });
            await scene.pause(betweenSeconds);
        };
        if (gateway !== undefined) await goTo(undefined);
        await goTo({ create: true });
        if (gateway === undefined) await goTo(undefined);
        await up(scene, first);
    },
    doubt: noDoubt,
};

/** As the stack file has it, and what it has by default. */
function firstController({ stack }: Scene): ControllerSettings {
    const settings = stack.get("ingressController", []) as Partial<ControllerSettings> | undefined;
    return { kind: kindOf(undefined), install: true, ...settings };
}

/** It is removed, and what it still has is let in until it is gone. */
function onItsWay({ kind, namespace }: ControllerSettings): ControllerSettings {
    return { kind, install: false, ...(namespace === undefined ? {} : { namespace }) };
}

async function up({ stack, during }: Scene, settings: ControllerSettings): Promise<void> {
    stack.set("ingressController", [], settings);
    await during("pulumi up with other settings of the ingress controller", stack.up());
}
