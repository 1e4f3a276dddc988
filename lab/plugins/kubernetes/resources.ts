/** Kubernetes objects as resources of a stack. */
import type { Engine } from "../rpc/engine";
import { NotReadyError } from "../rpc/errors";
import {
    at,
    hasUnknowns,
    isUnknown,
    kindOf,
    textAt,
    withMarksOf,
    withoutMarks,
    withoutValueAt,
    withValueAt,
    type Properties,
} from "../rpc/values";
import { ApiError } from "./client";
import { refuseUnsupported, UnknownKindError, type Cluster } from "./cluster";
import { changesBetween, pruned, withNamespace, withoutIgnored, type ResourceDiff } from "./diff";
import {
    annotation,
    annotations,
    fieldManagerOf,
    idOf,
    nameOf,
    namespaceOf,
    normalized,
    parseId,
    withName,
    type Naming,
} from "./objects";
import { withIgnoredFields } from "./ownership";
import { isWaitedFor, readinessOf } from "./readiness";
import { replacingChanges } from "./replacement";
import { fromState, markSecretData, toState } from "./state";
import { untilGone, untilReady, WaitError, type WaitOptions } from "./wait";

export interface Timing {
    readonly isPreview: boolean;
    /** Of the resource's `customTimeouts`; 0 where there are none. */
    readonly timeoutSeconds: number;
}

const defaultTimeoutSeconds = 600;

export class KubeResources {
    constructor(
        private readonly cluster: Cluster,
        private readonly engine: Engine,
        /** Of objects that name none. */
        private readonly defaultNamespace: string,
        private readonly signal: AbortSignal,
    ) {}

    /** Inputs with a name and a namespace. */
    async check(token: string, old: Properties | undefined, news: Properties, naming: Naming): Promise<Properties> {
        const inputs = normalized(news);
        refuseUnsupported(token, withoutMarks(inputs));
        const named = withName(inputs, old, naming);
        if (at(named, "metadata", "namespace") !== undefined || !(await this.isNamespaced(named))) return named;
        return withValueAt(named, ["metadata", "namespace"], this.defaultNamespace);
    }

    async diff(state: Properties, news: Properties, ignored: readonly string[]): Promise<ResourceDiff> {
        const { inputs: oldInputs, live } = fromState(state);
        const wanted = withoutMarks(normalized(news));
        const isNamespaced = await this.isNamespaced(wanted);
        const inOneForm = (object: Properties) => {
            const namespace = at(object, "metadata", "namespace");
            if (isUnknown(namespace)) return object;
            return withNamespace(object, isNamespaced ? (namespaceOf(object) ?? this.defaultNamespace) : undefined);
        };
        const liveFields = pruned(live, withoutMarks(normalized(oldInputs)));
        // A name that Pulumi gave and the program now states is the same name.
        const old = withValueAt(liveFields, ["metadata", "name"], nameOf(live) ?? null);
        const changes = withoutIgnored(changesBetween(inOneForm(old), inOneForm(wanted)), ignored);
        const replacing = replacingChanges(wanted, changes);
        return {
            changes,
            replacing,
            mustDeleteFirst:
                replacing.length > 0 &&
                annotation(wanted, annotations.autonamed) !== "true" &&
                nameOf(wanted) === nameOf(live) &&
                namespaceOf(inOneForm(wanted)) === namespaceOf(inOneForm(live)),
        };
    }

    async create(
        urn: string,
        news: Properties,
        timing: Timing,
    ): Promise<{ readonly id: string; readonly state: Properties }> {
        const inputs = withoutMarks(news);
        const initialApiVersion = textAt(inputs, "apiVersion") ?? "";
        const fieldManager = fieldManagerOf(inputs, undefined);
        const toCheckpoint = (live: Properties) => toState({ inputs: news, live, initialApiVersion, fieldManager });
        if (timing.isPreview) {
            const dryRun = await this.previewOfCreation(inputs, fieldManager);
            return { id: "", state: dryRun === undefined ? news : toCheckpoint(withoutValueAt(dryRun, ["status"])) };
        }
        const created = await retried(async () => {
            if ((await this.cluster.find(inputs)) !== undefined) throw new Error(alreadyThere(inputs));
            return this.cluster.apply(inputs, { fieldManager, dryRun: false });
        });
        const id = idOf(created);
        try {
            return { id, state: toCheckpoint(await this.untilReady(urn, inputs, created, timing)) };
        } catch (error) {
            throw notReady(error, id, toCheckpoint);
        }
    }

