/** `make build`: everything that the lab is made of, without starting any of it. */
import { join } from "node:path";

import { type AddOn, addOnsToRun } from "../addOns";
import { ensureCharts } from "../charts";
import { controlPlaneTools } from "../cluster/controlPlane";
import { ensureImages, imageToolsOf, recipesOf } from "../images";
import { together } from "../../common/together";
import { type Controller, type ControllerName, controllers } from "../controller";
import { kubernetesOfLab } from "../kubernetes";
import type { Progress } from "../progress";
import { controllerToRun } from "../stack";
import { buildTools, ensurePackages, planTools, type ToolsOptions } from "../toolchain";

const stackTools = ["pulumi", "pulumi-resource-kubernetes", "kubectl"] as const;
/** Beside what images are made of. */
const monitoringTools = [
    "keda-definitions",
    "keda-roles",
    "prometheus-operator-definitions",
    "prometheus-operator-roles",
] as const;
const clusterTools = [...controlPlaneTools, "kubelet", "kube-proxy"] as const;
/** Last, as most of what it is made of is compiled for Kubernetes anyway; so are the images' programs. */
const lastTools = ["kube-network-policies"] as const;

/** What the lab is made of. */
export type Parts = Awaited<ReturnType<typeof build>>;

interface BuildOptions extends ToolsOptions {
    readonly controller?: ControllerName | undefined;
    readonly addOns?: readonly AddOn[] | undefined;
}

/** Where it is ended by its signal, the next time goes on from there. Kubernetes, controller and add-ons are the lab's where none is named. */
export async function build(
    progress: Progress,
    {
        kubernetes = kubernetesOfLab(),
        controller = controllerToRun(),
        addOns = addOnsToRun(),
        signal,
    }: BuildOptions = {},
) {
    // What installs packages comes before all that runs side by side: apt-get is for one at a time.
    await ensurePackages(progress);
    const { definitions }: Controller = controllers[controller];
    const names = [
        // Kubernetes first: it is the longest, and what comes last shares what is compiled for it.
        ...clusterTools,
        ...stackTools,
        "ingress-nginx-chart",
        ...definitions.map(({ tool }) => tool),
        ...(addOns.includes("monitoring") ? monitoringTools : []),
        ...imageToolsOf(controller, addOns),
        ...lastTools,
    ] as const;
    const plan = await planTools(names, progress, kubernetes);
    const [tools, images] = await together((either) => {
        const building = buildTools(plan, progress, either);
        // Most images need no tool, and are made while the compiler works.
        return [building, ensureImages(building, progress, either, recipesOf(controller, addOns))];
    }, signal);
    const chartsFolder = await ensureCharts(tools["ingress-nginx-chart"]);
    return {
        /** Absolute paths by name. Debian's are where Debian has them. */
        tools: { ...tools, containerd: "/usr/bin/containerd", ctr: "/usr/bin/ctr", haproxy: "/usr/sbin/haproxy" },
        cniPluginsFolder: "/usr/lib/cni",
        images,
        chartsFolder,
        /** Of CRDs; none where the controller serves no Gateways. */
        definitionsFolders: definitions.map(({ tool, folder }) => join(tools[tool], folder)),
        /** Of the operators' CRDs and roles; undefined without monitoring. */
        monitoringFolders: addOns.includes("monitoring")
            ? {
                  definitions: [tools["keda-definitions"], tools["prometheus-operator-definitions"]],
                  kedaRoles: tools["keda-roles"],
                  prometheusOperatorRoles: tools["prometheus-operator-roles"],
              }
            : undefined,
    };
}
