/**
 * The output of `pulumi preview --json`, as Kubernetes objects before and after.
 *
 * The engine writes one of two forms. The digest is one JSON document; it leaves policy violations out. The event stream
 * (PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true) is one JSON document a line and has them. Both are read here.
 */
import type { Manifest } from "../render/manifests";
import { maybeNewSecretText, newSecretText, secretText, unknownText, withoutSecrets } from "./secrets";
import { at, isEqual, isObject, listAt, objectAt, textAt, type PlainObject } from "./values";

/** A message of the engine, of a program or of a policy. */
export interface Problem {
    readonly severity: "error" | "warning";
    readonly message: string;
    /** Type and name of the resource that it is about; absent where it is about the whole stack. */
    readonly resource?: string;
    /** Name of the policy that is violated. */
    readonly policy?: string;
}

export interface Preview {
    readonly before: readonly Manifest[];
    readonly after: readonly Manifest[];
    /** Objects of `after` that the engine replaces. */
    readonly replaced: ReadonlySet<Manifest>;
    /** Objects of `after` that the engine goes on with, though the program's fields are as they were. */
    readonly unfinished: ReadonlySet<Manifest>;
    readonly problems: readonly Problem[];
    /** What the engine does to an object although the program's fields are as they were, as sentences. */
    readonly notes: readonly string[];
}

/** One step for one resource, the same in both forms. */
interface Step {
    readonly op: string;
    readonly urn: string;
    readonly before: PlainObject | undefined;
    readonly after: PlainObject | undefined;
    /** Paths of the fields that differ. */
    readonly paths: readonly string[];
}

/** Reads either form; undefined where the text is neither, as when the engine did not get that far. */
export function readPreview(text: string): Preview | undefined {
    const digest = parse(text);
    if (isDigest(digest)) {
        return previewOf(
            listAt(digest, "steps").map((step) => stepOf(step, "oldState", "newState")),
            listAt(digest, "diagnostics").flatMap(diagnostic),
        );
    }
    const events = text.split("\n").map(parse).filter(isObject);
    const isEvent = (event: PlainObject) => typeof event["sequence"] === "number";
    if (!events.some(isEvent)) return undefined;
    return previewOf(
        events.flatMap((event) => {
            const metadata = at(event, "resourcePreEvent", "metadata");
            return metadata === undefined ? [] : [stepOf(metadata, "old", "new")];
        }),
        events.flatMap((event) => [
            ...diagnostic(at(event, "diagnosticEvent")),
            ...violation(at(event, "policyEvent")),
            ...engineError(at(event, "errorEvent")),
        ]),
    );
}

function parse(text: string): unknown {
    try {
        return JSON.parse(text) as unknown;
    } catch {
        return undefined;
    }
}

function isDigest(value: unknown): boolean {
    return (
        isObject(value) &&
        ["steps", "diagnostics", "changeSummary", "duration"].some((key) => Object.hasOwn(value, key))
    );
}

function stepOf(step: unknown, before: string, after: string): Step {
    const inputs = (state: string) => (isObject(at(step, state)) ? objectAt(step, state, "inputs") : undefined);
    return {
        op: textAt(step, "op") ?? "",
        urn: textAt(step, "urn") ?? "",
        before: inputs(before),
        after: inputs(after),
        paths: Object.keys(objectAt(step, "detailedDiff")),
    };
}

// --- Objects ---------------------------------------------------------------------------------------------------------

const replacements: ReadonlySet<string> = new Set(["replace", "create-replacement", "delete-replaced"]);
const changeless: ReadonlySet<string> = new Set(["same", "read", "read-replacement", "refresh"]);

function previewOf(steps: readonly Step[], problems: readonly Problem[]): Preview {
    const before: Manifest[] = [];
    const after: Manifest[] = [];
    const replaced = new Set<Manifest>();
    const unfinished = new Set<Manifest>();
    const notes: string[] = [];
    for (const step of mergeSteps(steps)) {
        const old = step.op === "create" || step.op === "import" ? undefined : manifestOf(step.urn, step.before);
        // What the engine lets go of, and only reads from now on, is as it was; of its own it has no inputs.
        const next = step.op === "read" ? old : step.op === "delete" ? undefined : manifestOf(step.urn, step.after);
        const marked =
            old === undefined || next === undefined ? next : (markSecrets(old, next, step.paths) as Manifest);
        if (old !== undefined) before.push(old);
        if (marked === undefined) continue;
        after.push(marked);
        if (replacements.has(step.op)) replaced.add(marked);
        else if (!changeless.has(step.op) && old !== undefined && isEqual(old, marked)) {
            unfinished.add(marked);
            const fields = step.paths.length === 0 ? "" : `: ${step.paths.join(", ")}`;
            notes.push(
                `${shownUrn(step.urn)}: the engine does "${step.op}", though the program says what it said${fields}.`,
            );
        }
    }
    return { before, after, replaced, unfinished, problems, notes };
}

/**
 * The steps of one replacement (create, replace, delete) as one: it has the first old state and the last new one. What an update
 * that failed has left to be deleted, under the name of what took its place, is no step of that.
 */
function mergeSteps(steps: readonly Step[]): readonly Step[] {
    const byUrn = new Map<string, Step>();
    for (const step of steps) {
        const earlier = byUrn.get(step.urn);
        if (earlier !== undefined && step.op === "delete-replaced" && !replacements.has(earlier.op)) continue;
        const isReplacement = replacements.has(step.op) || (earlier !== undefined && replacements.has(earlier.op));
        byUrn.set(
            step.urn,
            earlier === undefined
                ? step
                : {
                      op: isReplacement ? "replace" : step.op,
                      urn: step.urn,
                      before: earlier.before ?? step.before,
                      after: step.after ?? earlier.after,
                      paths: [...new Set([...earlier.paths, ...step.paths])],
                  },
        );
    }
    return [...byUrn.values()];
}

