/** The lab as tests use it: brought up once, changed by stack files, watched through kubectl. */
import { once } from "node:events";
import { Agent, request } from "node:http";
import { join } from "node:path";

import { parse, stringify } from "yaml";

import { run, runToEnd, sleep, type Output } from "../../tools/common/commands";
import { nodeNetworks } from "../../tools/lab/cluster/network";
import { importImages } from "../../tools/lab/cluster/nodeImages";
import { applyObjects } from "../../tools/lab/cluster/objects";
import { ensureImages } from "../../tools/lab/images";
import type { ImageRecipe } from "../../tools/lab/images/recipes";
import { withLock } from "../../tools/lab/lock";
import { repositoryRoot, statePaths } from "../../tools/lab/paths";
import { readLabStackFile } from "../../tools/lab/stack";
import { build, type Parts } from "../../tools/lab/steps/build";
import { deploy } from "../../tools/lab/steps/deploy";
import { quiet } from "../helpers/quiet";

const labCommand = ["--import", "tsx", join(repositoryRoot, "tools/lab/cli.ts")];

const cli = (...args: readonly string[]) => run(process.execPath, [...labCommand, ...args], { cwd: repositoryRoot });

export interface Answer {
    /** HTTP status, or the error's code where there is no answer. */
    readonly status: number | string;
    readonly body: string;
}

export class Lab {
    private constructor(
        readonly url: string,
        private readonly parts: Parts,
    ) {}

    private static opened: Promise<Lab> | undefined;

    /** The lab, which is up: the first file of tests that asks for it starts it, and each leaves it as it was. */
    static open(): Promise<Lab> {
        return (Lab.opened ??= Lab.start());
    }

    /** Starts the lab, or what of it does not run. */
    static async start(): Promise<Lab> {
        await cli("up");
        return await Lab.running();
    }

    /** The lab that is up. */
    static async running(): Promise<Lab> {
        return new Lab((await cli("url")).trim(), await build(quiet));
    }

    /** Removes the lab. */
    static async close(): Promise<void> {
        await cli("down");
    }

    static async isUp(): Promise<boolean> {
        return await cli("status").then(
            () => true,
            () => false,
        );
    }

    /** Runs a command for which kubectl and pulumi work on the lab. */
    exec(command: readonly string[], input: string): Promise<Output> {
        return runToEnd(process.execPath, [...labCommand, "exec", "--", ...command], { cwd: repositoryRoot, input });
    }

    kubectl(...args: readonly string[]): Promise<string> {
        return run(this.parts.tools.kubectl, args, { env: { KUBECONFIG: statePaths.kubeconfig } });
    }

    /** Makes objects, or changes them. */
    async apply(...objects: readonly object[]): Promise<void> {
        await applyObjects(this.parts.tools.kubectl, objects);
    }

    /** Runs a Job in namespace web to its end. Throws with its log where it fails. */
    async runJob(name: string, podSpec: object, seconds = 180): Promise<void> {
        const spec = { backoffLimit: 0, activeDeadlineSeconds: seconds, template: { spec: podSpec } };
        await this.apply({ apiVersion: "batch/v1", kind: "Job", metadata: { name, namespace: "web" }, spec });
        interface Job {
            readonly status: { readonly succeeded?: number; readonly failed?: number };
        }
        const { status } = await this.until(
            seconds + 10,
            () => this.json<Job>("get", "--namespace=web", `job/${name}`),
            ({ status: { succeeded = 0, failed = 0 } }) => succeeded + failed > 0,
        );
        if (status.failed !== undefined) throw new Error(await this.kubectl("logs", "--namespace=web", `job/${name}`));
    }

    /** Makes an image and brings it to the nodes. Returns the reference that pods name it by. */
    async importImage(recipe: ImageRecipe): Promise<string> {
        const images = await ensureImages({}, quiet, undefined, [recipe]);
        const { signal } = new AbortController();
        for (const { name } of nodeNetworks) await importImages(this.parts.tools.ctr, name, images, signal);
        const [image] = images;
        if (image === undefined) throw new Error(`${recipe.name} has no image.`);
        return image.reference;
    }

