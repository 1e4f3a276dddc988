/** When an object is ready, by kind; what it waits for until then; and why it does not get there. */
import { at, kindOf, listAt, numberAt, textAt, type Properties, type Value } from "../rpc/values";
import type { KubeClient } from "./client";
import { nameOf, namespaceOf } from "./objects";
import { conditionOf, isPodReady, lastWarning, podProblems, problemsOfPods } from "./pods";

export type Readiness =
    | { readonly state: "ready" }
    | { readonly state: "waiting"; readonly for: string }
    /** It will not become ready by waiting. */
    | { readonly state: "failed"; readonly why: string };

interface Waiting {
    readonly check: (object: Properties, client: KubeClient) => Readiness | Promise<Readiness>;
    /** Causes, found when the wait has ended in vain. */
    readonly problems?: (object: Properties, client: KubeClient) => Promise<readonly string[]>;
}

const ready: Readiness = { state: "ready" };
const waitingFor = (what: string): Readiness => ({ state: "waiting", for: what });
const failed = (why: string): Readiness => ({ state: "failed", why });

/** Kinds that are waited for. Any other is ready when the API server has it. */
const byKind: Readonly<Record<string, Waiting>> = {
    "apps/v1 Deployment": { check: deployment, problems: deploymentProblems },
    "apps/v1 StatefulSet": { check: statefulSet, problems: workloadProblems },
    "apps/v1 DaemonSet": { check: daemonSet, problems: workloadProblems },
    "batch/v1 Job": { check: job, problems: workloadProblems },
    "v1 Pod": { check: pod, problems: podAloneProblems },
    "v1 Service": { check: service, problems: serviceProblems },
    "v1 PersistentVolumeClaim": { check: persistentVolumeClaim },
    "networking.k8s.io/v1 Ingress": { check: ingress, problems: ingressProblems },
    "apiextensions.k8s.io/v1 CustomResourceDefinition": { check: customResourceDefinition },
};

export function isWaitedFor(object: Value): boolean {
    return waitingOf(object) !== undefined;
}

export async function readinessOf(object: Properties, client: KubeClient): Promise<Readiness> {
    return (await waitingOf(object)?.check(object, client)) ?? ready;
}

export async function problemsOf(object: Properties, client: KubeClient): Promise<readonly string[]> {
    return (await waitingOf(object)?.problems?.(object, client)) ?? [];
}

function waitingOf(object: Value): Waiting | undefined {
    return byKind[kindOf(object)];
}

// --- Workloads -------------------------------------------------------------------------------------------------------

function isObserved(object: Value): boolean {
    return (numberAt(object, "status", "observedGeneration") ?? 0) >= (numberAt(object, "metadata", "generation") ?? 0);
}

function countOf(object: Value, field: string): number {
    return numberAt(object, "status", field) ?? 0;
}

function deployment(object: Properties): Readiness {
    if (!isObserved(object)) return waitingFor("the Deployment's controller");
    const progressing = conditionOf(object, "Progressing");
    if (progressing?.reason === "ProgressDeadlineExceeded") {
        return failed(`No progress within spec.progressDeadlineSeconds: ${progressing.message}`);
    }
    const wanted = numberAt(object, "spec", "replicas") ?? 1;
    const [updated, available, all] = [
        countOf(object, "updatedReplicas"),
        countOf(object, "availableReplicas"),
        countOf(object, "replicas"),
    ];
    if (updated < wanted) return waitingFor(`${wanted - updated} of ${wanted} pods to be renewed`);
    if (available < wanted) return waitingFor(`${wanted - available} of ${wanted} pods to become available`);
    if (all > updated) return waitingFor(`${all - updated} old pods to go`);
    return ready;
}

async function deploymentProblems(object: Properties, client: KubeClient): Promise<readonly string[]> {
    const namespace = namespaceOf(object) ?? "default";
    const replicaSets = await client.items(`/apis/apps/v1/namespaces/${namespace}/replicasets`);
    const revision = (set: Value) =>
        Number(textAt(set, "metadata", "annotations", "deployment.kubernetes.io/revision") ?? 0);
    const newest = replicaSets
        .filter((set) =>
            listAt(set, "metadata", "ownerReferences").some(
                (owner) => at(owner, "uid") === at(object, "metadata", "uid"),
            ),
        )
        .sort((a, b) => revision(b) - revision(a))[0];
    // Says why there are no pods at all: a quota, or the Pod Security level of the namespace.
    const creation = conditionOf(object, "ReplicaFailure");
    return [
        ...(creation?.status === "True" ? [`${creation.reason}: ${creation.message}`] : []),
        ...(await problemsOfPods(client, namespace, at(object, "spec", "selector"), (one) =>
            listAt(one, "metadata", "ownerReferences").some(
                (owner) => at(owner, "uid") === at(newest, "metadata", "uid"),
            ),
        )),
    ];
}

function statefulSet(object: Properties): Readiness {
    if (!isObserved(object)) return waitingFor("the StatefulSet's controller");
    const wanted = numberAt(object, "spec", "replicas") ?? 1;
    const isRenewed =
        at(object, "status", "updateRevision") === at(object, "status", "currentRevision") ||
        countOf(object, "updatedReplicas") >= wanted;
    if (!isRenewed) return waitingFor("pods to be renewed");
    const missing = wanted - countOf(object, "readyReplicas");
    return missing > 0 ? waitingFor(`${missing} of ${wanted} pods to become ready`) : ready;
}

