/**
 * What contradicts itself in a service, or would lose requests. It holds for every program; a stack file is judged by the same
 * functions, and by what else can be said of its keys (settings/rules/). Each takes what stands before the arguments' names
 * where a stack file has them: "web.".
 */
import { whyNoSchedule, whyNoTimeZone } from "./units/cron";
import { tagVersion, versionAtLeast } from "./units/imageReference";
import { formatMemory, parseMemoryBytes } from "./units/quantity";
import { controllersOf } from "./controllers";
import { none, problem, type ArgumentProblem } from "./argumentProblem";
import {
    describeGraceSum,
    describeWitness,
    neededGraceSeconds,
    shortestWithdrawalSeconds,
    type DrainInput,
} from "./drain";
import { problemsOfBusyWorkers } from "./busyWorkers";
import { problemsOfEgress } from "./egress";
import { problemsOfAnnotations } from "./furtherAnnotations";
import { isOfOthers, problemsOfGateway, type GatewayInFront } from "./gateway";
import { problemsOfHosts } from "./hosts";
import { idleSecondsOfProxy, neededKeepaliveSeconds, type ProxyInFront } from "./keepalive";
import { problemsOfKeptAssets } from "./keptAssets";
import { problemsOfDirectives } from "./nginxDirectives";
import { describeNginxLimit, nginxLimit, requestsWithin } from "./nginxMemory";
import type { Service } from "./service";
import { describeWorst, readinessWorkers, workersWithin, worstBytes, type WorkerMemory } from "./workers";
import { problemsOfWorkerScaling } from "./workerScaling";

/** The least of each part. In seconds; 0 would mean something else to nginx, php-fpm or the kubelet where it is not allowed. */
export const leastDrainSeconds = {
    longestRequestSeconds: 1,
    endpointWithdrawalSeconds: shortestWithdrawalSeconds,
    transferSeconds: 0,
    queueSeconds: 0,
    phpFpmStopSeconds: 1,
    slackSeconds: 1,
} satisfies Partial<DrainInput>;

interface Container {
    readonly resources: { readonly limits: { readonly memory?: string | undefined } };
}

export function problemsOfService(service: Service): readonly ArgumentProblem[] {
    const { drain, phpFpm, nginx } = service;
    const ofParts = problemsOfParts(drain);
    return [
        ...ofParts,
        ...(ofParts.length > 0 ? none : problemsOfGrace(drain)),
        ...problemsOfWorkers(phpFpm, phpFpm.maxChildren),
        ...problemsOfNginxMemory(nginx, phpFpm.maxChildren),
        ...problemsOfKeepalive({ web: service, ingressController: service.ingressController }),
        ...problemsOfHosts(service),
        ...problemsOfGateway(service),
        ...problemsOfUploads(service),
        ...problemsOfKeptAssets(service.app),
        ...problemsOfEgress(service.egress),
        ...problemsOfBusyWorkers(service),
        ...problemsOfCommands(service),
        ...Object.entries(service.workers).flatMap(([name, { scaling }]) =>
            problemsOfWorkerScaling(scaling, `workers.${name}.scaling`),
        ),
        ...problemsOfDirectives(nginx.directives),
        ...controllersOf(service.ingressController).flatMap(({ kind }) =>
            problemsOfAnnotations(service.ingressAnnotations, kind).map(({ name, message }) => ({
                path: `ingressAnnotations[${JSON.stringify(name)}]`,
                message,
            })),
        ),
    ];
}

/** What of the commands beside the service no cluster would take, or would run at another time than is meant. */
export function problemsOfCommands(
    {
        workers,
        schedules,
    }: { readonly workers: object } & {
        readonly schedules: Readonly<Record<string, { readonly schedule: string; readonly timeZone: string }>>;
    },
    section = "",
): readonly ArgumentProblem[] {
    return Object.entries(schedules).flatMap(([name, { schedule, timeZone }]) => {
        const path = `${section}schedules.${name}`;
        const whyNot = whyNoSchedule(schedule);
        const whyNoZone = whyNoTimeZone(timeZone);
        return [
            ...(whyNot === undefined
                ? none
                : problem(
                      `${path}.schedule`,
                      `found ${JSON.stringify(schedule)}, which ${whyNot}. Allowed: a schedule such as 0 3 * * * or @hourly.`,
                  )),
            ...(whyNoZone === undefined
                ? none
                : problem(
                      `${path}.timeZone`,
                      `found ${JSON.stringify(timeZone)}, which ${whyNoZone}. Allowed: a time zone such as Europe/Berlin or Etc/UTC.`,
                  )),
            // Each would be an object of this name.
            ...(name in workers
                ? problem(path, `found beside workers.${name}, and both are called so. Give one of them another name.`)
                : none),
        ];
    });
}

function problemsOfParts(drain: DrainInput): readonly ArgumentProblem[] {
    return Object.entries(leastDrainSeconds).flatMap(([part, least]) => {
        const seconds = drain[part as keyof typeof leastDrainSeconds];
        return Number.isInteger(seconds) && seconds >= least
            ? none
            : problem(
                  part === "longestRequestSeconds" ? part : `drain.${part}`,
                  `found ${seconds}. Allowed: whole seconds, ${least} or more.`,
              );
    });
}

