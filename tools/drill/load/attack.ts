/** One process of vegeta, and a second that makes its results readable while it runs. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { lastLines } from "../../common/commands";
import { judge } from "./judge";
import { type RequestResult, resultOf } from "./result";
import { type Attack, idParameter, requestUrl, type Target } from "./stream";

export interface RunningAttack {
    /** When every request has its result. Rejects where vegeta fails. */
    readonly ended: Promise<void>;
    /** Sends no more. Those in flight have their deadline. */
    stop(): void;
    /** Ends it with what is in flight; of that there is no result. */
    kill(): void;
}

/**
 * How far targets are ahead of their time: this process may be busy that long, and vegeta goes on that long without it. No further,
 * where requests are rare either: when it is told to stop, vegeta may still send what it has a target for.
 */
const aheadSeconds = 3;
const feedMilliseconds = 500;
/** What vegeta may take for everything but the requests. */
const spareSeconds = 5;

/** @param vegeta the command, without its arguments */
export function startAttack(
    vegeta: readonly string[],
    target: Target,
    attack: Attack,
    onResult: (result: RequestResult) => void,
): RunningAttack {
    const run = new Run(vegeta, target, attack, onResult);
    return {
        ended: run.play(),
        stop: () => {
            run.stop();
        },
        kill: () => {
            run.kill();
        },
    };
}

/** A line of `vegeta encode --to json`. */
interface VegetaResult {
    readonly seq: number;
    readonly code: number;
    /** RFC 3339 with nanoseconds. */
    readonly timestamp: string;
    /** Nanoseconds. */
    readonly latency: number;
    readonly error: string;
    /** Base64; null where there is none. */
    readonly body: string | null;
    readonly url: string;
}

class Run {
    private readonly body: Buffer;
    private readonly sha1: string;
    private readonly intervalMs: number;
    /** The earliest start, by the clock, that any result tells of: ticks are late, never early. */
    private beganAtMs = Infinity;
    private results = 0;
    private lastSequence = -1;
    private child: ChildProcess | undefined;
    private isStopped = false;
    private isKilled = false;
    /** Epoch milliseconds. */
    private stoppedAtMs = Infinity;
    private readonly createdAtMs = Date.now();

    constructor(
        private readonly vegeta: readonly string[],
        private readonly target: Target,
        private readonly attack: Attack,
        private readonly onResult: (result: RequestResult) => void,
    ) {
        this.body = randomBytes(attack.bodyBytes);
        this.sha1 = createHash("sha1").update(this.body).digest("hex");
        this.intervalMs = 1000 / attack.requestsPerSecond;
    }

    stop(): void {
        if (this.isStopped) return;
        this.isStopped = true;
        this.stoppedAtMs = Date.now();
        this.child?.kill("SIGINT");
        // Not at once: at the end of its targets vegeta stops itself, and takes a SIGINT that it hears of after that for the second
        // one, on which it ends without a word of what is in flight. Who waits for a target may go on after this.
        setTimeout(() => this.child?.stdin?.end(), spareSeconds * 1000).unref();
        this.killAfter((aheadSeconds + this.attack.stream.deadlineSeconds + spareSeconds) * 1000);
    }

    kill(): void {
        this.isStopped = true;
        this.isKilled = true;
        this.child?.kill("SIGKILL");
    }

    async play(): Promise<void> {
        const folder = await mkdtemp(join(tmpdir(), "php-web-service-load-"));
        try {
            // In a file, and not in each target: a body of some kB in each of them would fill the pipe within 0.2 s.
            const bodyPath = join(folder, "body");
            await writeFile(bodyPath, this.body);
            if (!this.isStopped) await this.runVegeta(bodyPath);
        } finally {
            await rm(folder, { recursive: true, force: true });
        }
    }

    private async runVegeta(bodyPath: string): Promise<void> {
        const attack = this.start(this.arguments(bodyPath));
        const encode = this.start(["encode", "--to", "json"]);
        this.child = attack.child;
        attack.stdout.pipe(encode.stdin);
        const lines = createInterface({ input: encode.stdout });
        lines.on("line", (line) => {
            this.take(JSON.parse(line) as VegetaResult);
        });
        const read = new Promise<void>((resolve) => lines.once("close", resolve));
        const feeder = this.feed(attack.stdin);
        const { seconds, deadlineSeconds } = this.attack.stream;
        const watchdog = this.killAfter((seconds + deadlineSeconds + spareSeconds) * 1000 + this.intervalMs);
        // Neither is of use without the other.
        encode.ended.catch(() => attack.child.kill("SIGKILL"));
        // All three, so that no result comes after the end.
        const [ofAttack, ofEncode] = await Promise.allSettled([attack.ended, encode.ended, read]);
        clearInterval(feeder);
        clearTimeout(watchdog);
        // What was killed ends with an error, and so does who reads the rest of what it wrote.
        if (this.isKilled) return;
        const failed = [ofEncode, ofAttack].find((end) => end.status === "rejected");
        if (failed !== undefined && !this.onlyWaited()) throw failed.reason;
        const missing = this.lastSequence + 1 - this.results;
        if (missing > 0) throw new Error(`vegeta does not tell what became of ${missing} requests.`);
    }

