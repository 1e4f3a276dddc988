/** kubectl, for what it does better than single requests: draining, waiting for rollouts, running programs in pods. */
import { run } from "../../common/commands";

export type Kubectl = (...args: readonly string[]) => Promise<string>;

/** @param context of the kubeconfig; its current one where undefined */
export function kubectlOf(context: string | undefined): Kubectl {
    return (...args) => {
        const separator = args.indexOf("--");
        const ownArgs = separator === -1 ? args : args.slice(0, separator);
        const rest = separator === -1 ? [] : args.slice(separator);
        return run("kubectl", [...ownArgs, ...(context === undefined ? [] : ["--context", context]), ...rest]);
    };
}
