/**
 * One pod without a cluster: the real php-fpm and nginx on rendered configuration, in a network namespace of their own
 * (programs.test.ts starts this file there), ended as a kubelet would. Prints one JSON value.
 *
 * Usage: node --import tsx tests/programs/pod.ts FOLDER SCENARIO PHP_FPM [VEGETA | on | off | ACT]
 * (on, off: whether the proxy buffers)
 */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { request, type ClientRequest } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";

import { Load, type RequestResult } from "../../tools/drill/load";
import type { ActName } from "./clients/acts";
import { playAct } from "./clients/playAct";
import { withoutRoot } from "./run";

export interface Answer {
    /** HTTP status, or the error's code where there is no answer. */
    readonly status: number | string;
    readonly body: string;
    /** By name, in small letters. */
    readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** What {@link Scenario} "ask" asks, and from where. */
export interface Question {
    readonly path: string;
    /** Default GET, or POST with a body. */
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    /** Default 127.0.0.1. */
    readonly from?: string;
}

/** How a pod ends. */
export type Scenario =
    /** It does not: what FOLDER/questions.json asks, by name, one after the other, and then what both have logged. */
    | "ask"
    /** It does not: a few requests, then out. */
    | "serve"
    /** It does not, and the drill's load is on it, whose answers are by id. */
    | "load"
    /** As the ways of {@link file://./clients/acts.ts} have it, of the act that is named after PHP_FPM. */
    | "clients"
    /** It does not: requests in service, and some that take more than memory_limit beside them. */
    | "greedy"
    /** It does not: nginx has as many requests as it may. */
    | "crowded"
    /** It does not: every worker of php-fpm is busy, and requests wait for one. */
    | "full"
    /** It does not: Prometheus looks at it while no worker is busy, and while every one is and requests wait. */
    | "measured"
    /** It does not: every worker is busy for 3 s, and one more request of 3 s waits for one. */
    | "queued"
    /** The same, and nginx ends while that one waits. */
    | "queued in a drain"
    /** nginx ends while a client behind a proxy sends a request in 4 s, on which PHP then works for 4 s. */
    | "uploading"
    /** nginx ends while clients behind a proxy take large answers slowly. */
    | "slow"
    /** It does not: an answer in two parts, behind a proxy. */
    | "stream"
    /** Native sidecar: php-fpm gets SIGQUIT when nginx has ended. */
    | "sidecar"
    /** Two plain containers: both get SIGQUIT at once. */
    | "together";

/** Too long for one packet, and for nginx's buffer: it goes through a temporary file. */
const orders = "an order\n".repeat(5000);

const proxyPort = 8090;

const [folder = "", scenario = "", phpFpmPath = "", argument = ""] = process.argv.slice(2);

function start(program: string, args: readonly string[]): ChildProcess {
    const log = join(folder, `${program.split("/").at(-1) ?? ""}.log`);
    const { command, args: all, options } = withoutRoot(program, args, log, { PHP_INI_SCAN_DIR: `:${folder}` });
    return spawn(command, all, options);
}

/** The proxy, where a scenario has one. */
function startProxy(): ChildProcess {
    const { command, args, options } = withoutRoot(
        "nginx",
        ["-c", join(folder, "proxy.conf")],
        join(folder, "proxy.log"),
        {},
    );
    return spawn(command, args, options);
}

const ended = (child: ChildProcess) =>
    child.exitCode !== null || child.signalCode !== null
        ? Promise.resolve()
        : new Promise<void>((resolve) =>
              child.once("exit", () => {
                  resolve();
              }),
          );

/** @param sendSeconds how long the body takes on its way */
function ask(path: string, body?: string, port = 8080, sendSeconds = 0): Promise<Answer> {
    return new Promise((resolve) => {
        const fail = (error: NodeJS.ErrnoException) => {
            resolve({ status: error.code ?? error.message, body: "" });
        };
        const sent = request(
            {
                host: "127.0.0.1",
                port,
                path,
                timeout: 15_000,
                ...(body === undefined ? {} : { method: "POST", headers: { "Content-Length": body.length } }),
            },
            (response) => {
                let text = "";
                response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
                response.on("end", () => {
                    resolve({ status: response.statusCode ?? 0, body: text });
                });
                response.on("error", fail);
            },
        );
        sent.on("error", fail).on("timeout", () => sent.destroy(new Error("timeout")));
        void send(sent, body ?? "", sendSeconds);
    });
}

/** In one part for each tenth of a second. */
async function send(sent: ClientRequest, body: string, seconds: number): Promise<void> {
    const parts = seconds * 10;
    for (let i = 0; i < parts; i++) {
        sent.write(body.slice((body.length * i) / parts, (body.length * (i + 1)) / parts));
        await sleep(100);
    }
    sent.end(parts === 0 ? body : "");
}

async function untilReady(port?: number): Promise<void> {
    for (let i = 0; i < 100; i++) {
        if ((await ask("/-/ready", undefined, port)).status === 200) return;
        await sleep(50);
    }
    const logs = readdirSync(folder).filter((file) => file.endsWith(".log"));
    const texts = logs.map((file) => `${file}: ${readFileSync(join(folder, file), "utf8").slice(-1000)}`);
    throw new Error(`the pod did not become ready\n${texts.join("\n")}`);
}

async function main(): Promise<void> {
    const up = spawnSync("ip", ["link", "set", "lo", "up"], { encoding: "utf8" });
    if (up.status !== 0) throw new Error(`ip link set lo up: ${up.stderr}`);
    const phpFpm = start(phpFpmPath, ["--nodaemonize", "--fpm-config", join(folder, "php-fpm.conf")]);
    const nginx = start("nginx", ["-c", join(folder, "nginx.conf")]);
    try {
        await untilReady();
        console.log(
            JSON.stringify(
                scenario === "clients"
                    ? await playAct(argument as ActName, folder, () => nginx.kill("SIGQUIT"), ended(nginx))
                    : await play(scenario as Scenario, nginx, phpFpm),
            ),
        );
    } finally {
        nginx.kill("SIGTERM");
        phpFpm.kill("SIGTERM");
        await Promise.all([ended(nginx), ended(phpFpm)]);
    }
}

async function play(scenario: Scenario, nginx: ChildProcess, phpFpm: ChildProcess): Promise<Record<string, Answer>> {
    if (scenario === "serve") {
        const paths = [
            "/",
            "/healthz",
            "/-/ready",
            "/-/ping",
            "/-/alive",
            "/missing",
            "/.env",
            "/.git/index.php",
            "/plain.txt",
        ];
        const echoes = [
            "/echo",
            "/echo?id=a-1&wait_ms=120&busy_ms=30",
            "/echo?wait_ms=-1",
            "/echo?busy_ms=1.5",
            "/echo?allocate_mib=x",
        ];
        const asked = [...paths.map((path) => [path] as const), ...echoes.map((path) => [path, orders] as const)];
        const answers = await Promise.all(asked.map(async ([path, body]) => [path, await ask(path, body)] as const));
        return Object.fromEntries([...answers, ["GET /echo", await ask("/echo?id=get")]]);
    }
    if (scenario === "ask") return await askAll();
    if (scenario === "load") return await load();
    if (scenario === "crowded") return await crowded();
    if (scenario === "full") return await full();
    if (scenario === "measured") return await measured();
    if (scenario === "queued") return await queued(() => undefined);
    if (scenario === "queued in a drain") return await queued(() => nginx.kill("SIGQUIT"));
    if (scenario === "uploading") return await behindProxy(() => uploading(nginx));
    if (scenario === "slow") return await behindProxy(() => slow(nginx));
    if (scenario === "stream")
        return await behindProxy(async () => {
            const direct = await stream(8080);
            return { ...(await stream(proxyPort)), direct: direct["buffering"]! };
        });
    if (scenario === "greedy") return await greedy(phpFpm);
    const long = ask("/echo?id=long&wait_ms=2000", orders);
    await sleep(500);
    nginx.kill("SIGQUIT");
    if (scenario === "together") phpFpm.kill("SIGQUIT");
    await sleep(200);
    const late = await ask("/");
    await ended(nginx);
    phpFpm.kill("SIGQUIT");
    await ended(phpFpm);
    return { long: await long, late };
}

async function askAll(): Promise<Record<string, Answer>> {
    const questions = JSON.parse(readFileSync(join(folder, "questions.json"), "utf8")) as Record<string, Question>;
    const answers: Record<string, Answer> = {};
    for (const [name, question] of Object.entries(questions)) answers[name] = await askOne(question);
    await sleep(200);
    const log = (name: string) => ({ status: "log", body: readFileSync(join(folder, `${name}.log`), "utf8") });
    return { ...answers, nginx: log("nginx"), phpFpm: log(phpFpmPath.split("/").at(-1) ?? "") };
}

function askOne({ path, body, method, headers = {}, from = "127.0.0.1" }: Question): Promise<Answer> {
    return new Promise((resolve) => {
        const options = { host: "127.0.0.1", port: 8080, localAddress: from, path, agent: false, timeout: 15_000 };
        const sent = request(
            {
                ...options,
                method: method ?? (body === undefined ? "GET" : "POST"),
                headers: { ...headers, ...(body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) }) },
            },
            (response) => {
                const chunks: Buffer[] = [];
                response.on("data", (chunk: Buffer) => chunks.push(chunk));
                response.on("end", () => {
                    const whole = Buffer.concat(chunks);
                    const text = response.headers["content-encoding"] === "gzip" ? gunzipSync(whole) : whole;
                    resolve({ status: response.statusCode ?? 0, body: text.toString(), headers: response.headers });
                });
            },
        );
        sent.on("error", (error: NodeJS.ErrnoException) => {
            resolve({ status: error.code ?? error.message, body: "" });
        });
        sent.on("timeout", () => sent.destroy(new Error("timeout"))).end(body);
    });
}

