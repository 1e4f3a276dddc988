/**
 * `npm test`: the layers of tests one after the other, closed by one line that counts all of them.
 *
 * Usage: tests/layers.ts [unit] [engine] [cluster]; all where none is named. While the unit tests run, what the others need is
 * built.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { root } from "../render/stackFile";

const layers = {
    /** No engine, no cluster. */
    unit: ["--parallel", "--jobs", "2", "--ignore", "tests/{engine,cluster}/**", "tests/**/*.test.ts"],
    /** The real Pulumi engine and a real API server. */
    engine: ["tests/engine/**/*.test.ts"],
    /** The whole lab. */
    cluster: ["--require", "tsx/cjs", "--require", "./tests/cluster/labForAllTests.ts", "tests/cluster/**/*.test.ts"],
} as const;
type Layer = keyof typeof layers;
const names = Object.keys(layers) as Layer[];

const bin = (name: string) => join(root, "node_modules", ".bin", name);

interface Counts {
    readonly passed: number;
    readonly failed: number;
}

async function main(args: readonly string[]): Promise<number> {
    const unknown = args.filter((arg) => !(names as readonly string[]).includes(arg));
    if (unknown.length > 0) {
        console.error(`There is no layer ${unknown.join(", ")}. The layers are ${names.join(", ")}.`);
        return 2;
    }
    const wanted = args.length === 0 ? names : names.filter((name) => args.includes(name));
    const folder = mkdtempSync(join(tmpdir(), "php-web-service-tests-"));
    try {
        return await runLayers(wanted, folder);
    } finally {
        rmSync(folder, { recursive: true });
    }
}

async function runLayers(wanted: readonly Layer[], folder: string): Promise<number> {
    const begun = performance.now();
    const building = wanted.some((layer) => layer !== "unit") ? build() : undefined;
    const counts: Counts[] = [];
    let isRed = false;
    for (const layer of wanted) {
        if (layer !== "unit") await building?.ready();
        const { code, counted } = await runLayer(layer, join(folder, `${layer}.json`));
        isRed ||= code !== 0;
        counts.push(counted);
    }
    const sum = (key: keyof Counts) => counts.map((each) => each[key]).reduce((a, b) => a + b, 0);
    const minutes = ((performance.now() - begun) / 60_000).toFixed(1);
    console.log(`\n${wanted.join(", ")}: ${minutes} minutes\n${sum("passed")} passed, ${sum("failed")} failed`);
    return isRed ? 1 : 0;
}

/** mocha's reporter leaves its counts in a file. A layer that ends without it has not run to its end. */
async function runLayer(layer: Layer, countsPath: string): Promise<{ code: number; counted: Counts }> {
    console.log(`\n== ${layer}`);
    const code = await new Promise<number>((resolve, reject) => {
        const child = spawn(bin("mocha"), [...layers[layer]], {
            cwd: root,
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
        return { code: 1, counted: { passed: 0, failed: 1 } };
    }
}

/** Builds the lab's parts beside the unit tests. What it says is shown from when somebody waits for it. */
function build(): { ready: () => Promise<void> } {
    const child = spawn("nice", [bin("tsx"), "lab/cli.ts", "build"], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let isShown = false;
    for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (chunk: string) => {
            output += chunk;
            if (isShown) process.stdout.write(chunk);
        });
    }
    const ended = new Promise<number>((resolve, reject) => {
        child.on("error", reject);
        child.on("close", (code) => {
            resolve(code ?? 1);
        });
    });
    return {
        ready: async () => {
            if (child.exitCode === null) {
                process.stdout.write(`\nThe lab's tools and images are still being built:\n${output}`);
                isShown = true;
            }
            if ((await ended) === 0) return;
            throw new Error(`The lab's tools and images could not be built:\n${output}`);
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
