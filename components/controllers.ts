/** The controllers that serve a service's Ingress: one, and a second one while it moves. */
import { serviceDefaults } from "./defaults";
import { withDefaults, type Filled } from "./withDefaults";

/** A controller, and the one beside it. */
export type WithAlongside<Controller> = Controller & { readonly alongside?: Controller | undefined };

/** All that serve it, first the one whose address the Ingress has, each with its defaults. */
export function controllersOf<Controller extends object>({
    alongside,
    ...controller
}: WithAlongside<Controller>): readonly Filled<Controller, typeof serviceDefaults.ingressController>[] {
    return [controller as Controller, ...(alongside === undefined ? [] : [alongside])].map((each) =>
        withDefaults(each, serviceDefaults.ingressController),
    );
}
