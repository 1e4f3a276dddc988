/** From a stack file with its defaults to what the program works with. */
import { defaultAutoscaling, type ParsedSettings } from "./schema";
import type { Settings } from "./types";

export function resolveSettings({ web: { replicas, autoscaling, ...web }, ...parsed }: ParsedSettings): Settings {
    const fixed = replicas === undefined ? {} : { minReplicas: replicas, maxReplicas: replicas };
    const workers = Object.fromEntries(
        Object.entries(web.workers).map(([name, { replicas: pods, autoscaling: bounds, ...worker }]) => [
            name,
            { ...worker, ...(bounds === undefined ? fixedScaling(pods) : { scaling: bounds }) },
        ]),
    );
    return { ...parsed, web: { ...web, workers, scaling: { ...(autoscaling ?? defaultAutoscaling), ...fixed } } };
}

function fixedScaling(replicas: number | undefined) {
    return replicas === undefined ? {} : { scaling: { minReplicas: replicas, maxReplicas: replicas } };
}
