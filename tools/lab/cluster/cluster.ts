/** The whole cluster: network, control plane, nodes. */
import { together } from "../../common/together";
import { during, type Progress } from "../progress";
import { statePaths } from "../paths";
import { removeProfile } from "./appArmor";
import { removeCgroups } from "./cgroups";
import {
    controlPlaneDaemonsFolder,
    labPorts,
    startControlPlane,
    stopControlPlane,
    type ControlPlane,
    type ControlPlaneTool,
} from "./controlPlane";
import {
    controlPlaneAddress,
    controlPlaneName,
    createNetwork,
    isNetworkComplete,
    namespacePath,
    nodeNetworks,
    removeNetwork,
} from "./network";
import { nodeStopSeconds, startNode, type NodeTool } from "./node";
import { applyObjects, networkPoliciesObjects } from "./objects";
import { Supervisor, type DaemonStatus } from "./supervisor";

export interface ClusterOptions {
    /** Absolute paths. */
    readonly tools: Readonly<Record<ControlPlaneTool | NodeTool, string>>;
    readonly kubectl: string;
    readonly cniPluginsFolder: string;
    readonly pauseImage: string;
    /** Ends the waiting for it. */
    readonly signal: AbortSignal;
}

/** Starts what does not run. Returns when both nodes are ready. */
export async function startCluster(options: ClusterOptions, progress: Progress): Promise<ControlPlane> {
    const { tools, kubectl, cniPluginsFolder, pauseImage, signal } = options;
    await during(progress, "connect the nodes", 1, async () => {
        if (await isNetworkComplete()) return;
        await stopNodes();
        await stopControlPlane(statePaths.controlPlane);
        await createNetwork();
    });
    const controlPlane = await during(progress, "start the control plane", 6, () => ensureControlPlane(tools, signal));
    const { server, authority, kubeletClient } = controlPlane;
    await during(progress, "start the nodes", 8, () =>
        together(
            (either) => [
                applyObjects(kubectl, networkPoliciesObjects, either),
                ...nodeNetworks.map((network, index) =>
                    startNode(nodeSupervisor(), {
                        network,
                        zone: `zone-${index + 1}`,
                        tools: {
                            containerd: tools.containerd,
                            kubelet: tools.kubelet,
                            "kube-proxy": tools["kube-proxy"],
                            "kube-network-policies": tools["kube-network-policies"],
                        },
                        cniPluginsFolder,
                        pauseImage,
                        server,
                        authority,
                        kubeletClient,
                        signal: either,
                    }),
                ),
            ],
            signal,
        ),
    );
    return controlPlane;
}

function ensureControlPlane(
    tools: Readonly<Record<ControlPlaneTool, string>>,
    signal?: AbortSignal,
): Promise<ControlPlane> {
    return startControlPlane({
        folder: statePaths.controlPlane,
        tools,
        networkNamespace: namespacePath(controlPlaneName),
        address: controlPlaneAddress,
        ports: labPorts,
        daemons: ["kube-controller-manager", "kube-scheduler"],
        signal,
    });
}

/** Ends a daemon of the running control plane, as an upgrade does, and starts it again. */
export async function restartControlPlaneDaemon(
    name: ControlPlaneTool,
    tools: Readonly<Record<ControlPlaneTool, string>>,
): Promise<void> {
    await new Supervisor(controlPlaneDaemonsFolder(statePaths.controlPlane)).stop(name);
    await ensureControlPlane(tools);
}

/** Ends everything, and removes what it left on the machine outside of the state folder. */
export async function removeCluster(): Promise<void> {
    await stopNodes();
    await stopControlPlane(statePaths.controlPlane);
    await removeNetwork();
    await removeCgroups();
    removeProfile();
}

export function clusterStatuses(): readonly DaemonStatus[] {
    return [
        ...new Supervisor(controlPlaneDaemonsFolder(statePaths.controlPlane)).statuses(),
        ...nodeSupervisor()
            .statuses()
            .filter(({ name }) => nodeNetworks.some((network) => network.name === name)),
    ];
}

async function stopNodes(): Promise<void> {
    await Promise.all(nodeNetworks.map(({ name }) => nodeSupervisor().stop(name, nodeStopSeconds)));
}

function nodeSupervisor(): Supervisor {
    return new Supervisor(statePaths.daemons);
}
