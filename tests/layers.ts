/**
 * `npm test`: the layers of tests one after the other, closed by one line that counts all of them.
 *
 * Usage: tests/layers.ts [unit] [tuner] [engine] [load] [cluster] [applications] [autoscaling] [machine]; all but the last three
 * where none is named. While the unit tests run, what the others need is built. What this machine cannot run is skipped, and
 * named; for root and with CI=true it has failed.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { ToolName } from "../tools/lab/toolchain";
import { repositoryRoot } from "../tools/common/paths";
import { closingLines, failureLines, none, sum, type Counts } from "./counts";
import { engineTools } from "./engine/tools";
import { isSkippingAllowed, missing } from "./helpers/needs";

const onLab = ["--require", "tsx/cjs", "--require", "./tests/cluster/labForAllTests.ts"];

const layers = {
    /** No engine, no cluster. */
    unit: [
        "--parallel",
        "--jobs",
        "2",
        "--ignore",
        "tests/{engine,cluster,applications,autoscaling,machine,tools/drill/load,tools/tuner/differential}/**",
        "tests/**/*.test.ts",
    ],
    /** The model of the HPA controller against the real one. */
    tuner: ["tests/tools/tuner/differential/**/*.test.ts"],
    /** The real Pulumi engine and real API servers, one for each file. Most of the time is waiting. */
    engine: ["--parallel", "--jobs", "3", "tests/engine/**/*.test.ts"],
    /** The drill's load by the clock: alone, and after everything is built. Nearly all of it is waiting. */
    load: ["--parallel", "--jobs", "4", "tests/tools/drill/load/**/*.test.ts"],
    /** The whole lab. */
    cluster: [...onLab, "tests/cluster/**/*.test.ts"],
    /** Applications that nobody here wrote, on the lab. */
    applications: [...onLab, "tests/applications/**/*.test.ts"],
    /** Scaling on busy workers: Prometheus and KEDA on the lab. */
    autoscaling: [...onLab, "tests/autoscaling/**/*.test.ts"],
    /** The lab on an ordinary machine, which must be one to be broken: `make test-machine` emulates it. */
    machine: ["tests/machine/**/*.test.ts"],
} as const;
type Layer = keyof typeof layers;
const names = Object.keys(layers) as Layer[];
/** All but those that are commands of their own. */
const usualNames = names.filter((name) => !["applications", "autoscaling", "machine"].includes(name));

/** The programs of tools/lab/toolchain that a layer needs. Those that are not here need the whole lab. */
const programs: Readonly<Partial<Record<Layer, readonly ToolName[]>>> = {
    unit: [],
    tuner: ["hpa-oracle"],
    engine: engineTools,
    load: [],
};

const lab = {
    names: ["root"],
    instead:
        "It starts the lab: run it as root on Debian. On a cluster of yours, make up CONTEXT=... brings the " +
        "service there, and tools/drill/README.md tells how to drill it.",
};

/** What a layer as a whole needs of the machine, and what to do where it is not there. */
const needs: Readonly<Partial<Record<Layer, { readonly names: readonly string[]; readonly instead: string }>>> = {
    tuner: { names: ["go"], instead: "It builds the real HPA controller: install Go." },
    engine: {
        names: ["go", "openssl"],
        instead: "It builds Kubernetes and the Pulumi CLI: install what is missing.",
    },
    cluster: lab,
    applications: lab,
    autoscaling: lab,
};

const bin = (name: string) => join(repositoryRoot, "node_modules", ".bin", name);

async function main(args: readonly string[]): Promise<number> {
    const unknown = args.filter((arg) => !(names as readonly string[]).includes(arg));
    if (unknown.length > 0) {
        console.error(`There is no layer ${unknown.join(", ")}. The layers are ${names.join(", ")}.`);
        return 2;
    }
    const wanted = args.length === 0 ? usualNames : names.filter((name) => args.includes(name));
    const folder = mkdtempSync(join(tmpdir(), "php-web-service-tests-"));
    const over = new AbortController();
    try {
        return await runLayers(wanted, folder, over.signal);
    } finally {
        // What still builds then is for nobody.
        over.abort();
        rmSync(folder, { recursive: true });
    }
}

