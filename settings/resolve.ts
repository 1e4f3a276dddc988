/** From a stack file with its defaults to what the program works with. */
import { defaultAutoscaling, type ParsedSettings } from "./schema";
import type { Settings } from "./types";

export function resolveSettings({ web: { replicas, autoscaling, ...web }, ...parsed }: ParsedSettings): Settings {
    const fixed = replicas === undefined ? {} : { minReplicas: replicas, maxReplicas: replicas };
    return { ...parsed, web: { ...web, scaling: { ...(autoscaling ?? defaultAutoscaling), ...fixed } } };
}
