/**
 * The front door: a small load balancer before the ingress controllers of both nodes, as a cloud has one. HAProxy, on
 * layer 4, so that what ends a connection early is the cluster's doing and not its own.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

import { CommandError, run } from "../common/commands";
import { until } from "../common/until";
import { secondHostPorts, type Controller } from "./controller";
import { nodeNetworks } from "./cluster/network";
import { Supervisor, type Daemon, type DaemonStatus } from "./cluster/supervisor";
import { statePaths } from "./paths";

const frontDoorName = "front-door";
/** Not 8080: kubectl asks there when it has no kubeconfig. */
export const defaultFrontDoorPort = 8088;

/** Where the door can lead: to the lab's own controller, or to a second one beside it. */
const places = {
    first: { backend: "ingress-controllers", port: 80, healthPort: 30254 },
    second: { backend: "second-controllers", port: secondHostPorts.http, healthPort: 30255 },
} as const;
/** `healthPort` is of the Service below at each node. Kubernetes gives ports of 30000-32767. */
export type Place = keyof typeof places;

/**
 * What a cloud's load balancer gets from a Service of type LoadBalancer: a port at each node that tells whether that node's
 * own controller wants requests. The controller says no as soon as it is told to end, while it still serves; the port
 * that serves would say so too late.
 */
export function healthServiceOf(controller: Controller, place: Place = "first") {
    const { namespace, podLabels, healthPort: port } = controller;
    return {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "lab-front-door-health", namespace },
        spec: {
            type: "NodePort",
            externalTrafficPolicy: "Local",
            selector: podLabels,
            ports: [{ name: "health", port, targetPort: port, nodePort: places[place].healthPort }],
        },
    };
}

const configurationPath = join(statePaths.frontDoor, "haproxy.cfg");
const socketPath = join(statePaths.frontDoor, "haproxy.sock");
/** Which place the door leads to: HAProxy reads it once, and is told of changes. */
const mapPath = join(statePaths.frontDoor, "leads-to.map");

/** What may stand behind the door: the lab's own controller, and the one that it can move to. */
export type Controllers = Readonly<Record<Place, Controller>>;

/** @param haproxy its path */
export async function startFrontDoor(haproxy: string, port: number, controllers: Controllers): Promise<void> {
    mkdirSync(statePaths.frontDoor, { recursive: true, mode: 0o700 });
    const configuration = haproxyConfiguration(port, controllers);
    writeFileSync(configurationPath, configuration);
    writeFileSync(mapPath, mapTo("first"));
    const daemon: Daemon = {
        name: frontDoorName,
        command: haproxy,
        args: ["-db", "-f", configurationPath],
        configuration: [configuration],
        // The cluster's cgroup weighs as much as sixteen processes. Under load a HAProxy beside it waits for seconds, and
        // its backlog fills: what clients see then is not the cluster's doing. A cloud's has a machine of its own.
        isFirst: true,
        isReady: () => answersAt(socketPath),
        // Longer would only wait for clients that keep their connections.
        stopSeconds: 1,
    };
    await new Supervisor(statePaths.daemons).ensure(daemon);
}

/** Makes the controllers' health visible at the nodes. Their namespace must be there. */
export async function publishControllersHealth(
    kubectl: string,
    controller: Controller,
    place: Place = "first",
): Promise<void> {
    const healthService = healthServiceOf(controller, place);
    // Raw: kubectl would first look for what the cluster has, and wait for a metrics-server that is only starting.
    const raw = (command: string, path: string, ...more: readonly string[]) =>
        run(kubectl, ["--kubeconfig", statePaths.kubeconfig, command, "--raw", path, ...more], {
            input: JSON.stringify(healthService),
        });
    const services = `/api/v1/namespaces/${controller.namespace}/services`;
    try {
        await raw("get", `${services}/${healthService.metadata.name}`);
    } catch (error) {
        if (!(error instanceof CommandError) || !error.stderr.includes("(NotFound)")) throw error;
        await raw("create", services, "--filename", "-");
    }
}

/** Empty where it was not started. */
export function frontDoorStatus(): readonly DaemonStatus[] {
    return new Supervisor(statePaths.daemons).statuses().filter(({ name }) => name === frontDoorName);
}

/** Where the front door listens; undefined where it does not run. */
export function frontDoorPort(): number | undefined {
    if (!frontDoorStatus().some(({ isRunning }) => isRunning)) return undefined;
    const port = /^ {4}bind 127\.0\.0\.1:(\d+)$/m.exec(readFileSync(configurationPath, "utf8"))?.[1];
    return port === undefined ? undefined : Number(port);
}

