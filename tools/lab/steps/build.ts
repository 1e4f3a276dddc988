/** `make build`: everything that the lab is made of, without starting any of it. */
import { ensureCharts } from "../charts";
import { controlPlaneTools } from "../cluster/controlPlane";
import { ensureImages, imageTools } from "../images";
import { together } from "../../common/together";
import { kubernetesOfLab } from "../kubernetes";
import type { Progress } from "../progress";
import { buildTools, ensurePackages, planTools, type ToolsOptions } from "../toolchain";

const stackTools = ["pulumi", "pulumi-resource-kubernetes", "kubectl"] as const;
const clusterTools = [...controlPlaneTools, "kubelet", "kube-proxy"] as const;

/** What the lab is made of. */
export type Parts = Awaited<ReturnType<typeof build>>;

/** Where it is ended by its signal, the next time goes on from there. The Kubernetes is the lab's where none is named. */
export async function build(progress: Progress, { kubernetes = kubernetesOfLab(), signal }: ToolsOptions = {}) {
    // What installs packages comes before all that runs side by side: apt-get is for one at a time.
    await ensurePackages(progress);
    const names = [...stackTools, ...clusterTools, ...imageTools, "ingress-nginx-chart"] as const;
    const plan = await planTools(names, progress, kubernetes);
    const [tools, images] = await together((either) => {
        const building = buildTools(plan, progress, either);
        // Most images need no tool, and are made while the compiler works.
        return [building, ensureImages(building, progress, either)];
    }, signal);
    const chartsFolder = await ensureCharts(tools["ingress-nginx-chart"]);
    return {
        /** Absolute paths by name. Debian's are where Debian has them. */
        tools: { ...tools, containerd: "/usr/bin/containerd", ctr: "/usr/bin/ctr", haproxy: "/usr/sbin/haproxy" },
        cniPluginsFolder: "/usr/lib/cni",
        images,
        chartsFolder,
    };
}
