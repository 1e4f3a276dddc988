/** How many pods there are, and who decides it. */
import { problemsOfBusyWorkers } from "../../components/busyWorkers";
import { maxChildrenOf } from "../../components/service";
import { parseCpuMillicores } from "../../components/units/quantity";
import { clusterTolerance, defaultAutoscaling } from "../schema";
import { dottedPath, quoted } from "../schemaTree";
import { isSecretLike } from "../secretLike";
import { none, orAllowSingleReplica, problem, type Problem, type Rule } from "./rule";

/** @param path of the triggers */
export function problemsOfTriggers(
    triggers: readonly { readonly name?: string | undefined; readonly metadata: Readonly<Record<string, string>> }[],
    path: readonly string[],
): readonly Problem[] {
    return triggers.flatMap(({ name, metadata }, i) => [
        ...(name !== undefined && triggers.findIndex((other) => other.name === name) < i
            ? problem(
                  dottedPath([...path, i, "name"]),
                  `found ${quoted(name)} a second time. Allowed: one trigger of a name; KEDA refuses more.`,
              )
            : none),
        ...Object.entries(metadata).flatMap(([key, value]) =>
            isSecretLike(key, value)
                ? problem(
                      dottedPath([...path, i, "metadata", key]),
                      "looks like a secret, and stack files are committed. KEDA takes it from the environment: " +
                          `pulumi config set --secret --path secrets.NAME, and ${key}FromEnv: NAME here.`,
                  )
                : none,
        ),
    ]);
}

