/**
 * Starts, watches and ends the lab's daemons. Nothing of it runs on: what there is to know is in pid files, so that every
 * `make up` finds what the last one left, and starts again what is dead.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

import { lastLines, sleep } from "../../common/commands";
import { cpuFirst, raiseSession } from "../../common/cpuFirst";
import { isSameProcess, type ProcessIdentity } from "./processes";

export interface Daemon {
    /** Names its pid file and its log. */
    readonly name: string;
    /** Absolute path. */
    readonly command: string;
    readonly args: readonly string[];
    /** Path of the network namespace that it runs in. Default: this process's. */
    readonly networkNamespace?: string | undefined;
    /** Whether it gets a CPU before everything else: for what stands for another machine. Default: no. */
    readonly isFirst?: boolean;
    /** Besides PATH and HOME, which is all that daemons get of this process's environment: a proxy would mislead them. */
    readonly env?: Readonly<Record<string, string>>;
    /** What must be in order before it starts, and only then. */
    readonly beforeStart?: () => Promise<void>;
    /** Texts of the files that it reads at its start: where one changes, the daemon is started anew. */
    readonly configuration?: readonly string[];
    /** Logs that it writes besides its output. Where it is not ready in time, the error has their last words. */
    readonly furtherLogPaths?: readonly string[];
    /**
     * What its own health endpoint says. An error means no, and its message why. What it said to others before its start
     * does not count.
     */
    readonly isReady: (startedAt: Date) => Promise<boolean>;
    /** How long it may take to become ready; one that ends is noticed at once. Default 180: machines may be slow. */
    readonly readySeconds?: number;
    /** How long it may take to end before it is killed; 0 kills at once. Default 10. */
    readonly stopSeconds?: number;
}

export interface DaemonStatus {
    readonly name: string;
    readonly isRunning: boolean;
    readonly pid: number;
    readonly logPath: string;
}

interface PidFile extends ProcessIdentity {
    readonly fingerprint: string;
}

interface Health {
    readonly isReady: boolean;
    /** The health check's error. */
    readonly why?: string;
}

const defaultReadySeconds = 180;
const defaultStopSeconds = 10;
/** A daemon that ran already is asked for its health this long before it is started anew. */
const stillReadySeconds = 10;
const logLimitBytes = 20_000_000;

export class Supervisor {
    /** @param folder for pid files and logs */
    constructor(private readonly folder: string) {}

    /**
     * Starts the daemon unless it runs, as configured, and is ready. Returns when it is ready.
     *
     * @param signal ends the waiting, and leaves the daemon as it is
     */
    async ensure(daemon: Daemon, signal?: AbortSignal): Promise<"running" | "started"> {
        mkdirSync(this.folder, { recursive: true, mode: 0o700 });
        const fingerprint = fingerprintOf(daemon);
        const known = this.read(daemon.name);
        if (known !== undefined && isSameProcess(known)) {
            if (
                known.fingerprint === fingerprint &&
                (await this.becomesReady(daemon, stillReadySeconds, signal)).isReady
            ) {
                return "running";
            }
            await this.stop(daemon.name, daemon.stopSeconds);
        }
        await daemon.beforeStart?.();
        const child = this.start(daemon, fingerprint);
        const isStarting = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
        const { readySeconds = defaultReadySeconds } = daemon;
        const { isReady, why } = await this.becomesReady(daemon, readySeconds, signal, isStarting);
        if (!isReady) {
            const record = this.read(daemon.name);
            const hasEnded = record === undefined || !isSameProcess(record);
            const what = hasEnded ? "ended before it was ready" : `is not ready after ${readySeconds} s`;
            // One that has ended has said why in its own log.
            const logs = [this.logPath(daemon.name), ...(hasEnded ? [] : (daemon.furtherLogPaths ?? []))];
            const reason = why === undefined ? "" : ` (${why})`;
            throw new Error(`${daemon.name} ${what}${reason}. ${logs.map(logEnd).join("\n")}`);
        }
        return "started";
    }

    /** Ends a daemon; nothing where it does not run. */
    async stop(
        name: string,
        stopSeconds = defaultStopSeconds,
        signal: "SIGTERM" | "SIGINT" = "SIGTERM",
    ): Promise<void> {
        const record = this.read(name);
        if (record !== undefined && isSameProcess(record)) {
            if (stopSeconds > 0) {
                process.kill(record.pid, signal);
                await endsWithin(record, stopSeconds);
            }
            if (isSameProcess(record)) {
                process.kill(record.pid, "SIGKILL");
                if (!(await endsWithin(record, 10)))
                    throw new Error(`${name}, pid ${record.pid}, does not end. Its last resort is a reboot.`);
            }
        }
        rmSync(this.pidPath(name), { force: true });
    }

