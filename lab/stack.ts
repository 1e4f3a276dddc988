/** Stack `lab` in the real engine: a PULUMI_HOME, a state backend and a passphrase of the lab's own. */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
    closeSync,
    copyFileSync,
    existsSync,
    mkdirSync,
    openSync,
    readdirSync,
    readFileSync,
    readSync,
    writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { StringDecoder } from "node:string_decoder";

import { parse } from "yaml";

import { Supervisor } from "./cluster/supervisor";
import { lastLines, run } from "./commands";
import { repositoryRoot, statePaths } from "./paths";
import { during, type Progress } from "./progress";

export const labStack = "lab";
const project = "php-web-service";

const home = join(statePaths.pulumi, "home");
const backend = join(statePaths.pulumi, "backend");
const passphrasePath = join(statePaths.pulumi, "passphrase");
const logPath = join(statePaths.pulumi, "pulumi.log");
const helmFolder = join(statePaths.pulumi, "helm");
/** Stands for the project where Pulumi writes into its folder: making a stack puts a salt into the stack's file. */
const projectFolder = join(statePaths.pulumi, "project");
const stackFileName = `Pulumi.${labStack}.yaml`;

export const pulumiHome = home;

export interface StackTools {
    /** Absolute paths. */
    readonly pulumi: string;
    readonly helm: string;
}

/** What `pulumi` needs to work on the lab; for whoever calls it by hand, too. */
export function stackEnvironment(tools: StackTools): Readonly<Record<string, string>> {
    return {
        // Node of the lockfile first: Pulumi's Node packages need 22.12 or newer.
        PATH: [
            join(repositoryRoot, "node_modules/.bin"),
            dirname(tools.pulumi),
            dirname(tools.helm),
            process.env["PATH"] ?? "",
        ].join(":"),
        KUBECONFIG: statePaths.kubeconfig,
        PULUMI_HOME: home,
        PULUMI_BACKEND_URL: `file://${backend}`,
        PULUMI_CONFIG_PASSPHRASE_FILE: passphrasePath,
        // A missing plugin is one clear error then, and not a download tried five times.
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        HELM_CACHE_HOME: join(helmFolder, "cache"),
        HELM_CONFIG_HOME: join(helmFolder, "config"),
        HELM_DATA_HOME: join(helmFolder, "data"),
    };
}

/** Makes stack lab in its backend where there is none yet, and frees it from an engine that was killed. */
export async function prepareStack(tools: StackTools): Promise<void> {
    await stopPulumi();
    for (const folder of [home, backend, projectFolder]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!existsSync(passphrasePath)) {
        writeFileSync(passphrasePath, randomBytes(24).toString("base64"), { mode: 0o600 });
    }
    copyFileSync(join(repositoryRoot, "Pulumi.yaml"), join(projectFolder, "Pulumi.yaml"));
    if (!existsSync(join(backend, ".pulumi/stacks", project, `${labStack}.json`))) {
        await pulumi(tools, "stack", "init", labStack);
    }
    // Nobody else works on this stack: whoever holds the lock is gone.
    if (hasFiles(join(backend, ".pulumi/locks"))) await pulumiOnStack(tools, "cancel", "--yes");
}

function pulumiOnStack(tools: StackTools, ...args: readonly string[]): Promise<string> {
    return pulumi(tools, ...args, "--stack", labStack);
}

function pulumi(tools: StackTools, ...args: readonly string[]): Promise<string> {
    return run(tools.pulumi, [...args, "--non-interactive"], { cwd: projectFolder, env: stackEnvironment(tools) });
}

export interface PulumiOptions {
    readonly tools: StackTools;
    /** Text of a stack file. Default: the repository's Pulumi.lab.yaml. */
    readonly stackFile?: string;
    /** What comes of it, line by line. */
    readonly onLine?: (line: string) => void;
    /** Asks it to end as Ctrl-C would: it finishes what it has begun, and writes its state. */
    readonly signal?: AbortSignal;
}

/** The engine has ended because it was asked to. */
export class InterruptedError extends Error {}

/**
 * Mends what an engine has left that was killed, or lost its machine: objects that it was about to create are in the
 * cluster perhaps, and in its state only as begun. They are removed, and the next update creates them. The cluster must be
 * there.
 */
export async function mendStack(tools: MendTools, progress: Progress): Promise<void> {
    const state = JSON.parse(await pulumiOnStack(tools, "stack", "export")) as StackState;
    const pending = state.deployment.pending_operations ?? [];
    if (pending.length === 0) return;
    await during(progress, "mend an interrupted update", 10, async () => {
        for (const { type, resource } of pending) if (type === "creating") await removeBegun(resource, tools);
        await pulumiOnStack(tools, "refresh", "--yes", "--skip-preview", "--clear-pending-creates");
    });
}

export interface MendTools extends StackTools {
    readonly kubectl: string;
}

/** The part of an exported stack that is read here. */
interface StackState {
    readonly deployment: {
        readonly pending_operations?: readonly { readonly type: string; readonly resource: BegunResource }[];
    };
}

interface BegunResource {
    readonly type: string;
    readonly inputs?: {
        readonly apiVersion?: string;
        readonly kind?: string;
        readonly metadata?: { readonly name?: string; readonly namespace?: string };
        readonly name?: string;
        readonly namespace?: string;
    };
}

