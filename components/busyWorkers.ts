/** php-fpm's busy workers as a metric of the autoscaler: from its status page by Prometheus and KEDA to the HPA. */
import { none, problem, type ArgumentProblem } from "./argumentProblem";
import { scrapeIntervalSeconds } from "./defaults";
import type { KedaTrigger } from "./specs/autoscaling";

/** KEDA allows one trigger of a name. */
const triggerName = "busy-workers";

/** Longer than the HPA's own period, and it would decide twice on the same figure. */
export const longestScrapeIntervalSeconds = 15;

/** So many figures of each pod are averaged: one alone is a matter of the moment, and 15 s of them are what CPU is measured over. */
export const scrapesInWindow = 3;

export interface BusyWorkers {
    /** Of the service, and so of its pods' names. */
    readonly name: string;
    readonly namespace: string;
    /** Workers of a pod. */
    readonly maxChildren: number;
    readonly targetPercent: number;
    readonly intervalSeconds: number;
    readonly serverAddress: string;
}

/** What one pod may have of the figure. */
export const busyWorkersOfPod = ({ maxChildren, targetPercent }: Pick<BusyWorkers, "maxChildren" | "targetPercent">) =>
    (targetPercent * maxChildren) / 100;

/** The pods that serve, as Prometheus' labels select them. */
export const podsOf = ({ name, namespace }: Pick<BusyWorkers, "name" | "namespace">) =>
    `namespace="${namespace}",pod=~"${name}-[a-z0-9]+-[a-z0-9]+"`;

/**
 * Busy workers and waiting requests of all pods, for so many of them that each has its share. The sum is what is asked for,
 * whatever the number of pods that it is spread over: a pod that has just come changes neither it nor what it leads to.
 */
export function busyWorkersTrigger(busy: BusyWorkers): KedaTrigger {
    const average = (metric: string) =>
        `avg_over_time(${metric}{${podsOf(busy)}}[${scrapesInWindow * busy.intervalSeconds}s])`;
    return {
        type: "prometheus",
        name: triggerName,
        metadata: {
            serverAddress: busy.serverAddress,
            query: `sum(${average("phpfpm_active_processes")} + ${average("phpfpm_listen_queue")})`,
            threshold: String(busyWorkersOfPod(busy)),
            // Where there is no figure KEDA would say 0, and pods whose CPU is idle would go while all of their workers wait.
            ignoreNullValues: "false",
        },
    };
}

/** How often Prometheus reads a pod, where nobody says. Seconds. */
export function intervalSecondsOf(busyWorkersTargetPercent: number | undefined): number {
    return busyWorkersTargetPercent === undefined ? scrapeIntervalSeconds.usual : scrapeIntervalSeconds.forScaling;
}

/** Of the Service that the Prometheus operator makes for every Prometheus of a namespace. */
export function serverAddressOf(namespace: string): string {
    return `http://prometheus-operated.${namespace}.svc:9090`;
}

interface BusyWorkersInput {
    readonly scaling: {
        readonly kind: "hpa" | "keda";
        readonly busyWorkersTargetPercent?: number | undefined;
        readonly triggers: readonly { readonly name?: string | undefined }[];
    };
    readonly monitoring?: { readonly intervalSeconds?: number | undefined } | undefined;
}

/**
 * Where the figure would not reach the HPA.
 *
 * @param section what stands before the arguments' names, where a stack file has them: "web."
 * @param scalingName what the autoscaler's arguments are called there
 */
export function problemsOfBusyWorkers(
    { scaling, monitoring }: BusyWorkersInput,
    section = "",
    scalingName = "scaling",
): readonly ArgumentProblem[] {
    const { busyWorkersTargetPercent: percent, kind, triggers } = scaling;
    if (percent === undefined) return none;
    const path = `${section}${scalingName}.busyWorkersTargetPercent`;
    const interval = monitoring?.intervalSeconds ?? 0;
    return [
        ...(kind === "keda"
            ? none
            : problem(
                  path,
                  `found ${percent} with kind ${kind}, which knows CPU alone. Allowed: with ${section}${scalingName}.kind keda, ` +
                      "in a cluster that has KEDA: it brings Prometheus' figure to the HPA.",
              )),
        ...(monitoring === undefined
            ? problem(
                  path,
                  `found ${percent} without ${section}monitoring. Allowed: with it, as nobody else reads php-fpm's status: ` +
                      "monitoring: {} where Prometheus is in namespace monitoring and selects every PodMonitor.",
              )
            : none),
        ...(interval > longestScrapeIntervalSeconds
            ? problem(
                  `${section}monitoring.intervalSeconds`,
                  `found ${interval} with ${path}. Allowed: at most ${longestScrapeIntervalSeconds}, the HPA's own period, or ` +
                      `nothing, which is ${scrapeIntervalSeconds.forScaling}: it would decide on what was a minute ago.`,
              )
            : none),
        ...triggers.flatMap(({ name }, i) =>
            name === triggerName
                ? problem(
                      `${section}${scalingName}.triggers[${i}].name`,
                      `found ${triggerName}, which is the one of ${path}. Allowed: another name.`,
                  )
                : none,
        ),
    ];
}
