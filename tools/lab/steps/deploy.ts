/** Bringing stack lab to the cluster. */
import { chartsPort } from "../preflight";
import { runPulumi, type PulumiOptions } from "../engine";
import { whileServing } from "./charts";

/** `pulumi up`, with the charts at hand that the stack file names. Returns what it printed. */
export function deploy(chartsFolder: string, options: PulumiOptions): Promise<string> {
    return whileServing(chartsFolder, chartsPort, () =>
        runPulumi(["up", "--yes", "--skip-preview", "--suppress-progress", "--policy-pack", "policy"], options),
    );
}