function daemonSet(object: Properties): Readiness {
    if (!isObserved(object)) return waitingFor("the DaemonSet's controller");
    const wanted = countOf(object, "desiredNumberScheduled");
    const updated = countOf(object, "updatedNumberScheduled");
    if (updated < wanted) return waitingFor(`${wanted - updated} of ${wanted} pods to be renewed`);
    const missing = wanted - countOf(object, "numberAvailable");
    return missing > 0 ? waitingFor(`${missing} of ${wanted} pods to become available`) : ready;
}

async function workloadProblems(object: Properties, client: KubeClient): Promise<readonly string[]> {
    const warning = await lastWarning(client, object);
    return [
        ...(warning === undefined ? [] : [warning]),
        ...(await problemsOfPods(client, namespaceOf(object) ?? "default", at(object, "spec", "selector"))),
    ];
}

function job(object: Properties): Readiness {
    const failure = conditionOf(object, "Failed");
    if (failure?.status === "True") return failed(`${failure.reason}: ${failure.message}`);
    return conditionOf(object, "Complete")?.status === "True" ? ready : waitingFor("the Job to complete");
}

function pod(object: Properties): Readiness {
    const phase = textAt(object, "status", "phase");
    if (phase === "Failed") return failed(podProblems(object).join("; ") || "The Pod has failed.");
    return isPodReady(object) || phase === "Succeeded" ? ready : waitingFor("the Pod to become ready");
}

async function podAloneProblems(object: Properties, client: KubeClient): Promise<readonly string[]> {
    const warning = await lastWarning(client, object);
    return [...podProblems(object), ...(warning === undefined ? [] : [warning])];
}

// --- Traffic ---------------------------------------------------------------------------------------------------------

async function service(object: Properties, client: KubeClient): Promise<Readiness> {
    const type = textAt(object, "spec", "type");
    const hasSelector = Object.keys((at(object, "spec", "selector") ?? {}) as Properties).length > 0;
    const isHeadless = at(object, "spec", "clusterIP") === "None";
    if (hasSelector && !isHeadless && type !== "ExternalName" && !(await hasReadyEndpoint(object, client))) {
        return waitingFor("a ready endpoint");
    }
    if (type === "LoadBalancer" && listAt(object, "status", "loadBalancer", "ingress").length === 0) {
        return waitingFor("the load balancer's address");
    }
    return ready;
}

async function hasReadyEndpoint(object: Properties, client: KubeClient): Promise<boolean> {
    const slices = await client.items(
        `/apis/discovery.k8s.io/v1/namespaces/${namespaceOf(object) ?? "default"}/endpointslices`,
        { labelSelector: `kubernetes.io/service-name=${nameOf(object) ?? ""}` },
    );
    return slices.some((slice) =>
        listAt(slice, "endpoints").some((endpoint) => at(endpoint, "conditions", "ready") !== false),
    );
}

async function serviceProblems(object: Properties, client: KubeClient): Promise<readonly string[]> {
    const matchLabels = at(object, "spec", "selector") ?? {};
    const problems = await problemsOfPods(client, namespaceOf(object) ?? "default", { matchLabels });
    const warning = await lastWarning(client, object);
    if (problems.length > 0 || warning !== undefined) {
        return [...problems, ...(warning === undefined ? [] : [warning])];
    }
    return [`No pod with the labels ${JSON.stringify(matchLabels)} is ready.`];
}

async function ingress(object: Properties, client: KubeClient): Promise<Readiness> {
    const unserved = await missingServices(object, client);
    if (unserved.length > 0) return waitingFor(`Service ${unserved.join(", ")}`);
    return listAt(object, "status", "loadBalancer", "ingress").length === 0
        ? waitingFor("the ingress controller to write an address")
        : ready;
}

async function ingressProblems(object: Properties, client: KubeClient): Promise<readonly string[]> {
    const names = await missingServices(object, client);
    return [
        ...names.map((name) => `There is no Service ${name} for it.`),
        "No ingress controller has written an address. Is there one for this ingressClassName? To go on without: " +
            'annotation pulumi.com/skipAwait: "true".',
    ];
}

async function missingServices(object: Properties, client: KubeClient): Promise<readonly string[]> {
    const names = listAt(object, "spec", "rules")
        .flatMap((rule) => listAt(rule, "http", "paths"))
        .map((path) => textAt(path, "backend", "service", "name"))
        .filter((name) => name !== undefined);
    const namespace = namespaceOf(object) ?? "default";
    const found = await Promise.all(
        [...new Set(names)].map(async (name) =>
            (await client.find(`/api/v1/namespaces/${namespace}/services/${name}`)) === undefined ? [name] : [],
        ),
    );
    return found.flat();
}

// --- Others ----------------------------------------------------------------------------------------------------------

async function persistentVolumeClaim(object: Properties, client: KubeClient): Promise<Readiness> {
    if (textAt(object, "status", "phase") === "Bound") return ready;
    const className = textAt(object, "spec", "storageClassName");
    const storageClass =
        className === undefined
            ? undefined
            : await client.find(`/apis/storage.k8s.io/v1/storageclasses/${encodeURIComponent(className)}`);
    // Such a claim is bound when the first pod needs it.
    if (at(storageClass, "volumeBindingMode") === "WaitForFirstConsumer") return ready;
    return waitingFor("a volume to be bound");
}

function customResourceDefinition(object: Properties): Readiness {
    const names = conditionOf(object, "NamesAccepted");
    if (names?.status === "False") return failed(`${names.reason}: ${names.message}`);
    return conditionOf(object, "Established")?.status === "True" ? ready : waitingFor("the API server to serve it");
}