    async update(
        urn: string,
        state: Properties,
        news: Properties,
        ignored: readonly string[],
        timing: Timing,
    ): Promise<Properties> {
        const inputs = withoutMarks(news);
        const { live: old, initialApiVersion = textAt(inputs, "apiVersion") ?? "" } = fromState(state);
        const fieldManager = fieldManagerOf(inputs, state);
        const toCheckpoint = (live: Properties) => toState({ inputs: news, live, initialApiVersion, fieldManager });
        if (timing.isPreview && (hasUnknowns(inputs) || !(await this.isKnown(inputs)))) return news;
        const identity = withNamespace(
            withValueAt(inputs, ["metadata", "name"], nameOf(old) ?? null),
            namespaceOf(old),
        );
        const live = await this.cluster.find(identity);
        if (live === undefined) {
            throw new Error(`${kindAndId(old)} is not in the cluster any more. Run pulumi refresh, and try again.`);
        }
        const applied = await this.cluster.apply(withIgnoredFields(identity, live, ignored, fieldManager), {
            fieldManager,
            dryRun: timing.isPreview,
        });
        if (timing.isPreview) return toCheckpoint(applied);
        try {
            return toCheckpoint(await this.untilReady(urn, inputs, applied, timing));
        } catch (error) {
            throw notReady(error, idOf(live), toCheckpoint);
        }
    }

    /** Undefined where the object is gone. */
    async read(
        urn: string,
        token: string,
        id: string,
        state: Properties,
        inputs: Properties,
    ): Promise<{ readonly state: Properties; readonly inputs: Properties } | undefined> {
        const isImport = Object.keys(inputs).length === 0;
        const identity = isImport ? identityOf(token, id) : objectOf(withoutMarks(inputs), id);
        let live: Properties | undefined;
        try {
            live = await this.cluster.find(identity);
        } catch (error) {
            // Its CRD is gone, and all objects with it.
            if (error instanceof UnknownKindError) return undefined;
            throw error;
        }
        if (live === undefined) return undefined;
        const found = isImport ? importedInputs(live) : pruned(live, withoutMarks(normalized(inputs)));
        const liveInputs = markSecretData(withMarksOf(found, inputs));
        const { initialApiVersion = textAt(live, "apiVersion") ?? "" } = fromState(state);
        const fieldManager = fieldManagerOf(found, state);
        const newState = toState({ inputs: liveInputs, live, initialApiVersion, fieldManager });
        if (!isImport && isWaitedFor(live) && annotation(found, annotations.skipAwait) !== "true") {
            const readiness = await readinessOf(live, this.cluster.client);
            if (readiness.state !== "ready") {
                const why = readiness.state === "failed" ? readiness.why : `It waits for ${readiness.for}.`;
                const text = `${kindAndId(live)} is not ready. ${why}`;
                throw new NotReadyError(text, [text], id, newState, liveInputs);
            }
        }
        await this.engine.status("", urn);
        return { state: newState, inputs: liveInputs };
    }

    async remove(urn: string, id: string, state: Properties, timeoutSeconds: number): Promise<void> {
        const { inputs, live } = fromState(state);
        const object = objectOf(live, id);
        let path: string;
        try {
            path = await this.cluster.pathOf(object);
            await this.cluster.remove(object);
        } catch (error) {
            if (error instanceof UnknownKindError) return;
            throw error;
        }
        if (annotation(inputs, annotations.skipAwait) === "true" && isWorkload(object)) return;
        await untilGone(live, this.waitOptions(urn, path, inputs, timeoutSeconds));
        await this.engine.status("", urn);
    }

    /** What would be there; undefined where the API server cannot tell yet. */
    private async previewOfCreation(inputs: Properties, fieldManager: string): Promise<Properties | undefined> {
        if (hasUnknowns(inputs) || !(await this.isKnown(inputs))) return undefined;
        // What is there with this name is either replaced, or an error that the update tells with its mend.
        if ((await this.cluster.find(inputs)) !== undefined) return undefined;
        try {
            return await this.cluster.apply(inputs, { fieldManager, dryRun: true });
        } catch (error) {
            // Its namespace is part of the same preview, or the preview's user may only read.
            if (error instanceof ApiError && (error.isNotFound || error.code === 403)) return undefined;
            throw error;
        }
    }