    async json<T>(...args: readonly string[]): Promise<T> {
        return JSON.parse(await this.kubectl(...args, "--output=json")) as T;
    }

    /** `pulumi up` with the lab's stack file after a change to the values below php-web-service:web. */
    async deploy(change: (web: Record<string, unknown>) => void = () => undefined): Promise<void> {
        const file = parse(readLabStackFile()) as { config: Record<string, Record<string, unknown>> };
        change(file.config["php-web-service:web"] ?? {});
        const { tools, chartsFolder } = this.parts;
        await withLock(() => deploy(chartsFolder, { tools, stackFile: stringify(file) }));
    }

    /**
     * One request on a connection of its own.
     *
     * @param body of a POST; without one it is a GET
     */
    ask(path = "/", body?: string, timeoutSeconds = 10): Promise<Answer> {
        return new Promise((resolve) => {
            const fail = (error: NodeJS.ErrnoException) => {
                resolve({ status: error.code ?? error.message, body: "" });
            };
            const method = body === undefined ? "GET" : "POST";
            const options = { method, agent: false, timeout: timeoutSeconds * 1000 };
            const sent = request(new URL(path, this.url), options, (response) => {
                let answered = "";
                response.setEncoding("utf8").on("data", (chunk: string) => (answered += chunk));
                response.on("end", () => {
                    resolve({ status: response.statusCode ?? 0, body: answered });
                });
                response.on("error", fail);
            });
            sent.on("error", fail).on("timeout", () => sent.destroy(new Error("timeout")));
            sent.end(body);
        });
    }

    /**
     * Whether a connection that is idle for so long is still there. One that is closed long before tells nothing, as a reload of
     * the controller closes all of them: then the next one is looked at.
     */
    async keepsConnection(idleSeconds: number): Promise<boolean> {
        for (;;) {
            const agent = new Agent({ keepAlive: true, maxSockets: 1 });
            try {
                const { closed } = await this.openIdle(agent);
                const begun = performance.now();
                const isKept = await Promise.race([closed.then(() => false), sleep(idleSeconds).then(() => true)]);
                if (isKept || performance.now() - begun > (idleSeconds - 10) * 1000) return isKept;
            } finally {
                agent.destroy();
            }
        }
    }

    /** Returns, after an answer, what ends with its connection. */
    private openIdle(agent: Agent): Promise<{ readonly closed: Promise<unknown> }> {
        return new Promise((resolve, reject) => {
            const sent = request(this.url, { agent }, (response) => {
                const closed = once(response.socket, "close");
                response.resume().on("end", () => {
                    resolve({ closed });
                });
            });
            sent.on("error", reject).end();
        });
    }

    /** Asks the service five times a second while something happens, and returns every status that was not 200. */
    async badAnswersDuring(work: () => Promise<unknown>, path = "/"): Promise<readonly (number | string)[]> {
        return (await this.watch(async () => (await this.ask(path)).status, work)).filter((status) => status !== 200);
    }

    /** Looks at something five times a second while something happens. */
    async watch<T>(look: () => Promise<T>, work: () => Promise<unknown>): Promise<readonly T[]> {
        const seen: T[] = [];
        const over = new AbortController();
        const watching = (async () => {
            while (!over.signal.aborted) {
                seen.push(await look());
                await sleep(0.2);
            }
        })();
        try {
            await work();
        } finally {
            over.abort();
        }
        await watching;
        return seen;
    }

    /** Polls until a condition holds. Throws with what it was last where it does not within the time. */
    async until<T>(seconds: number, look: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
        const deadline = performance.now() + seconds * 1000;
        for (;;) {
            const value = await look();
            if (holds(value)) return value;
            if (performance.now() > deadline) throw new Error(`After ${seconds} s still ${JSON.stringify(value)}`);
            await sleep(1);
        }
    }
}