/** @param signal ends what is still being built */
async function runLayers(wanted: readonly Layer[], folder: string, signal: AbortSignal): Promise<number> {
    const begun = performance.now();
    const minutesSince = (start: number) => ((performance.now() - start) / 60_000).toFixed(1);
    const took: string[] = [];
    const left = new Map(wanted.map((layer) => [layer, whyNot(layer)]));
    const builds = startBuilds(
        wanted.filter((layer) => left.get(layer) === undefined),
        signal,
    );
    const all: Counts[] = [];
    let isRed = false;
    for (const layer of wanted) {
        console.log(`\n== ${layer}`);
        const why = left.get(layer);
        if (why !== undefined) {
            console.log(why);
            all.push(isSkippingAllowed ? none : { ...none, failed: 1, failures: [`${layer}: ${why}`] });
            continue;
        }
        await builds.get(layer)?.ready();
        const start = performance.now();
        const { code, counted } = await runLayer(layer, join(folder, `${layer}.json`));
        took.push(`${layer} ${minutesSince(start)}`);
        isRed ||= code !== 0;
        all.push(counted);
    }
    const counts = sum(all);
    const notRun = wanted.filter((layer) => left.get(layer) !== undefined);
    process.stdout.write(failureLines(counts));
    const times = [...took, `together ${minutesSince(begun)}`].join(", ");
    console.log(`\n${times} minutes${notRun.length === 0 ? "" : `, not run: ${notRun.join(", ")}`}`);
    console.log(closingLines(counts));
    return isRed || counts.failed > 0 || counts.passed === 0 ? 1 : 0;
}

/** Why this machine cannot run a layer, and what to do instead; undefined where it can. */
function whyNot(layer: Layer): string | undefined {
    const { names: needed = [], instead = "" } = needs[layer] ?? {};
    const missed = missing(needed);
    return missed.length === 0 ? undefined : `The layer ${layer} needs ${missed.join(", ")}. ${instead}`;
}

/** mocha's reporter leaves its counts in a file. A layer that ends without it has not run to its end. */
async function runLayer(layer: Layer, countsPath: string): Promise<{ code: number; counted: Counts }> {
    const args = [...(isSkippingAllowed ? [] : ["--forbid-pending"]), ...layers[layer]];
    const code = await new Promise<number>((resolve, reject) => {
        const child = spawn(bin("mocha"), args, {
            cwd: repositoryRoot,
            stdio: "inherit",
            env: { ...process.env, TEST_COUNTS_FILE: countsPath },
        });
        child.on("error", reject);
        child.on("close", (status) => {
            resolve(status ?? 1);
        });
    });
    try {
        return { code, counted: JSON.parse(readFileSync(countsPath, "utf8")) as Counts };
    } catch {
        const failure = `${layer}: it has not run to its end.`;
        return { code: 1, counted: { ...none, failed: 1, failures: [failure] } };
    }
}

interface Build {
    /** Waits for its end. What it says is shown from when somebody waits for it. */
    readonly ready: () => Promise<void>;
    readonly ended: Promise<number>;
}

/** Builds what the layers need, one after the other, as each takes all cores, beside the tests that need nothing. */
function startBuilds(wanted: readonly Layer[], signal: AbortSignal): ReadonlyMap<Layer, Build> {
    const builds = new Map<string, Build>();
    const byLayer = new Map<Layer, Build>();
    let before: Promise<unknown> = Promise.resolve();
    for (const layer of wanted) {
        const names = programs[layer];
        if (names?.length === 0) continue;
        // The whole lab's build makes the engine's programs too.
        const args = layer === "engine" && wanted.includes("cluster") ? [] : (names ?? []);
        const key = args.join(" ");
        const build = builds.get(key) ?? startBuild(args, before, signal);
        builds.set(key, build);
        byLayer.set(layer, build);
        before = build.ended;
    }
    return byLayer;
}

/**
 * @param args of `tools/lab/cli.ts build`
 * @param before what it waits for, whatever comes of that
 * @param signal ends it
 */
function startBuild(args: readonly string[], before: Promise<unknown>, signal: AbortSignal): Build {
    const title = args.length === 0 ? "The lab's tools and images" : args.join(", ");
    let output = "";
    let isShown = false;
    let isOver = false;
    const ended = before.then(
        () =>
            new Promise<number>((resolve) => {
                const command = [bin("tsx"), "tools/lab/cli.ts", "build", ...args];
                const child = spawn("nice", command, {
                    cwd: repositoryRoot,
                    stdio: ["ignore", "pipe", "pipe"],
                    signal,
                });
                for (const stream of [child.stdout, child.stderr]) {
                    stream.setEncoding("utf8").on("data", (chunk: string) => {
                        output += chunk;
                        if (isShown) process.stdout.write(chunk);
                    });
                }
                child.on("error", (error) => {
                    output += error.message;
                    resolve(1);
                });
                child.on("close", (code) => {
                    isOver = true;
                    resolve(code ?? 1);
                });
            }),
    );
    return {
        ended,
        ready: async () => {
            if (!isOver) {
                process.stdout.write(`\n${title}: still being built\n${output}`);
                isShown = true;
            }
            if ((await ended) !== 0) throw new Error(`${title}: could not be built\n${output}`);
        },
    };
}

main(process.argv.slice(2)).then(
    (code) => {
        process.exitCode = code;
    },
    (error: unknown) => {
        console.error(error instanceof Error ? error.message : String(error));
        console.log("0 passed, 1 failed");
        process.exitCode = 1;
    },
);
