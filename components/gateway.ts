/** Gateways: one that somebody else has, or one that is made with the service, of the controller that the stack installs. */
import { none, problem, type ArgumentProblem } from "./argumentProblem";
import type { ControllerKind } from "./specs/traffic";

interface Gateway {
    readonly create?: boolean | undefined;
    readonly allowedRoutes?: "Same" | "All" | undefined;
    readonly name?: string | undefined;
    readonly namespace?: string | undefined;
    readonly sectionName?: string | undefined;
}

/** What leads requests to the pods, as far as Gateways go. */
export interface GatewayInFront {
    readonly gateway?: Gateway | undefined;
    readonly ingressController: {
        readonly kind: ControllerKind;
        readonly install?: boolean | "ingressClass" | undefined;
        readonly gateway?: boolean | undefined;
        readonly alongside?: object | undefined;
    };
}

/** True where requests come through a Gateway of which nothing is known but its name. */
export function isOfOthers(gateway: Gateway | undefined): boolean {
    return gateway !== undefined && gateway.create !== true;
}

/**
 * A Gateway that nobody would serve, or that is not named.
 *
 * @param section what stands before the arguments' names, where a stack file has them: "web."
 * @param controller what the controller's arguments are called there
 */
export function problemsOfGateway(
    { gateway, ingressController }: GatewayInFront,
    section = "",
    controller = "ingressController",
): readonly ArgumentProblem[] {
    const { kind } = ingressController;
    const at = `${section}gateway`;
    if (gateway === undefined) {
        return kind === "envoy-gateway"
            ? problem(
                  `${controller}.kind`,
                  `found envoy-gateway, which serves no Ingress, without ${at}. Needed there: create: true; or name and namespace of a ` +
                      "Gateway that is there.",
              )
            : none;
    }
    if (ingressController.alongside !== undefined) {
        return problem(
            `${controller}.alongside`,
            `found beside ${at}. Two controllers share an Ingress, and there is none: go from one to the other first, and then from ` +
                "the Ingress to a Gateway. Remove one of them.",
        );
    }
    if (gateway.create !== true) {
        return [
            ...(["name", "namespace"] as const)
                .filter((key) => gateway[key] === undefined)
                .flatMap((key) =>
                    problem(
                        `${at}.${key}`,
                        `not found. Needed: the ${key} of a Gateway that is there; or create: true alone, for one that is made here.`,
                    ),
                ),
            ...(gateway.allowedRoutes === "All"
                ? problem(
                      `${at}.allowedRoutes`,
                      "has no effect without create: true: the Gateway's owner says it there. Remove it.",
                  )
                : none),
        ];
    }
    const reason = whyNotServed(ingressController, controller);
    return [
        ...(["name", "namespace", "sectionName"] as const)
            .filter((key) => gateway[key] !== undefined)
            .flatMap((key) =>
                problem(
                    `${at}.${key}`,
                    "has no effect beside create: true: the Gateway is called as the service is, and stands in its namespace. Remove it.",
                ),
            ),
        ...(reason === undefined
            ? none
            : problem(
                  at,
                  `found create: true ${reason}. Allowed: with ${controller} { kind: envoy-gateway, install: true }, or { kind: traefik, ` +
                      "install: true, gateway: true }; or name and namespace of a Gateway that is there, in its place.",
              )),
    ];
}

/** Why nobody would serve a Gateway that is made; undefined where the stack's own controller does. */
function whyNotServed(
    { kind, install, gateway }: GatewayInFront["ingressController"],
    controller: string,
): string | undefined {
    if (kind === "ingress-nginx") return `with ${controller}.kind ${kind}, which serves Ingresses alone`;
    if (install !== true) {
        const why =
            kind === "traefik" ? "a Traefik of others has other ports" : "nothing is known of the proxies of others";
        return `with ${controller}.install ${install ?? "not known"}, and ${why}`;
    }
    return kind === "traefik" && gateway !== true
        ? `without ${controller}.gateway, and Traefik would not look at it`
        : undefined;
}
