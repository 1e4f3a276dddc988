/** The real Pulumi engine and a real control plane, of one test file's own. Pods run on a pretended node. */
import { spawn, type ChildProcess } from "node:child_process";
import {
    createReadStream,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

import { parse, stringify } from "yaml";

import { run, runToEnd, type Output } from "../../tools/common/commands";
import { startProxy, type Proxy } from "../../tools/common/kubernetes/proxy";
import { writeChartRepository } from "../../tools/lab/charts";
import {
    freePorts,
    startControlPlane,
    stopControlPlane,
    type ControlPlane,
} from "../../tools/lab/cluster/controlPlane";
import { isSameProcess, ownProcess, processesWith, type ProcessIdentity } from "../../tools/lab/cluster/processes";
import { installPlugins, pluginEnvironment } from "../../tools/lab/plugins/install";
import { ensureTools } from "../../tools/lab/toolchain";
import { repositoryRoot } from "../../tools/common/paths";
import { until as untilFound } from "../../tools/common/until";
import { run as runIfThere } from "../../tools/preview/commands";
import type { Context } from "../../tools/preview/sources";
import { PretendedKubelet } from "./kubelet";
import { engineTools } from "./tools";
import { quiet } from "../helpers/quiet";

const folderPrefix = "php-web-service-engine-";
const ownerFile = "owner.json";

/** Ends what tests that were killed have left. */
async function stopLeftovers(): Promise<void> {
    const folders = readdirSync(tmpdir()).filter((name) => name.startsWith(folderPrefix));
    for (const folder of folders.map((name) => join(tmpdir(), name))) {
        const owner = ownerOf(folder);
        if (owner === undefined || isSameProcess(owner)) continue;
        await stopControlPlane(join(folder, "control-plane"));
        rmSync(folder, { recursive: true, force: true });
    }
}

/** Undefined where another file's tests begin or end in this very moment. */
function ownerOf(folder: string): ProcessIdentity | undefined {
    try {
        return JSON.parse(readFileSync(join(folder, ownerFile), "utf8")) as ProcessIdentity;
    } catch {
        return undefined;
    }
}

type Tools = Readonly<Record<(typeof engineTools)[number], string>>;

/** What a test needs of a Kubernetes object. */
export interface LiveObject {
    readonly kind: string;
    readonly metadata: {
        readonly name: string;
        readonly annotations?: Readonly<Record<string, string>>;
        readonly managedFields?: readonly { readonly manager: string }[];
    };
    readonly spec: { readonly replicas?: number };
    readonly status?: { readonly availableReplicas?: number };
    readonly data?: Readonly<Record<string, string>>;
}

export class Engine {
    private constructor(
        readonly folder: string,
        private readonly tools: Tools,
        private readonly controlPlane: ControlPlane,
        private readonly charts: Server,
        private readonly proxy: Proxy,
        readonly kubelet: PretendedKubelet,
    ) {}

    /** @param apiserverArguments further ones */
    static async start(...apiserverArguments: readonly string[]): Promise<Engine> {
        const tools = await ensureTools(engineTools, quiet);
        await stopLeftovers();
        const folder = mkdtempSync(join(tmpdir(), folderPrefix));
        writeFileSync(join(folder, ownerFile), JSON.stringify(ownProcess()));
        for (const name of ["backend", "project", "charts"]) mkdirSync(join(folder, name));
        const [controlPlane, charts] = await Promise.all([
            startControlPlane({
                folder: join(folder, "control-plane"),
                tools,
                address: "127.0.0.1",
                // No pod would use it.
                advertisedAddress: "198.18.0.1",
                ports: await freePorts(),
                apiserverArguments,
                daemons: ["kube-controller-manager"],
            }),
            serveCharts(join(folder, "charts")),
            installPlugins({
                pulumiHome: join(folder, "home"),
                kubernetesProvider: tools["pulumi-resource-kubernetes"],
                report: () => undefined,
            }),
        ]);
        const PATH = [dirname(tools.kubectl), process.env["PATH"] ?? ""].join(":");
        const proxy = await startProxy(undefined, { PATH, KUBECONFIG: controlPlane.kubeconfigPath });
        return new Engine(folder, tools, controlPlane, charts, proxy, new PretendedKubelet(proxy.url));
    }

    async stop(): Promise<void> {
        // The provider of an engine that was killed stays for minutes.
        for (const { pid } of this.processes()) process.kill(pid, "SIGKILL");
        await this.kubelet.stop();
        this.proxy.stop();
        this.charts.close();
        this.charts.closeAllConnections();
        await this.controlPlane.stop();
        rmSync(this.folder, { recursive: true });
    }

    /** Engines, plugins and programs at work here. */
    processes(): readonly { readonly pid: number; readonly name: string }[] {
        return processesWith("PULUMI_HOME", this.environment["PULUMI_HOME"] ?? "");
    }

    get environment(): Readonly<Record<string, string>> {
        return {
            PATH: [
                join(repositoryRoot, "node_modules/.bin"),
                dirname(this.tools.pulumi),
                dirname(this.tools.kubectl),
                process.env["PATH"] ?? "",
            ].join(":"),
            HOME: this.folder,
            KUBECONFIG: this.controlPlane.kubeconfigPath,
            PULUMI_HOME: join(this.folder, "home"),
            PULUMI_BACKEND_URL: `file://${join(this.folder, "backend")}`,
            PULUMI_CONFIG_PASSPHRASE: "of a test",
            PULUMI_SKIP_UPDATE_CHECK: "true",
            ...pluginEnvironment,
        };
    }

    get pulumi(): string {
        return this.tools.pulumi;
    }

    /** `ingressController.chart` of a stack file: the tests' own chart of that name. */
    get chart(): { readonly version: string; readonly repository: string } {
        const address = this.charts.address();
        const port = typeof address === "object" ? (address?.port ?? 0) : 0;
        return { version: "4.15.1", repository: `http://127.0.0.1:${port}` };
    }

    kubectl(args: readonly string[], input?: string): Promise<string> {
        return run(this.tools.kubectl, args, { env: this.environment, ...(input === undefined ? {} : { input }) });
    }

    async objects(kinds: string, namespace = "web"): Promise<readonly LiveObject[]> {
        const text = await this.kubectl([
            "get",
            kinds,
            "--namespace",
            namespace,
            "--output=json",
            "--show-managed-fields",
        ]);
        return (JSON.parse(text) as { readonly items: readonly LiveObject[] }).items;
    }

    /** The one object of a kind. */
    async object(kind: string, namespace = "web"): Promise<LiveObject> {
        const found = await this.objects(kind, namespace);
        if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} objects of kind ${kind}`);
        return found[0];
    }

    /** Follows the objects of a kind in namespace web: a line of the template for what is there, and for each change. */
    watch(kind: string, template: string): { readonly lines: () => readonly string[]; readonly stop: () => void } {
        const output = `--output=jsonpath=${template}{"\\n"}`;
        const child = spawn(this.tools.kubectl, ["get", kind, "--namespace=web", "--watch", output], {
            env: this.environment,
            stdio: ["ignore", "pipe", "inherit"],
        });
        let text = "";
        child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        return { lines: () => text.trimEnd().split("\n"), stop: () => child.kill() };
    }

    /** Waits until the Deployment in namespace web has so many pods that serve. */
    async availableReplicas(count: number): Promise<void> {
        await this.kubectl([
            ...["wait", "deployment", "--namespace=web", "--all", "--timeout=60s"],
            `--for=jsonpath={.status.availableReplicas}=${count}`,
        ]);
    }

    /** Every object that somebody made, as "Kind/namespace/name", but for what the control plane itself makes meanwhile. */
    async everything(): Promise<readonly string[]> {
        const ofControllers = /^(events|endpointslices|endpoints|leases|pods|nodes|clustertrustbundles)/;
        const kinds = (await this.kubectl(["api-resources", "--verbs=list", "--output=name"]))
            .split("\n")
            .filter((name) => name !== "" && !ofControllers.test(name));
        const ofControlPlane =
            /^ServiceAccount\/(kube-|default\/)|^ClusterTrustBundle\/\/kubernetes\.io:|\/kube-root-ca\.crt$/;
        const line = '{.kind}/{.metadata.namespace}/{.metadata.name}{"\\n"}';
        const output = `--output=jsonpath={range .items[*]}${line}{end}`;
        const names = await this.kubectl(["get", kinds.join(","), "--all-namespaces", output]);
        return names.split("\n").filter((name) => name !== "" && !ofControlPlane.test(name));
    }

    /** Makes a stack of a project, by default this one. */
    async stack(name: string, settings: object = {}, project = repositoryRoot): Promise<Stack> {
        const folder = join(this.folder, "project", basename(project));
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, "Pulumi.yaml"), readFileSync(join(project, "Pulumi.yaml")));
        // In a folder of its own, for it writes a salt into the stack's file.
        await run(this.pulumi, ["stack", "init", name, "--non-interactive"], { cwd: folder, env: this.environment });
        const stack = new Stack(this, name, project, join(folder, `Pulumi.${name}.yaml`));
        stack.configure(settings);
        return stack;
    }
}

/** One step of a preview. */
export interface Step {
    readonly op: string;
    /** "kubernetes:apps/v1:Deployment web". */
    readonly resource: string;
    /** By path of the field: "add", "update", "delete", each perhaps with "-replace". */
    readonly fields: Readonly<Record<string, string>>;
}

export class Stack {
    private readonly head: string;
    private encrypted: unknown;

    constructor(
        private readonly engine: Engine,
        readonly name: string,
        readonly project: string,
        readonly filePath: string,
    ) {
        this.head = existsSync(filePath) ? readFileSync(filePath, "utf8") : "";
    }

    /** Writes the stack's file. Keys are those below the project's name. */
    configure(settings: object): void {
        const config = Object.fromEntries(
            Object.entries(settings).map(([key, value]) => [`php-web-service:${key}`, value as unknown]),
        );
        const secrets = this.encrypted === undefined ? {} : { "php-web-service:secrets": this.encrypted };
        writeFileSync(this.filePath, `${this.head}${stringify({ config: { ...config, ...secrets } })}`);
    }

    /** Stays through further calls of `configure`. */
    async setSecret(name: string, value: string): Promise<void> {
        await this.succeed("config", "set", "--secret", "--path", `php-web-service:secrets.${name}`, value);
        const { config } = parse(readFileSync(this.filePath, "utf8")) as { readonly config: Record<string, unknown> };
        this.encrypted = config["php-web-service:secrets"];
    }

    get arguments(): readonly string[] {
        return ["--stack", this.name, "--config-file", this.filePath, "--non-interactive", "--color=never"];
    }

    /** An update that is at work when this returns. */
    startUpdate(): ChildProcess {
        return spawn(this.engine.pulumi, ["up", "--yes", "--skip-preview", ...this.arguments], {
            cwd: this.project,
            env: { ...process.env, ...this.engine.environment },
            stdio: "ignore",
        });
    }

    /** A Pulumi command, to whatever end. */
    run(...command: readonly string[]): Promise<Output> {
        return runToEnd(this.engine.pulumi, [...command, ...this.arguments], {
            cwd: this.project,
            env: this.engine.environment,
        });
    }

    /** In which tools/preview/ has the engine preview the stack. */
    get reviewContext(): Context {
        const { environment, pulumi } = this.engine;
        return {
            root: this.project,
            run: (command, args, options) =>
                runIfThere(
                    command === "pulumi" ? pulumi : command,
                    args[0] === "preview" ? [...args, "--config-file", this.filePath] : args,
                    { ...options, env: { ...environment, ...options.env } },
                ),
        };
    }

    /** A Pulumi command that must succeed; returns what it prints. */
    async succeed(...command: readonly string[]): Promise<string> {
        const { code, stdout, stderr } = await this.run(...command);
        if (code !== 0)
            throw new Error(`pulumi ${command.join(" ")} ended with ${code ?? "a signal"}:\n${stdout}${stderr}`);
        return stdout;
    }

    /** The stack's state as it is stored, with secrets encrypted. */
    state(): Promise<string> {
        return run(this.engine.pulumi, ["stack", "export", "--stack", this.name, "--non-interactive"], {
            cwd: this.project,
            env: this.engine.environment,
        });
    }

    /** Frees the stack from an engine that was killed. */
    async cancel(): Promise<void> {
        await run(this.engine.pulumi, ["cancel", "--yes", "--stack", this.name, "--non-interactive"], {
            cwd: this.project,
            env: this.engine.environment,
        });
    }

    up(...options: readonly string[]): Promise<string> {
        return this.succeed("up", "--yes", "--skip-preview", ...options);
    }

    /** A Pulumi command that must fail; returns what it prints. */
    async fail(...command: readonly string[]): Promise<string> {
        const { code, stdout, stderr } = await this.run(...command);
        if (code === 0) throw new Error(`pulumi ${command.join(" ")} succeeded:\n${stdout}`);
        return stdout + stderr;
    }

    /** The steps of a preview that are not "same". */
    async preview(...options: readonly string[]): Promise<readonly Step[]> {
        const digest = JSON.parse(await this.succeed("preview", "--json", ...options)) as {
            readonly steps: readonly {
                readonly op: string;
                readonly urn: string;
                readonly detailedDiff?: Readonly<Record<string, { readonly kind: string }>>;
            }[];
        };
        return digest.steps
            .filter(({ op }) => op !== "same")
            .map(({ op, urn, detailedDiff }) => ({
                op,
                resource: `${typeOf(urn)} ${urn.split("::").slice(3).join("::")}`,
                fields: Object.fromEntries(Object.entries(detailedDiff ?? {}).map(([path, { kind }]) => [path, kind])),
            }));
    }
}

function typeOf(urn: string): string {
    return (urn.split("::")[2] ?? "").split("$").at(-1) ?? "";
}

/** What the engine prints at the end: "4 unchanged", "1 updated", ... as numbers. */
export function summaryOf(output: string): Readonly<Record<string, number>> {
    const lines = output.slice(output.lastIndexOf("\nResources:\n")).split("\n").slice(2);
    const end = lines.indexOf("");
    return Object.fromEntries(
        lines
            .slice(0, end < 0 ? undefined : end)
            .flatMap((line) => line.split(". "))
            .map((part) => /(\d+) ([a-z ]+)$/.exec(part.trim()))
            .filter((match) => match !== null)
            .map(([, count, what = ""]) => [what, Number(count)]),
    );
}

/** Makes a repository of the chart in this folder, and serves it. */
async function serveCharts(folder: string): Promise<Server> {
    await writeChartRepository(join(__dirname, "chart"), folder);
    const server = createServer((request, response) => {
        const path = join(folder, basename(request.url ?? ""));
        if (existsSync(path)) createReadStream(path).pipe(response);
        else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return server;
}

/** Looks until something is so. */
export async function until(condition: () => Promise<boolean> | boolean, seconds = 30): Promise<void> {
    await untilFound(condition, { pending: () => "something to be so", seconds });
}
