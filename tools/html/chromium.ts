/**
 * Headless Chromium, driven over a pipe by the DevTools protocol: enough of it to look at a page. Nothing is to be
 * installed with npm for that, and no port is opened.
 */
import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

import { started } from "../common/commands";

export type Scheme = "light" | "dark";

/** How a page is looked at. */
export interface View {
    readonly scheme: Scheme;
    readonly widthPixels: number;
    /** Of the window. */
    readonly heightPixels: number;
    /** `print` is how it comes out on paper. */
    readonly media?: "screen" | "print";
}

/** What a page should not do. */
export interface Misbehaviour {
    /** Errors and warnings of the console, uncaught exceptions, what the page's own policy refused. */
    readonly complaints: readonly string[];
    /** Addresses that it asked for beside its own. */
    readonly requests: readonly string[];
}

export interface OpenPage {
    /** Lays it out anew. */
    readonly view: (view: View) => Promise<void>;
    /** The value of an expression in the page, as JSON can tell it. */
    readonly evaluate: (expression: string) => Promise<unknown>;
    /** PNG, of the whole page, or of no more than so much of it from a place on. */
    readonly screenshot: (atMostPixels?: number, fromPixels?: number) => Promise<Buffer>;
    /** Until now. */
    readonly misbehaviour: () => Misbehaviour;
}

/**
 * Opens a page by its address, and ends Chromium after the work, whatever comes of it.
 *
 * @param longestSeconds after which Chromium is killed: a page may never end loading, and a browser may hang
 */
export async function withPage<Result>(
    url: string,
    work: (page: OpenPage) => Promise<Result>,
    longestSeconds = 60,
): Promise<Result> {
    const profile = mkdtempSync(join(tmpdir(), "chromium-profile-"));
    try {
        const child = await start(profile);
        // Not spawn's own timeout, which would keep this process alive where there is no Chromium.
        const overdue = setTimeout(() => child.kill("SIGKILL"), longestSeconds * 1000);
        const connection = new Connection(child);
        try {
            return await work(await open(connection, url));
        } finally {
            await end(child, connection);
            clearTimeout(overdue);
        }
    } finally {
        rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    }
}

function start(profile: string): Promise<ChildProcess> {
    const args = [
        "--headless",
        "--remote-debugging-pipe",
        `--user-data-dir=${profile}`,
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-extensions",
        "--disable-gpu",
        // /dev/shm is small in containers.
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        // Chromium refuses to sandbox what root runs, and some kernels what others do. What it opens here is this
        // project's own.
        "--no-sandbox",
        "about:blank",
    ];
    const options: SpawnOptions = { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] };
    return started("chromium", () => spawn("chromium", args, options), "scripts/install-test-programs.sh installs it.");
}

/** Asked to close, it ends its own processes first: killed, it leaves some that still write into the profile. */
async function end(child: ChildProcess, connection: Connection): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, "close");
    const kill = setTimeout(() => child.kill("SIGKILL"), 5000);
    // It may end before it answers.
    await connection.send("Browser.close").catch(() => undefined);
    await closed;
    clearTimeout(kill);
}

type Params = Readonly<Record<string, unknown>>;

interface Message {
    readonly id?: number;
    readonly method?: string;
    readonly params?: Params;
    readonly result?: Params;
    readonly error?: { readonly message: string };
}

/** Messages of JSON, each closed by a zero byte. */
class Connection {
    private nextId = 1;
    private readonly pending = new Map<number, { resolve: (result: Params) => void; reject: (error: Error) => void }>();
    private readonly listeners: ((method: string, params: Params) => void)[] = [];
    private readonly input: Writable;
    private failure: Error | undefined;