async function full(): Promise<Record<string, Answer>> {
    const waiting = Array.from({ length: 12 }, (_, i) => ask(`/echo?id=${i}&wait_ms=1000`));
    await sleep(200);
    const begun = performance.now();
    const { status } = await ask("/-/ready");
    const health = { status, body: String(performance.now() - begun) };
    const answers = await Promise.all(waiting);
    return { health, ...Object.fromEntries(answers.map((answer, i) => [`${i}`, answer])) };
}

async function measured(): Promise<Record<string, Answer>> {
    const metrics = () => ask("/metrics", undefined, 9253);
    const idle = await metrics();
    const waiting = Array.from({ length: 12 }, (_, i) => ask(`/echo?id=${i}&wait_ms=3000`));
    // php-fpm counts once a second.
    await sleep(2000);
    const busy = await metrics();
    const nginx = await ask("/stub_status", undefined, 8081);
    const others = await ask("/status", undefined, 9253);
    await Promise.all(waiting);
    return { idle, busy, nginx, others };
}

/** Four are as many as there are workers. */
async function queued(end: () => void): Promise<Record<string, Answer>> {
    const busy = Array.from({ length: 4 }, (_, i) => ask(`/echo?id=${i}&wait_ms=3000`, orders));
    await sleep(200);
    const late = ask("/echo?id=4&wait_ms=3000", orders);
    await sleep(300);
    end();
    const answers = await Promise.all([...busy, late]);
    return Object.fromEntries(answers.map((answer, i) => [`${i}`, answer]));
}

