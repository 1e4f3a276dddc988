/** What the engine's tests run of tools/lab/toolchain. */
export const engineTools = [
    "pulumi",
    "pulumi-resource-kubernetes",
    "kubectl",
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
] as const;
