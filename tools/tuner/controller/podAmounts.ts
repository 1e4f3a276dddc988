/** What a pod uses and requests of a resource, in thousandths. */
import type { PodTemplate, ResourceAmounts, ResourceSample } from "./world";

/**
 * `getPodMetrics` and `getContainerMetrics` in pkg/controller/podautoscaler/metrics/client.go.
 *
 * @param container undefined: all of them, init containers included where they are reported
 * @returns undefined where there is no sample
 */
export function usageOf(
    sample: ResourceSample | undefined,
    resource: string,
    container: string | undefined,
): number | undefined {
    if (sample === undefined) return undefined;
    if (container !== undefined) {
        for (const { name, usage } of sample.containers) if (name === container) return usage[resource];
        return undefined;
    }
    if (sample.containers.length === 0) return undefined;
    let sum = 0;
    for (const { usage } of sample.containers) {
        const amount = usage[resource];
        if (amount === undefined) return undefined;
        sum += amount;
    }
    return sum;
}

/**
 * `calculateRequests` in pkg/controller/podautoscaler/replica_calculator.go.
 *
 * @param container undefined: all of them
 * @param usesPodLevel the feature gate PodLevelResources
 * @returns undefined where a container that counts is not there, or has no request
 */
export function requestOf(
    template: PodTemplate,
    resource: string,
    container: string | undefined,
    usesPodLevel: boolean,
): number | undefined {
    if (usesPodLevel && container === undefined && template.podRequests !== undefined && hasAny(template.podRequests)) {
        return podLevelRequestOf(template, template.podRequests, resource);
    }
    if (container !== undefined) {
        return template.containers.find(({ name, kind }) => kind !== "init" && name === container)?.requests[resource];
    }
    let sum = 0;
    for (const { kind, requests } of template.containers) {
        if (kind === "init") continue;
        const request = requests[resource];
        if (request === undefined) return undefined;
        sum += request;
    }
    return sum;
}

/** `IsSupportedPodLevelResource` in k8s.io/component-helpers/resource: what whole pods can request. */
function isPodLevel(resource: string): boolean {
    return resource === "cpu" || resource === "memory" || resource.startsWith("hugepages-");
}

function hasAny(podRequests: ResourceAmounts): boolean {
    for (const resource in podRequests) if (isPodLevel(resource)) return true;
    return false;
}

/**
 * `PodRequests` in k8s.io/component-helpers/resource: what the whole pod requests, else what its containers do at most, init
 * containers included; and overhead.
 */
function podLevelRequestOf(template: PodTemplate, podRequests: ResourceAmounts, resource: string): number | undefined {
    const stated = isPodLevel(resource) ? podRequests[resource] : undefined;
    const request = stated ?? largestRequestOf(template, resource);
    const overhead = template.overhead?.[resource];
    return overhead === undefined ? request : (request ?? 0) + overhead;
}

/** `AggregateContainerRequests`: while it starts or while it runs, whichever is more. */
function largestRequestOf({ containers }: PodTemplate, resource: string): number | undefined {
    let running: number | undefined;
    let starting: number | undefined;
    let sidecars = 0;
    for (const { kind, requests } of containers) {
        const request = requests[resource];
        if (kind === "init") {
            const together = request === undefined && sidecars === 0 ? undefined : (request ?? 0) + sidecars;
            if (together !== undefined) starting = Math.max(starting ?? 0, together);
            continue;
        }
        if (request === undefined) continue;
        running = (running ?? 0) + request;
        if (kind === "sidecar") sidecars += request;
    }
    if (starting === undefined) return running;
    return Math.max(running ?? 0, starting);
}
