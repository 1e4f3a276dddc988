/**
 * What the controller sees at one sync: the scale, the pods, the metrics. Pods that are alike are one group with a count,
 * so that a thousand of them cost what one does. Times are integer milliseconds on the caller's clock, the one that
 * `Controller.reconcile` is given; Kubernetes itself stores whole seconds, rounded down. Callers may change a world in place
 * and hand it in again.
 *
 * Amounts are thousandths: 250 of cpu is 250m, 1000 of memory is one byte. Sums are exact up to 2 ** 53.
 */
export interface World {
    /** `spec.replicas` of the scale. */
    readonly replicas: number;
    /** `status.replicas` of the scale, which Object and External AverageValue go by. Default `replicas`. */
    readonly statusReplicas?: number | undefined;
    readonly pods: readonly PodGroup[];
    /** Object metrics by metric name, thousandths. A missing one is an error of that metric. */
    readonly objectMetrics?: Readonly<Record<string, number>> | undefined;
    /** External metrics by metric name: thousandths per series, which are added up. Missing or empty is an error. */
    readonly externalMetrics?: Readonly<Record<string, readonly number[]>> | undefined;
    /** The resource metrics API answers with an error. Default false. */
    readonly failResourceMetrics?: boolean | undefined;
    /** Reading the scale fails. Default false. */
    readonly failScaleGet?: boolean | undefined;
    /** Writing the scale fails. Default false. */
    readonly failScaleUpdate?: boolean | undefined;
    /** `status.selector` of the scale is empty. Default false. */
    readonly noSelector?: boolean | undefined;
}

/** Pods that are alike in all that the controller looks at. */
export interface PodGroup {
    /** How many. */
    readonly count: number;
    /** What their containers request. Groups may share the object. */
    readonly template: PodTemplate;
    /** Default Running. */
    readonly phase?: "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown" | undefined;
    /** Has a deletionTimestamp. Default false. */
    readonly deleting?: boolean | undefined;
    /** Status of the condition Ready; "none": there is no such condition. Default True. */
    readonly ready?: "True" | "False" | "Unknown" | "none" | undefined;
    /** `status.startTime`; "none": there is none yet. Default: long ago, -1000000000. */
    readonly startMilliseconds?: number | "none" | undefined;
    /** When `ready` last changed. Default `startMilliseconds`: a pod that is not ready has never been. */
    readonly transitionMilliseconds?: number | undefined;
    /** What the resource metrics API has of each pod. Default: nothing. */
    readonly sample?: ResourceSample | undefined;
    /** Pods metrics by metric name, thousandths per pod. Default: none. */
    readonly podsMetrics?: Readonly<Record<string, number>> | undefined;
    /** The API server has forgotten them, but metrics are still there. Default false. */
    readonly gone?: boolean | undefined;
}

export interface PodTemplate {
    readonly containers: readonly ContainerTemplate[];
    /** `spec.resources.requests`, thousandths by resource. Default: none. */
    readonly podRequests?: ResourceAmounts | undefined;
    /** `spec.overhead`, thousandths by resource. Counts with `podRequests` only. Default: none. */
    readonly overhead?: ResourceAmounts | undefined;
}

export interface ContainerTemplate {
    readonly name: string;
    /** sidecar: an init container with restartPolicy Always. Default container. */
    readonly kind?: "container" | "sidecar" | "init" | undefined;
    /** Thousandths by resource. The API server fills in limits where requests are missing. */
    readonly requests: ResourceAmounts;
}

export interface ResourceSample {
    /** End of what was measured. Default: now. */
    readonly timestampMilliseconds?: number | undefined;
    /** How long it was measured. Default 30000. */
    readonly windowMilliseconds?: number | undefined;
    /** A container that is not listed counts as nothing; one without the resource spoils the pod's sample. */
    readonly containers: readonly ContainerSample[];
}

export interface ContainerSample {
    readonly name: string;
    /** Thousandths by resource. */
    readonly usage: ResourceAmounts;
}

/** Thousandths by resource: `{ cpu: 250 }` is 250m. */
export type ResourceAmounts = Readonly<Record<string, number>>;
