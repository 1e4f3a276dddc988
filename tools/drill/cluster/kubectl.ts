/** kubectl, for what it does better than single requests: draining, waiting for rollouts, running programs in pods. */
import { run } from "../../common/commands";

export type Kubectl = (...args: readonly string[]) => Promise<string>;

/** Above any --timeout that it is given. */
const timeoutSeconds = 660;

/**
 * @param context of the kubeconfig; its current one where undefined
 * @param signal ends what runs
 */
export function kubectlOf(context: string | undefined, signal: AbortSignal): Kubectl {
    return (...args) => {
        const separator = args.indexOf("--");
        const ownArgs = separator === -1 ? args : args.slice(0, separator);
        const rest = separator === -1 ? [] : args.slice(separator);
        const allArgs = [...ownArgs, ...(context === undefined ? [] : ["--context", context]), ...rest];
        return run("kubectl", allArgs, { timeoutSeconds, signal });
    };
}
