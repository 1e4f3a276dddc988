/** What the engine's tests run of lab/toolchain. */
export const engineTools = ["pulumi", "helm", "kubectl", "etcd", "kube-apiserver", "kube-controller-manager"] as const;
