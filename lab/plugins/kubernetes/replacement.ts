/** Fields that Kubernetes lets nobody change: the object is replaced. The official provider has the same list. */
import { isObject, kindOf, type Value } from "../rpc/values";
import { isAtOrBelow, parsePath, type Change, type Path } from "./diff";

const container = [
    "args",
    "command",
    "env",
    "image",
    "imagePullPolicy",
    "lifecycle",
    "livenessProbe",
    "ports",
    "readinessProbe",
    "resources",
    "securityContext",
    "stdin",
    "stdinOnce",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "tty",
    "volumeDevices",
    "volumeMounts",
    "workingDir",
];

const pod = [
    "affinity",
    "automountServiceAccountToken",
    "dnsConfig",
    "dnsPolicy",
    "enableServiceLinks",
    "hostAliases",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostname",
    "imagePullSecrets",
    "nodeName",
    "nodeSelector",
    "overhead",
    "preemptionPolicy",
    "priority",
    "priorityClassName",
    "readinessGates",
    "restartPolicy",
    "runtimeClassName",
    "schedulerName",
    "securityContext",
    "serviceAccount",
    "serviceAccountName",
    "shareProcessNamespace",
    "subdomain",
    "terminationGracePeriodSeconds",
    "volumes",
    ...container.map((field) => `containers[*].${field}`),
    ...container.map((field) => `initContainers[*].${field}`),
];

const volumeSources = [
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "csi",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "glusterfs",
    "hostPath",
    "iscsi",
    "local",
    "nfs",
    "photonPersistentDisk",
    "portworxVolume",
    "quobyte",
    "rbd",
    "scaleIO",
    "storageos",
    "vsphereVolume",
];

const inSpec = (fields: readonly string[]) => fields.map((field) => `spec.${field}`);

const fieldsByKind: Readonly<Record<string, readonly string[]>> = {
    "apps/v1 DaemonSet": ["spec.selector"],
    "apps/v1 Deployment": ["spec.selector"],
    "apps/v1 StatefulSet": inSpec([
        "podManagementPolicy",
        "revisionHistoryLimit",
        "selector",
        "serviceName",
        "volumeClaimTemplates",
    ]),
    "batch/v1 Job": inSpec(["completions", "parallelism", "selector", "template"]),
    "rbac.authorization.k8s.io/v1 ClusterRoleBinding": ["roleRef"],
    "rbac.authorization.k8s.io/v1 RoleBinding": ["roleRef"],
    "storage.k8s.io/v1 StorageClass": ["parameters", "provisioner"],
    "v1 ConfigMap": ["binaryData", "data"],
    "v1 PersistentVolume": inSpec(volumeSources),
    "v1 PersistentVolumeClaim": inSpec(["accessModes", "selector", "storageClassName", "volumeName"]),
    "v1 Pod": inSpec(pod),
    "v1 ResourceQuota": ["spec.scopes"],
    "v1 Secret": ["type", "stringData", "data"],
    "v1 Service": ["spec.clusterIP"],
};

/** The changes that need a new object. */
export function replacingChanges(object: Value, changes: readonly Change[]): readonly Change[] {
    const kind = kindOf(object);
    const fixed = ["metadata.name", "metadata.namespace", ...(fieldsByKind[kind] ?? [])].map(parsePath);
    return changes.filter((change) => fixed.some((field) => touches(change, field)));
}

/** True where the change is of the field, of a part of it, or of something that has the field in it. */
function touches(change: Change, field: Path): boolean {
    if (isAtOrBelow(change.path, field)) return true;
    if (!isAtOrBelow(field.slice(0, change.path.length), change.path)) return false;
    const rest = field.slice(change.path.length);
    return has(change.old, rest) || has(change.new, rest);
}

function has(value: Value | undefined, [key, ...rest]: Path): boolean {
    if (key === undefined) return value !== undefined;
    if (Array.isArray(value)) return value.some((item: Value) => has(item, rest));
    return isObject(value) && has(value[key], rest);
}
