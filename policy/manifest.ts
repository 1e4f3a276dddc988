/**
 * Kubernetes objects as the rules see them: plain manifests of which parts may be unknown, as in a preview.
 *
 * A rule reads through Field. Reading what is unknown raises UnknownFieldError, so that no rule can mistake an unknown
 * value for an absent or a wrong one; the code that runs the rules turns it into "undecided" for that one object.
 */

/** A Kubernetes manifest, optionally with Pulumi's resource option `ignoreChanges` (a list of paths) beside its fields. */
export interface PolicyObject {
    readonly apiVersion: string;
    readonly kind: string;
    readonly [field: string]: unknown;
}

/** The objects of a manifest: those in a List (or DeploymentList, ...), else itself. What is no object there is left out. */
export function objectsIn(manifest: PolicyObject): readonly PolicyObject[] {
    const { items } = manifest;
    if (!manifest.kind.endsWith("List") || !Array.isArray(items) || items.length === 0) return [manifest];
    // The items of a DeploymentList need not repeat what they are.
    const inherited =
        manifest.kind === "List" ? {} : { apiVersion: manifest.apiVersion, kind: manifest.kind.slice(0, -4) };
    return items
        .filter(isRecord)
        .map((item) => ({ ...inherited, ...item }))
        .filter(isObject)
        .flatMap(objectsIn);
}

function isObject(value: Readonly<Record<string, unknown>>): value is PolicyObject {
    return typeof value["apiVersion"] === "string" && typeof value["kind"] === "string";
}

/** Stands in a manifest where a value is not known yet. */
export const unknownValue = Symbol("not known in this preview");

/** A rule needed a value that this preview does not know. */
export class UnknownFieldError extends Error {
    constructor(
        /** Such as "spec.selector of Service shop/web". */
        readonly field: string,
    ) {
        super(`${field} is not known in this preview`);
    }
}

/** A place in a manifest: what stands there, and the way to it for messages. */
export class Field {
    constructor(
        private readonly raw: unknown,
        /** The object, such as "Deployment shop/web". */
        private readonly object: string,
        /** The path in the object, such as "spec.template.spec". */
        readonly path = "",
    ) {}

    /** The field below, by names; absent where a name or a parent is. Nothing is read yet, so nothing is raised. */
    at(...names: readonly string[]): Field {
        return names.reduce<Field>((field, name) => field.below(name), this);
    }

    private below(name: string): Field {
        if (this.raw === unknownValue) return this;
        const parent = isRecord(this.raw) ? this.raw : {};
        const value = Object.hasOwn(parent, name) ? parent[name] : undefined;
        return new Field(value, this.object, this.path === "" ? name : `${this.path}.${name}`);
    }

    /** The value; undefined where there is none. Kubernetes treats null as absent, so does this. */
    private read(): unknown {
        if (this.raw === unknownValue) throw new UnknownFieldError(`${this.path} of ${this.object}`);
        return this.raw ?? undefined;
    }

    get exists(): boolean {
        return this.read() !== undefined;
    }

    /** The text; undefined where there is none, or no text. */
    get text(): string | undefined {
        const value = this.read();
        return typeof value === "string" ? value : undefined;
    }

    /** The number; undefined where there is none, or no number. */
    get number(): number | undefined {
        const value = this.read();
        return typeof value === "number" ? value : undefined;
    }

    get isTrue(): boolean {
        return this.read() === true;
    }

    /** The number or text, as Kubernetes' IntOrString; digits in a text are a number there too. */
    get numberOrText(): number | string | undefined {
        const value = this.read();
        if (typeof value === "number") return value;
        if (typeof value !== "string") return undefined;
        return /^\d+$/.test(value) ? Number(value) : value;
    }

    /** The elements; none where there is no list. */
    get items(): readonly Field[] {
        const value = this.read();
        return Array.isArray(value) ? value.map((item, i) => new Field(item, this.object, `${this.path}[${i}]`)) : [];
    }

    /** The entries of a map; none where there is no map. */
    get entries(): readonly (readonly [string, Field])[] {
        const value = this.read();
        return isRecord(value) ? Object.keys(value).map((key) => [key, this.at(key)] as const) : [];
    }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What is known of an object beside its manifest. */
export interface Origin {
    readonly urn?: string;
    /** Pulumi's type token, such as "kubernetes:apps/v1:Deployment". */
    readonly type?: string;
    /** Pulumi's name of the resource. */
    readonly name?: string;
    /**
     * True where the fields are the cluster's answer and not what the program asked for: defaults are filled in, and
     * other writers' values (an autoscaler's replicas) look like the program's own.
     */
    readonly observed?: boolean;
}

/** One Kubernetes object, ready for the rules. */
export interface KubeObject {
    readonly apiVersion: string;
    readonly kind: string;
    readonly root: Field;
    readonly origin: Origin;
    /** "Deployment shop/web", for messages. */
    readonly label: string;
}

export function kubeObject(manifest: PolicyObject, origin: Origin = {}): KubeObject {
    const label = labelOf(manifest, origin);
    return {
        apiVersion: manifest.apiVersion,
        kind: manifest.kind,
        root: new Field(manifest, label),
        origin,
        label,
    };
}

function labelOf(manifest: PolicyObject, origin: Origin): string {
    const metadata = isRecord(manifest["metadata"]) ? manifest["metadata"] : {};
    const { name, namespace } = metadata;
    const shownName = typeof name === "string" ? name : (origin.name ?? "(unnamed)");
    return `${manifest.kind} ${typeof namespace === "string" ? `${namespace}/` : ""}${shownName}`;
}

/** The API group: "apps" for apps/v1, "" for v1. */
export function groupOf(object: KubeObject): string {
    return groupOfApi(object.apiVersion);
}

export function groupOfApi(apiVersion: string): string {
    return apiVersion.includes("/") ? apiVersion.replace(/\/.*$/, "") : "";
}

export function nameOf(object: KubeObject): string | undefined {
    return object.root.at("metadata", "name").text;
}

/** Where a manifest names no namespace, it is the default one (the provider fills in its own before a policy runs). */
export function namespaceOf(object: KubeObject): string {
    const namespace = object.root.at("metadata", "namespace").text;
    return namespace === undefined || namespace === "" ? "default" : namespace;
}
