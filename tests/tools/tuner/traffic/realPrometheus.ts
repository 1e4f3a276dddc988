/** Debian's Prometheus with figures of ours in its database. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface Series {
    /** `phpfpm_active_processes{pod="web-1"}`. */
    readonly name: string;
    /** By the seconds since the beginning. */
    readonly valueAt: (seconds: number) => number;
    /** Between two values; 30 where absent. */
    readonly scrapeSeconds?: number;
}

export interface RealPrometheus {
    readonly url: string;
    readonly end: () => Promise<void>;
}

/** @param hours that there are figures of, from `startSeconds` on */
export async function startPrometheus(
    all: readonly Series[],
    startSeconds: number,
    hours: number,
): Promise<RealPrometheus> {
    const folder = mkdtempSync(join(tmpdir(), "prometheus-test-"));
    const lines = all.flatMap(({ name, valueAt, scrapeSeconds = 30 }) =>
        Array.from({ length: (hours * 3600) / scrapeSeconds + 1 }, (_, i) => {
            const at = i * scrapeSeconds;
            return `${name} ${valueAt(at)} ${startSeconds + at}`;
        }),
    );
    writeFileSync(join(folder, "figures.txt"), `${lines.join("\n")}\n# EOF\n`);
    const data = join(folder, "data");
    execFileSync("promtool", ["tsdb", "create-blocks-from", "openmetrics", join(folder, "figures.txt"), data], {
        stdio: "ignore",
    });
    writeFileSync(join(folder, "prometheus.yml"), "");
    const options = [
        `--config.file=${join(folder, "prometheus.yml")}`,
        `--storage.tsdb.path=${data}`,
        "--storage.tsdb.retention.time=100y",
        "--web.listen-address=127.0.0.1:0",
    ];
    const server = spawn("prometheus", options, { stdio: ["ignore", "ignore", "pipe"] });
    return {
        url: await addressOf(server),
        end: async () => {
            const ended = new Promise((resolve) => server.once("exit", resolve));
            server.kill("SIGKILL");
            await ended;
            rmSync(folder, { recursive: true });
        },
    };
}

/** It takes a port that is free, and says which once it answers. */
function addressOf(server: ChildProcess & { readonly stderr: NonNullable<ChildProcess["stderr"]> }): Promise<string> {
    return new Promise((resolve, reject) => {
        let address: string | undefined;
        const said: string[] = [];
        server.once("error", reject);
        server.once("exit", () => {
            reject(new Error(`Prometheus has ended:\n${said.join("\n")}`));
        });
        createInterface(server.stderr).on("line", (line) => {
            said.push(line);
            address = /Listening on" address=([\d.:]+)/.exec(line)?.[1] ?? address;
            if (line.includes("Server is ready") && address !== undefined) resolve(`http://${address}`);
        });
    });
}
