/** What happens when Pulumi's wait for the Deployment, or for a release's Job, ends without success: decisions 16 and 23. */
import * as pulumi from "@pulumi/pulumi";

import { MissingProgramError } from "../common/commands";
import { diagnose, diagnoseRelease, removeFailedRelease, rolloutEnds } from "./read";

/** How the provider says that its time is over, as opposed to objects that the API server refuses, or Ctrl-C. */
const timedOut = "timed out waiting to be Ready";
/** Likewise of a Job that Kubernetes has given up. */
const failed = "BackoffLimitExceeded";

/**
 * Tells why the new pods do not serve, before the update ends. Where Kubernetes has not given the rollout up, it has the
 * provider wait on. And where the provider is content, it looks whether Kubernetes is.
 *
 * @param context of the kubeconfig; its current one where undefined
 */
export function rolloutHooks(context: string | undefined): pulumi.ResourceHookBinding {
    // Where tools/render/ stands for the engine, nothing calls it.
    if (!pulumi.runtime.hasEngine()) return {};
    const hook = new pulumi.ErrorHook("why", async ({ newInputs, errors }) => {
        if (pulumi.runtime.isDryRun() || errors[0]?.includes(timedOut) !== true) return false;
        const { namespace } = placeOf(newInputs);
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
    const isOver = new pulumi.ResourceHook("rollout-is-over", async ({ newInputs }) => {
        const { namespace, name } = placeOf(newInputs);
        if (namespace === undefined || name === undefined) return;
        const end = await rolloutEnds(namespace, name, context).catch(async (error: unknown) => {
            await pulumi.log.warn(
                `That Deployment ${namespace}/${name} is rolled out is the provider's word alone: ${messageOf(error)}`,
            );
        });
        if (end !== "givenUp") return;
        const { text } = await diagnose(namespace, context);
        throw new Error(text ?? `Kubernetes has given up the rollout of Deployment ${namespace}/${name}.`);
    });
    return { onError: [hook], afterCreate: [isOver], afterUpdate: [isOver] };
}

/**
 * Tells why a release's Job has failed, before the update ends; and where it had failed in an update before, has it run again.
 * One that still runs is waited for.
 *
 * @param context of the kubeconfig; its current one where undefined
 */
export function releaseHooks(context: string | undefined): pulumi.ResourceHookBinding {
    if (!pulumi.runtime.hasEngine()) return {};
    const again = (name: string, isMadeAgain: boolean) =>
        new pulumi.ResourceHook(name, async ({ newInputs }) => {
            const { namespace, name: job } = placeOf(newInputs);
            if (namespace === undefined || job === undefined) return;
            try {
                await removeFailedRelease(namespace, job, context, isMadeAgain);
            } catch (error) {
                // What Kubernetes says of the Job is told by the provider all the same.
                await pulumi.log.warn(
                    `Whether Job ${namespace}/${job} has failed before, and is to run again, is not known: ${messageOf(error)}`,
                );
            }
        });
    const told = new pulumi.ErrorHook("why-release", async ({ newInputs, errors }) => {
        const { namespace, name } = placeOf(newInputs);
        if (pulumi.runtime.isDryRun() || namespace === undefined || name === undefined) return false;
        // Ctrl-C, and objects that the API server refuses.
        if (!errors.some((error) => error.includes(timedOut) || error.includes(failed))) return false;
        try {
            const { text, end } = await diagnoseRelease(namespace, name, context);
            // Longer than it should, as where another release's runs still.
            if (end !== "failed") return true;
            await pulumi.log.error(text ?? "");
        } catch (error) {
            await pulumi.log.error(
                `Why the release's command has failed is not known: ${messageOf(error)} Its log: ` +
                    `kubectl --namespace ${namespace} logs job/${name}. It runs again when the Job is deleted, pulumi refresh has ` +
                    "seen that, and pulumi up.",
            );
        }
        return false;
    });
    return {
        beforeCreate: [again("release-again-on-create", false)],
        beforeUpdate: [again("release-again-on-update", true)],
        onError: [told],
    };
}

interface NamespacedInputs {
    readonly metadata?: { readonly namespace?: string; readonly name?: string };
}

function placeOf(inputs: unknown): { readonly namespace?: string; readonly name?: string } {
    return (inputs as NamespacedInputs | undefined)?.metadata ?? {};
}

function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}

function why(error: unknown): string {
    const reason = messageOf(error);
    const mend = error instanceof MissingProgramError ? "Install kubectl, then" : "When the cluster answers,";
    return (
        `What keeps the new pods from serving is not known: ${reason} ` +
        `${mend} npm run -s why -- --stack ${pulumi.getStack()} tells it. The rollout may be going on still.`
    );
}