    private async untilReady(urn: string, inputs: Properties, live: Properties, timing: Timing): Promise<Properties> {
        if (!isWaitedFor(live) || annotation(inputs, annotations.skipAwait) === "true") return live;
        const path = await this.cluster.pathOf(live);
        const ready = await untilReady(live, this.waitOptions(urn, path, inputs, timing.timeoutSeconds));
        // Awaited: an empty status that comes late would leave the old text in the line.
        await this.engine.status("", urn);
        return ready;
    }

    private waitOptions(urn: string, path: string, inputs: Properties, timeoutSeconds: number): WaitOptions {
        const annotated = Number(annotation(inputs, annotations.timeoutSeconds) ?? Number.NaN);
        return {
            client: this.cluster.client,
            path,
            timeoutSeconds: timeoutSeconds || (Number.isFinite(annotated) ? annotated : defaultTimeoutSeconds),
            signal: this.signal,
            report: (status) => void this.engine.status(status, urn),
        };
    }

    private async isKnown(object: Properties): Promise<boolean> {
        return (await this.find(object)) !== undefined;
    }

    /** A kind that the API server does not know yet, such as one whose CRD comes with this update, is taken to be. */
    private async isNamespaced(object: Properties): Promise<boolean> {
        return (await this.find(withoutMarks(object)))?.isNamespaced ?? true;
    }

    private find(object: Properties) {
        return this.cluster.discovery.find({
            apiVersion: textAt(object, "apiVersion") ?? "",
            kind: textAt(object, "kind") ?? "",
        });
    }
}

/** How long a creation may wait for its CRD or its namespace. */
const retrySeconds = [1, 2, 5];

async function retried<T>(work: () => Promise<T>): Promise<T> {
    for (const seconds of retrySeconds) {
        try {
            return await work();
        } catch (error) {
            const mayCome = error instanceof UnknownKindError || (error instanceof ApiError && error.isNotFound);
            if (!mayCome) throw error;
            await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
        }
    }
    return work();
}

function notReady(error: unknown, id: string, toCheckpoint: (live: Properties) => Properties): unknown {
    if (!(error instanceof WaitError)) return error;
    const reasons = [error.message, ...error.problems];
    return new NotReadyError(reasons.join("\n"), reasons, id, toCheckpoint(error.live));
}

function alreadyThere(object: Properties): string {
    return (
        `${kindAndId(object)} is there already, and is not this stack's. Take it into the stack with pulumi import, ` +
        "give the resource an alias where it was only renamed, or delete the object."
    );
}

function kindAndId(object: Properties): string {
    return `${textAt(object, "kind") ?? ""} ${idOf(object)}`;
}

/** The object with the name and namespace of an id. */
function objectOf(object: Properties, id: string): Properties {
    const { namespace, name } = parseId(id);
    return withNamespace(withValueAt(object, ["metadata", "name"], name), namespace);
}

/** From the type "kubernetes:apps/v1:Deployment", where nothing else is known of the object. */
function identityOf(token: string, id: string): Properties {
    const [, apiVersion = "", kind = ""] = token.split(":");
    return objectOf({ apiVersion: apiVersion.replace(/^core\//, ""), kind }, id);
}

/** What a program would say to get this object. */
function importedInputs(live: Properties): Properties {
    const { status: _, ...rest } = withoutMarks(normalized(live));
    return [
        ["metadata", "annotations", "deployment.kubernetes.io/revision"],
        ["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"],
    ].reduce((object: Properties, path) => withoutValueAt(object, path), rest);
}

const workloads = new Set([
    "v1 Namespace",
    "v1 Pod",
    "v1 ReplicationController",
    "apps/v1 DaemonSet",
    "apps/v1 Deployment",
    "apps/v1 StatefulSet",
    "batch/v1 Job",
]);

/** Kinds whose deletion takes long, and is not waited for where the program says so. */
function isWorkload(object: Properties): boolean {
    return workloads.has(kindOf(object));
}