async function removeBegun({ type, inputs = {} }: BegunResource, tools: MendTools): Promise<void> {
    const env = stackEnvironment(tools);
    if (type === "kubernetes:helm.sh/v3:Release") {
        const { name, namespace } = inputs;
        if (name === undefined || namespace === undefined) return;
        await run(tools.helm, ["uninstall", name, "--namespace", namespace, "--ignore-not-found", "--wait"], { env });
        return;
    }
    const { apiVersion, kind, metadata } = inputs;
    if (apiVersion === undefined || kind === undefined || metadata?.name === undefined) return;
    const { name, namespace } = metadata;
    await run(tools.kubectl, ["delete", "--ignore-not-found", "--filename", "-"], {
        env,
        input: JSON.stringify({ apiVersion, kind, metadata: { name, namespace } }),
    });
}

/** Runs a Pulumi command on stack lab. Rejects with the last lines of its output where it fails. */
export async function runPulumi(command: readonly string[], options: PulumiOptions): Promise<string> {
    const stackFilePath = writeStackFile(
        options.stackFile ?? readFileSync(join(repositoryRoot, stackFileName), "utf8"),
    );
    const args = [...command, "--stack", labStack, "--config-file", stackFilePath, "--non-interactive"];
    // Into a file, which is read as it grows: with a pipe the engine would die of its next line when this process is
    // killed, in the middle of what it does.
    const log = openSync(logPath, "w", 0o600);
    const child = spawn(
        join(__dirname, "cluster/daemon.sh"),
        // With a pid file, so that it is found again where this process is killed.
        [join(statePaths.pulumi, "pulumi.pid"), "none", options.tools.pulumi, ...args],
        {
            cwd: repositoryRoot,
            // A process group of its own: Ctrl-C must reach it once, and a second signal would make it drop everything.
            detached: true,
            env: { ...process.env, ...stackEnvironment(options.tools) },
            stdio: ["ignore", log, log],
        },
    );
    closeSync(log);
    const interrupt = () => child.kill("SIGINT");
    options.signal?.addEventListener("abort", interrupt);
    const reading = readLines(logPath, options.onLine ?? (() => undefined));
    try {
        const code = await exitOf(child);
        reading.end();
        if (options.signal?.aborted === true) throw new InterruptedError("Interrupted.");
        const output = readFileSync(logPath, "utf8");
        if (code !== 0) {
            throw new Error(`pulumi ${command.join(" ")} ended with ${code ?? "a signal"}:\n${lastLines(output, 40)}`);
        }
        return output;
    } finally {
        reading.end();
        options.signal?.removeEventListener("abort", interrupt);
    }
}

/** Ends an engine that an earlier, killed `make up` has left. */
export async function stopPulumi(): Promise<void> {
    // As by Ctrl-C: it then finishes what it has begun.
    await new Supervisor(statePaths.pulumi).stop("pulumi", 60, "SIGINT");
}

/** Whether this process, or another one that was killed, has an engine at work. */
export function isPulumiRunning(): boolean {
    return new Supervisor(statePaths.pulumi).statuses().some(({ isRunning }) => isRunning);
}

/** Host and path under which the service answers, by a stack file's text. */
export function routeOf(stackFile: string): { readonly host?: string; readonly path: string } {
    const { config } = parse(stackFile) as { readonly config?: Readonly<Record<string, unknown>> };
    const web = (config?.[`${project}:web`] ?? {}) as { readonly host?: string; readonly path?: string };
    return { ...(web.host === undefined ? {} : { host: web.host }), path: web.path ?? "/" };
}

export function readLabStackFile(): string {
    return readFileSync(join(repositoryRoot, stackFileName), "utf8");
}

/** The stack file as the engine gets it: with the salt of this lab's passphrase, which is not the repository's matter. */
function writeStackFile(text: string): string {
    const path = join(projectFolder, stackFileName);
    const salt = /^encryptionsalt:.*$/m.exec(readFileSync(path, "utf8"))?.[0];
    writeFileSync(path, /^encryptionsalt:/m.test(text) || salt === undefined ? text : `${salt}\n${text}`);
    return path;
}

function hasFiles(folder: string): boolean {
    if (!existsSync(folder)) return false;
    return readdirSync(folder, { recursive: true, withFileTypes: true }).some((entry) => entry.isFile());
}

function exitOf(child: ChildProcess): Promise<number | null> {
    return new Promise((resolve, reject) => {
        child.on("error", reject);
        child.on("exit", resolve);
    });
}

/** Hands on the lines of a file that grows, until it is ended; then the rest of them. */
function readLines(path: string, onLine: (line: string) => void): { readonly end: () => void } {
    const file = openSync(path, "r");
    const decoder = new StringDecoder("utf8");
    let rest = "";
    const read = () => {
        const chunk = Buffer.alloc(65_536);
        for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk)) {
            const lines = (rest + decoder.write(chunk.subarray(0, size))).split("\n");
            rest = lines.pop() ?? "";
            for (const line of lines) onLine(line);
        }
    };
    const timer = setInterval(read, 100);
    let isOver = false;
    return {
        end: () => {
            if (isOver) return;
            isOver = true;
            clearInterval(timer);
            read();
            if (rest !== "") onLine(rest);
            closeSync(file);
        },
    };
}
