/** Which ingress controller the lab has: CONTROLLER in the environment asks for one, and a lab keeps its own. */
import { parseDocument } from "yaml";

import { envoyGatewayDefaults, ingressNginxDefaults, traefikDefaults } from "../../components/defaults";
import { envoyReadinessPath, envoyReadinessPort } from "../../components/specs/envoyProxy";
import { traefikPingPath, traefikPorts } from "../../components/specs/traefikConfiguration";
import { controllerPodLabels, type ControllerKind } from "../../components/specs/traffic";
import { parseImageReference } from "../../components/units/imageReference";
import { project } from "../../settings/project";
import { chartKeys } from "../../settings/rules/cluster";
import { UsageError } from "../common/commandLine";
import { parseStackFile } from "../render/stackFile";
import { registry } from "./images/recipes";

/** Where a controller's pods are, how they say whether they want requests, and what makes a stack file its own. */
export interface Controller {
    readonly kind: ControllerKind;
    /** Names of the lab's images that it alone needs; the one of its kind is `ingressController.image`. */
    readonly images: readonly string[];
    /** As in `ingressController.namespace` (docs/settings.md). */
    readonly namespace: string;
    readonly podLabels: Readonly<Record<string, string>>;
    /** Of the pod. */
    readonly healthPort: number;
    readonly healthPath: string;
    /** Folders of the toolchain with the CRDs that the cluster has before any stack: of what serves Gateways. */
    readonly definitions: readonly Definitions[];
    /** Beside what every controller of its kind has: settings by the key that they are below. */
    readonly settings: Readonly<Partial<Record<"ingressController" | "web", Readonly<Record<string, unknown>>>>>;
}

/** A folder of CRDs below one that the toolchain makes. */
export interface Definitions {
    readonly tool: "gateway-api-definitions" | "envoy-gateway-charts";
    readonly folder: string;
}

const gatewayApi: Definitions = { tool: "gateway-api-definitions", folder: "." };

const ingressNginx = {
    kind: "ingress-nginx",
    images: ["ingress-nginx"],
    namespace: ingressNginxDefaults.namespace,
    podLabels: controllerPodLabels["ingress-nginx"],
    healthPort: 10254,
    healthPath: "/healthz",
    definitions: [],
    settings: {},
} as const satisfies Controller;

const traefik = {
    kind: "traefik",
    images: ["traefik"],
    namespace: traefikDefaults.namespace,
    podLabels: controllerPodLabels.traefik,
    healthPort: traefikPorts.ping,
    healthPath: traefikPingPath,
    definitions: [],
    settings: {},
} as const satisfies Controller;

const envoyGateway = {
    kind: "envoy-gateway",
    images: ["envoy-gateway", "envoy"],
    namespace: envoyGatewayDefaults.namespace,
    podLabels: controllerPodLabels["envoy-gateway"],
    healthPort: envoyReadinessPort,
    healthPath: envoyReadinessPath,
    definitions: [gatewayApi, { tool: "envoy-gateway-charts", folder: "gateway-helm/charts/crds/crds/generated" }],
    settings: {
        ingressController: { proxyImage: `${registry}/envoy:v1.40.0` },
        // Each Gateway has Envoys of its own, and the nodes' ports are taken by the first: what a drill compares shares it.
        web: { gateway: { create: true, allowedRoutes: "All" } },
    },
} as const satisfies Controller;

/** By what CONTROLLER calls them. */
export const controllers = {
    "ingress-nginx": ingressNginx,
    "ingress-nginx-ewma": { ...ingressNginx, settings: { ingressController: { loadBalance: "ewma" } } },
    traefik,
    "traefik-gateway": {
        ...traefik,
        definitions: [gatewayApi],
        settings: { ingressController: { gateway: true }, web: { gateway: { create: true } } },
    },
    "envoy-gateway": envoyGateway,
} as const satisfies Readonly<Record<string, Controller>>;

export type ControllerName = keyof typeof controllers;

export const controllerNames = Object.keys(controllers) as readonly ControllerName[];

/** The one that a lab can move to by `pulumi up`, and back. */
export function secondOf(name: ControllerName): ControllerName {
    return controllers[name].kind === "ingress-nginx" ? "traefik" : "ingress-nginx";
}

/** Of Pulumi.lab.yaml as it is. */
export const defaultController: ControllerName = "ingress-nginx";

export function isControllerName(text: unknown): text is ControllerName {
    return typeof text === "string" && Object.hasOwn(controllers, text);
}

/** Whether an image of that name is a controller's. */
export function isControllerImage(name: string): boolean {
    return Object.values<Controller>(controllers).some(({ images }) => images.includes(name));
}

/**
 * What CONTROLLER in the environment asks for.
 *
 * @param otherwise where it does not
 * @throws UsageError where it asks for what is none of ours
 */
export function askedController(otherwise: ControllerName = defaultController): ControllerName {
    const asked = process.env["CONTROLLER"] ?? "";
    if (asked === "") return otherwise;
    if (isControllerName(asked)) return asked;
    throw new UsageError(`CONTROLLER=${asked}: the lab can run ${controllerNames.join(", ")}.`);
}

/** In stack files that are not Pulumi.lab.yaml as it is: which controller they are for. Their settings do not tell, as that file may have the same. */
const note = (name: string) => ` CONTROLLER=${name}`;
const noted = new RegExp(`^#${note("(\\S+)")}$`, "m");

/** The controller of a stack file's text; undefined where it has no settings yet. */
export function controllerOf(stackFile: string): ControllerName | undefined {
    const { values } = parseStackFile(stackFile);
    if (Object.keys(values).length === 0) return undefined;
    const name = noted.exec(stackFile)?.[1];
    if (isControllerName(name)) return name;
    const settings = JSON.parse(values[`${project}:ingressController`] ?? "{}") as { readonly kind?: string };
    return isControllerName(settings.kind) ? settings.kind : defaultController;
}

/** The lab's stack file with another controller on the same ports of the nodes, in the lab's own image. */
export function withController(stackFile: string, name: ControllerName): string {
    if (name === defaultController) return stackFile;
    const { kind, settings }: Controller = controllers[name];
    const document = parseDocument(stackFile);
    document.commentBefore = note(name);
    const set = (key: string, values: object) => {
        for (const [below, value] of Object.entries(values)) {
            document.setIn(["config", `${project}:${key}`, below], document.createNode(value));
        }
    };
    if (kind !== "ingress-nginx") {
        for (const key of chartKeys) document.deleteIn(["config", `${project}:ingressController`, key]);
        const { image } = kind === "traefik" ? traefikDefaults : envoyGatewayDefaults;
        const tag = parseImageReference(image)?.tag;
        set("ingressController", { kind, install: true, image: { repository: `${registry}/${kind}`, tag } });
    }
    for (const [key, values] of Object.entries(settings)) set(key, values);
    return String(document);
}

/** Ports of the nodes, on which a second controller listens beside the lab's own. */
export const secondHostPorts = { http: 8080, https: 8443 } as const;

/** Settings of that second controller, as `ingressController.alongside` takes them. */
export function secondSettings(stackFile: string, name: ControllerName): object {
    const { values } = parseStackFile(withController(stackFile, secondOf(name)));
    const settings = JSON.parse(values[`${project}:ingressController`] ?? "{}") as object;
    return { kind: controllers[secondOf(name)].kind, ...settings, hostPorts: secondHostPorts };
}
