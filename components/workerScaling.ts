/** How many pods of a worker there are: by its CPU, or by what KEDA's triggers say of its queue. */
import { none, problem, type ArgumentProblem } from "./argumentProblem";
import { workerTargetCPUUtilizationPercentage } from "./defaults";

interface WorkerScaling {
    readonly minReplicas: number;
    readonly targetCPUUtilizationPercentage?: number | undefined;
    readonly triggers: readonly { readonly type: string }[];
}

/**
 * The CPU target; undefined where triggers decide alone. One that computes is above any target while it has a job, so that beside a
 * queue's length CPU is asked only by who says so.
 */
export function workerTargetOf({
    targetCPUUtilizationPercentage: given,
    triggers,
}: Omit<WorkerScaling, "minReplicas">): number | undefined {
    return given ?? (triggers.length > 0 ? undefined : workerTargetCPUUtilizationPercentage);
}

/**
 * What KEDA, or the API server, would refuse, or would never scale.
 *
 * @param path of the autoscaler's arguments: "workers.mail.scaling"
 */
export function problemsOfWorkerScaling(
    { minReplicas, targetCPUUtilizationPercentage, triggers }: WorkerScaling,
    path: string,
): readonly ArgumentProblem[] {
    const ofPods = triggers.filter(({ type }) => type === "cpu" || type === "memory");
    return [
        ...(minReplicas > 0 || triggers.length > ofPods.length
            ? none
            : problem(
                  `${path}.minReplicas`,
                  `found 0 ${triggers.length === 0 ? "without triggers" : "with triggers that look at pods alone"}: where there is no pod ` +
                      "there is no CPU use, and never a first pod again. Allowed: 1 or more, or a trigger that looks at the queue.",
              )),
        ...triggers.flatMap(({ type }, i) =>
            type === "cpu" && targetCPUUtilizationPercentage !== undefined
                ? problem(
                      `${path}.triggers[${i}].type`,
                      `found cpu beside targetCPUUtilizationPercentage ${targetCPUUtilizationPercentage}, which is that trigger already. ` +
                          "Remove one of the two.",
                  )
                : none,
        ),
    ];
}
