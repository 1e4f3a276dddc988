/** A Helm repository with ingress-nginx' chart, as the controller's own module has it. */
import { basename, dirname, join } from "node:path";

import { cacheKey } from "../../common/build/cacheKey";
import { publishedFolder } from "../../common/build/publish";
import { run } from "../../common/commands";
import { cacheFolder } from "../paths";
import { during, type Progress } from "../progress";
import type { ToolName } from "../toolchain/catalogue";

/** The tools that the repository is made of. */
export const chartTools = ["helm", "ingress-nginx-chart"] as const satisfies readonly ToolName[];

export type ChartTools = Readonly<Record<(typeof chartTools)[number], string>>;

/** @returns the folder with index.yaml, to be served as it is */
export async function ensureCharts(tools: ChartTools, report: Progress): Promise<{ readonly folder: string }> {
    const chart = tools["ingress-nginx-chart"];
    // The folder of the chart is named by the module version that it is from.
    const folder = join(cacheFolder, "charts", `charts-${cacheKey(basename(dirname(chart)))}`);
    await publishedFolder(folder, (partial) =>
        during(report, "Helm repository", 2, async () => {
            await run(tools.helm, ["package", chart, "--destination", partial]);
            await run(tools.helm, ["repo", "index", partial]);
        }),
    );
    return { folder };
}
