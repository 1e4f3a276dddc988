/** CPU and memory: what is asked for, and what it has room for. */
import { formatMemory, parseCpuMillicores, parseMemoryBytes } from "../../components/units/quantity";
import { problemsOfNginxMemory, problemsOfWorkers } from "../../components/problems";
import { maxChildrenOf } from "../../components/service";
import { worstWorkerBytes } from "../../components/workers";
import { inert, none, problem, type Problem, type Rule } from "./rule";

export const resourcesRules: readonly Rule[] = [
    ...(["web.nginx", "web.phpFpm", "ingressController"] as const).map((owner): Rule => ({
        name: `${owner}-limits-above-requests`,
        reads: [`${owner}.resources`],
        check: ({ settings }) => {
            const { resources } = {
                "web.nginx": settings.web.nginx,
                "web.phpFpm": settings.web.phpFpm,
                ingressController: settings.ingressController,
            }[owner];
            return problemsOfLimits(`${owner}.resources`, resources);
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
        // Those that are computed fit, unless there is no room for one.
        check: ({ settings: { web } }) => problemsOfWorkers(web.phpFpm, web.phpFpm.maxChildren ?? 1, "web."),
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
        check: ({ settings: { web } }) => problemsOfNginxMemory(web.nginx, maxChildrenOf(web), "web."),
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

type Quantities = Readonly<Partial<Record<"cpu" | "memory", string | null | undefined>>>;

/** @param path of the resources */
export function problemsOfLimits(
    path: string,
    { requests, limits }: { readonly requests: Quantities; readonly limits: Quantities },
): readonly Problem[] {
    const parsers = [
        ["cpu", parseCpuMillicores],
        ["memory", parseMemoryBytes],
    ] as const;
    return parsers.flatMap(([name, parse]) => {
        const [limit, request] = [limits[name] ?? null, requests[name] ?? null];
        return limit !== null && request !== null && (parse(limit) ?? 0) < (parse(request) ?? 0)
            ? problem(
                  `${path}.limits.${name}`,
                  `found ${limit}, below the request ${request}. Allowed: at least the request.`,
              )
            : none;
    });
}
