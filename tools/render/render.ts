/** The objects of a recording as manifests, in an order that does not depend on what was registered first. */
import type { Manifest } from "./manifests";
import { automaticName, isSecret, type Recording, type Registered } from "./record";
import { secretPlaceholder } from "./stackFile";

/** One resource of the recording that is no Kubernetes object, but decides about many: the ingress controller's chart. */
const controllerType = "kubernetes-ingress-nginx:index:IngressController";

/**
 * Manifests of a recording. Secrets appear as a placeholder. With `kubernetesOnly`, what is no Kubernetes object is left
 * out, for kubectl.
 */
export function render(recording: Recording, kubernetesOnly = false): readonly Manifest[] {
    return recording.resources
        .flatMap((resource) => {
            if (resource.type.startsWith("kubernetes:")) return [manifestOf(resource)];
            return resource.type === controllerType && !kubernetesOnly ? [controllerOf(resource)] : [];
        })
        .sort((a, b) => rank(a) - rank(b) || compare(a.kind, b.kind) || compare(identity(a), identity(b)));
}

/** What others stand on comes first, as in any manifest file; the controller's chart brings the IngressClass. */
const firstKinds: readonly string[] = ["Namespace", "IngressController", "ServiceAccount", "ConfigMap", "Secret"];

function rank({ kind }: Manifest): number {
    const index = firstKinds.indexOf(kind);
    return index === -1 ? firstKinds.length : index;
}

const identity = ({ metadata }: Manifest) => `${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`;

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** A Kubernetes resource as a manifest, with the name that it would get. */
export function manifestOf({ type, name, inputs }: Registered): Manifest {
    const { apiVersion, kind, metadata, ...rest } = withoutSecrets(inputs) as Record<string, unknown>;
    const named = metadata as Manifest["metadata"];
    return {
        apiVersion: String(apiVersion),
        kind: String(kind),
        metadata: { name: named?.name ?? automaticName(type, name, inputs), ...named },
        ...rest,
    };
}

function controllerOf({ name, inputs }: Registered): Manifest {
    return {
        apiVersion: "kubernetes-ingress-nginx/v0.1.3",
        kind: "IngressController",
        metadata: { name },
        spec: withoutSecrets(inputs),
    };
}

function withoutSecrets(value: unknown): unknown {
    if (isSecret(value)) return secretPlaceholder;
    if (Array.isArray(value)) return value.map(withoutSecrets);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, withoutSecrets(child)]));
}
