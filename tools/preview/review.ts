/**
 * What a reviewer needs to know about a change, from the Kubernetes objects before and after it: the objects and fields
 * that differ, the rollouts that follow, what the autoscaler does, and what the drain budget becomes. Pure.
 */
import type { Manifest } from "../render/manifests";
import { configMapNames, readDrain, type DrainParts } from "./drain";
import { fieldChanges, type FieldChange } from "./fields";
import {
    isAutoNamed,
    isRenamed,
    nameOf,
    namespaceOf,
    pairUp,
    shownName,
    shownObject,
    shownSuffix,
    type Action,
    type ObjectPair,
} from "./objects";
import { releasesOf, type Release } from "./release";
import { removalOfRole, removalWarnings } from "./removals";
import type { Part, State } from "./roles";
import { planRollout, pods, range, type RolloutSize } from "./rollout";
import { scalingConsequences } from "./scaling";
import { maskPair, unknownText } from "./secrets";
import { at, isEqual, isObject, numberAt, textAt } from "./values";
import { autoscalerOf, podCount, podTemplate, readAutoscaler, scaledWorkload, workloadKind } from "./workload";

export interface ObjectChange {
    /** "Deployment web/shop". Auto-generated endings of names are written as shownSuffix. */
    readonly object: string;
    readonly kind: string;
    readonly action: Action;
    /** The fields that differ; empty where the object is created or deleted. Free of secrets. */
    readonly fields: readonly FieldChange[];
    /** The whole object where it is created. Free of secrets. */
    readonly created?: unknown;
}

export interface Rollout {
    readonly object: string;
    /** What changes the pods: fields below the object's root, or a sentence where a field only points elsewhere. */
    readonly causes: readonly (FieldChange | string)[];
    readonly sizes: readonly RolloutSize[];
    readonly facts: readonly string[];
}

export interface ScalingChange {
    readonly object: string;
    readonly consequences: readonly string[];
}

export interface DrainChange {
    readonly object: string;
    readonly before: DrainParts | undefined;
    readonly after: DrainParts | undefined;
}

export interface Review {
    readonly changes: readonly ObjectChange[];
    /** Number of objects that stay as they are. */
    readonly unchanged: number;
    /** What may lose requests or more, as sentences: replacements, deletions, budgets that do not hold. */
    readonly warnings: readonly string[];
    readonly releases: readonly Release[];
    readonly rollouts: readonly Rollout[];
    readonly scaling: readonly ScalingChange[];
    readonly drain: readonly DrainChange[];
}

export interface ReviewOptions {
    /** Objects of `after` that an engine has said it replaces. Without an engine, known immutable fields tell. */
    readonly replaced?: ReadonlySet<Manifest>;
    /** Objects of `after` that an engine goes on with, though they are as they were: it has not seen them succeed. */
    readonly unfinished?: ReadonlySet<Manifest>;
}

/** The review of one change. Neither list needs an order. */
export function review(before: readonly Manifest[], after: readonly Manifest[], options: ReviewOptions = {}): Review {
    const pairs = pairUp(before, after);
    const names = new AutoNames(pairs);
    const subjects = pairs.map((pair) => subjectOf(pair, names, options));
    const changed = subjects.filter((subject) => subject.action !== undefined);
    const state = { before, after };
    const rollouts = changed.flatMap((subject) => rolloutOf(subject, changed, state));
    const parts = subjects.map(({ pair, action }): Part => {
        const isUnfinished = pair.after !== undefined && options.unfinished?.has(pair.after) === true;
        return { pair, action, rollout: rollouts.find((each) => each.pair === pair)?.rollout.sizes, isUnfinished };
    });
    const drain = subjects.flatMap((subject) => drainOf(subject, state));
    return {
        changes: changed.map(({ pair, action, fields, shown }) => ({
            object: shownObject(pair),
            kind: (pair.after ?? pair.before)?.kind ?? "",
            action: action ?? "updated",
            fields: action === "created" || action === "deleted" ? [] : fields,
            ...(action === "created" ? { created: shown.after } : {}),
        })),
        unchanged: subjects.length - changed.length,
        warnings: [
            ...changed.flatMap((subject) => actionWarnings(subject, state, parts)),
            ...removalWarnings(parts, state),
            ...rollouts.flatMap(({ rollout, warnings }) => warnings.map((text) => `${rollout.object}: ${text}`)),
            ...changed.flatMap((subject) => inPlaceWarnings(subject, state)),
            ...drain.flatMap(({ object, after }) => (after?.faults ?? []).map((fault) => `${object}: ${fault}`)),
        ],
        releases: releasesOf(parts, state),
        rollouts: rollouts.map(({ rollout }) => rollout),
        scaling: subjects.flatMap((subject) => scalingOf(subject, state)),
        drain,
    };
}

