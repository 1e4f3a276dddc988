/** A Pulumi stack of this project, changed by `pulumi up` with a stack file of the drill's own. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { parseDocument } from "yaml";

import { lastLines } from "../../common/commands";
import { repositoryRoot } from "../../common/paths";

const project = "php-web-service";

export interface PulumiStackOptions {
    readonly stack: string;
    /** The stack file as it was deployed. */
    readonly stackFile: string;
    /** Where the changed stack file and the engine's log go. */
    readonly folder: string;
    /** kubeconfig context, which overrides the stack file's; undefined where that names the right one. */
    readonly context: string | undefined;
}

export type PathOfSetting = readonly (string | number)[];

export interface StackOutputs {
    readonly namespace: string;
    readonly deploymentName: string;
    readonly autoscalerName: string;
    readonly url: string;
}

/** Half-way: as long as the engine takes to begin with the cluster, and not so long that it is done. */
const halfWaySeconds = 60;

export class PulumiStack {
    private readonly original: string;
    private readonly document;
    private readonly changedFile: string;
    private readonly logPath: string;
    private isChanged = false;
    private running: ChildProcess | undefined;
    private ended: Promise<unknown> = Promise.resolve();

    constructor(private readonly options: PulumiStackOptions) {
        this.document = parseDocument(readFileSync(options.stackFile, "utf8"));
        this.changedFile = join(options.folder, `Pulumi.${options.stack}.yaml`);
        this.logPath = join(options.folder, "pulumi.log");
        if (options.context !== undefined) this.set("cluster", ["context"], options.context);
        // With the context: it is to be brought back on the drilled cluster, whichever the file names.
        this.original = String(this.document);
    }

    async outputs(): Promise<StackOutputs> {
        return JSON.parse(await this.run(["stack", "output", "--json"])) as StackOutputs;
    }

    /** Changes a setting below php-web-service:KEY, or takes it out where undefined; {@link up} brings it to the cluster. */
    set(key: string, path: PathOfSetting, value: unknown): void {
        const fullPath = ["config", `${project}:${key}`, ...path];
        if (value === undefined) this.document.deleteIn(fullPath);
        else this.document.setIn(fullPath, value);
    }

    get(key: string, path: PathOfSetting): unknown {
        return this.document.getIn(["config", `${project}:${key}`, ...path]);
    }

    /** @throws with the engine's last lines where it fails */
    async up(): Promise<void> {
        this.isChanged = true;
        await this.run(this.upArguments(), this.write(String(this.document)));
    }

    /**
     * `pulumi up` that is killed as soon as the cluster has some of it, and then the way on that docs/operations.md tells.
     *
     * @param isHalfWay asked until it says so
     */
    async upKilledHalfWay(isHalfWay: () => boolean): Promise<void> {
        this.isChanged = true;
        const file = this.write(String(this.document));
        const ended = this.run(this.upArguments(), file).then(
            () => "done" as const,
            () => "killed" as const,
        );
        const deadline = performance.now() + halfWaySeconds * 1000;
        while (!isHalfWay()) {
            if (performance.now() > deadline) throw new Error("pulumi up had changed nothing after a minute.");
            await sleep(50);
        }
        this.kill("SIGKILL");
        if ((await ended) === "done") throw new Error("pulumi up was done before it could be killed.");
        await this.run(["cancel", "--yes"]);
        await this.up();
    }

    /** `pulumi up` with the stack file as it was. */
    async restore(): Promise<void> {
        this.kill("SIGINT");
        // It writes its state first, and has the stack locked until then.
        await this.ended;
        if (!this.isChanged) return;
        await this.run(this.upArguments(), this.write(this.original));
        this.isChanged = false;
    }

    private upArguments(): readonly string[] {
        return ["up", "--yes", "--skip-preview", "--suppress-progress"];
    }

    private write(text: string): string {
        writeFileSync(this.changedFile, text, { mode: 0o600 });
        return this.changedFile;
    }

    private kill(signal: NodeJS.Signals): void {
        const pid = this.running?.pid;
        // The group: the engine's plugins are processes of their own.
        if (pid !== undefined) process.kill(-pid, signal);
    }

    private async run(args: readonly string[], configFile?: string): Promise<string> {
        const command = [
            ...args,
            "--non-interactive",
            "--stack",
            this.options.stack,
            ...(configFile === undefined ? [] : ["--config-file", configFile]),
        ];
        const log = openSync(this.logPath, "a", 0o600);
        // A process group of its own, so that Ctrl-C reaches the drill alone, which then ends and mends in its order.
        const child = spawn("pulumi", command, { cwd: repositoryRoot, detached: true, stdio: ["ignore", "pipe", log] });
        this.running = child;
        closeSync(log);
        const closed = once(child, "close");
        this.ended = closed.catch(() => undefined);
        let stdout = "";
        child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
        try {
            const [code] = (await closed) as [number | null];
            if (code === 0) return stdout;
            throw new Error(
                `pulumi ${args.join(" ")} ended with ${code ?? "a signal"} (${this.logPath}):\n${lastLines(stdout, 20)}`,
            );
        } finally {
            this.running = undefined;
        }
    }
}
