/** `make up`: from whatever there is to a service that answers. */
import { together } from "../../common/together";
import { type AddOn, noteAddOns } from "../addOns";
import { controllers, type ControllerName, secondOf } from "../controller";
import { startCluster } from "../cluster/cluster";
import { bringDefinitions } from "../cluster/definitions";
import { bringMonitoring, waitForMonitoring } from "../cluster/monitoring";
import { nodeNetworks } from "../cluster/network";
import { importImages, type Image } from "../cluster/nodeImages";
import { applyObjects, dnsObjects } from "../cluster/objects";
import { leadTo, publishControllersHealth, startFrontDoor } from "../frontDoor";
import { pauseImage } from "../images";
import { installPlugins } from "../plugins/install";
import { noteKubernetes } from "../kubernetes";
import { kernelProblems, problemsOfMachine } from "../preflight";
import { during, type Progress } from "../progress";
import { pulumiHome, readLabStackFile } from "../stack";
import type { KubernetesMinor } from "../toolchain";
import { build } from "./build";
import { deploy } from "./deploy";
import { mendStack, prepareStack } from "./prepareStack";
import { serviceAddress, waitForService } from "./service";

export interface UpOptions {
    /** Of the front door. */
    readonly port: number;
    readonly kubernetes: KubernetesMinor;
    readonly controller: ControllerName;
    readonly addOns: readonly AddOn[];
    readonly progress: Progress;
    /** Ends the engine as Ctrl-C would. */
    readonly signal: AbortSignal;
}

export interface UpResult {
    readonly url: string;
    /** Absolute path. */
    readonly kubectl: string;
}

/** Rejects with all that is missing on this machine. Nothing was started or made then. */
export async function checkMachine(port: number, progress: Progress): Promise<void> {
    await during(progress, "check this machine", 1, async () => {
        refuse(await problemsOfMachine(port));
    });
}

export async function up(options: UpOptions): Promise<UpResult> {
    const { port, kubernetes, controller: name, addOns, progress, signal } = options;
    const controller = controllers[name];
    const { tools, cniPluginsFolder, images, chartsFolder, definitionsFolders, monitoringFolders } = await build(
        progress,
        { kubernetes, controller: name, addOns },
    );
    refuse(await kernelProblems());
    noteKubernetes(kubernetes);
    noteAddOns(addOns);

    await together((either) => [
        startCluster({ tools, kubectl: tools.kubectl, cniPluginsFolder, pauseImage, signal: either }, progress),
        prepareStack(tools),
        installPlugins({
            pulumiHome,
            kubernetesProvider: tools["pulumi-resource-kubernetes"],
            report: (line) => {
                progress.note(line);
            },
        }),
    ]);
    await importOnAllNodes(tools.ctr, images, progress);
    if (definitionsFolders.length > 0) {
        await during(progress, "bring CRDs", 2, () => bringDefinitions(tools.kubectl, definitionsFolders));
    }
    await applyObjects(tools.kubectl, dnsObjects, signal);
    if (monitoringFolders !== undefined) {
        await during(progress, "bring Prometheus and KEDA", 10, () =>
            bringMonitoring(tools.kubectl, monitoringFolders, signal),
        );
    }
    await mendStack(tools, progress);
    await startFrontDoor(tools.haproxy, port, { first: controller, second: controllers[secondOf(name)] });

    const stackFile = readLabStackFile(name, addOns);
    await during(progress, "pulumi up", 40, () =>
        deploy(chartsFolder, {
            tools,
            stackFile,
            signal,
            onLine: (line) => {
                progress.note(line);
            },
        }),
    );
    await publishControllersHealth(tools.kubectl, controller);
    // A drill that was killed may have left it with the other one.
    await leadTo("first");
    const address = serviceAddress(stackFile, port);
    await during(progress, "wait for an answer", 5, () => waitForService(address, controller.namespace));
    if (monitoringFolders !== undefined) {
        await during(progress, "wait for Prometheus and KEDA", 30, () => waitForMonitoring(tools.kubectl, signal));
    }
    return { url: address.url, kubectl: tools.kubectl };
}

async function importOnAllNodes(ctr: string, images: readonly Image[], progress: Progress): Promise<void> {
    await during(
        progress,
        "bring images to the nodes",
        15,
        () => together((either) => nodeNetworks.map(({ name }) => importImages(ctr, name, images, either))),
        (imported) => {
            const count = Math.max(...imported.map(({ length }) => length));
            return count === 0 ? "all there" : `${count} of them new`;
        },
    );
}

/** All problems in one error. */
function refuse(problems: readonly string[]): void {
    if (problems.length === 0) return;
    throw new Error(
        `The lab cannot run on this machine as it is:\n${problems.map((text) => `  - ${text}`).join("\n")}`,
    );
}
