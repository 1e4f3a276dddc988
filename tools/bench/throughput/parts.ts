/** The three parts of the bench: what is set up for each, and what it is compared with. */
import type { Cleanup } from "../../common/cleanup";
import type { Api } from "../../common/kubernetes/api";
import { namespacePath } from "../../lab/cluster/network";
import { maxChildrenOf } from "../../../components/service";
import { settingsSchema } from "../../../settings/schema";
import { create, readyPod, untilAnswered, type Controller, type Stack } from "./cluster";
import { startHostService } from "./hostService";
import { networkOfPod } from "./networkOfPod";
import {
    benchHost,
    benchPod,
    benchRoute,
    phpFpmConfigMap,
    plainProxy,
    plainProxyPort,
    servicePort,
    withMaxChildren,
} from "./objects";
import { comparison, sweep, type Comparison, type Series, type Sweep } from "./result";
import { podStartSeconds, warmUpSeconds, whyTooFew } from "./pace";
import { inTurn } from "./rounds";
import { measure, type Load, type Target } from "./wrk";

export interface Bench {
    readonly api: Api;
    readonly stack: Stack;
    readonly controller: Controller;
    readonly load: Load;
    readonly rounds: number;
    readonly cleanup: Cleanup;
    readonly say: (line: string) => void;
    readonly signal: AbortSignal;
}

/** The pod of the first two parts: as the stack has it, but for resources that let it use all of the node's CPU. */
export interface RunningPod {
    readonly name: string;
    readonly target: Target;
    readonly uid: string;
}

interface Page {
    readonly title: string;
    readonly path: string;
}

/** PHP does next to nothing: all that is around it shows. */
const emptyPage: Page = { title: "empty page", path: "/healthz" };
const busyPage: Page = { title: "5 ms of CPU", path: "/echo?busy_ms=5" };
/** As most PHP pages, which wait for a database or another service. */
const waitingPage: Page = { title: "20 ms of waiting, 2 ms of CPU", path: "/echo?wait_ms=20&busy_ms=2" };

const workersAtLeast = 0.95;
const healthPath = emptyPage.path;

export async function startPod({ api, stack, controller, signal }: Bench): Promise<RunningPod> {
    const name = "pod";
    await create(
        api,
        benchPod(stack.deployment, {
            name,
            node: controller.node,
            cpuRequest: "250m",
            phpFpmMemoryLimit: "1Gi",
            hasProbes: true,
        }),
    );
    const { address, metadata } = await readyPod(api, name, signal, podStartSeconds);
    const target = { url: `http://${address}:${servicePort(stack.deployment)}` };
    await untilAnswered(target, signal);
    return { name, target, uid: metadata.uid ?? "" };
}

/** A pod beside the same programs on this machine; and how large a part of the difference is the way from the node into it. */
export async function hostPart(
    bench: Bench,
    pod: RunningPod,
    archiveOf: (image: string) => string,
): Promise<readonly Comparison[]> {
    const { stack, controller, cleanup, say } = bench;
    say("The same programs are started on this machine.");
    const host = await startHostService(stack.deployment.spec.template.spec, stack.configMaps, archiveOf, healthPath);
    const stop = cleanup.add("stop nginx and php-fpm on this machine", host.stop);
    const targets = {
        // From its node, as the host's from the host.
        pod: { ...pod.target, network: namespacePath(controller.node) },
        host,
        inside: { url: `http://127.0.0.1:${servicePort(stack.deployment)}`, network: networkOfPod(pod.uid) },
    };
    const pages = [
        { ...busyPage, atLeast: 0.95 },
        { ...emptyPage, atLeast: 0.85 },
    ];
    const comparisons: Comparison[] = [];
    for (const page of pages) {
        say(`Pod and host: ${page.title}.`);
        const samples = await samplesOf(bench, targets, page);
        const { title, atLeast } = page;
        comparisons.push(
            compared(samples, { title: "pod ÷ host", page: title, atLeast }, "pod", "host"),
            compared(
                samples,
                { title: "  of it the way there: pod ÷ its own 127.0.0.1", page: title, atLeast: undefined },
                "pod",
                "inside",
            ),
        );
    }
    await stop();
    return comparisons;
}

