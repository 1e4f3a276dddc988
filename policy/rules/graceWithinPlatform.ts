import { isWorkload, podSpecOf } from "../cluster";
import { configuredNumber, type Rule } from "../rule";
import { isServed } from "../traffic";

/** What cluster-autoscaler gives a pod at most where it removes a node: `--max-graceful-termination-sec`. Seconds. */
const defaultPlatformGraceSeconds = 600;

export const graceWithinPlatform: Rule = {
    name: "grace-within-platform",
    description: "The grace period of what serves requests is no longer than what ends its pods gives them.",
    // The cluster decides, and nobody sees it from here: it may well give more, or have no autoscaler.
    enforcementLevel: "advisory",
    scope: "stack",
    configSchema: {
        properties: {
            platformGraceSeconds: {
                type: "number",
                minimum: 0,
                default: defaultPlatformGraceSeconds,
                description:
                    "What pods get at most from whatever ends them, in seconds: cluster-autoscaler's 600 by default, 25 to " +
                    "120 on spot nodes.",
            },
        },
    },
    appliesTo: (object, cluster) => isWorkload(object) && isServed(object, cluster),
    *problems(workload, _cluster, config) {
        const given = configuredNumber(config, "platformGraceSeconds", defaultPlatformGraceSeconds);
        const grace = podSpecOf(workload).at("terminationGracePeriodSeconds").number;
        if (grace === undefined || grace <= given) return;
        yield (
            `terminationGracePeriodSeconds is ${grace}, and the cluster gives ${given} s at most (platformGraceSeconds of ` +
            `this policy; cluster-autoscaler's --max-graceful-termination-sec is ${defaultPlatformGraceSeconds} by default): ` +
            `where that ends a pod, it kills requests ${grace - given} s before their time is over. Promise shorter ` +
            `requests, or let the cluster give more and say so here.`
        );
    },
};
