/** A number of pods, given as such or in percent. */
export type PodCount = number | string;

/** How many of the pods that is. Kubernetes' roundings differ, so round says which. What is no number takes all. */
export function podsOf(count: PodCount, replicas: number, round: (pods: number) => number): number {
    if (typeof count === "number") return count;
    const percent = /^(\d+)%$/.exec(count)?.[1];
    return percent === undefined ? replicas : round((Number(percent) * replicas) / 100);
}

/** True for what is no pod at any scale. */
export const isNone = (count: PodCount): boolean => count === 0 || /^0+%$/.test(String(count));