// --- Objects ---------------------------------------------------------------------------------------------------------

/** A pair with what a review says about it. */
interface Subject {
    readonly pair: ObjectPair;
    /** The pair without secrets and without auto-generated names. */
    readonly shown: ObjectPair;
    readonly action: Action | undefined;
    readonly fields: readonly FieldChange[];
}

function subjectOf(pair: ObjectPair, names: AutoNames, options: ReviewOptions): Subject {
    const [before, after] = maskPair(pair.before, pair.after);
    const shown = { before: names.clean(before, "before"), after: names.clean(after, "after") };
    if (pair.before === undefined) return { pair, shown, action: "created", fields: [] };
    if (pair.after === undefined) return { pair, shown, action: "deleted", fields: [] };
    const fields = fieldChanges(shown.before, shown.after).filter(({ path }) => !isEqual(path, ["metadata", "name"]));
    return { pair, shown, fields, action: actionOf(pair, fields, options) };
}

/** Of which a new one under a new name is how they change. A Job that is done ends nothing when it goes. */
const renewedKinds: readonly string[] = ["ConfigMap", "Secret", "Job"];

function actionOf(pair: ObjectPair, fields: readonly FieldChange[], options: ReviewOptions): Action | undefined {
    const { after } = pair;
    if (isRenamed(pair)) return renewedKinds.includes(after?.kind ?? "") ? "renewed" : "replaced";
    if (after !== undefined && options.replaced?.has(after) === true) return "replaced";
    if (fields.length === 0) return undefined;
    return fields.some((field) => isImmutable(pair, field)) ? "replaced" : "updated";
}

/** Fields that the API server refuses to change in place, by kind. */
const immutableFields: Readonly<Record<string, readonly string[]>> = {
    Deployment: ["spec.selector"],
    DaemonSet: ["spec.selector"],
    StatefulSet: ["spec.selector", "spec.serviceName", "spec.podManagementPolicy", "spec.volumeClaimTemplates"],
    Job: ["spec.selector", "spec.template"],
    Service: ["spec.clusterIP"],
    RoleBinding: ["roleRef"],
    ClusterRoleBinding: ["roleRef"],
    IngressClass: ["spec.controller"],
};

function isImmutable(pair: ObjectPair, field: FieldChange): boolean {
    const kind = pair.after?.kind ?? "";
    const path = field.path.map((key) => key.replace(/\[.*\]$/, "")).join(".");
    if (kind === "ConfigMap" || kind === "Secret") {
        return at(pair.before, "immutable") === true && /^(data|stringData|binaryData|immutable)\b/.test(path);
    }
    return (immutableFields[kind] ?? []).some((prefix) => path === prefix || path.startsWith(`${prefix}.`));
}

/** Auto-generated names, which differ at every preview and mean nothing to a reader. */
class AutoNames {
    readonly #shown: Readonly<Record<"before" | "after", ReadonlyMap<string, string>>>;

    public constructor(pairs: readonly ObjectPair[]) {
        const before = new Map<string, string>();
        const after = new Map<string, string>();
        for (const pair of pairs) {
            const shown = shownName(pair);
            if (!shown.endsWith(shownSuffix)) continue;
            if (pair.before !== undefined) before.set(nameOf(pair.before), shown);
            if (pair.after !== undefined) after.set(nameOf(pair.after), isRenamed(pair) ? `${shown} (new)` : shown);
        }
        this.#shown = { before, after };
    }

    /** A copy in which every auto-generated name, wherever it stands, has shownSuffix for its ending. */
    public clean(manifest: Manifest | undefined, state: "before" | "after"): Manifest | undefined {
        const visit = (value: unknown): unknown => {
            if (typeof value === "string") return this.#shown[state].get(value) ?? value;
            if (Array.isArray(value)) return value.map(visit);
            if (!isObject(value)) return value;
            return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, visit(item)]));
        };
        return visit(manifest) as Manifest | undefined;
    }
}

// --- Warnings --------------------------------------------------------------------------------------------------------

