/** Events that nobody planned: pods, nodes and parts of the cluster that go away. */
import { randomInt } from "node:crypto";

import { paths } from "../../common/kubernetes/objects";
import {
    giveMetricsServerBack,
    giveNodeBack,
    schedulableNodes,
    takeMetricsServer,
    takeNode,
} from "../cluster/takenAway";
import { putFurtherRoute, removeFurtherRoutes } from "../cluster/furtherRoute";
import type { Variant } from "../variants/variant";
import { eachVariant, noDoubt, nothing, unlessPodsEnded, type DrillEvent, type Scene } from "./event";

/** For what an event leaves to be seen after it: proxies that have not heard, probes that fail. */
const aftermathSeconds = 10;

function anyPod({ observer }: Scene, variant: Variant): string {
    const { pods } = observer.of(variant).state;
    const pod = pods[randomInt(Math.max(pods.length, 1))];
    if (pod === undefined) throw new Error(`${variant.title} has no pod.`);
    return pod;
}

export const podDeletion: DrillEvent = {
    name: "pod-deletion",
    title: "A pod is deleted",
    mayLose: nothing,
    run: async (scene) => {
        await eachVariant(scene, (variant) =>
            scene.api.delete(`${paths.pods(variant.namespace)}/${anyPod(scene, variant)}`),
        );
        await scene.pause(aftermathSeconds);
    },
    doubt: unlessPodsEnded,
};

export const nodeDrain: DrillEvent = {
    name: "node-drain",
    title: "A node is drained",
    mayLose: nothing,
    run: async (scene) => {
        const node = await busiestNode(scene);
        const uncordon = scene.undo(`uncordon node ${node}`, () => giveNodeBack(scene.api, node));
        await takeNode(scene.api, node);
        try {
            await scene.kubectl(
                ...["drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=300s"],
                // Nothing but what is drilled: a cluster may have other work on that node.
                `--pod-selector=${await selectorOfVariants(scene)}`,
            );
            await scene.pause(aftermathSeconds);
        } finally {
            await uncordon();
        }
    },
    doubt: unlessPodsEnded,
};

/** The one with pods of most variants, so that all are touched. Not one that somebody else has cordoned. */
async function busiestNode({ variants, api }: Scene): Promise<string> {
    const nodes = await Promise.all(
        variants.map(async ({ namespace }) => {
            const pods = await api.list<{ metadata: { name: string }; spec: { nodeName?: string } }>(
                paths.pods(namespace),
            );
            return [...new Set(pods.flatMap(({ spec }) => spec.nodeName ?? []))];
        }),
    );
    const counts = new Map<string, number>();
    for (const node of nodes.flat()) counts.set(node, (counts.get(node) ?? 0) + 1);
    const schedulable = await schedulableNodes(api);
    const [first] = [...counts].filter(([name]) => schedulable.includes(name)).sort(([, a], [, b]) => b - a);
    if (first === undefined) throw new Error("No node that takes pods has one of the drilled variants.");
    return first[0];
}

/** kubectl drain takes one selector; `in` makes one of several names. */
async function selectorOfVariants({ variants, api }: Scene): Promise<string> {
    const names = await Promise.all(
        variants.map(async ({ namespace, deploymentName }) => {
            const { spec } = await api.get<{ spec: { selector: { matchLabels: Record<string, string> } } }>(
                `${paths.deployments(namespace)}/${deploymentName}`,
            );
            return spec.selector.matchLabels["app.kubernetes.io/name"] ?? "";
        }),
    );
    return `app.kubernetes.io/name in (${[...new Set(names)].join(",")})`;
}

export const routeChange: DrillEvent = {
    name: "route-change",
    title: "A further route comes, is changed, and goes",
    mayLose: nothing,
    run: async (scene) => {
        const remove = scene.undo("remove the further routes", async () => {
            await removeFurtherRoutes(scene.api);
        });
        try {
            for (const path of ["/drill-further-1", "/drill-further-2"]) {
                await eachVariant(scene, ({ namespace }) => putFurtherRoute(scene.api, namespace, path));
                await scene.pause(aftermathSeconds);
            }
        } finally {
            await remove();
        }
        await scene.pause(aftermathSeconds);
    },
    doubt: noDoubt,
};