function typeOf(urn: string): string {
    return (urn.split("::")[2] ?? "").split("$").at(-1) ?? "";
}

function resourceName(urn: string): string {
    return urn.split("::").slice(3).join("::");
}

/** "kubernetes:apps/v1:Deployment web": what a reader knows a resource by. */
function shownUrn(urn: string): string {
    return `${typeOf(urn)} ${resourceName(urn)}`;
}

/**
 * A resource as an object. Kubernetes objects are what they are; a Helm release, the ingress controller's component, a
 * provider and anything else get an object's shape, with their inputs as the spec. The stack and other components are
 * left out: they have no inputs that act on a cluster.
 */
function manifestOf(urn: string, inputs: PlainObject | undefined): Manifest | undefined {
    if (inputs === undefined) return undefined;
    const [pkg = "", module = "", kind = ""] = typeOf(urn).split(":");
    if (pkg === "pulumi" && module !== "providers") return undefined;
    const clean = withoutSecrets(inputs) as PlainObject;
    const { apiVersion, kind: ownKind, metadata, ...rest } = clean;
    if (pkg === "kubernetes" && typeof apiVersion === "string" && typeof ownKind === "string") {
        const given = textAt(metadata, "name");
        // One that follows from others' names is not known yet where these are new. It begins with the resource's.
        const name = given === undefined || given === unknownText ? resourceName(urn) : given;
        return { apiVersion, kind: ownKind, metadata: { ...(isObject(metadata) ? metadata : {}), name }, ...rest };
    }
    if (pkg === "kubernetes" && kind === "Release") {
        const namespace = textAt(clean, "namespace");
        return {
            apiVersion: "helm.sh/v3",
            kind,
            metadata: {
                name: textAt(clean, "name") ?? resourceName(urn),
                ...(namespace === undefined ? {} : { namespace }),
            },
            spec: clean,
        };
    }
    if (module === "providers") {
        return { apiVersion: "pulumi", kind: "Provider", metadata: { name: resourceName(urn) }, spec: clean };
    }
    if (kind === "IngressController") {
        return { apiVersion: pkg, kind, metadata: { name: resourceName(urn) }, spec: clean };
    }
    // A component's type is made of its package's name, and the engine tells no inputs that matter.
    if (module === "index" || Object.keys(clean).length === 0) return undefined;
    return { apiVersion: `${pkg}/${module}`, kind, metadata: { name: resourceName(urn) }, spec: clean };
}

/**
 * The new state, in which a secret value says whether it changes: its text is the same in both states, and only the
 * engine's list of changed fields tells.
 */
function markSecrets(before: unknown, after: unknown, paths: readonly string[]): unknown {
    const isBelow = (path: string, ancestor: string) =>
        path.startsWith(`${ancestor}.`) || path.startsWith(`${ancestor}[`);
    const visit = (a: unknown, b: unknown, path: string): unknown => {
        if (b === secretText && a === secretText) {
            if (paths.includes(path)) return newSecretText;
            return paths.some((changed) => isBelow(path, changed)) ? maybeNewSecretText : b;
        }
        if (Array.isArray(b)) return b.map((item, i): unknown => visit(at(a, i), item, `${path}[${i}]`));
        if (!isObject(b)) return b;
        return Object.fromEntries(
            Object.entries(b).map(([key, item]) => [key, visit(at(a, key), item, joinPath(path, key))]),
        );
    };
    return visit(before, after, "");
}

/** As the engine writes property paths. */
function joinPath(path: string, key: string): string {
    if (/["[\].]/.test(key)) return `${path}["${key.replaceAll('"', '\\"')}"]`;
    return path === "" ? key : `${path}.${key}`;
}

// --- Messages --------------------------------------------------------------------------------------------------------

function diagnostic(value: unknown): readonly Problem[] {
    const severity = textAt(value, "severity");
    if ((severity !== "error" && severity !== "warning") || at(value, "ephemeral") === true) return [];
    const urn = textAt(value, "urn") ?? "";
    return [
        {
            severity,
            message: messageText(textAt(value, "message")),
            ...(urn === "" || typeOf(urn) === "pulumi:pulumi:Stack" ? {} : { resource: shownUrn(urn) }),
        },
    ];
}

function violation(value: unknown): readonly Problem[] {
    if (!isObject(value)) return [];
    const urn = textAt(value, "resourceUrn") ?? "";
    return [
        {
            severity: textAt(value, "enforcementLevel") === "mandatory" ? "error" : "warning",
            message: messageText(textAt(value, "message")),
            ...(urn === "" || typeOf(urn) === "pulumi:pulumi:Stack" ? {} : { resource: shownUrn(urn) }),
            policy: `${textAt(value, "policyPackName") ?? ""}/${textAt(value, "policyName") ?? ""}`,
        },
    ];
}

function engineError(value: unknown): readonly Problem[] {
    const error = textAt(value, "error");
    return error === undefined ? [] : [{ severity: "error", message: messageText(error) }];
}

/** Without the engine's marks for colors. */
function messageText(text: string | undefined): string {
    return (text ?? "").replace(/<\{%[^%]*%\}>/g, "").trim();
}
