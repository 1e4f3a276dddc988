/** etcd and the daemons of a Kubernetes control plane, as processes of this machine. */
import { randomInt } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";

import { together } from "../../common/together";
import { CertificateAuthority, signingKeys, type Pair } from "./certificates";
import { isHealthy } from "./health";
import { kubeconfig } from "./kubeconfig";
import { Supervisor, type Daemon } from "./supervisor";

export const controlPlaneTools = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;
export type ControlPlaneTool = (typeof controlPlaneTools)[number];

export interface ControlPlanePorts {
    readonly etcd: number;
    readonly etcdPeers: number;
    readonly apiserver: number;
    readonly controllerManager: number;
    readonly scheduler: number;
}

export interface ControlPlaneOptions {
    /** For data, certificates, pid files, logs and the kubeconfig. Made with mode 700. */
    readonly folder: string;
    /** Absolute paths. Those of daemons that are not wanted may be missing. */
    readonly tools: Readonly<Partial<Record<ControlPlaneTool, string>>>;
    /** Path of the network namespace that all of it is in. Default: this process's. */
    readonly networkNamespace?: string;
    /** Where everything listens. */
    readonly address: string;
    /**
     * What pods are told as the apiserver's address, which must not be a loopback address. Default: `address`; for a
     * control plane without nodes any other will do.
     */
    readonly advertisedAddress?: string;
    readonly ports: ControlPlanePorts;
    /** Further arguments of the apiserver, such as the version that it is to behave as. Default: none. */
    readonly apiserverArguments?: readonly string[];
    /** What runs besides etcd and the apiserver. */
    readonly daemons: readonly ("kube-controller-manager" | "kube-scheduler")[];
    /** Ends the waiting for them. */
    readonly signal?: AbortSignal | undefined;
}

export interface ControlPlane {
    /** Of the administrator. */
    readonly kubeconfigPath: string;
    readonly server: string;
    /** What certificates of nodes are issued by. */
    readonly authority: CertificateAuthority;
    /** The apiserver's certificate towards kubelets. */
    readonly kubeletClient: Pair;
    /** Ends all daemons, and keeps the folder. */
    readonly stop: () => Promise<void>;
}

/** Services get their addresses from here. 198.18.0.0/15 is set aside for benchmarks, so that no network has it. */
export const serviceRange = "198.19.0.0/16";
const firstServiceAddress = "198.19.0.1";
/** Of Service kube-dns: the tenth, as elsewhere. */
export const clusterDnsAddress = "198.19.0.10";
export const clusterDomain = "cluster.local";

/** Ports of the lab itself; tests take free ones. */
export const labPorts: ControlPlanePorts = {
    etcd: 2379,
    etcdPeers: 2380,
    apiserver: 6443,
    controllerManager: 10257,
    scheduler: 10259,
};

/**
 * Ports of 127.0.0.1 that are free now, for a control plane of a test. They are below those that the kernel gives to
 * connections, of which one would otherwise take a port before its daemon does.
 */
export async function freePorts(): Promise<ControlPlanePorts> {
    const names = ["etcd", "etcdPeers", "apiserver", "controllerManager", "scheduler"] as const;
    const servers = await Promise.all(names.map(listenAnywhere));
    const ports = servers.map((server) => (server.address() as AddressInfo).port);
    for (const server of servers) server.close();
    return Object.fromEntries(names.map((name, index) => [name, ports[index]])) as unknown as ControlPlanePorts;
}

async function listenAnywhere(): Promise<Server> {
    for (;;) {
        const server = createServer();
        const port = randomInt(16_384, 32_768);
        const isFree = await new Promise<boolean>((resolve, reject) => {
            server.on("error", (error: NodeJS.ErrnoException) => {
                if (error.code === "EADDRINUSE") resolve(false);
                else reject(error);
            });
            server.listen(port, "127.0.0.1", () => {
                resolve(true);
            });
        });
        if (isFree) return server;
    }
}

/** Starts what does not run yet. Returns when every daemon is ready. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
    const { folder, networkNamespace, address, ports, signal } = options;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const supervisor = new Supervisor(controlPlaneDaemonsFolder(folder));
    const keys = await makeCertificates(options);
    const server = `https://${address}:${ports.apiserver}`;
    const writeKubeconfig = (name: string, user: string, pair: Pair) => {
        const path = join(folder, name);
        writeFileSync(path, kubeconfig(server, keys.authority.certificate, user, pair), { mode: 0o600 });
        return path;
    };
    const kubeconfigPath = writeKubeconfig("kubeconfig", "admin", keys.admin);

    // Raised, as it has machines of its own elsewhere: behind busy pods it would take half a minute for an answer.
    const ensure = (daemon: Daemon, either = signal) =>
        supervisor.ensure({ ...daemon, networkNamespace, isRaised: true }, either);
    await ensure(etcd(options, keys));
    await ensure(apiserver(options, keys));
    const further: Readonly<Record<(typeof options.daemons)[number], () => Daemon>> = {
        "kube-controller-manager": () =>
            controllerManager(
                options,
                keys,
                writeKubeconfig("controller-manager.kubeconfig", "controller-manager", keys.controllerManager),
            ),
        "kube-scheduler": () =>
            scheduler(options, writeKubeconfig("scheduler.kubeconfig", "scheduler", keys.scheduler)),
    };
    await together((either) => options.daemons.map((name) => ensure(further[name](), either)), signal);

    return {
        kubeconfigPath,
        server,
        authority: keys.authority,
        kubeletClient: keys.kubeletClient,
        stop: () => stopControlPlane(folder),
    };
}

/** Where pid files and logs are, below a control plane's folder. */
export function controlPlaneDaemonsFolder(folder: string): string {
    return join(folder, "daemons");
}

