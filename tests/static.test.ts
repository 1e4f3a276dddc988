/** Types, lint and format of the whole project. Started at once, so that they run beside the other tests. */
import { spawn } from "node:child_process";
import { join } from "node:path";

import { expect } from "chai";

import { root } from "../render/stackFile";

interface Check {
    readonly code: number | null;
    readonly output: string;
}

function start(command: string, ...args: readonly string[]): Promise<Check> {
    return new Promise((resolve, reject) => {
        const child = spawn(join(root, "node_modules/.bin", command), args, {
            cwd: root,
            stdio: ["ignore", "pipe", "pipe"],
        });
        let output = "";
        for (const stream of [child.stdout, child.stderr]) {
            stream.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
        }
        child.on("error", reject);
        child.on("close", (code) => {
            resolve({ code, output });
        });
    });
}

describe("the source", () => {
    const checks = {
        "has no type errors (tsc)": start("tsc", "--project", "."),
        "passes the linter (eslint)": start(
            "eslint",
            "--cache",
            "--cache-location=node_modules/.cache/eslint/",
            "--max-warnings",
            "0",
            ".",
        ),
        "is formatted (prettier; npm run format mends it)": start(
            "prettier",
            "--cache",
            "--check",
            "--log-level",
            "warn",
            ".",
        ),
    };
    for (const [name, check] of Object.entries(checks)) {
        it(name, async function () {
            this.timeout(180_000);
            const { code, output } = await check;
            expect(code, output).to.equal(0);
        });
    }
});
