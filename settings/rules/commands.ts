/** Commands that run beside the service: workers and schedules. */
import { problemsOfCommands } from "../../components/problems";
import { parseCpuMillicores } from "../../components/units/quantity";
import { problemsOfWorkerScaling, workerTargetOf } from "../../components/workerScaling";
import { dottedPath } from "../schemaTree";
import { clusterTolerance, type ParsedSettings } from "../schema";
import { problemsOfTriggers } from "./autoscaling";
import { problemsOfLimits } from "./resources";
import { none, problem, type Problem, type Rule } from "./rule";

type Worker = ParsedSettings["web"]["workers"][string];

/** What is wrong with each worker by itself. */
const eachWorker =
    (check: (worker: Worker, path: (...keys: readonly string[]) => string) => readonly Problem[]): Rule["check"] =>
    ({ settings: { web } }) =>
        Object.entries(web.workers).flatMap(([name, worker]) =>
            check(worker, (...keys) => dottedPath(["web", "workers", name, ...keys])),
        );

const reads = ["web.workers"];

export const commandRules: readonly Rule[] = [
    {
        name: "one-owner-of-a-workers-replicas",
        reads,
        check: eachWorker(({ replicas, autoscaling }, path) =>
            replicas !== undefined && autoscaling !== undefined
                ? problem(
                      path("replicas"),
                      `found ${replicas} beside autoscaling; only one can own the number of pods. Remove one of the two.`,
                  )
                : none,
        ),
    },
    {
        name: "a-workers-min-below-max",
        reads,
        check: eachWorker(({ autoscaling }, path) =>
            autoscaling !== undefined && autoscaling.minReplicas > autoscaling.maxReplicas
                ? problem(
                      path("autoscaling", "minReplicas"),
                      `found ${autoscaling.minReplicas}, above maxReplicas ${autoscaling.maxReplicas}. Allowed: at most maxReplicas.`,
                  )
                : none,
        ),
    },
    {
        name: "a-workers-autoscaler-has-cpu-request",
        reads,
        check: eachWorker(({ autoscaling, resources }, path) =>
            resources.requests.cpu === null && workerTargetOf(autoscaling ?? { triggers: [] }) !== undefined
                ? problem(
                      path("resources", "requests", "cpu"),
                      "found null. Allowed: a CPU quantity, since the autoscaler, which a fixed number has too, measures in percent of it.",
                  )
                : none,
        ),
    },
    {
        name: "a-workers-target-within-reach",
        reads,
        check: eachWorker(({ autoscaling, resources }, path) => {
            const request = parseCpuMillicores(resources.requests.cpu ?? "");
            const limit = parseCpuMillicores(resources.limits.cpu ?? "");
            const target = autoscaling === undefined ? undefined : workerTargetOf(autoscaling);
            if (target === undefined || request === undefined || limit === undefined || limit < request) return none;
            const reachable = (limit / request) * 100;
            if (reachable > target * (1 + clusterTolerance)) return none;
            return problem(
                path("autoscaling", "targetCPUUtilizationPercentage"),
                `found ${target}, but its CPU limit ${resources.limits.cpu ?? ""} lets it use at most ${Math.floor(reachable)} % of its ` +
                    `request ${resources.requests.cpu ?? ""}, and the HPA only acts above ${Math.ceil(target * (1 + clusterTolerance))} %: ` +
                    "it would never scale out. Allowed: a lower target, or a higher CPU limit.",
            );
        }),
    },
    {
        name: "a-workers-triggers-bring-its-pods",
        reads,
        check: eachWorker(({ autoscaling }, path) =>
            autoscaling === undefined ? none : problemsOfWorkerScaling(autoscaling, path("autoscaling")),
        ),
    },
    {
        name: "a-workers-triggers-have-names-and-no-secrets",
        reads,
        check: ({ settings: { web } }) =>
            Object.entries(web.workers).flatMap(([name, { autoscaling }]) =>
                problemsOfTriggers(autoscaling?.triggers ?? [], ["web", "workers", name, "autoscaling", "triggers"]),
            ),
    },
    {
        name: "a-worker-is-told-one-way",
        reads,
        check: eachWorker(({ stopSignal, stopCommand }, path) =>
            stopSignal !== undefined && stopCommand !== undefined
                ? problem(path("stopSignal"), `found ${stopSignal} beside stopCommand. Remove one of the two.`)
                : none,
        ),
    },
    {
        name: "commands-limits-above-requests",
        reads: ["web.workers", "web.schedules"],
        check: ({ settings: { web } }) =>
            (["workers", "schedules"] as const).flatMap((kind) =>
                Object.entries<Pick<Worker, "resources">>(web[kind]).flatMap(([name, { resources }]) =>
                    problemsOfLimits(dottedPath(["web", kind, name, "resources"]), resources),
                ),
            ),
    },
    {
        name: "workers-and-schedules-have-names-of-their-own",
        reads: ["web.schedules", "web.workers"],
        check: ({ settings: { web } }) => problemsOfCommands(web, "web."),
    },
];