/** ingress-nginx beside a plain proxy on the same node, in front of the same pod. */
export async function ingressPart(bench: Bench, pod: RunningPod): Promise<readonly Comparison[]> {
    const { api, stack, controller, say, signal } = bench;
    say("A plain proxy and a route through ingress-nginx are made.");
    const proxy = plainProxy(stack.deployment, {
        name: "plain-proxy",
        node: controller.node,
        upstream: new URL(pod.target.url).host,
        cpuRequest: controller.cpuRequest,
    });
    const route = benchRoute(pod.name, stack.ingress);
    for (const manifest of [proxy.configMap, proxy.pod, route.service, route.ingress]) await create(api, manifest);
    const { address } = await readyPod(api, "plain-proxy", signal);
    const targets = {
        ingress: { url: controller.url, host: benchHost },
        plain: { url: `http://${address}:${plainProxyPort}`, host: benchHost },
    };
    for (const target of Object.values(targets)) await untilAnswered(target, signal);

    const pages = [
        { ...busyPage, atLeast: 0.9 },
        // No target: what the controller's Lua takes is the same for every page, and this one has nothing else.
        { ...emptyPage, atLeast: undefined },
    ];
    const comparisons: Comparison[] = [];
    for (const page of pages) {
        say(`ingress-nginx and a plain proxy: ${page.title}.`);
        const samples = await samplesOf(bench, targets, page);
        const { title, atLeast } = page;
        comparisons.push(
            compared(samples, { title: "ingress-nginx ÷ plain nginx", page: title, atLeast }, "ingress", "plain"),
        );
    }
    return comparisons;
}

/** Our rule's max_children for the default resources, beside others with the same CPU limit. */
export async function workersPart(bench: Bench, tried: readonly number[]): Promise<readonly Sweep[]> {
    const { api, stack, controller, say, signal } = bench;
    const { web } = settingsSchema.parse({});
    const chosen = maxChildrenOf(web);
    const cpu = web.phpFpm.resources.limits.cpu ?? "1000m";
    const workers = [...new Set([...tried, chosen])].sort((a, b) => a - b);
    say(`Pods with ${workers.join(", ")} workers are made.`);
    const names = new Map(workers.map((maxChildren) => [maxChildren, `workers-${maxChildren}`] as const));
    for (const [maxChildren, name] of names) {
        await create(api, withMaxChildren(phpFpmConfigMap(stack.configMaps), name, maxChildren));
        await create(
            api,
            benchPod(stack.deployment, {
                name,
                node: controller.node,
                phpFpmConfig: name,
                phpFpmCpuLimit: cpu,
                // Room for the most of them: only CPU is to decide here.
                phpFpmMemoryLimit: "2Gi",
                // All pods are there at once, and the node's CPU is spoken for only in small.
                cpuRequest: "10m",
                // Those that wait for their turn are not to disturb whose turn it is.
                hasProbes: false,
            }),
        );
    }
    const targets: Record<string, Target> = {};
    for (const name of names.values()) {
        const { address } = await readyPod(api, name, signal);
        targets[name] = { url: `http://${address}:${servicePort(stack.deployment)}` };
    }
    for (const target of Object.values(targets)) await untilAnswered(target, signal);

    const sweeps: Sweep[] = [];
    for (const page of [busyPage, waitingPage]) {
        say(`Workers: ${page.title}.`);
        const samples = await samplesOf(bench, targets, page);
        sweeps.push(
            sweep({
                page: page.title,
                cpu,
                results: [...names].map(([maxChildren, name]) => ({ maxChildren, samples: seriesOf(samples, name) })),
                chosen,
                atLeast: workersAtLeast,
            }),
        );
    }
    return sweeps;
}

/** All targets in turn, each warmed up before. */
async function samplesOf(
    { load, rounds, signal }: Bench,
    targets: Readonly<Record<string, Target>>,
    page: Page,
): Promise<ReadonlyMap<string, Series>> {
    const subjects = (seconds: number) =>
        Object.entries(targets).map(([name, target]) => ({
            name,
            measure: () => measure(target, page.path, { ...load, seconds }),
        }));
    const warmUps = await inTurn(subjects(warmUpSeconds), 1, signal);
    const tooFew = whyTooFew(page.title, [...warmUps.values()].flat(), load.seconds);
    if (tooFew !== undefined) throw new Error(tooFew);
    return inTurn(subjects(load.seconds), rounds, signal);
}

function compared(
    samples: ReadonlyMap<string, Series>,
    head: Pick<Comparison, "title" | "page" | "atLeast">,
    measured: string,
    reference: string,
): Comparison {
    const named = (name: string) => ({ name, samples: seriesOf(samples, name) });
    return comparison({ ...head, measured: named(measured), reference: named(reference) });
}

function seriesOf(samples: ReadonlyMap<string, Series>, name: string): Series {
    const series = samples.get(name);
    if (series === undefined) throw new Error(`${name} was not measured.`);
    return series;
}
