/** `make up`: from whatever there is to a service that answers. */
import { chartTools, ensureCharts } from "../charts";
import { startCluster } from "../cluster/cluster";
import { nodeNetworks } from "../cluster/network";
import { importImages, type Image } from "../cluster/nodeImages";
import { publishControllersHealth, startFrontDoor } from "../frontDoor";
import { ensureImages, imageTools, pauseImage } from "../images";
import { installPlugins } from "../plugins/install";
import { chartsPort, kernelProblem, problemsOfMachine } from "../preflight";
import { during, type Progress } from "../progress";
import { prepareStack, pulumiHome, readLabStackFile, runPulumi } from "../stack";
import { ensurePackages, ensureTools } from "../toolchain";
import { whileServing } from "./charts";
import { serviceAddress, waitForService } from "./service";

export interface UpOptions {
    /** Of the front door. */
    readonly port: number;
    readonly progress: Progress;
    /** Ends the engine as Ctrl-C would. */
    readonly signal: AbortSignal;
    /** Text of another stack file than the repository's; for tests. */
    readonly stackFile?: string;
}

export interface UpResult {
    readonly url: string;
    /** Absolute path. */
    readonly kubectl: string;
}

const stackTools = ["pulumi", "helm", "kubectl"] as const;
const clusterTools = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
] as const;

/** Debian's programs, at the paths that Debian gives them. */
const containerd = "/usr/bin/containerd";
const ctr = "/usr/bin/ctr";
const haproxy = "/usr/sbin/haproxy";
const cniPluginsFolder = "/usr/lib/cni";

export async function up({ port, progress, signal, stackFile = readLabStackFile() }: UpOptions): Promise<UpResult> {
    await during(progress, "check this machine", 1, async () => {
        refuse(await problemsOfMachine(port));
    });
    await ensurePackages(progress);
    refuse([await kernelProblem()].filter((problem) => problem !== undefined));

    const building = ensureTools([...stackTools, ...clusterTools, ...imageTools, ...chartTools], progress);
    // Most images need no tool, and are made while the compiler works.
    const [tools, images] = await Promise.all([building, ensureImages(building, progress)]);
    const charts = await ensureCharts(tools, progress);

    await Promise.all([
        startCluster({ tools: { ...tools, containerd }, cniPluginsFolder, pauseImage }, progress),
        prepareStack(tools),
        installPlugins({ pulumiHome, report: progress }),
    ]);
    await importOnAllNodes(images, progress);
    await startFrontDoor(haproxy, port);

    await during(progress, "pulumi up", 60, () =>
        whileServing(charts.folder, chartsPort, () =>
            runPulumi(["up", "--yes", "--skip-preview"], {
                tools,
                stackFile,
                signal,
                onLine: (line) => {
                    progress.note(line);
                },
            }),
        ),
    );
    await publishControllersHealth(tools.kubectl);
    const address = serviceAddress(stackFile, port);
    await during(progress, "wait for an answer", 5, () => waitForService(address));
    return { url: address.url, kubectl: tools.kubectl };
}

async function importOnAllNodes(images: readonly Image[], progress: Progress): Promise<void> {
    await during(
        progress,
        "bring images to the nodes",
        15,
        () => Promise.all(nodeNetworks.map(({ name }) => importImages(ctr, name, images))),
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
