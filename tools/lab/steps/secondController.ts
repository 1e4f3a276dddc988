/** A second ingress controller beside the lab's own: what it takes, but for the stack file that asks for it. */
import { together } from "../../common/together";
import { nodeNetworks } from "../cluster/network";
import { importImages } from "../cluster/nodeImages";
import { type ControllerName, controllers, secondOf, secondSettings } from "../controller";
import { leadTo, publishControllersHealth, type Place } from "../frontDoor";
import type { Progress } from "../progress";
import { readLabStackFile } from "../stack";
import { build } from "./build";

/** Brings its image to the nodes, and returns the settings that `ingressController.alongside` is to have. */
export async function readySecondController(first: ControllerName, progress: Progress): Promise<object> {
    const { tools, images } = await build(progress, { controller: secondOf(first) });
    await together((signal) => nodeNetworks.map(({ name }) => importImages(tools.ctr, name, images, signal)));
    return secondSettings(readLabStackFile(first), first);
}

/**
 * Leads new connections to the controller of that kind, as a load balancer does that gets other targets.
 *
 * @throws where neither the lab's own is one nor the second, and where it is not well
 */
export async function leadToKind(first: ControllerName, kind: string, kubectl: string): Promise<void> {
    const byPlace = { first: controllers[first], second: controllers[secondOf(first)] } as const;
    const place = (["first", "second"] as const satisfies readonly Place[]).find((each) => byPlace[each].kind === kind);
    if (place === undefined) throw new Error(`The lab has no ingress controller ${kind}.`);
    await publishControllersHealth(kubectl, byPlace[place], place);
    await leadTo(place);
}
