/** Stands for the nodes of a cluster that has none: it says of every pod what a scheduler and a kubelet would say. */
import { sleep } from "../../tools/common/commands";
import type { KubernetesObject } from "../../tools/common/kubernetes/objects";

const tickSeconds = 0.15;
const nodeName = "pretended";
const strategicMerge = "application/strategic-merge-patch+json";

interface Container {
    readonly name: string;
    readonly image: string;
}

interface Pod extends KubernetesObject {
    readonly spec: {
        readonly nodeName?: string;
        readonly restartPolicy?: string;
        readonly containers: readonly Container[];
        readonly initContainers?: readonly Container[];
    };
    readonly status: {
        readonly phase?: string;
        readonly conditions?: readonly { readonly type: string; readonly status: string }[];
        readonly containerStatuses?: readonly object[];
    };
}

export class PretendedKubelet {
    /** Pods whose container image has this in its name do not start. */
    brokenImage: string | undefined;
    /** From its creation to its readiness. */
    startSeconds = 0;
    /** Pods of such a namespace are left alone. */
    idleNamespace: string | undefined;
    /** How the commands end of pods that come to an end by themselves; undefined while they run. */
    commandsEnd: { readonly exitCode: number; readonly lastWords: string } | undefined = { exitCode: 0, lastWords: "" };
    /** Pods whose command was begun, by their names. */
    readonly begun: string[] = [];

    private isStopped = false;
    private readonly work: Promise<void>;

    /** @param url of a proxy to the API server */
    constructor(private readonly url: string) {
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
                const { items } = (await this.send("GET", "/api/v1/pods")) as { readonly items: readonly Pod[] };
                await Promise.all(items.map((pod) => this.treat(pod)));
            } catch {
                // What has changed meanwhile is seen in the next round.
            }
            await sleep(tickSeconds);
        }
    }

    /** Without a heartbeat, pods of the node are taken to be lost after 40 s. */
    private async beNode(): Promise<void> {
        // It is there from the second time on.
        await this.send("POST", "/api/v1/nodes", { metadata: { name: nodeName } });
        const ready = {
            type: "Ready",
            status: "True",
            reason: "KubeletReady",
            lastHeartbeatTime: new Date().toISOString(),
        };
        await this.send("PATCH", `/api/v1/nodes/${nodeName}/status`, { status: { conditions: [ready] } });
    }

    private async treat({ metadata, spec, status }: Pod): Promise<void> {
        const { namespace = "", name, deletionTimestamp } = metadata;
        const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
        if (deletionTimestamp !== undefined) {
            await this.send("DELETE", path, { gracePeriodSeconds: 0 });
            return;
        }
        if (spec.restartPolicy === "Never" && status.phase !== undefined && status.phase !== "Pending") {
            if (status.phase === "Running" && this.commandsEnd !== undefined)
                await this.end(path, spec, this.commandsEnd);
            return;
        }
        const isReady = status.conditions?.some((each) => each.type === "Ready" && each.status === "True");
        if (isReady === true || namespace === this.idleNamespace) return;
        if (spec.nodeName === undefined) {
            const target = { apiVersion: "v1", kind: "Node", name: nodeName };
            await this.send("POST", `${path}/binding`, { metadata: { name }, target });
        }
        const { brokenImage } = this;
        const containers = [...(spec.initContainers ?? []), ...spec.containers];
        const broken = containers.find(({ image }) => brokenImage !== undefined && image.includes(brokenImage));
        const isBroken = broken !== undefined;
        const isStarting = Date.now() < Date.parse(metadata.creationTimestamp ?? "") + this.startSeconds * 1000;
        if (isStarting || (isBroken && status.containerStatuses !== undefined)) return;
        const statusOf = (container: Container) => ({
            ...container,
            imageID: "",
            ready: !isBroken,
            restartCount: 0,
            state: isBroken ? { waiting: waitingOf(container, broken) } : { running: {} },
        });
        const condition = (type: string, holds: boolean) => ({
            type,
            status: holds ? "True" : "False",
            // Counted from here for minReadySeconds.
            lastTransitionTime: new Date().toISOString(),
        });
        if (spec.restartPolicy === "Never" && !isBroken) this.begun.push(name);
        await this.send("PATCH", `${path}/status`, {
            status: {
                phase: isBroken ? "Pending" : "Running",
                podIP: "198.18.200.1",
                podIPs: [{ ip: "198.18.200.1" }],
                conditions: [
                    condition("PodScheduled", true),
                    condition("Initialized", true),
                    condition("ContainersReady", !isBroken),
                    condition("Ready", !isBroken),
                ],
                initContainerStatuses: (spec.initContainers ?? []).map(nameAndImage).map(statusOf),
                containerStatuses: spec.containers.map(nameAndImage).map(statusOf),
            },
        });
    }

    private async end(
        path: string,
        { containers }: Pod["spec"],
        { exitCode, lastWords }: NonNullable<PretendedKubelet["commandsEnd"]>,
    ): Promise<void> {
        const terminated = { exitCode, reason: exitCode === 0 ? "Completed" : "Error", message: lastWords };
        await this.send("PATCH", `${path}/status`, {
            status: {
                phase: exitCode === 0 ? "Succeeded" : "Failed",
                conditions: ["Ready", "ContainersReady"].map((type) => ({ type, status: "False" })),
                containerStatuses: containers.map((container) => ({
                    ...nameAndImage(container),
                    imageID: "",
                    ready: false,
                    restartCount: 0,
                    state: { running: null, terminated },
                })),
            },
        });
    }

    /** What the server refuses is tried again in the next round. */
    private async send(method: string, path: string, body?: object): Promise<unknown> {
        const response = await fetch(this.url + path, {
            method,
            headers: { "content-type": method === "PATCH" ? strategicMerge : "application/json" },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        return await response.json();
    }
}

function nameAndImage({ name, image }: Container): Container {
    return { name, image };
}

/** As a kubelet has it that cannot pull one container's image: those after it are not begun. */
function waitingOf({ name, image }: Container, broken: Container) {
    return name === broken.name
        ? {
              reason: "ImagePullBackOff",
              message: `Back-off pulling image "${image}": ErrImagePull: ${image}: not found`,
          }
        : { reason: "PodInitializing" };
}
