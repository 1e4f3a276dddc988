/** What the drill disturbs: one nginx + php-fpm under load, however it was brought to the cluster. */

export interface Bounds {
    readonly minReplicas: number;
    readonly maxReplicas: number;
}

/** Where it is in the cluster. */
export interface Workload {
    /** "ours", "write-up", "none". */
    readonly name: string;
    readonly namespace: string;
    readonly deploymentName: string;
    readonly autoscalerName: string;
}

export interface Variant extends Workload {
    readonly title: string;
    readonly description: string;
    /** Host header of its requests; any where undefined. */
    readonly host: string | undefined;
    /** As it was before the drill. */
    readonly bounds: Bounds;

    /** Each of these returns when the change is made, or the cluster has taken it; pods may still come and go. */
    readonly changeBounds: (bounds: Bounds) => Promise<void>;
    /** A configuration that was not there before, so that pods are replaced. */
    readonly rollConfiguration: () => Promise<void>;
    readonly rollNginxImage: (image: string) => Promise<void>;
    /** An image for php-fpm that does not exist: makes sure that it fails, and takes it back. */
    readonly rollBrokenImage: (image: string) => Promise<void>;
    /** As {@link rollConfiguration}, but whoever makes the change is killed half-way, and does it again. */
    readonly rollConfigurationInterrupted: () => Promise<void>;
}
