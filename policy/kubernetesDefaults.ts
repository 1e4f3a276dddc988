/** What Kubernetes and KEDA take where a field is left out. */

/** spec.terminationGracePeriodSeconds of a pod. */
export const defaultGraceSeconds = 30;

/** Bounds of a HorizontalPodAutoscaler; maxReplicas has no default, and is taken for 1 where it is not there. */
export const defaultHpaBounds = { minReplicas: 1, maxReplicas: 1 } as const;

/** minReplicaCount and maxReplicaCount of KEDA's ScaledObject. */
export const defaultScaledObjectBounds = { minReplicas: 0, maxReplicas: 100 } as const;
