/** Why the new pods of a Deployment do not serve: live objects to sentences that say what, where and how to mend it. */
import {
    conditionOf,
    containersOf,
    endOf,
    endOfJob,
    failingPods,
    logKey,
    newestReplicaSet,
    type Evidence,
    type Live,
    type LiveContainer,
    type LiveEvent,
    type LivePod,
    type LiveRelease,
    type LiveReplicaSet,
} from "./objects";

/** None where all new pods serve. The same cause of several pods is told once. */
export function causesOf(live: Live): readonly string[] {
    const replicaSet = newestReplicaSet(live);
    if (replicaSet === undefined) return withoutReplicaSet(live);
    return [...refusals(replicaSet), ...causesOfPods(live, failingPods(live, replicaSet))];
}

function causesOfPods(live: Evidence, pods: readonly LivePod[]): readonly string[] {
    const found = pods.flatMap((pod) => causesOfPod(live, pod).map((cause) => ({ cause, pod: pod.metadata.name })));
    return [...new Set(found.map(({ cause }) => kindOf(cause)))].flatMap((kind) => {
        const [first, ...others] = found.filter(({ cause }) => kindOf(cause) === kind);
        if (first === undefined) return [];
        return [`pod ${first.pod}${others.length === 0 ? "" : ` and ${others.length} more`}: ${first.cause}`];
    });
}

/** What is the same for several pods: each has restarts, times and a name of its own. */
function kindOf(cause: string): string {
    return cause.split(/[,.:]/)[0] ?? "";
}

/** As {@link causesOf}, below a line with what became of the Deployment; undefined where nothing is wrong with it. */
export function explanation(live: Live): string | undefined {
    const causes = causesOf(live);
    const { metadata, status } = live.deployment;
    const progressing = conditionOf(status.conditions, "Progressing");
    if (causes.length === 0 && progressing?.status !== "False") return undefined;
    const serving = status.availableReplicas ?? 0;
    const head =
        `Deployment ${metadata.namespace ?? ""}/${metadata.name}: ` +
        whatGoesOn(serving, metadata.labels?.["app.kubernetes.io/component"] === "worker" ? "works" : "serves") +
        (progressing?.status === "False" ? `, ${progressing.message ?? progressing.reason ?? ""}` : "");
    const none = `nothing tells why. Look at: kubectl --namespace ${metadata.namespace ?? ""} describe pods`;
    return [head, ...(causes.length === 0 ? [none] : causes).map((cause) => `  - ${indented(cause)}`)].join("\n");
}

function whatGoesOn(pods: number, verb: string): string {
    if (pods === 0) return `no pod ${verb}`;
    return pods === 1 ? `1 pod ${verb} on` : `${pods} pods ${verb.replace(/s$/, "")} on`;
}

/** What became of a release's Job that is not done, and why; undefined where it is done. */
export function explanationOfRelease(live: LiveRelease): string | undefined {
    const { metadata, status } = live.job;
    const { namespace = "", name } = metadata;
    const end = endOfJob(live.job);
    if (end === "complete") return undefined;
    const failed = conditionOf(status.conditions, "Failed");
    const head =
        end === "failed"
            ? `Job ${namespace}/${name}: the release's command has failed, and nothing is rolled out. ${ended(failed?.message ?? failed?.reason ?? "")}`
            : `Job ${namespace}/${name}: the release's command is not done yet, and nothing is rolled out until it is.`;
    const causes = causesOfPods(live, live.pods);
    const hint = `Its log: kubectl --namespace ${namespace} logs job/${name}`;
    return [head, ...(causes.length === 0 ? [hint] : causes).map((cause) => `  - ${indented(cause)}`)].join("\n");
}

/** The controller could not even begin. */
function withoutReplicaSet({ deployment }: Live): readonly string[] {
    const failure = conditionOf(deployment.status.conditions, "ReplicaFailure");
    return failure === undefined ? [] : [`no ReplicaSet could be made: ${failure.message ?? failure.reason ?? ""}`];
}

/** Why there are fewer pods than wanted. */
function refusals(replicaSet: LiveReplicaSet): readonly string[] {
    const failure = conditionOf(replicaSet.status.conditions, "ReplicaFailure");
    if (failure?.status !== "True") return [];
    const message = failure.message ?? failure.reason ?? "";
    return [`pods are refused: ${ended(message)} ${mendOfRefusal(message)}`];
}

function mendOfRefusal(message: string): string {
    if (/exceeded quota|failed quota/.test(message))
        return "Raise the namespace's ResourceQuota, or ask for less: resources of the containers, replicas, maxSurge.";
    if (message.includes("violates PodSecurity"))
        return "What it names must change in the pod, or the namespace's Pod Security be less strict.";
    if (/(minimum|maximum) .* (usage|ratio)|LimitRange/.test(message))
        return "The namespace's LimitRange does not allow these resources of the containers.";
    return "Something that admits pods in this cluster (a webhook, a policy) has to let them in.";
}

