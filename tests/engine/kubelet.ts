/** Stands for the nodes of a cluster that has none: it says of every pod what a scheduler and a kubelet would say. */
import { KubeClient } from "../../lab/plugins/kubernetes/client";
import { connectionOf, findKubeconfig } from "../../lab/plugins/kubernetes/kubeconfig";
import { isPodReady } from "../../lab/plugins/kubernetes/pods";
import { listAt, textAt, type Properties } from "../../lab/plugins/rpc/values";

const tickMilliseconds = 150;
const nodeName = "pretended";
const strategicMerge = "application/strategic-merge-patch+json";

export class PretendedKubelet {
    /** Pods whose container image has this in its name do not start. */
    brokenImage: string | undefined;
    /** Pods of such a namespace are left alone. */
    idleNamespace: string | undefined;

    private readonly client: KubeClient;
    private isStopped = false;
    private readonly work: Promise<void>;

    constructor(kubeconfigPath: string) {
        this.client = new KubeClient(connectionOf(findKubeconfig(kubeconfigPath), undefined));
        this.work = this.run();
    }

    async stop(): Promise<void> {
        this.isStopped = true;
        await this.work;
    }

    private async run(): Promise<void> {
        let heartbeat = 0;
        while (!this.isStopped) {
            try {
                if (performance.now() > heartbeat) {
                    await this.beNode();
                    heartbeat = performance.now() + 5000;
                }
                const pods = await this.client.items("/api/v1/pods");
                await Promise.all(pods.map((pod) => this.treat(pod)));
            } catch {
                // What has changed meanwhile is seen in the next round.
            }
            await new Promise((resolve) => setTimeout(resolve, tickMilliseconds));
        }
    }

    /** Without a heartbeat, pods of the node are taken to be lost after 40 s. */
    private async beNode(): Promise<void> {
        const path = `/api/v1/nodes/${nodeName}`;
        if ((await this.client.find(path)) === undefined) {
            await this.client.send("POST", "/api/v1/nodes", { body: { metadata: { name: nodeName } } });
        }
        const ready = {
            type: "Ready",
            status: "True",
            reason: "KubeletReady",
            lastHeartbeatTime: new Date().toISOString(),
        };
        await this.client.send("PATCH", `${path}/status`, {
            contentType: strategicMerge,
            body: { status: { conditions: [ready] } },
        });
    }

    private async treat(pod: Properties): Promise<void> {
        const namespace = textAt(pod, "metadata", "namespace") ?? "";
        const name = textAt(pod, "metadata", "name") ?? "";
        const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
        if (textAt(pod, "metadata", "deletionTimestamp") !== undefined) {
            await this.client.send("DELETE", path, { body: { gracePeriodSeconds: 0 } });
            return;
        }
        if (isPodReady(pod) || namespace === this.idleNamespace) return;
        if (textAt(pod, "spec", "nodeName") === undefined) {
            await this.client.send("POST", `${path}/binding`, {
                body: { metadata: { name }, target: { apiVersion: "v1", kind: "Node", name: nodeName } },
            });
        }
        const containers = listAt(pod, "spec", "containers");
        const { brokenImage } = this;
        const isBroken =
            brokenImage !== undefined &&
            containers.some((container) => textAt(container, "image")?.includes(brokenImage) === true);
        if (isBroken && listAt(pod, "status", "containerStatuses").length > 0) return;
        const condition = (type: string, status: boolean) => ({
            type,
            status: status ? "True" : "False",
            // Counted from here for minReadySeconds.
            lastTransitionTime: new Date().toISOString(),
        });
        await this.client.send("PATCH", `${path}/status`, {
            contentType: strategicMerge,
            body: {
                status: {
                    phase: isBroken ? "Pending" : "Running",
                    podIP: "198.18.200.1",
                    podIPs: [{ ip: "198.18.200.1" }],
                    conditions: [condition("PodScheduled", true), condition("Ready", !isBroken)],
                    containerStatuses: containers.map((container) => ({
                        name: textAt(container, "name") ?? "",
                        image: textAt(container, "image") ?? "",
                        imageID: "",
                        ready: !isBroken,
                        restartCount: 0,
                        state: isBroken
                            ? { waiting: { reason: "ImagePullBackOff", message: "Back-off pulling image" } }
                            : { running: {} },
                    })),
                },
            },
        });
    }
}
