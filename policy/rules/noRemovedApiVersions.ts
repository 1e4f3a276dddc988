import type { KubeObject } from "../manifest";
import type { Rule } from "../rule";

interface Removal {
    readonly apiVersion: string;
    /** The kinds that went; others of the same apiVersion may still be served. All of them where empty. */
    readonly kinds: readonly string[];
    /** The first Kubernetes version without it. */
    readonly removedIn: string;
    readonly replacement: string;
}

/** From Kubernetes' "Deprecated API Migration Guide". */
export const removals: readonly Removal[] = [
    {
        apiVersion: "extensions/v1beta1",
        kinds: ["Deployment", "DaemonSet", "ReplicaSet"],
        removedIn: "1.16",
        replacement: "apps/v1",
    },
    {
        apiVersion: "extensions/v1beta1",
        kinds: ["NetworkPolicy"],
        removedIn: "1.16",
        replacement: "networking.k8s.io/v1",
    },
    {
        apiVersion: "extensions/v1beta1",
        kinds: ["PodSecurityPolicy"],
        removedIn: "1.16",
        replacement: "Pod Security Admission (namespace labels)",
    },
    {
        apiVersion: "extensions/v1beta1",
        kinds: ["Ingress"],
        removedIn: "1.22",
        replacement: "networking.k8s.io/v1 with ingressClassName",
    },
    { apiVersion: "apps/v1beta1", kinds: [], removedIn: "1.16", replacement: "apps/v1" },
    { apiVersion: "apps/v1beta2", kinds: [], removedIn: "1.16", replacement: "apps/v1" },
    {
        apiVersion: "networking.k8s.io/v1beta1",
        kinds: ["Ingress", "IngressClass"],
        removedIn: "1.22",
        replacement: "networking.k8s.io/v1 with ingressClassName",
    },
    { apiVersion: "autoscaling/v2beta1", kinds: [], removedIn: "1.25", replacement: "autoscaling/v2" },
    { apiVersion: "autoscaling/v2beta2", kinds: [], removedIn: "1.26", replacement: "autoscaling/v2" },
    {
        apiVersion: "policy/v1beta1",
        kinds: ["PodDisruptionBudget"],
        removedIn: "1.25",
        replacement: "policy/v1, where an empty selector takes every pod of the namespace",
    },
    {
        apiVersion: "policy/v1beta1",
        kinds: ["PodSecurityPolicy"],
        removedIn: "1.25",
        replacement: "Pod Security Admission (namespace labels)",
    },
    { apiVersion: "batch/v1beta1", kinds: [], removedIn: "1.25", replacement: "batch/v1" },
    { apiVersion: "batch/v2alpha1", kinds: [], removedIn: "1.21", replacement: "batch/v1" },
    {
        apiVersion: "rbac.authorization.k8s.io/v1beta1",
        kinds: [],
        removedIn: "1.22",
        replacement: "rbac.authorization.k8s.io/v1",
    },
    {
        apiVersion: "apiregistration.k8s.io/v1beta1",
        kinds: [],
        removedIn: "1.22",
        replacement: "apiregistration.k8s.io/v1",
    },
    {
        apiVersion: "apiextensions.k8s.io/v1beta1",
        kinds: [],
        removedIn: "1.22",
        replacement: "apiextensions.k8s.io/v1",
    },
    {
        apiVersion: "admissionregistration.k8s.io/v1beta1",
        kinds: ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
        removedIn: "1.22",
        replacement: "admissionregistration.k8s.io/v1",
    },
    {
        apiVersion: "authentication.k8s.io/v1beta1",
        kinds: ["TokenReview"],
        removedIn: "1.22",
        replacement: "authentication.k8s.io/v1",
    },
    {
        apiVersion: "authorization.k8s.io/v1beta1",
        kinds: ["LocalSubjectAccessReview", "SelfSubjectAccessReview", "SubjectAccessReview"],
        removedIn: "1.22",
        replacement: "authorization.k8s.io/v1",
    },
    {
        apiVersion: "certificates.k8s.io/v1beta1",
        kinds: ["CertificateSigningRequest"],
        removedIn: "1.22",
        replacement: "certificates.k8s.io/v1",
    },
    {
        apiVersion: "coordination.k8s.io/v1beta1",
        kinds: ["Lease"],
        removedIn: "1.22",
        replacement: "coordination.k8s.io/v1",
    },
    {
        apiVersion: "scheduling.k8s.io/v1beta1",
        kinds: ["PriorityClass"],
        removedIn: "1.22",
        replacement: "scheduling.k8s.io/v1",
    },
    {
        apiVersion: "storage.k8s.io/v1beta1",
        kinds: ["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"],
        removedIn: "1.22",
        replacement: "storage.k8s.io/v1",
    },
    {
        apiVersion: "storage.k8s.io/v1beta1",
        kinds: ["CSIStorageCapacity"],
        removedIn: "1.27",
        replacement: "storage.k8s.io/v1",
    },
    {
        apiVersion: "discovery.k8s.io/v1beta1",
        kinds: ["EndpointSlice"],
        removedIn: "1.25",
        replacement: "discovery.k8s.io/v1",
    },
    { apiVersion: "events.k8s.io/v1beta1", kinds: ["Event"], removedIn: "1.25", replacement: "events.k8s.io/v1" },
    { apiVersion: "node.k8s.io/v1beta1", kinds: ["RuntimeClass"], removedIn: "1.25", replacement: "node.k8s.io/v1" },
    {
        apiVersion: "flowcontrol.apiserver.k8s.io/v1beta1",
        kinds: [],
        removedIn: "1.26",
        replacement: "flowcontrol.apiserver.k8s.io/v1",
    },
    {
        apiVersion: "flowcontrol.apiserver.k8s.io/v1beta2",
        kinds: [],
        removedIn: "1.29",
        replacement: "flowcontrol.apiserver.k8s.io/v1",
    },
    {
        apiVersion: "flowcontrol.apiserver.k8s.io/v1beta3",
        kinds: [],
        removedIn: "1.32",
        replacement: "flowcontrol.apiserver.k8s.io/v1",
    },
];

/** How the same object may name its API: in its own apiVersion, and in Pulumi's type token. */
interface ApiName {
    readonly apiVersion: string;
    readonly kind: string;
    /** For messages. */
    readonly found: string;
}

function apiNames(object: KubeObject): readonly ApiName[] {
    const own = { apiVersion: object.apiVersion, kind: object.kind, found: `apiVersion is ${object.apiVersion}` };
    const token = /^kubernetes:([^:]+):([^:]+)$/.exec(object.origin.type ?? "");
    if (token === null) return [own];
    const [type, apiVersion = "", kind = ""] = token;
    return [own, { apiVersion, kind, found: `the resource type is ${type}` }];
}

function removalOf({ apiVersion, kind }: ApiName): Removal | undefined {
    const itemKind = kind.replace(/List$/, "");
    return removals.find(
        (removal) =>
            removal.apiVersion === apiVersion && (removal.kinds.length === 0 || removal.kinds.includes(itemKind)),
    );
}

export const noRemovedApiVersions: Rule = {
    name: "no-removed-api-versions",
    description: "No object has an API version that Kubernetes has removed.",
    enforcementLevel: "mandatory",
    scope: "object",
    appliesTo: () => true,
    *problems(object) {
        for (const name of apiNames(object)) {
            const removal = removalOf(name);
            if (removal === undefined) continue;
            yield (
                `${name.found}, which Kubernetes ${removal.removedIn} removed for ${name.kind}. ` +
                `Use ${removal.replacement}.`
            );
            return;
        }
    },
};