function causesOfPod(live: Evidence, pod: LivePod): readonly string[] {
    const scheduled = conditionOf(pod.status.conditions, "PodScheduled");
    if (scheduled?.status === "False") {
        if (scheduled.message?.includes("didn't match pod anti-affinity rules") === true && isOfRelease(pod))
            return ["it waits for the command of another release, which runs still."];
        return [
            `no node takes it (${scheduled.reason ?? "not scheduled"}): ${ended(scheduled.message ?? "")} ` +
                "Add nodes, or ask for less: resources.requests of nginx and phpFpm.",
        ];
    }
    // A Job's pod that has failed by its container alone has no reason of its own.
    if (pod.status.phase === "Failed" && pod.status.reason !== undefined) {
        return [`it has failed (${pod.status.reason ?? "Failed"}): ${ended(pod.status.message ?? "")}`];
    }
    const causes = containersOf(pod).flatMap((container) => causeOfContainer(live, pod, container) ?? []);
    if (causes.length > 0) return causes;
    const hindered = lastEvent(live, pod, /^Failed(Mount|AttachVolume|CreatePodSandBox|Scheduling)/);
    if (hindered !== undefined) return [`${hindered.reason ?? ""}: ${ended(hindered.message ?? "")}`];
    return containersOf(pod).flatMap((container) => unready(live, pod, container) ?? []);
}

function isOfRelease({ metadata }: LivePod): boolean {
    return metadata.labels?.["app.kubernetes.io/component"] === "release";
}

const imageReasons =
    /^(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|ImageInspectError|RegistryUnavailable|SignatureValidationFailed)$/;

function causeOfContainer(live: Evidence, pod: LivePod, container: LiveContainer): string | undefined {
    const { name, image, state } = container;
    const { reason = "", message = "" } = state?.waiting ?? {};
    if (imageReasons.test(reason)) {
        // The event has the registry's words; the status, while it backs off, on old servers has none.
        const told = lastEvent(live, pod, /^Failed$|^InspectFailed$/, /image/i, name)?.message ?? message;
        return (
            `container ${name} has no image (${reason}): ${image}. ${ended(told)} ` +
            "Is the name right, and may the nodes pull it (imagePullSecrets)?"
        );
    }
    const end = endOf(container);
    if (end !== undefined && (end.exitCode !== 0 || end.reason !== "Completed" || reason === "CrashLoopBackOff")) {
        return crash(live, pod, container, end);
    }
    if (reason.endsWith("Error")) return `container ${name} cannot be made (${reason}): ${ended(message)}`;
    return undefined;
}

function crash(
    live: Evidence,
    pod: LivePod,
    container: LiveContainer,
    end: NonNullable<ReturnType<typeof endOf>>,
): string {
    const { name, restartCount } = container;
    const how = `container ${name} ends by itself (${end.reason ?? "Error"}, exit code ${end.exitCode}, ${restartCount} restarts)`;
    if (end.reason === "OOMKilled") return `${how}: it takes more than its memory limit allows.`;
    const killed = lastEvent(live, pod, /^Unhealthy$/, /^(Liveness|Startup) probe/, name)?.message;
    const log = (live.lastWords.get(logKey(pod, container)) ?? []).join("\n");
    // The end of the log itself, or what the container wrote as its message.
    const message = end.message?.trim() ?? "";
    const words = log.includes(message) ? log : `${message}\n${log}`.trim();
    return [
        `${how}.`,
        ...(killed === undefined ? [] : [ended(killed)]),
        words === "" ? "It has logged nothing." : `Its last words:\n${words}`,
    ].join(" ");
}

/** It runs, and is not ready. */
function unready(live: Evidence, pod: LivePod, container: LiveContainer): string | undefined {
    const { name, ready, state } = container;
    if (ready || state?.running === undefined) return undefined;
    const probe = lastEvent(live, pod, /^Unhealthy$/, /probe/, name)?.message ?? "no probe has told why.";
    const { namespace = "", name: podName } = pod.metadata;
    return (
        `container ${name} runs and is not ready. ${ended(probe)} ` +
        `What the application says of it: kubectl --namespace ${namespace} logs ${podName} --all-containers`
    );
}

/** @param container where the event must be of this one, or of none */
function lastEvent(
    { events }: Evidence,
    pod: LivePod,
    reason: RegExp,
    message = /(?:)/,
    container?: string,
): LiveEvent | undefined {
    return events
        .filter(
            ({ involvedObject, ...event }) =>
                involvedObject.uid === pod.metadata.uid &&
                (container === undefined ||
                    involvedObject.fieldPath === undefined ||
                    involvedObject.fieldPath.includes(`{${container}}`)) &&
                reason.test(event.reason ?? "") &&
                message.test(event.message ?? ""),
        )
        .sort((a, b) => timeOf(b).localeCompare(timeOf(a)))[0];
}

function timeOf({ lastTimestamp, eventTime }: LiveEvent): string {
    return lastTimestamp ?? eventTime ?? "";
}

/** With a full stop, for what follows. */
function ended(text: string): string {
    return /[.!?]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`;
}

function indented(text: string): string {
    return text.split("\n").join("\n      ");
}