/** Ends the daemons of a control plane, whoever started them. */
export async function stopControlPlane(folder: string): Promise<void> {
    const supervisor = new Supervisor(controlPlaneDaemonsFolder(folder));
    // Clients first, so that no log fills with complaints.
    for (const name of ["kube-scheduler", "kube-controller-manager", "kube-apiserver", "etcd"]) {
        await supervisor.stop(name);
    }
}

interface Keys {
    readonly authority: CertificateAuthority;
    readonly etcdServer: Pair;
    readonly etcdClient: Pair;
    readonly apiserver: Pair;
    readonly kubeletClient: Pair;
    readonly aggregatorAuthority: CertificateAuthority;
    readonly aggregatorClient: Pair;
    readonly admin: Pair;
    readonly controllerManager: Pair;
    readonly scheduler: Pair;
    readonly serviceAccounts: { readonly publicKeyPath: string; readonly keyPath: string };
}

async function makeCertificates({ folder, address, advertisedAddress = address }: ControlPlaneOptions): Promise<Keys> {
    const certificates = join(folder, "certificates");
    const [authority, aggregatorAuthority] = await Promise.all([
        CertificateAuthority.open(certificates, "php-web-service-lab"),
        // Of its own: who may speak for other users must not come from the CA that every client's certificate is from.
        CertificateAuthority.open(join(certificates, "aggregator"), "php-web-service-lab-aggregator"),
    ]);
    const client = (name: string, commonName: string, organization?: string) =>
        authority.issue({
            name,
            commonName,
            ...(organization === undefined ? {} : { organization }),
            usages: ["clientAuth"],
        });
    const [
        etcdServer,
        etcdClient,
        apiserverPair,
        kubeletClient,
        admin,
        controllerManagerPair,
        schedulerPair,
        aggregatorClient,
        serviceAccounts,
    ] = await Promise.all([
        authority.issue({
            name: "etcd",
            commonName: "etcd",
            usages: ["serverAuth", "clientAuth"],
            hosts: [address],
        }),
        client("etcd-client", "kube-apiserver-etcd-client"),
        authority.issue({
            name: "kube-apiserver",
            commonName: "kube-apiserver",
            usages: ["serverAuth"],
            hosts: [
                ...new Set([address, advertisedAddress, firstServiceAddress, "127.0.0.1"]),
                "localhost",
                "kubernetes",
                "kubernetes.default",
                "kubernetes.default.svc",
                "kubernetes.default.svc.cluster.local",
            ],
        }),
        client("kube-apiserver-kubelet-client", "kube-apiserver-kubelet-client", "system:masters"),
        client("admin", "admin", "system:masters"),
        client("kube-controller-manager", "system:kube-controller-manager"),
        client("kube-scheduler", "system:kube-scheduler"),
        aggregatorAuthority.issue({
            name: "client",
            commonName: "front-proxy-client",
            usages: ["clientAuth"],
        }),
        signingKeys(certificates),
    ]);
    return {
        authority,
        etcdServer,
        etcdClient,
        apiserver: apiserverPair,
        kubeletClient,
        aggregatorAuthority,
        aggregatorClient,
        admin,
        controllerManager: controllerManagerPair,
        scheduler: schedulerPair,
        serviceAccounts,
    };
}

function etcd(options: ControlPlaneOptions, keys: Keys): Daemon {
    const { folder, address, ports } = options;
    const url = `https://${address}:${ports.etcd}`;
    const peerUrl = `https://${address}:${ports.etcdPeers}`;
    return {
        name: "etcd",
        command: tool(options, "etcd"),
        args: [
            "--name=lab",
            `--data-dir=${join(folder, "etcd")}`,
            `--listen-client-urls=${url}`,
            `--advertise-client-urls=${url}`,
            `--listen-peer-urls=${peerUrl}`,
            `--initial-advertise-peer-urls=${peerUrl}`,
            `--initial-cluster=lab=${peerUrl}`,
            "--client-cert-auth",
            `--trusted-ca-file=${keys.authority.certificatePath}`,
            `--cert-file=${keys.etcdServer.certificatePath}`,
            `--key-file=${keys.etcdServer.keyPath}`,
            "--peer-client-cert-auth",
            `--peer-trusted-ca-file=${keys.authority.certificatePath}`,
            `--peer-cert-file=${keys.etcdServer.certificatePath}`,
            `--peer-key-file=${keys.etcdServer.keyPath}`,
        ],
        isReady: () =>
            isHealthy(`${url}/health`, {
                ca: keys.authority.certificate,
                cert: readFileSync(keys.etcdClient.certificatePath),
                key: readFileSync(keys.etcdClient.keyPath),
            }),
    };
}