/** What the deletion of an object means, by kind; a sentence's end. */
const deletionMeans: Readonly<Record<string, string>> = {
    Deployment: "its pods end, and with them what they serve",
    DaemonSet: "its pods end, and with them what they serve",
    StatefulSet: "its pods end, and with them what they serve",
    Namespace: "everything in it is deleted, too",
    Service: "its address goes; requests to it are lost",
    Ingress: "its hosts and paths are no longer served",
    HTTPRoute: "its hosts and paths are no longer served",
    Gateway: "its routes are no longer served",
    GatewayClass: "no controller serves its Gateways any more",
    IngressClass: "no controller serves its Ingresses any more",
    IngressController: "the ingress controller goes, and with it every Ingress that it serves",
    Release: "everything that the chart has installed goes",
    PodDisruptionBudget: "a node drain may now take all pods at once",
    CustomResourceDefinition: "every object of that kind is deleted, too",
    PersistentVolumeClaim: "its data may be deleted, too",
    APIService: "what asks that API fails; metrics.k8s.io is what the autoscaler reads",
    Provider: "every object that it manages is deleted or moves",
};

function actionWarnings(subject: Subject, state: State, parts: readonly Part[]): readonly string[] {
    const { pair, action, fields } = subject;
    const object = shownObject(pair);
    const kind = (pair.before ?? pair.after)?.kind ?? "";
    if (action === "deleted") {
        const meaning = removalOfRole(pair, parts) ?? deletionMeans[kind];
        return meaning === undefined ? [] : [`${object} is deleted: ${meaning}.${renameHint(pair, state)}`];
    }
    if (action !== "replaced" || pair.before === undefined) return [];
    const cause = fields.find((field) => isImmutable(pair, field))?.path.join(".");
    const why = cause === undefined ? "" : ` (${cause} cannot change in place)`;
    const count = workloadKind(pair.before) === undefined ? undefined : podCount(pair.before, state.before);
    const ending =
        count === undefined || workloadKind(pair.before) === undefined ? "" : ` All ${range(count)} end first.`;
    if (isRenamed(pair) || isAutoNamed(pair.before)) {
        const ends =
            count === undefined
                ? ""
                : ` Then the ${range(count)} of the old one end at once, each by its drain budget.`;
        return [
            `${object} is replaced${why}: the new one is created under a new name before the old one is deleted.${ends}`,
        ];
    }
    if (workloadKind(pair.before) !== undefined) {
        return [
            `${object} is replaced${why}: deleted, then created again under the same name. That is downtime.${ending}`,
        ];
    }
    const meaning = deletionMeans[kind];
    return [
        `${object} is replaced${why}: deleted, then created again under the same name` +
            `${meaning === undefined ? "" : `; until then ${meaning}`}.`,
    ];
}

/** A workload that goes while another of its kind comes is most often a rename. */
function renameHint(pair: ObjectPair, state: State): string {
    const { before } = pair;
    if (before === undefined || workloadKind(before) === undefined) return "";
    const isNew = (manifest: Manifest) =>
        manifest.kind === before.kind &&
        !state.before.some(
            (old) =>
                old.kind === manifest.kind &&
                nameOf(old) === nameOf(manifest) &&
                namespaceOf(old) === namespaceOf(manifest),
        );
    const successor = state.after.find(isNew);
    return successor === undefined
        ? ""
        : ` ${shownObject({ before: undefined, after: successor })} is created: is that a rename?`;
}

/** Configuration that changes under pods that nothing rolls. */
function inPlaceWarnings(subject: Subject, state: State): readonly string[] {
    const { pair, action, fields } = subject;
    if (pair.after?.kind !== "ConfigMap" || action !== "updated") return [];
    if (!fields.some(({ path }) => path[0] === "data" || path[0] === "binaryData")) return [];
    const name = nameOf(pair.after);
    const users = state.after.filter(
        (manifest) =>
            workloadKind(manifest) !== undefined &&
            namespaceOf(manifest) === (pair.after === undefined ? "" : namespaceOf(pair.after)) &&
            configMapNames(podTemplate(manifest)).has(name),
    );
    return users.map(
        (user) =>
            `${shownObject(pair)} changes in place: the pods of ${shownObject({ before: undefined, after: user })} are not rolled by that and may ` +
            "run with the old text.",
    );
}

// --- Rollouts --------------------------------------------------------------------------------------------------------

interface RolloutWithWarnings {
    readonly pair: ObjectPair;
    readonly rollout: Rollout;
    readonly warnings: readonly string[];
}

