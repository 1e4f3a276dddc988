/** `make build`: everything that the lab is made of, without starting any of it. */
import { ensureCharts } from "../charts";
import { controlPlaneTools } from "../cluster/controlPlane";
import { ensureImages, imageTools } from "../images";
import type { Progress } from "../progress";
import { ensurePackages, ensureTools } from "../toolchain";

const stackTools = ["pulumi", "pulumi-resource-kubernetes", "kubectl"] as const;
const clusterTools = [...controlPlaneTools, "kubelet", "kube-proxy"] as const;

/** What the lab is made of. */
export type Parts = Awaited<ReturnType<typeof build>>;

export async function build(progress: Progress) {
    await ensurePackages(progress);
    const building = ensureTools([...stackTools, ...clusterTools, ...imageTools, "ingress-nginx-chart"], progress);
    // Most images need no tool, and are made while the compiler works.
    const [tools, images] = await Promise.all([building, ensureImages(building, progress)]);
    const chartsFolder = await ensureCharts(tools["ingress-nginx-chart"]);
    return {
        /** Absolute paths by name. Debian's are where Debian has them. */
        tools: { ...tools, containerd: "/usr/bin/containerd", ctr: "/usr/bin/ctr", haproxy: "/usr/sbin/haproxy" },
        cniPluginsFolder: "/usr/lib/cni",
        images,
        chartsFolder,
    };
}
