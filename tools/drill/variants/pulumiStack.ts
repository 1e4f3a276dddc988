/** A Pulumi stack of this project, changed by `pulumi up` with a stack file of the drill's own. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

import { isNode, parseDocument } from "yaml";

import { lastLines } from "../../common/commands";
import { raiseSession } from "../../common/cpuFirst";
import { repositoryRoot } from "../../common/paths";
import { project } from "../../../settings/project";
import { until } from "../../common/until";

export interface PulumiStackOptions {
    readonly stack: string;
    /** The stack file as it was deployed. */
    readonly stackFile: string;
    /** Where the changed stack file and the engine's log go. */
    readonly folder: string;
    /** kubeconfig context, which overrides the stack file's; undefined where that names the right one. */
    readonly context: string | undefined;
    /** Interrupts what runs, and lets nothing begin any more but {@link PulumiStack.restore}. */
    readonly signal: AbortSignal;
    /** Whether the cluster is the lab, on this machine, beside which the engine gets its share. Default: no. */
    readonly isLab?: boolean;
}

export type PathOfSetting = readonly (string | number)[];

export interface StackOutputs {
    readonly namespace: string;
    readonly deploymentName: string;
    readonly autoscalerName: string;
    readonly url: string;
}

/** What the engine may take to begin with the cluster, on a slow machine too. */
const halfWaySeconds = 300;
/** Of one command: longer than any rollout that an event waits for. */
const longestSeconds = 900;
/** Of one that was interrupted: it writes its state first. */
const endingSeconds = 120;

export class PulumiStack {
    private readonly original: string;
    private readonly document;
    private readonly changedFile: string;
    private readonly logPath: string;
    private isChanged = false;
    private running: ChildProcess | undefined;
    private interrupted: ChildProcess | undefined;
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
        const value = this.document.getIn(["config", `${project}:${key}`, ...path]);
        return isNode(value) ? value.toJSON() : value;
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
        const { signal } = this.options;
        const pending = () => "pulumi up to change something";
        await until(isHalfWay, { seconds: halfWaySeconds, pollMilliseconds: 50, pending, signal }).finally(() => {
            // Where the wait has failed too: the stack is locked until then.
            this.kill("SIGKILL");
        });
        if ((await ended) === "done") throw new Error("pulumi up was done before it could be killed.");
        await this.run(["cancel", "--yes"]);
        await this.up();
    }

    /** `pulumi up` with the stack file as it was. */
    async restore(): Promise<void> {
        this.interrupt();
        // It has the stack locked until then.
        await this.ended;
        if (!this.isChanged) return;
        await this.run(this.upArguments(), this.write(this.original), AbortSignal.timeout(longestSeconds * 1000));
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

    /** Once for each command: at the second time Pulumi ends without its state. */
    private interrupt(): void {
        const { running } = this;
        if (running === undefined || running === this.interrupted) return;
        this.interrupted = running;
        this.kill("SIGINT");
        setTimeout(() => {
            if (this.running === running) this.kill("SIGKILL");
        }, endingSeconds * 1000).unref();
    }

    private async run(
        args: readonly string[],
        configFile?: string,
        signal = AbortSignal.any([this.options.signal, AbortSignal.timeout(longestSeconds * 1000)]),
    ): Promise<string> {
        signal.throwIfAborted();
        const command = [
            ...args,
            "--non-interactive",
            "--stack",
            this.options.stack,
            ...(configFile === undefined ? [] : ["--config-file", configFile]),
        ];
        const log = openSync(this.logPath, "a", 0o600);
        writeSync(log, `${new Date().toISOString()} pulumi ${args.join(" ")}\n`);
        // A process group of its own, so that Ctrl-C reaches the drill alone, which then ends and mends in its order.
        const child = spawn("pulumi", command, { cwd: repositoryRoot, detached: true, stdio: ["ignore", "pipe", log] });
        this.running = child;
        if (this.options.isLab === true && child.pid !== undefined) raiseSession(child.pid);
        const interrupt = () => {
            this.interrupt();
        };
        signal.addEventListener("abort", interrupt);
        const closed = once(child, "close");
        this.ended = closed.catch(() => undefined);
        let stdout = "";
        child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
            stdout += chunk;
            writeSync(log, chunk);
        });
        try {
            const [code] = (await closed) as [number | null];
            if (code === 0) return stdout;
            const isTooLong = signal.aborted && (signal.reason as Error).name === "TimeoutError";
            const ending = isTooLong ? `had not ended after ${longestSeconds} s` : `ended with ${code ?? "a signal"}`;
            throw new Error(`pulumi ${args.join(" ")} ${ending} (${this.logPath}):\n${lastLines(stdout, 20)}`);
        } finally {
            signal.removeEventListener("abort", interrupt);
            this.running = undefined;
            closeSync(log);
        }
    }
}
