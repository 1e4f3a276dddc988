/** Which ingress controller the lab has: CONTROLLER in the environment asks for one, and a lab keeps its own. */
import { parseDocument } from "yaml";

import { ingressNginxDefaults, traefikDefaults } from "../../components/defaults";
import { traefikPingPath, traefikPorts } from "../../components/specs/traefikConfiguration";
import { controllerPodLabels } from "../../components/specs/traffic";
import { parseImageReference } from "../../components/units/imageReference";
import { project } from "../../settings/project";
import { chartKeys } from "../../settings/rules/cluster";
import { UsageError } from "../common/commandLine";
import { parseStackFile } from "../render/stackFile";
import { registry } from "./images/recipes";

/** Where a controller's pods are, and how they say whether they want requests. */
export interface Controller {
    /** As in `ingressController.namespace` (docs/settings.md). */
    readonly namespace: string;
    readonly podLabels: Readonly<Record<string, string>>;
    /** Of the pod. */
    readonly healthPort: number;
    readonly healthPath: string;
}

/** By `ingressController.kind`. */
export const controllers = {
    "ingress-nginx": {
        namespace: ingressNginxDefaults.namespace,
        podLabels: controllerPodLabels["ingress-nginx"],
        healthPort: 10254,
        healthPath: "/healthz",
    },
    traefik: {
        namespace: traefikDefaults.namespace,
        podLabels: controllerPodLabels.traefik,
        healthPort: traefikPorts.ping,
        healthPath: traefikPingPath,
    },
} as const satisfies Readonly<Record<string, Controller>>;

export type ControllerKind = keyof typeof controllers;

/** Of Pulumi.lab.yaml as it is. */
export const defaultController: ControllerKind = "ingress-nginx";

export function isControllerKind(text: unknown): text is ControllerKind {
    return typeof text === "string" && Object.hasOwn(controllers, text);
}

/**
 * What CONTROLLER in the environment asks for.
 *
 * @param otherwise where it does not
 * @throws UsageError where it asks for what is none of ours
 */
export function askedController(otherwise: ControllerKind = defaultController): ControllerKind {
    const asked = process.env["CONTROLLER"] ?? "";
    if (asked === "") return otherwise;
    if (isControllerKind(asked)) return asked;
    throw new UsageError(`CONTROLLER=${asked}: the lab can run ${Object.keys(controllers).join(", ")}.`);
}

/** The controller of a stack file's text; undefined where it has no settings yet. */
export function controllerOf(stackFile: string): ControllerKind | undefined {
    const { values } = parseStackFile(stackFile);
    if (Object.keys(values).length === 0) return undefined;
    const settings = JSON.parse(values[`${project}:ingressController`] ?? "{}") as { readonly kind?: string };
    return isControllerKind(settings.kind) ? settings.kind : defaultController;
}

/** The lab's stack file with another controller on the same ports of the nodes, in the lab's own image. */
export function withController(stackFile: string, kind: ControllerKind): string {
    if (kind === defaultController) return stackFile;
    const document = parseDocument(stackFile);
    const path = ["config", `${project}:ingressController`];
    for (const key of chartKeys) document.deleteIn([...path, key]);
    const tag = parseImageReference(traefikDefaults.image)?.tag;
    const settings = { kind, install: true, image: { repository: `${registry}/${kind}`, tag } };
    for (const [key, value] of Object.entries(settings)) document.setIn([...path, key], document.createNode(value));
    return String(document);
}
