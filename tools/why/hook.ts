/** What happens when Pulumi's wait for the Deployment ends without success: decision 16. */
import * as pulumi from "@pulumi/pulumi";

import { MissingProgramError } from "../common/commands";
import { diagnose } from "./read";

/** How the provider says that its time is over, as opposed to objects that the API server refuses, or Ctrl-C. */
const timedOut = "timed out waiting to be Ready";

/**
 * Tells why the new pods do not serve, before the update ends. Where Kubernetes has not given the rollout up, it has the
 * provider wait on.
 *
 * @param context of the kubeconfig; its current one where undefined
 */
export function rolloutHooks(context: string | undefined): pulumi.ResourceHookBinding {
    // Where tools/render/ stands for the engine, nothing calls it.
    if (!pulumi.runtime.hasEngine()) return {};
    const hook = new pulumi.ErrorHook("why", async ({ newInputs, errors }) => {
        if (pulumi.runtime.isDryRun() || errors[0]?.includes(timedOut) !== true) return false;
        const namespace = (newInputs as NamespacedInputs | undefined)?.metadata?.namespace;
        if (namespace === undefined) return false;
        try {
            const { text, isGivenUp } = await diagnose(namespace, context);
            if (!isGivenUp) return true;
            await pulumi.log.error(text ?? "");
        } catch (error) {
            await pulumi.log.error(why(error));
        }
        return false;
    });
    return { onError: [hook] };
}

interface NamespacedInputs {
    readonly metadata?: { readonly namespace?: string };
}

function why(error: unknown): string {
    const reason = error instanceof Error ? error.message : String(error);
    const mend = error instanceof MissingProgramError ? "Install kubectl, then" : "When the cluster answers,";
    return (
        `What keeps the new pods from serving is not known: ${reason} ` +
        `${mend} npm run -s why -- --stack ${pulumi.getStack()} tells it. The rollout may be going on still.`
    );
}