    constructor(child: ChildProcess) {
        this.input = child.stdio[3] as Writable;
        const output = child.stdio[4] as Readable;
        let rest = "";
        output.setEncoding("utf8").on("data", (chunk: string) => {
            const messages = (rest + chunk).split("\0");
            rest = messages.pop() ?? "";
            for (const message of messages) this.receive(JSON.parse(message) as Message);
        });
        // Without listeners a write to a browser that is gone would end this process.
        this.input.on("error", () => undefined);
        child.on("close", (code, signal) => {
            this.fail(new Error(`Chromium ended by itself (${signal ?? `exit code ${code ?? "unknown"}`}).`));
        });
    }

    send(method: string, params: Params = {}, sessionId?: string): Promise<Params> {
        return new Promise((resolve, reject) => {
            if (this.failure !== undefined) {
                reject(this.failure);
                return;
            }
            const id = this.nextId++;
            this.pending.set(id, { resolve, reject });
            this.input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
        });
    }

    on(listener: (method: string, params: Params) => void): void {
        this.listeners.push(listener);
    }

    /** The next event of this name, from now on. */
    once(name: string): Promise<Params> {
        return new Promise((resolve, reject) => {
            const id = this.nextId++;
            this.pending.set(id, { resolve, reject });
            this.on((method, params) => {
                if (method === name && this.pending.delete(id)) resolve(params);
            });
        });
    }

    private receive({ id, method, params, result, error }: Message): void {
        if (method !== undefined) for (const listener of this.listeners) listener(method, params ?? {});
        if (id === undefined) return;
        const waiting = this.pending.get(id);
        this.pending.delete(id);
        if (error === undefined) waiting?.resolve(result ?? {});
        else waiting?.reject(new Error(`Chromium: ${error.message}`));
    }

    private fail(error: Error): void {
        this.failure ??= error;
        for (const { reject } of this.pending.values()) reject(this.failure);
        this.pending.clear();
    }
}

async function open(connection: Connection, url: string): Promise<OpenPage> {
    const { targetId } = await connection.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await connection.send("Target.attachToTarget", { targetId, flatten: true });
    const send = (method: string, params: Params = {}) => connection.send(method, params, sessionId as string);

    const complaints: string[] = [];
    const requests: string[] = [];
    connection.on((method, params) => {
        if (method === "Network.requestWillBeSent") requests.push((params["request"] as { url: string }).url);
        if (method === "Runtime.exceptionThrown") complaints.push(JSON.stringify(params["exceptionDetails"]));
        if (method === "Log.entryAdded") complaints.push((params["entry"] as { text: string }).text);
        if (method === "Runtime.consoleAPICalled") complaints.push(JSON.stringify(params["args"]));
    });
    for (const domain of ["Page", "Network", "Log", "Runtime"]) await send(`${domain}.enable`);
    const loaded = connection.once("Page.loadEventFired");
    await send("Page.navigate", { url });
    await loaded;

    return {
        view: async ({ scheme, widthPixels, heightPixels, media }) => {
            await send("Emulation.setEmulatedMedia", {
                media: media ?? "screen",
                features: [{ name: "prefers-color-scheme", value: scheme }],
            });
            await send("Emulation.setDeviceMetricsOverride", {
                width: widthPixels,
                height: heightPixels,
                deviceScaleFactor: 1,
                // A phone lays out by its viewport; a desktop would widen the window instead.
                mobile: widthPixels < 600,
            });
        },
        evaluate: async (expression) => {
            const { result, exceptionDetails } = await send("Runtime.evaluate", { expression, returnByValue: true });
            if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
            return (result as { value?: unknown }).value;
        },
        screenshot: async (atMostPixels = Infinity, fromPixels = 0) => {
            const { cssContentSize } = await send("Page.getLayoutMetrics");
            const { width, height } = cssContentSize as { width: number; height: number };
            const { data } = await send("Page.captureScreenshot", {
                format: "png",
                captureBeyondViewport: true,
                clip: { x: 0, y: fromPixels, width, height: Math.min(height - fromPixels, atMostPixels), scale: 1 },
            });
            return Buffer.from(data as string, "base64");
        },
        misbehaviour: () => ({ complaints, requests: requests.filter((each) => each !== url) }),
    };
}