    /** Every daemon that was started and not stopped, by name. */
    statuses(): readonly DaemonStatus[] {
        let names: readonly string[];
        try {
            names = readdirSync(this.folder);
        } catch {
            return [];
        }
        return names
            .flatMap((file) => /^(.+)\.pid$/.exec(file)?.[1] ?? [])
            .sort()
            .flatMap((name) => {
                const record = this.read(name);
                if (record === undefined) return [];
                return [{ name, isRunning: isSameProcess(record), pid: record.pid, logPath: this.logPath(name) }];
            });
    }

    /** The pid of a running daemon. Throws where it does not run. */
    pidOf(name: string): number {
        const record = this.read(name);
        if (record === undefined || !isSameProcess(record))
            throw new Error(`${name} does not run. ${logEnd(this.logPath(name))}`);
        return record.pid;
    }

    private start(daemon: Daemon, fingerprint: string): ChildProcess {
        const logPath = this.logPath(daemon.name);
        if ((statSync(logPath, { throwIfNoEntry: false })?.size ?? 0) > logLimitBytes)
            renameSync(logPath, `${logPath}.old`);
        rmSync(this.pidPath(daemon.name), { force: true });
        const log = openSync(logPath, "a", 0o600);
        try {
            // Detached: a session of its own, so that Ctrl-C in the terminal does not reach it.
            const { networkNamespace, isFirst = false, command, args } = daemon;
            const enter = networkNamespace === undefined ? [] : ["/usr/bin/nsenter", `--net=${networkNamespace}`];
            const entered = [...enter, command, ...args];
            const child = spawn(
                join(__dirname, "daemon.sh"),
                [this.pidPath(daemon.name), fingerprint, ...(isFirst ? cpuFirst(entered) : entered)],
                { cwd: "/", detached: true, env: { ...ownEnvironment(), ...daemon.env }, stdio: ["ignore", log, log] },
            );
            child.on("error", () => undefined);
            // A cluster's own programs do not wait behind its pods.
            if (child.pid !== undefined) raiseSession(child.pid);
            child.unref();
            return child;
        } finally {
            closeSync(log);
        }
    }

    /**
     * No where the daemon ends meanwhile, or the time is up; with what its health check failed of last.
     *
     * @param isStarting the pid file is there some milliseconds after the start, or seconds on a busy machine
     */
    private async becomesReady(
        daemon: Daemon,
        seconds: number,
        signal?: AbortSignal,
        isStarting: () => boolean = () => false,
    ): Promise<Health> {
        const deadline = performance.now() + seconds * 1000;
        let health: Health = { isReady: false };
        for (;;) {
            const record = this.read(daemon.name);
            const isThere = record === undefined ? isStarting() : isSameProcess(record);
            if (!isThere) return { ...health, isReady: false };
            if (record !== undefined) health = await this.healthOf(daemon);
            if (health.isReady || performance.now() > deadline) return health;
            signal?.throwIfAborted();
            await sleep(0.1);
        }
    }

    private async healthOf(daemon: Daemon): Promise<Health> {
        try {
            return { isReady: await daemon.isReady(statSync(this.pidPath(daemon.name)).mtime) };
        } catch (error) {
            return { isReady: false, why: error instanceof Error ? error.message : String(error) };
        }
    }

    private pidPath(name: string): string {
        return join(this.folder, `${name}.pid`);
    }

    private logPath(name: string): string {
        return join(this.folder, `${name}.log`);
    }

    private read(name: string): PidFile | undefined {
        let text: string;
        try {
            text = readFileSync(this.pidPath(name), "utf8");
        } catch {
            return undefined;
        }
        const [pid, startTicks, bootId, fingerprint] = text.trim().split(" ");
        if (startTicks === undefined || bootId === undefined || fingerprint === undefined) return undefined;
        return { pid: Number(pid), startTicks, bootId, fingerprint };
    }
}

function ownEnvironment(): Readonly<Record<string, string>> {
    const { PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME = "/root" } = process.env;
    return { PATH, HOME };
}

/** Changes with whatever the daemon was started from, its program's file included. */
function fingerprintOf({ command, args, networkNamespace, isFirst, env, configuration }: Daemon): string {
    const { mtimeMs, size } = statSync(command);
    return createHash("sha256")
        .update(
            JSON.stringify([command, mtimeMs, size, args, networkNamespace, isFirst, env ?? {}, configuration ?? []]),
        )
        .digest("hex")
        .slice(0, 16);
}

/** A text for error messages: how a log ends, and where it is. */
function logEnd(path: string): string {
    let text: string;
    try {
        text = readFileSync(path, "utf8");
    } catch {
        return `It has no log at ${path}.`;
    }
    return text.trim() === "" ? `Its log ${path} is empty.` : `Its log ${path} ends with:\n${lastLines(text, 15)}`;
}

async function endsWithin(record: PidFile, seconds: number): Promise<boolean> {
    const deadline = performance.now() + seconds * 1000;
    while (isSameProcess(record)) {
        if (performance.now() > deadline) return false;
        await sleep(0.05);
    }
    return true;
}