function rolloutOf(subject: Subject, changed: readonly Subject[], state: State): readonly RolloutWithWarnings[] {
    const { pair, fields, action } = subject;
    const { before, after } = pair;
    if (before === undefined || after === undefined || action === undefined) return [];
    const object = shownObject(pair);
    if (after.kind === "IngressController" || (after.kind === "Release" && isIngressNginx(after, state))) {
        return [{ pair, rollout: ingressControllerRollout(object, after, fields), warnings: [] }];
    }
    if (workloadKind(after) === undefined || action === "replaced") return [];
    const causes = fields.filter(({ path }) => path[0] === "spec" && path[1] === "template");
    if (causes.length === 0) return [];
    const plan = planRollout(before, after, state.after);
    return [
        {
            pair,
            rollout: {
                object,
                causes: causes.map((cause) => sourceOf(cause, namespaceOf(after), changed) ?? cause),
                sizes: plan.sizes,
                facts: plan.facts,
            },
            warnings: plan.warnings,
        },
    ];
}

/** The ConfigMap or Secret that a changed name points at, with its changed keys; undefined for any other field. */
function sourceOf(cause: FieldChange, namespace: string, changed: readonly Subject[]): string | undefined {
    const name = typeof cause.before === "string" ? cause.before : undefined;
    const isNewName =
        typeof cause.after === "string" &&
        (cause.after === unknownText || cause.after.endsWith(`${shownSuffix} (new)`));
    if (name === undefined || !isNewName) return undefined;
    const source = changed.find(
        ({ pair, action }) =>
            action === "renewed" &&
            shownName(pair) === name &&
            pair.after !== undefined &&
            namespaceOf(pair.after) === namespace,
    );
    if (source === undefined) return undefined;
    const keys = source.fields.map(({ path }) => path.slice(1).join(".")).filter((key) => key !== "");
    return `a new ${shownObject(source.pair)}${keys.length === 0 ? "" : ` (${keys.join(", ")})`}`;
}

function isIngressNginx(release: Manifest, state: State): boolean {
    // The component's own change tells it already.
    const isOfComponent = state.after.some((manifest) => manifest.kind === "IngressController");
    return !isOfComponent && textAt(release, "spec", "chart")?.includes("ingress-nginx") === true;
}

function ingressControllerRollout(object: string, after: Manifest, causes: readonly FieldChange[]): Rollout {
    const values = after.kind === "Release" ? at(after, "spec", "values") : at(after, "spec");
    const replicas = numberAt(values, "controller", "replicaCount");
    const grace = numberAt(values, "controller", "terminationGracePeriodSeconds");
    return {
        object,
        causes,
        sizes: [],
        facts: [
            "A change of the chart's values rolls the ingress controller where it reaches its pods: every request of every " +
                "Ingress passes through them.",
            ...(replicas === undefined ? [] : [`${pods(replicas)} of the controller (controller.replicaCount).`]),
            ...(grace === undefined
                ? []
                : [`Each old pod ends within ${grace} s (controller.terminationGracePeriodSeconds).`]),
        ],
    };
}

// --- Scaling and draining --------------------------------------------------------------------------------------------

/** Looks from the workload, so that a changed request counts as well as a changed autoscaler. */
function scalingOf(subject: Subject, state: State): readonly ScalingChange[] {
    const { before, after } = subject.pair;
    if (after !== undefined && workloadKind(after) !== undefined) {
        const consequences = scalingConsequences(
            { workload: before, autoscaler: before === undefined ? undefined : autoscalerOf(before, state.before) },
            { workload: after, autoscaler: autoscalerOf(after, state.after) },
        );
        return consequences.length === 0 ? [] : [{ object: shownObject(subject.pair), consequences }];
    }
    // An autoscaler whose workload no object describes still has bounds.
    const a = before === undefined ? undefined : readAutoscaler(before);
    const b = after === undefined ? undefined : readAutoscaler(after);
    if (a === undefined || b === undefined || scaledWorkload(b, state.after) !== undefined) return [];
    const stand = (name: string): Manifest => ({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name } });
    const consequences = scalingConsequences(
        { workload: stand("before"), autoscaler: a },
        { workload: stand("after"), autoscaler: b },
    );
    return consequences.length === 0 ? [] : [{ object: shownObject(subject.pair), consequences }];
}

function drainOf(subject: Subject, state: State): readonly DrainChange[] {
    const { before, after } = subject.pair;
    const a = before === undefined ? undefined : readDrain(before, state.before);
    const b = after === undefined ? undefined : readDrain(after, state.after);
    return a === undefined && b === undefined ? [] : [{ object: shownObject(subject.pair), before: a, after: b }];
}

/** True where nothing differs. */
export function isEmpty(found: Review): boolean {
    return found.changes.length === 0;
}