export async function stopFrontDoor(): Promise<void> {
    await new Supervisor(statePaths.daemons).stop(frontDoorName, 1);
}

/** How long a controller that is there may take to be well at every node. */
const wellSeconds = 60;

/**
 * From now on connections go to the controllers of that place; those that there are stay where they are, until somebody
 * closes them. As with a load balancer's new target, the controllers have to be well first.
 *
 * @throws where they are not
 */
export async function leadTo(place: Place): Promise<void> {
    if ((await talkTo(socketPath, `show map ${mapPath}\n`)).includes(mapTo(place))) return;
    const { backend } = places[place];
    let health: readonly string[] = [];
    await until(
        async () => {
            health = Object.values(await frontDoorHealth(place));
            return health.length > 0 && health.every((status) => status === "UP");
        },
        {
            pending: () => `the front door's checks of ${backend}, which say ${health.join(", ") || "nothing"}`,
            seconds: wellSeconds,
            pollMilliseconds: 250,
        },
    );
    // Does without an answer where it is done.
    const answer = await talkTo(socketPath, `set map ${mapPath} ${mapKey} ${backend}\n`);
    if (answer.trim() !== "") throw new Error(`The front door did not take its new place: ${answer.trim()}`);
    writeFileSync(mapPath, mapTo(place));
}

/** By node: what the health checks found, in HAProxy's words ("UP", "DOWN 1/2"). Empty where the front door is closed. */
export async function frontDoorHealth(place: Place = "first"): Promise<Readonly<Record<string, string>>> {
    let table: string;
    try {
        table = await talkTo(socketPath, "show stat\n");
    } catch {
        return {};
    }
    const [header = "", ...lines] = table.replace(/^# /, "").trim().split("\n");
    const status = header.split(",").indexOf("status");
    return Object.fromEntries(
        lines
            .map((line) => line.split(","))
            .filter(
                ([proxy, server]) =>
                    proxy === places[place].backend && nodeNetworks.some(({ name }) => name === server),
            )
            .map((fields) => [fields[1] ?? "", fields[status] ?? ""]),
    );
}

type Checked = Pick<Controller, "healthPath">;

const mapKey = "place";
const mapTo = (place: Place) => `${mapKey} ${places[place].backend}\n`;

export function haproxyConfiguration(port: number, controllers: Readonly<Record<Place, Checked>>): string {
    return `global
    stats socket ${socketPath} mode 600 level admin
    log stdout format timed local0 notice

defaults
    mode tcp
    log global
    timeout connect 2s
    # Longer than any request that is promised not to be cut.
    timeout client 10m
    timeout server 10m
    # A node that refuses a connection has not seen the request: the other one gets it.
    retries 3
    option redispatch 1

frontend http
    bind 127.0.0.1:${port}
    use_backend %[str(${mapKey}),map(${mapPath})]

${backendOf("first", controllers.first)}
${backendOf("second", controllers.second)}`;
}

function backendOf(place: Place, { healthPath }: Checked): string {
    const { backend, port, healthPort } = places[place];
    const servers = nodeNetworks.map(({ name, address }) => `    server ${name} ${address}:${port} check`);
    const anyway = nodeNetworks.map(({ name, address }) => `    server ${name}-anyway ${address}:${port} backup`);
    return `backend ${backend}
    balance roundrobin
    option httpchk
    # Envoy answers nobody who asks with HTTP/1.0, HAProxy's own.
    http-check send meth GET uri ${healthPath} ver HTTP/1.1 hdr Host front-door
    http-check expect status 200
    # Up soon and down late: in a rollout one controller is told to end in the moment in which the other one is ready. Late
    # is 3 s, in the 5 s for which a controller that ends goes on accepting (ingressController.shutdownGraceSeconds).
    timeout check 300ms
    default-server port ${healthPort} inter 1s fall 3 downinter 200ms rise 1
${servers.join("\n")}
    # Where no node says that it is well, all are asked, as clouds' load balancers do.
    option allbackups
${anyway.join("\n")}
`;
}

async function answersAt(path: string): Promise<boolean> {
    return (await talkTo(path, "show info\n")).includes("HAProxy");
}

/** One command over HAProxy's own socket. */
function talkTo(path: string, command: string): Promise<string> {
    return new Promise((resolve, reject) => {
        let answer = "";
        const socket = connect(path, () => socket.end(command));
        socket.setEncoding("utf8").on("data", (chunk: string) => (answer += chunk));
        socket.on("error", reject);
        socket.on("close", () => {
            resolve(answer);
        });
    });
}
