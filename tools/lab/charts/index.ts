/** A Helm repository with ingress-nginx' chart, as the controller's own module has it. */
import { readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { parse, stringify } from "yaml";

import { cacheKey } from "../../common/build/cacheKey";
import { publishedFolder } from "../../common/build/publish";
import { run } from "../../common/commands";
import { cacheFolder } from "../paths";

/**
 * @param chart folder of the chart
 * @returns the folder with index.yaml, to be served as it is
 */
export async function ensureCharts(chart: string): Promise<string> {
    // The folder of the chart is named by the module version that it is from.
    const folder = join(cacheFolder, "charts", `charts-${cacheKey(basename(dirname(chart)))}`);
    await publishedFolder(folder, (partial) => writeChartRepository(chart, partial));
    return folder;
}

/** What `helm package` and `helm repo index` do: makes a folder the repository of one chart. */
export async function writeChartRepository(chart: string, folder: string): Promise<void> {
    const metadata = parse(await readFile(join(chart, "Chart.yaml"), "utf8")) as {
        readonly name: string;
        readonly version: string;
    };
    const archive = `${metadata.name}-${metadata.version}.tgz`;
    await run("tar", ["--create", "--gzip", "--file", join(folder, archive), "-C", dirname(chart), basename(chart)]);
    const entries = { [metadata.name]: [{ ...metadata, urls: [archive] }] };
    await writeFile(join(folder, "index.yaml"), stringify({ apiVersion: "v1", entries }));
}
