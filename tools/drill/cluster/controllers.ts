/** The ingress controllers that a stack may be drilled behind: how their pods are found, and what their logs tell. */
import { serviceDefaults } from "../../../components/defaults";
import { envoyContainerName } from "../../../components/specs/envoyProxy";
import { traefikContainerName } from "../../../components/specs/traefikPod";
import { controllerPodLabels, type ControllerKind } from "../../../components/specs/traffic";
import { parseIngressNginxLogLine } from "../../common/ingressNginxLog";
import { selectorOf } from "../../common/kubernetes/objects";
import type { LoggedRequest } from "../account";
import { parseEnvoyLogLine } from "../observe/envoyLog";
import { parseTraefikLogLine } from "../observe/traefikLog";

export interface Controller {
    /** Of its pods, and of their DaemonSet or Deployment. */
    readonly selector: string;
    /** The one with the access log. */
    readonly container: string;
    /** Undefined where a line is none of the access log. */
    readonly parseLogLine: (line: string) => LoggedRequest | undefined;
    /** Whether its log tells of a pod that was asked in vain before another one answered. */
    readonly tellsRetries: boolean;
}

const controllers = {
    "ingress-nginx": {
        selector: selectorOf(controllerPodLabels["ingress-nginx"]),
        // As its chart names it.
        container: "controller",
        parseLogLine: parseIngressNginxLogLine,
        tellsRetries: true,
    },
    traefik: {
        selector: selectorOf(controllerPodLabels.traefik),
        container: traefikContainerName,
        parseLogLine: parseTraefikLogLine,
        tellsRetries: false,
    },
    "envoy-gateway": {
        selector: selectorOf(controllerPodLabels["envoy-gateway"]),
        container: envoyContainerName,
        parseLogLine: parseEnvoyLogLine,
        tellsRetries: true,
    },
} as const satisfies Readonly<Record<ControllerKind, Controller>>;

const isKind = (kind: unknown): kind is ControllerKind => typeof kind === "string" && Object.hasOwn(controllers, kind);

/** Each of them: what a log tells of a request is the same thing, whoever has written it. */
export const allControllers: readonly Controller[] = Object.values(controllers);

/** @param kind `ingressController.kind` of a stack file that was deployed; undefined where it has none */
export function kindOf(kind: unknown): ControllerKind {
    return isKind(kind) ? kind : serviceDefaults.ingressController.kind;
}

/** @param kind likewise */
export function controllerOfKind(kind: unknown): Controller {
    return controllers[kindOf(kind)];
}