function apiserver(options: ControlPlaneOptions, keys: Keys): Daemon {
    const { address, advertisedAddress = address, ports } = options;
    return {
        name: "kube-apiserver",
        command: tool(options, "kube-apiserver"),
        args: [
            `--bind-address=${address}`,
            `--advertise-address=${advertisedAddress}`,
            `--secure-port=${ports.apiserver}`,
            `--service-cluster-ip-range=${serviceRange}`,
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            "--allow-privileged=true",
            "--profiling=false",

            `--etcd-servers=https://${address}:${ports.etcd}`,
            `--etcd-cafile=${keys.authority.certificatePath}`,
            `--etcd-certfile=${keys.etcdClient.certificatePath}`,
            `--etcd-keyfile=${keys.etcdClient.keyPath}`,

            `--client-ca-file=${keys.authority.certificatePath}`,
            `--tls-cert-file=${keys.apiserver.certificatePath}`,
            `--tls-private-key-file=${keys.apiserver.keyPath}`,
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
            `--service-account-key-file=${keys.serviceAccounts.publicKeyPath}`,
            `--service-account-signing-key-file=${keys.serviceAccounts.keyPath}`,

            // Nodes' names resolve nowhere.
            "--kubelet-preferred-address-types=InternalIP",
            `--kubelet-certificate-authority=${keys.authority.certificatePath}`,
            `--kubelet-client-certificate=${keys.kubeletClient.certificatePath}`,
            `--kubelet-client-key=${keys.kubeletClient.keyPath}`,

            // For metrics-server. Routing to its pod's address, as no kube-proxy serves this machine itself.
            "--enable-aggregator-routing=true",
            `--requestheader-client-ca-file=${keys.aggregatorAuthority.certificatePath}`,
            "--requestheader-allowed-names=front-proxy-client",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-username-headers=X-Remote-User",
            `--proxy-client-cert-file=${keys.aggregatorClient.certificatePath}`,
            `--proxy-client-key-file=${keys.aggregatorClient.keyPath}`,
            ...(options.apiserverArguments ?? []),
        ],
        isReady: () =>
            isHealthy(`https://${address}:${ports.apiserver}/readyz`, {
                ca: keys.authority.certificate,
                cert: readFileSync(keys.admin.certificatePath),
                key: readFileSync(keys.admin.keyPath),
            }),
        // It lets requests end first.
        stopSeconds: 20,
    };
}

function controllerManager(options: ControlPlaneOptions, keys: Keys, kubeconfigPath: string): Daemon {
    const { folder, address, ports } = options;
    return {
        name: "kube-controller-manager",
        command: tool(options, "kube-controller-manager"),
        args: [
            ...securePort(address, ports.controllerManager, kubeconfigPath),
            "--use-service-account-credentials=true",
            `--service-account-private-key-file=${keys.serviceAccounts.keyPath}`,
            `--root-ca-file=${keys.authority.certificatePath}`,
            // Each node has its range in its CNI configuration.
            "--allocate-node-cidrs=false",
            // It makes this folder, by default one of the machine's.
            `--flex-volume-plugin-dir=${join(folder, "volume-plugins")}`,
        ],
        isReady: () => isHealthy(`https://${address}:${ports.controllerManager}/healthz`),
    };
}

function scheduler(options: ControlPlaneOptions, kubeconfigPath: string): Daemon {
    const { address, ports } = options;
    return {
        name: "kube-scheduler",
        command: tool(options, "kube-scheduler"),
        args: securePort(address, ports.scheduler, kubeconfigPath),
        isReady: () => isHealthy(`https://${address}:${ports.scheduler}/healthz`),
    };
}

/** Where a component listens, and how it reaches the apiserver. */
function securePort(address: string, port: number, kubeconfigPath: string): readonly string[] {
    return [
        `--bind-address=${address}`,
        `--secure-port=${port}`,
        `--kubeconfig=${kubeconfigPath}`,
        `--authentication-kubeconfig=${kubeconfigPath}`,
        `--authorization-kubeconfig=${kubeconfigPath}`,
        // There is only one of it, and an election would take 15 s after every restart.
        "--leader-elect=false",
        "--profiling=false",
    ];
}

function tool({ tools }: ControlPlaneOptions, name: ControlPlaneTool): string {
    const path = tools[name];
    if (path === undefined) throw new Error(`The control plane needs ${name}, and its path was not given.`);
    return path;
}