async function uploading(nginx: ChildProcess): Promise<Record<string, Answer>> {
    const upload = ask("/echo?id=upload&wait_ms=4000", orders, proxyPort, 4);
    await sleep(1000);
    nginx.kill("SIGQUIT");
    return { upload: await upload };
}

async function behindProxy(use: () => Promise<Record<string, Answer>>): Promise<Record<string, Answer>> {
    const proxy = startProxy();
    try {
        await untilReady(proxyPort);
        return await use();
    } finally {
        proxy.kill("SIGTERM");
        await ended(proxy);
    }
}

/** How many bytes arrive at who takes 64 KiB at a time, a hundred times a second at most. */
function takeSlowly(path: string): Promise<Answer> {
    return new Promise((resolve) => {
        let bytes = 0;
        const sent = request({ host: "127.0.0.1", port: proxyPort, path, agent: false }, (response) => {
            const over = () => {
                clearInterval(timer);
                resolve({ status: response.statusCode ?? 0, body: `${bytes} bytes` });
            };
            const timer = setInterval(() => {
                bytes += (response.read() as Buffer | null)?.length ?? 0;
            }, 10);
            response
                .on("readable", () => undefined)
                .on("end", over)
                .on("error", over);
        });
        sent.on("error", (error: NodeJS.ErrnoException) => {
            resolve({ status: error.code ?? error.message, body: `${bytes} bytes` });
        }).end();
    });
}