    /**
     * It was stopped, and has told of all that was due until then. vegeta ends between two requests, and not always between the
     * next two: where they are rare that would take minutes.
     */
    private onlyWaited(): boolean {
        // Nothing was heard where the first one is still to come.
        const beganAtMs = Math.min(this.beganAtMs, this.createdAtMs + spareSeconds * 1000);
        return this.isStopped && this.results >= Math.floor((this.stoppedAtMs - beganAtMs) / this.intervalMs);
    }

    private arguments(bodyPath: string): readonly string[] {
        const { requestsPerSecond, isKeepAlive, stream, method } = this.attack;
        // As many as can be in flight, so that slow answers never hold back the next request.
        const workers = Math.ceil(requestsPerSecond * (stream.deadlineSeconds + 1)) + 10;
        return [
            "attack",
            "-lazy",
            "-format=json",
            // Per 1000 s, since it takes whole numbers only.
            `-rate=${Math.round(requestsPerSecond * 1000)}/1000s`,
            `-duration=${stream.seconds}s`,
            `-timeout=${stream.deadlineSeconds}s`,
            `-keepalive=${isKeepAlive}`,
            `-max-workers=${workers}`,
            // What it says of a redirect is the redirect.
            "-redirects=-1",
            "-http2=false",
            "-max-body=65536B",
            ...(method === "POST" ? [`-body=${bodyPath}`, "-header=Content-Type: application/octet-stream"] : []),
            ...(this.target.host === undefined ? [] : [`-header=Host: ${this.target.host}`]),
        ];
    }

    private start(args: readonly string[]) {
        const [command = "", ...first] = this.vegeta;
        const child = spawn(command, [...first, ...args], {
            stdio: ["pipe", "pipe", "pipe"],
            // Ctrl-C in a terminal is for this process, which decides what to do about its load.
            detached: true,
            // A proxy between would be what is measured.
            env: { ...process.env, NO_PROXY: "*", no_proxy: "*" },
        });
        let stderr = "";
        child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
        // It ends before it has read everything.
        child.stdin.on("error", () => undefined);
        const ended = new Promise<void>((resolve, reject) => {
            child.on("error", reject);
            child.on("close", (code, signal) => {
                if (code === 0) resolve();
                else
                    reject(
                        new Error(
                            `vegeta ${args[0] ?? ""} ended with ${code ?? signal ?? ""}: ${lastLines(stderr, 5)}`,
                        ),
                    );
            });
        });
        return { child, stdin: child.stdin, stdout: child.stdout, ended };
    }

    /** Writes targets shortly before their time, so that vegeta runs out of them soon after this process has died. */
    private feed(stdin: NodeJS.WritableStream): NodeJS.Timeout {
        const { requestsPerSecond, stream, id, method } = this.attack;
        const count = Math.ceil(requestsPerSecond * stream.seconds) + 1;
        const began = performance.now();
        let written = 0;
        const write = () => {
            const elapsedSeconds = (performance.now() - began) / 1000;
            const due = Math.min(count, Math.floor((elapsedSeconds + aheadSeconds) * requestsPerSecond));
            let lines = "";
            for (; written < due; written++) {
                lines += `${JSON.stringify({ method, url: requestUrl(this.target, this.attack, id(written)) })}\n`;
            }
            if (lines !== "" && !this.isStopped) stdin.write(lines);
        };
        write();
        return setInterval(write, feedMilliseconds);
    }

    private take(result: VegetaResult): void {
        this.results++;
        this.lastSequence = Math.max(this.lastSequence, result.seq);
        const sentAtMs = epochMilliseconds(result.timestamp);
        // The first one is sent after one interval.
        const offsetMs = (result.seq + 1) * this.intervalMs;
        this.beganAtMs = Math.min(this.beganAtMs, sentAtMs - offsetMs);
        // It had no target any more, and has sent nothing.
        if (result.url === "") return;
        const id = new URL(result.url).searchParams.get(idParameter(this.attack.stream.page)) ?? "";
        const latencyMs = result.latency / 1e6;
        const body = Buffer.from(result.body ?? "", "base64");
        const verdict = judge(id, this.attack, this.sha1, {
            code: result.code,
            error: result.error,
            body: body.toString(),
            bodyBytes: body.length,
            latencyMilliseconds: latencyMs,
        });
        const times = { dueAtMs: this.beganAtMs + offsetMs, sentAtMs, latencyMs };
        this.onResult(resultOf(id, this.attack, times, result.code, verdict));
    }

    private killAfter(milliseconds: number): NodeJS.Timeout {
        return setTimeout(() => {
            this.child?.kill("SIGKILL");
        }, milliseconds).unref();
    }
}

/** RFC 3339, to fractions of a millisecond. */
function epochMilliseconds(timestamp: string): number {
    const fraction = /\.(\d+)/.exec(timestamp)?.[1] ?? "0";
    return Date.parse(timestamp.replace(/\.\d+/, "")) + Number(`0.${fraction}`) * 1000;
}
