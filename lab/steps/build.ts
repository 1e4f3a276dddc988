/** `make build`: everything that the lab is made of, without starting any of it. */
import { chartTools, ensureCharts } from "../charts";
import { controlPlaneTools } from "../cluster/controlPlane";
import { ensureImages, imageTools } from "../images";
import { together } from "../../common/together";
import type { Progress } from "../progress";
import { buildTools, ensurePackages, planTools } from "../toolchain";

const stackTools = ["pulumi", "helm", "kubectl"] as const;
const clusterTools = [...controlPlaneTools, "kubelet", "kube-proxy"] as const;

/** What the lab is made of. */
export type Parts = Awaited<ReturnType<typeof build>>;

/** @param signal ends it; the next time it goes on from there */
export async function build(progress: Progress, signal?: AbortSignal) {
    // What installs packages comes before all that runs side by side: apt-get is for one at a time.
    await ensurePackages(progress);
    const plan = await planTools([...stackTools, ...clusterTools, ...imageTools, ...chartTools], progress, signal);
    const [tools, images] = await together((either) => {
        const building = buildTools(plan, progress, either);
        // Most images need no tool, and are made while the compiler works.
        return [building, ensureImages(building, progress, either)];
    }, signal);
    const { folder: chartsFolder } = await ensureCharts(tools, progress);
    return {
        /** Absolute paths by name. Debian's are where Debian has them. */
        tools: { ...tools, containerd: "/usr/bin/containerd", ctr: "/usr/bin/ctr", haproxy: "/usr/sbin/haproxy" },
        cniPluginsFolder: "/usr/lib/cni",
        images,
        chartsFolder,
    };
}
