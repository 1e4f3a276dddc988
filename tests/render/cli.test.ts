import { spawn } from "node:child_process";
import { join } from "node:path";

import { expect } from "chai";

import { fromYaml } from "../../render/manifests";
import { root } from "../../render/stackFile";
import { recordingOf } from "../helpers/stacks";
import { render } from "../../render/render";

interface Ended {
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
}

function cli(...args: readonly string[]): Promise<Ended> {
    return new Promise((resolve, reject) => {
        const child = spawn(process.execPath, ["--import", "tsx", join(root, "render", "cli.ts"), ...args], {
            cwd: root,
        });
        let stdout = "";
        let stderr = "";
        child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
        child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
        child.on("error", reject);
        child.on("close", (code) => {
            resolve({ code, stdout, stderr });
        });
    });
}

describe("npm run -s render", () => {
    it("prints every object of a stack as YAML that reads back as it was", async () => {
        const { code, stdout } = await cli("--stack", "prod");
        expect(code).to.equal(0);
        expect(fromYaml(stdout)).to.deep.equal(render(await recordingOf("prod")));
    });

    it("leaves out what kubectl would not take", async () => {
        const all = fromYaml((await cli("--stack", "prod")).stdout).map(({ kind }) => kind);
        const some = fromYaml((await cli("--stack", "prod", "--kubernetes-only")).stdout).map(({ kind }) => kind);
        expect(some).to.deep.equal(all.filter((kind) => kind !== "IngressController"));
        expect(some).to.have.length(all.length - 1);
    });

    it("says what is wrong without a stack trace", async () => {
        for (const [args, code, message] of [
            [[], 2, "Usage:"],
            [["--stack", "nowhere"], 1, "No stack file Pulumi.nowhere.yaml"],
            [["--stak", "prod"], 2, "--stak"],
        ] as const) {
            const ended = await cli(...args);
            expect(ended.code, ended.stderr).to.equal(code);
            expect(ended.stderr).to.include(message).and.not.include("    at ");
            expect(ended.stdout).to.equal("");
        }
    });
});
