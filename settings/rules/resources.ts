/** CPU and memory: what is asked for, and what it has room for. */
import { formatMemory, parseCpuMillicores, parseMemoryBytes } from "../../components/units/quantity";
import { describeNginxLimit, nginxLimit, requestsWithin } from "../../components/nginxMemory";
import { maxChildrenOf } from "../../components/service";
import { describeWorst, readinessWorkers, workersWithin, worstBytes, worstWorkerBytes } from "../../components/workers";
import { inert, none, problem, type Rule } from "./rule";

/** A quantity less so many bytes, in whole MiB. */
const lowered = (quantity: string, bytes: number): number =>
    Math.floor(((parseMemoryBytes(quantity) ?? 0) - bytes) / 2 ** 20);

export const resourcesRules: readonly Rule[] = [
    ...(["web.nginx", "web.phpFpm", "ingressController"] as const).map((owner): Rule => ({
        name: `${owner}-limits-above-requests`,
        reads: [`${owner}.resources`],
        check: ({ settings }) => {
            const { requests, limits } = {
                "web.nginx": settings.web.nginx,
                "web.phpFpm": settings.web.phpFpm,
                ingressController: settings.ingressController,
            }[owner].resources;
            const pairs = [
                ["cpu", parseCpuMillicores, limits.cpu, requests.cpu],
                ["memory", parseMemoryBytes, limits.memory ?? null, requests.memory ?? null],
            ] as const;
            return pairs.flatMap(([name, parse, limit, request]) =>
                limit !== null && request !== null && (parse(limit) ?? 0) < (parse(request) ?? 0)
                    ? problem(
                          `${owner}.resources.limits.${name}`,
                          `found ${limit}, below the request ${request}. Allowed: at least the request.`,
                      )
                    : none,
            );
        },
    })),
    {
        name: "workers-fit-memory-limit",
        reads: [
            "web.phpFpm.maxChildren",
            "web.phpFpm.memoryLimit",
            "web.phpFpm.opcacheMemory",
            "web.phpFpm.ini",
            "web.phpFpm.resources.limits.memory",
        ],
        check: ({ settings: { web } }) => {
            const { maxChildren: workers = 1, memoryLimit, opcacheMemory, resources } = web.phpFpm;
            const limit = resources.limits.memory;
            if (limit === undefined) return none;
            const missing = worstBytes(web.phpFpm, workers) - (parseMemoryBytes(limit) ?? 0);
            if (missing <= 0) return none;
            const lower = [
                ["maxChildren", workersWithin(limit, web.phpFpm), 1, ""],
                ["memoryLimit", lowered(memoryLimit, missing / (workers + readinessWorkers)), 2, "Mi"],
                ["opcacheMemory", lowered(opcacheMemory, missing), 16, "Mi"],
            ] as const;
            const ways = lower.flatMap(([name, most, least, unit]) =>
                most >= least ? [`${name} ${most}${unit}`] : [],
            );
            return problem(
                "web.phpFpm.resources.limits.memory",
                `found ${limit}. Allowed: ${formatMemory(worstBytes(web.phpFpm, workers))} or more: ` +
                    `${describeWorst(web.phpFpm, workers)}. With less, one request that takes too much can end all ` +
                    `workers, and every request in them. Remove the key to have it computed` +
                    (ways.length === 0 ? "." : `, or lower the sum: ${ways.join(", or ")}.`),
            );
        },
    },
    {
        name: "worker-memory-below-worst",
        reads: ["web.phpFpm.workerMemory", "web.phpFpm.memoryLimit"],
        check: ({ settings: { web }, isGiven }) => {
            const { workerMemory, memoryLimit } = web.phpFpm;
            const most = worstWorkerBytes(web.phpFpm);
            if (!isGiven("web.phpFpm.workerMemory") || (parseMemoryBytes(workerMemory) ?? 0) <= most) return none;
            return problem(
                "web.phpFpm.workerMemory",
                `found ${workerMemory}, and with memoryLimit ${memoryLimit} a worker never has more than ` +
                    `${formatMemory(most)}. Allowed: what one uses usually, up to that, or a higher memoryLimit.`,
            );
        },
    },
    {
        name: "nginx-memory-for-all-workers",
        reads: ["web.nginx.resources.limits.memory", "web.nginx.workerProcesses", "web.phpFpm"],
        check: ({ settings: { web } }) => {
            const { workerProcesses, resources } = web.nginx;
            const workers = maxChildrenOf(web);
            if (requestsWithin({ workerProcesses, containerLimit: resources.limits.memory }) >= workers) return none;
            return problem(
                "web.nginx.resources.limits.memory",
                `found ${resources.limits.memory}. Allowed: ${nginxLimit(workerProcesses, workers)} or more: ` +
                    `${describeNginxLimit(workerProcesses, workers)}, one for each php-fpm worker. Remove the key for ` +
                    "the default, or lower web.nginx.workerProcesses.",
            );
        },
    },
    {
        name: "max-children-or-workers-per-cpu",
        reads: ["web.phpFpm.maxChildren"],
        check: (input) =>
            input.settings.web.phpFpm.maxChildren === undefined
                ? none
                : inert(input, ["web.phpFpm.workersPerCpu"], "beside web.phpFpm.maxChildren"),
    },
    {
        name: "memory-request-or-worker-memory",
        reads: ["web.phpFpm.resources.requests.memory"],
        check: (input) =>
            input.settings.web.phpFpm.resources.requests.memory === undefined
                ? none
                : inert(input, ["web.phpFpm.workerMemory"], "beside web.phpFpm.resources.requests.memory"),
    },
];
