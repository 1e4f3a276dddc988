/**
 * What contradicts itself in a service, or would lose requests. A stack file is judged before, key by key and with more
 * to say (settings/rules/); this holds for every program.
 */
import { tagVersion, versionAtLeast } from "./units/imageReference";
import { formatMemory, parseMemoryBytes } from "./units/quantity";
import {
    describeGraceSum,
    describeWitness,
    neededGraceSeconds,
    shortestWithdrawalSeconds,
    type DrainInput,
} from "./drain";
import { problemsOfHosts } from "./hosts";
import { idleSecondsOfProxy, neededKeepaliveSeconds } from "./keepalive";
import { describeNginxLimit, nginxLimit } from "./nginxMemory";
import type { Service } from "./service";
import { describeWorst, worstBytes } from "./workers";

/** The least of each part. In seconds; 0 would mean something else to nginx, php-fpm or the kubelet where it is not allowed. */
export const leastDrainSeconds = {
    longestRequestSeconds: 1,
    endpointWithdrawalSeconds: shortestWithdrawalSeconds,
    transferSeconds: 0,
    queueSeconds: 0,
    phpFpmStopSeconds: 1,
    slackSeconds: 1,
} satisfies Partial<DrainInput>;

/** Each with the argument, what was found, and what is allowed. */
export function problemsOfService(service: Service): readonly string[] {
    return [
        ...problemsOfDrain(service.drain),
        ...problemsOfMemory(service),
        ...problemsOfConnections(service),
        ...problemsOfHosts(service).map(({ path, message }) => `${path}: ${message}`),
    ];
}

function problemsOfDrain(drain: DrainInput): readonly string[] {
    const parts = Object.entries(leastDrainSeconds).flatMap(([part, least]) => {
        const seconds = drain[part as keyof typeof leastDrainSeconds];
        const path = part === "longestRequestSeconds" ? part : `drain.${part}`;
        return Number.isInteger(seconds) && seconds >= least
            ? []
            : [`${path}: found ${seconds}. Allowed: whole seconds, ${least} or more.`];
    });
    const grace = drain.terminationGracePeriodSeconds;
    if (parts.length > 0 || grace === undefined || grace >= neededGraceSeconds(drain)) return parts;
    return [
        `drain.terminationGracePeriodSeconds: found ${grace}. Allowed: ${neededGraceSeconds(drain)} or more: ` +
            `${describeGraceSum(drain)}. With ${grace} s ${describeWitness(drain) ?? "the slack is gone"}. ` +
            "Leave it out to have it computed.",
    ];
}

function problemsOfMemory({ nginx, phpFpm }: Service): readonly string[] {
    const { maxChildren } = phpFpm;
    const limit = phpFpm.resources.limits.memory;
    const worst = worstBytes(phpFpm, maxChildren);
    return [
        ...((parseMemoryBytes(limit) ?? 0) < worst
            ? [
                  `phpFpm.resources.limits.memory: found ${limit}. Allowed: ${formatMemory(worst)} or more: ` +
                      `${describeWorst(phpFpm, maxChildren)}. Leave it out to have it computed.`,
              ]
            : []),
        ...(nginx.requestsAtOnce < maxChildren
            ? [
                  `nginx.resources.limits.memory: found ${nginx.resources.limits.memory}. Allowed: ` +
                      `${nginxLimit(nginx.workerProcesses, maxChildren)} or more: ` +
                      `${describeNginxLimit(nginx.workerProcesses, maxChildren)}, one for each php-fpm worker.`,
              ]
            : []),
    ];
}

function problemsOfConnections({ gateway, ingressController, nginx }: Service): readonly string[] {
    const idleSeconds = idleSecondsOfProxy({ web: { gateway }, ingressController });
    const needed = neededKeepaliveSeconds(idleSeconds);
    return nginx.keepaliveSeconds >= needed
        ? []
        : [
              `nginx.keepaliveSeconds: found ${nginx.keepaliveSeconds}. Allowed: ${needed} or more, as the proxy in front ` +
                  `keeps idle connections for ${idleSeconds} s.`,
          ];
}

/** The first Traefik whose provider kubernetesIngressNGINX sends nothing new to a pod that ends. */
export const leastTraefik = [3, 7, 5] as const;

/** Why requests would be lost behind a Traefik of that image; undefined where nothing is known against it. */
export function whyNotTraefik(image: string): string | undefined {
    const version = tagVersion(image) ?? [];
    if (version.length < leastTraefik.length) return "has a tag that does not begin with Traefik's version";
    return versionAtLeast(version, leastTraefik) ? undefined : "sends requests to pods that end";
}