async function slow(nginx: ChildProcess): Promise<Record<string, Answer>> {
    const answers = ["/large.bin", "/large.php"].map(async (path) => [path, await takeSlowly(path)] as const);
    await sleep(500);
    nginx.kill("SIGQUIT");
    return Object.fromEntries(await Promise.all(answers));
}

/** When the parts of an answer arrive, in milliseconds, and what the answer says of buffering. */
function stream(port: number): Promise<Record<string, Answer>> {
    const begun = performance.now();
    return new Promise((resolve, reject) => {
        const sent = request({ host: "127.0.0.1", port, path: "/stream.php", agent: false }, (response) => {
            const at = () => ({ status: response.statusCode ?? 0, body: String(performance.now() - begun) });
            let first: Answer | undefined;
            response.on("data", () => (first ??= at())).on("error", reject);
            response.on("end", () => {
                const buffering = { ...at(), body: String(response.headers["x-accel-buffering"]) };
                resolve({ first: first ?? at(), last: at(), buffering });
            });
        });
        sent.on("error", reject).end();
    });
}

/** 64 requests to the application, all that nginx may have, of which the four workers let none end before others have come. */
async function crowded(): Promise<Record<string, Answer>> {
    const echo = async (id: number, waitMs: number) =>
        [`${id}`, await ask(`/echo?id=${id}&wait_ms=${waitMs}`)] as const;
    const busy = [0, 1, 2, 3].map((id) => echo(id, 1500));
    await sleep(200);
    const waiting = Array.from({ length: 60 }, (_, i) => echo(4 + i, 0));
    await sleep(300);
    const beside = ["/echo?id=late", "/raise.php", "/-/ready", "/plain.txt", "/-/alive"].map(
        async (path) => [path, await ask(path)] as const,
    );
    return Object.fromEntries(await Promise.all([...busy, ...waiting, ...beside]));
}

/** Three of four workers are busy, one of them with memory that it may use, while the fourth gets the greedy ones. */
async function greedy(phpFpm: ChildProcess): Promise<Record<string, Answer>> {
    const workers = () => ({
        status: "running",
        body: readFileSync(`/proc/${phpFpm.pid}/task/${phpFpm.pid}/children`, "utf8").trim(),
    });
    const before = workers();
    const inService = ["a", "b", "c&allocate_mib=24"].map(
        async (id) => [id.charAt(0), await ask(`/echo?id=${id}&wait_ms=1500`, orders)] as const,
    );
    await sleep(300);
    const tooMuch = await ask("/echo?allocate_mib=64");
    const raised = await ask("/raise.php");
    return { ...Object.fromEntries(await Promise.all(inService)), tooMuch, raised, before, after: workers() };
}

/** The status is the error where a request is lost, and the body the pod that answered. */
async function load(): Promise<Record<string, Answer>> {
    const results: RequestResult[] = [];
    const both = { seconds: 1, deadlineSeconds: 5 };
    await new Load({
        vegetaPath: argument,
        url: "http://127.0.0.1:8080",
        host: "shop.example.com",
        streams: [
            {
                ...both,
                name: "short",
                requestsPerSecond: 50,
                postShare: 0.8,
                newConnectionShare: 0.5,
                bodyBytes: 20_000,
            },
            { ...both, name: "long", requestsPerSecond: 2, waitSeconds: 1, busyMilliseconds: 20 },
        ],
        onResult: (result) => results.push(result),
    }).ended();
    return Object.fromEntries(
        results.map(({ id, error, status = 0, pod = "" }) => [id, { status: error ?? status, body: pod }]),
    );
}

void main();