/** A grace period that cuts a request. */
export function problemsOfGrace(drain: DrainInput, section = ""): readonly ArgumentProblem[] {
    const grace = drain.terminationGracePeriodSeconds;
    const needed = neededGraceSeconds(drain);
    if (grace === undefined || grace >= needed) return none;
    return problem(
        `${section}drain.terminationGracePeriodSeconds`,
        `found ${grace}. Allowed: ${needed} or more: ${describeGraceSum(drain)}. With ${grace} s ` +
            `${describeWitness(drain) ?? "the slack is gone"}. Leave it out to have it computed.`,
    );
}

/** A quantity less so many bytes, in whole MiB. */
const lowered = (quantity: string, bytes: number): number =>
    Math.floor(((parseMemoryBytes(quantity) ?? 0) - bytes) / 2 ** 20);

/** A php-fpm container without the memory for all its workers at their worst. */
export function problemsOfWorkers(
    phpFpm: WorkerMemory & Container,
    workers: number,
    section = "",
): readonly ArgumentProblem[] {
    const limit = phpFpm.resources.limits.memory;
    if (limit === undefined) return none;
    const worst = worstBytes(phpFpm, workers);
    const missing = worst - (parseMemoryBytes(limit) ?? 0);
    if (missing <= 0) return none;
    const lower = [
        ["maxChildren", workersWithin(limit, phpFpm), 1, ""],
        ["memoryLimit", lowered(phpFpm.memoryLimit, missing / (workers + readinessWorkers)), 2, "Mi"],
        ["opcacheMemory", lowered(phpFpm.opcacheMemory, missing), 16, "Mi"],
    ] as const;
    const ways = lower.flatMap(([name, most, least, unit]) => (most >= least ? [`${name} ${most}${unit}`] : []));
    return problem(
        `${section}phpFpm.resources.limits.memory`,
        `found ${limit}. Allowed: ${formatMemory(worst)} or more: ${describeWorst(phpFpm, workers)}. With less, one request ` +
            `that takes too much can end all workers, and every request in them. Leave it out to have it computed` +
            (ways.length === 0 ? "." : `, or lower the sum: ${ways.join(", or ")}.`),
    );
}

/** An nginx container without the memory for a request of each php-fpm worker. */
export function problemsOfNginxMemory(
    {
        resources,
        workerProcesses,
    }: { readonly workerProcesses: number } & {
        readonly resources: { readonly limits: { readonly memory: string } };
    },
    workers: number,
    section = "",
): readonly ArgumentProblem[] {
    const limit = resources.limits.memory;
    if (requestsWithin({ workerProcesses, containerLimit: limit }) >= workers) return none;
    return problem(
        `${section}nginx.resources.limits.memory`,
        `found ${limit}. Allowed: ${nginxLimit(workerProcesses, workers)} or more: ` +
            `${describeNginxLimit(workerProcesses, workers)}, one for each php-fpm worker. Leave it out for the default, ` +
            `or lower ${section}nginx.workerProcesses.`,
    );
}

/** An nginx that closes idle connections before the proxy in front does. */
export function problemsOfKeepalive(
    proxy: ProxyInFront & { readonly web: { readonly nginx: { readonly keepaliveSeconds?: number | undefined } } },
    section = "",
): readonly ArgumentProblem[] {
    const { keepaliveSeconds } = proxy.web.nginx;
    const idleSeconds = idleSecondsOfProxy(proxy);
    const needed = neededKeepaliveSeconds(idleSeconds);
    if (keepaliveSeconds === undefined || keepaliveSeconds >= needed) return none;
    return problem(
        `${section}nginx.keepaliveSeconds`,
        `found ${keepaliveSeconds}. Allowed: ${needed} or more: the proxy in front keeps idle connections for ` +
            `${idleSeconds} s, and ${needed - idleSeconds} s beside. A connection that nginx closes first loses the request ` +
            "that is just being sent on it.",
    );
}

/** An Envoy of the stack's that would take uploads without an end: 0 is that to it. */
export function problemsOfUploads(
    {
        gateway,
        drain,
        ingressController,
    }: GatewayInFront & { readonly drain: { readonly transferSeconds?: number | undefined } },
    section = "",
): readonly ArgumentProblem[] {
    return ingressController.kind === "envoy-gateway" && !isOfOthers(gateway) && drain.transferSeconds === 0
        ? problem(
              `${section}drain.transferSeconds`,
              "found 0 with Envoy, which streams: an upload would have no end, and a pod that ends would cut it. Allowed: 1 or more. " +
                  "Leave it out for the default.",
          )
        : none;
}

/** The first Traefik whose provider kubernetesIngressNGINX sends nothing new to a pod that ends. */
export const leastTraefik = [3, 7, 5] as const;

/** Why requests would be lost behind a Traefik of that image; undefined where nothing is known against it. */
export function whyNotTraefik(image: string): string | undefined {
    const version = tagVersion(image) ?? [];
    if (version.length < leastTraefik.length) return "has a tag that does not begin with Traefik's version";
    return versionAtLeast(version, leastTraefik) ? undefined : "sends requests to pods that end";
}