export const ingressRollout: DrillEvent = {
    name: "ingress-rollout",
    title: "The ingress controller is rolled out",
    mayLose: nothing,
    run: async (scene) => {
        const { name, namespace } = await controllerWorkload(scene);
        await scene.kubectl("rollout", "restart", name, namespace);
        await scene.kubectl("rollout", "status", name, namespace, "--timeout=600s");
        await scene.pause(aftermathSeconds);
    },
    doubt: noDoubt,
};

/** As kubectl takes it: "deployment/ingress-nginx-controller", "--namespace=ingress-nginx". */
async function controllerWorkload({
    controller,
    kubectl,
}: Scene): Promise<{ readonly name: string; readonly namespace: string }> {
    const found = await kubectl(
        ...["get", "daemonsets,deployments", "--all-namespaces", `--selector=${controller.selector}`],
        '--output=jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.namespace}{"\\n"}{end}',
    );
    const [name = "", namespace = ""] = found.split("\n")[0]?.split(" ") ?? [];
    if (name === "") throw new Error(`No namespace has a workload of ${controller.selector}.`);
    return { name: name.toLowerCase(), namespace: `--namespace=${namespace}` };
}

export const ingressPodDeletion: DrillEvent = {
    name: "ingress-pod-deletion",
    title: "A pod of the ingress controller is deleted",
    mayLose: nothing,
    run: async (scene) => {
        const { name, namespace } = await controllerWorkload(scene);
        const selector = `--selector=${scene.controller.selector}`;
        const [pod = ""] = (await scene.kubectl("get", "pods", namespace, selector, "--output=name")).split("\n");
        await scene.kubectl("delete", pod, namespace, "--wait=true", "--timeout=300s");
        await scene.kubectl("rollout", "status", name, namespace, "--timeout=300s");
        await scene.pause(aftermathSeconds);
    },
    doubt: noDoubt,
};

export const metricsOutage: DrillEvent = {
    name: "metrics-outage",
    title: "metrics-server is away",
    mayLose: nothing,
    run: async (scene) => {
        const bringBack = scene.undo("bring metrics-server back", async () => {
            await giveMetricsServerBack(scene.api);
        });
        await takeMetricsServer(scene.api);
        try {
            await scene.pause(scene.metricsOutageSeconds);
        } finally {
            await bringBack();
        }
        await scene.kubectl(
            "rollout",
            "status",
            "deployment/metrics-server",
            "--namespace=kube-system",
            "--timeout=120s",
        );
    },
    doubt: noDoubt,
};

export const apiServerRestart: DrillEvent = {
    name: "apiserver-restart",
    title: "The API server is restarted",
    mayLose: nothing,
    whyNot: ({ restartApiServer }) =>
        restartApiServer === undefined ? "nothing here may restart the API server; see --restart-apiserver" : undefined,
    run: async (scene) => {
        await scene.restartApiServer?.();
        await scene.kubectl("get", "--raw", "/readyz");
        await scene.pause(aftermathSeconds);
    },
    doubt: noDoubt,
};

/** Process 1 is php-fpm's master, and the highest pid one of its workers. No other program is sure to be there. */
const killWorker = [
    "php",
    "-r",
    'foreach (glob("/proc/[0-9]*") as $p) if (str_starts_with(file_get_contents("$p/cmdline"), "php-fpm: pool")) $w[] = (int) basename($p); posix_kill(max($w), 9);',
];

export const workerKill: DrillEvent = {
    name: "worker-kill",
    title: "A php-fpm worker is killed",
    mayLose: { text: "the request inside that worker", atMost: 1 },
    run: async (scene) => {
        await eachVariant(scene, async (variant) => {
            const pod = anyPod(scene, variant);
            await scene.kubectl(
                ...["exec", pod, `--namespace=${variant.namespace}`, "--container=php-fpm", "--", ...killWorker],
            );
        });
        await scene.pause(aftermathSeconds);
    },
    doubt: noDoubt,
};