export const autoscalingRules: readonly Rule[] = [
    {
        name: "one-owner-of-replicas",
        reads: ["web.replicas"],
        check: ({ settings: { web } }) =>
            web.replicas !== undefined && web.autoscaling !== undefined
                ? problem(
                      "web.replicas",
                      `found ${web.replicas} beside web.autoscaling; only one can own the number of pods. ` +
                          "Remove web.replicas, or web.autoscaling for a fixed number.",
                  )
                : none,
    },
    {
        name: "min-replicas-below-max",
        reads: ["web.autoscaling.minReplicas", "web.autoscaling.maxReplicas"],
        check: ({ settings: { web } }) =>
            web.autoscaling !== undefined && web.autoscaling.minReplicas > web.autoscaling.maxReplicas
                ? problem(
                      "web.autoscaling.minReplicas",
                      `found ${web.autoscaling.minReplicas}, above maxReplicas ${web.autoscaling.maxReplicas}. ` +
                          "Allowed: at most maxReplicas.",
                  )
                : none,
    },
    {
        name: "two-replicas",
        reads: ["web.autoscaling.minReplicas", "web.replicas", "cluster.allowSingleReplica"],
        check: ({ settings: { web, cluster } }) => {
            const [path, replicas] =
                web.replicas === undefined
                    ? ["web.autoscaling.minReplicas", (web.autoscaling ?? defaultAutoscaling).minReplicas]
                    : ["web.replicas", web.replicas];
            if (replicas >= 2 || cluster.allowSingleReplica) return none;
            return problem(
                path,
                `found ${replicas}. Allowed: 2 or more, since one replica cannot survive a node's drain. ` +
                    orAllowSingleReplica,
            );
        },
    },
    {
        name: "autoscaler-has-cpu-request",
        reads: ["web.phpFpm.resources.requests.cpu"],
        check: ({ settings: { web } }) =>
            web.phpFpm.resources.requests.cpu === null
                ? problem(
                      "web.phpFpm.resources.requests.cpu",
                      "found null. Allowed: a CPU quantity, since the autoscaler measures php-fpm in percent of this " +
                          "request, and without it reports an error and stands still.",
                  )
                : none,
    },
    {
        name: "target-within-reach",
        reads: [
            "web.replicas",
            "web.autoscaling.targetCPUUtilizationPercentage",
            "web.autoscaling.scaleUp.tolerance",
            "web.phpFpm",
        ],
        check: ({ settings: { web } }) => {
            const { requests, limits } = web.phpFpm.resources;
            const request = parseCpuMillicores(requests.cpu ?? "");
            const limit = parseCpuMillicores(limits.cpu ?? "") ?? Infinity;
            if (web.replicas !== undefined || request === undefined || limit < request) return none;
            const { targetCPUUtilizationPercentage: target, scaleUp } = web.autoscaling ?? defaultAutoscaling;
            const workers = maxChildrenOf(web);
            // Each of them computes in one thread.
            const isByWorkers = workers * 1000 < limit;
            const reachable = (Math.min(limit, workers * 1000) / request) * 100;
            const factor = 1 + (scaleUp.tolerance ?? clusterTolerance);
            if (reachable > target * factor) return none;
            const most = Math.ceil(reachable / factor) - 1;
            return problem(
                "web.autoscaling.targetCPUUtilizationPercentage",
                `found ${target}, but ` +
                    (isByWorkers
                        ? `php-fpm's workers (${workers} maxChildren, each on one core) use`
                        : `php-fpm's CPU limit ${limits.cpu ?? ""} lets it use`) +
                    ` at most ${Math.floor(reachable)} % of its request ${requests.cpu ?? ""}, and the HPA only acts above ` +
                    `${Math.ceil(target * factor)} %: it would never scale out. Allowed: ` +
                    (most < 1 ? "a lower CPU request" : `at most ${most}`) +
                    (isByWorkers ? ", or more workers." : ", or a higher CPU limit."),
            );
        },
    },
    {
        name: "busy-workers-are-seen",
        reads: [
            "web.autoscaling.kind",
            "web.autoscaling.busyWorkersTargetPercent",
            "web.autoscaling.triggers",
            "web.monitoring",
        ],
        check: ({ settings: { web } }) =>
            web.autoscaling === undefined
                ? none
                : problemsOfBusyWorkers(
                      { scaling: web.autoscaling, monitoring: web.monitoring },
                      "web.",
                      "autoscaling",
                  ),
    },
    {
        name: "triggers-are-kedas",
        reads: ["web.autoscaling.kind", "web.autoscaling.triggers"],
        check: ({ settings: { web } }) =>
            web.autoscaling?.kind === "hpa" && web.autoscaling.triggers.length > 0
                ? problem(
                      "web.autoscaling.triggers",
                      `found ${web.autoscaling.triggers.length} with kind hpa, which has none. ` +
                          "Allowed: with kind: keda only.",
                  )
                : none,
    },
    {
        name: "triggers-have-names-and-no-secrets",
        reads: ["web.autoscaling.triggers"],
        check: ({ settings: { web } }) =>
            problemsOfTriggers(web.autoscaling?.triggers ?? [], ["web", "autoscaling", "triggers"]),
    },
    {
        name: "tolerance-is-not-kedas",
        reads: ["web.autoscaling.kind", "web.autoscaling.scaleUp.tolerance", "web.autoscaling.scaleDown.tolerance"],
        check: ({ settings: { web } }) =>
            (["scaleUp", "scaleDown"] as const).flatMap((direction) => {
                const tolerance = web.autoscaling?.[direction].tolerance;
                return web.autoscaling?.kind === "keda" && tolerance !== undefined
                    ? problem(
                          `web.autoscaling.${direction}.tolerance`,
                          `found ${tolerance} with kind keda. Allowed: with kind: hpa only, as nobody would see whether ` +
                              "the cluster takes it from the HPA that KEDA makes.",
                      )
                    : none;
            }),
    },
    ...(["scaleUp", "scaleDown"] as const).map((direction): Rule => ({
        name: `${direction}-has-a-policy`,
        reads: [`web.autoscaling.${direction}`],
        check: ({ settings: { web } }) => {
            const scaling = web.autoscaling?.[direction];
            return scaling?.percent === null && scaling.pods === null
                ? problem(
                      `web.autoscaling.${direction}`,
                      "found percent null and pods null, which leaves no policy. Allowed: at least one of them.",
                  )
                : none;
        },
    })),
];
